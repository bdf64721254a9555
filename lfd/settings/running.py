"""Options that say how a stage goes about its work and leave no trace in what comes out.

The run with them has the same members and the same digest as the run without: they are no part of a
stage's options, and asking again with others redoes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge


@dataclass(frozen=True)
class Logging:
    """Who is told of a training and its report, besides the run itself."""

    logger: Annotated[
        tuple[Literal["csv", "tensorboard", "wandb"], ...],
        "Who else is told: tensorboard, wandb (Weights & Biases); may be given several times. csv is written"
        " always (model/history.csv).",
    ] = ()
    log_dir: Annotated[
        Path | None,
        "Folder of the logs: one in it for each run, and in that one for each training; by default lfd-logs"
        " beside the run.",
    ] = None


@dataclass(frozen=True)
class TrainRunning(Logging):
    """How a training goes on after an interruption, and who is told of it."""

    resume: Annotated[
        bool,
        "Go on where a killed training of this run stopped, with its options; the weights are the same as"
        " if nothing had happened.",
    ] = False
    checkpoint_every: Annotated[
        int,
        Ge(0),
        "Epochs between checkpoints, more where writing would take above a tenth of the time; kept beside the"
        " run until training ends (not on a pipe); 0: none.",
    ] = 1


@dataclass(frozen=True)
class Sharing:
    """How many processes share the users."""

    devices: Annotated[
        int, Ge(1), "Processes that share the users; what comes out is the same to the byte."
    ] = 1
