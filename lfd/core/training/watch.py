"""What is watched while training: the best epoch, and losses that are not finite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch came to.

    Attributes
    ----------
    epoch : int, from 0
    beta : float: weight of the KL term at the epoch's end
    loss : float: reconstruction + beta * KL, mean over training users (beta as it was at each step)
    reconstruction : float: minus the log likelihood, mean over training users
    kl : float: nats, mean over training users, all axes
    validation_loss : float or None: minus the log likelihood per hidden interaction of held-out users
    active_axes : int
    users_per_second, seconds : float: how fast; never part of a result
    warning : str: what is to be said at once, since it may be worth stopping; empty where nothing is
    weights : dict of str to numpy.ndarray: the model's after the epoch, for whoever watches; not kept
    """

    epoch: int
    beta: float
    loss: float
    reconstruction: float
    kl: float
    validation_loss: float | None
    active_axes: int
    users_per_second: float = field(compare=False)
    seconds: float = field(compare=False)
    warning: str = field(default="", compare=False)
    weights: Weights = field(default_factory=dict, compare=False, repr=False)

    def row(self) -> dict[str, Any]:
        """The columns of the history table: all that is the same in every repetition."""
        said = {"users_per_second", "seconds", "warning", "weights"}
        return {name: value for name, value in vars(self).items() if name not in said}


OnEpoch = Callable[[EpochRecord], None]


@dataclass
class Best:
    """The epoch to keep: the one with the lowest held-out loss, or the last where none is watched.

    Epochs in which beta still grows are kept only until one comes after them, since their model is not
    the one that was asked for.
    """

    patience: int | None
    epoch: int = -1
    loss: float = np.inf
    weights: Weights = field(default_factory=dict)
    annealed: bool = False

    def offer(self, record: EpochRecord, weights: Weights, annealed: bool) -> bool:
        """Consider an epoch whose weights are finite; gives whether patience is at an end."""
        watched = annealed and record.validation_loss is not None
        loss = float(record.validation_loss) if watched and record.validation_loss is not None else np.inf
        if loss < self.loss or not (self.annealed and watched):
            self.epoch, self.loss, self.weights, self.annealed = record.epoch, loss, weights, annealed
        return watched and self.patience is not None and record.epoch - self.epoch >= self.patience


def all_finite(weights: Weights, *losses: float | None) -> bool:
    """Whether an epoch ended with finite losses and weights."""
    finite = all(loss is None or np.isfinite(loss) for loss in losses)
    return finite and all(bool(np.isfinite(value).all()) for value in weights.values())


NOT_FINITE_HINT = "lower --learning-rate (a tenth is a good next try), or use --precision 32-true"


def not_finite_note(epoch: int, kept: int) -> str:
    """The sentence about a loss that is not finite, with what to change."""
    return (
        f"the loss was no longer a finite number in epoch {epoch}: training stopped and epoch {kept} was"
        f" kept; {NOT_FINITE_HINT}"
    )
