"""A training between two epochs: all that the epochs after it depend on, as plain arrays and numbers.

The random numbers of an epoch come from a generator of its own (see `batches`), so none is part of it; nor
is the former encoder of the composite prior, which is the network as an epoch finds it. Knows no files: who
keeps a state, and where, is up to whoever calls `fit`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from lfd.core.training.watch import Best, EpochRecord, Weights

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class State:
    """A training after some epochs.

    Attributes
    ----------
    epochs : int: how many are done
    steps : int: optimiser steps done
    over : bool: whether patience is at an end
    history : tuple of EpochRecord, one for each epoch, without weights
    best : Best: the epoch that would be kept
    weights : dict of str to numpy.ndarray: the network's
    optimizer : dict of str to numpy.ndarray: its moments and steps, as PARAMETER.NAME
    scaler : dict: how mixed precision scales the loss; empty where it does not
    """

    epochs: int
    steps: int
    over: bool
    history: tuple[EpochRecord, ...]
    best: Best
    weights: Weights = field(repr=False)
    optimizer: Arrays = field(repr=False)
    scaler: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpoints:
    """Where a training starts, and who is told where it stands.

    Attributes
    ----------
    save : callable
        Takes a `State`.
    start : callable or None
        Gives the `State` to go on from, once it is needed; None: from the beginning.
    every : int, from 0
        Epochs between two calls of `save`; the last epoch is told in any case. 0: never.
    """

    save: Callable[[State], None]
    start: Callable[[], State] | None = None
    every: int = 1
