"""Options that say how a stage goes about its work and leave no trace in what comes out.

The run with them has the same members and the same digest as the run without: they are no part of a
stage's options, and asking again with others redoes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge


@dataclass(frozen=True)
class TrainRunning:
    """How a training goes on after an interruption."""

    resume: Annotated[
        bool,
        "Go on where a killed training of this run stopped, with its options; the weights are the same as"
        " if nothing had happened.",
    ] = False
    checkpoint_every: Annotated[
        int,
        Ge(0),
        "Epochs between checkpoints, kept beside the run until training ends (not on a pipe); 0: none.",
    ] = 1
