"""Positions in latent space: where a walk starts, how far it goes, and in what unit.

Knows arrays of coordinates only: no model, no items. An axis is any direction of length 1; without
`directions` they are the coordinate axes, in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lfd.errors import InputError

if TYPE_CHECKING:
    from lfd.settings.decoding import Move, Scale

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PlannedMove:
    """One axis moved to one side: to a place (`relative` false), or by an amount (`relative` true)."""

    axis: int
    side: int
    amount: float
    relative: bool


def check_latents(means: Floats, n_latent: int, directions: Floats | None = None) -> Floats:
    """Refuse latents that cannot be walked from; return the directions to walk in.

    Parameters
    ----------
    means : numpy.ndarray, users x latent
    n_latent : int
        The model's number of latents.
    directions : numpy.ndarray, axes x latent, rows of length 1, default the coordinate axes

    Returns
    -------
    numpy.ndarray, axes x latent

    Raises
    ------
    InputError
        No users, another number of latents than the model's, a value that is not finite, a direction
        whose length is not 1.
    """
    if means.ndim != 2 or means.shape[0] == 0 or means.shape[1] != n_latent:
        raise InputError(
            f"latents of shape {means.shape} do not fit a model with {n_latent} latents",
            "make them with the same model: lfd encode",
        )
    bad = np.argwhere(~np.isfinite(means))
    if len(bad):
        raise InputError(
            f"latents of user row {bad[0][0]}: z{bad[0][1]} is not finite", "encode again: lfd encode --force"
        )
    if directions is None:
        return np.eye(n_latent)
    lengths = np.linalg.norm(directions, axis=1) if directions.ndim == 2 else np.zeros(0)
    if directions.shape != (len(lengths), n_latent) or not np.allclose(lengths, 1, rtol=0, atol=1e-6):
        raise InputError(
            f"directions of shape {directions.shape} are not rows of length 1 in {n_latent} latents",
            "divide each direction by its length",
        )
    return directions


def choose_users(n_users: int, wanted: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw users without replacement, in row order; all of them where `wanted` is 0 or too many.

    Parameters
    ----------
    n_users, wanted : int
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of int64
    """
    if wanted == 0 or wanted >= n_users:
        return np.arange(n_users, dtype=np.int64)
    return np.sort(rng.choice(n_users, size=wanted, replace=False)).astype(np.int64)


def plan_moves(coordinates: Floats, move: Move) -> list[PlannedMove]:
    """Where each axis is moved to, from the training users' coordinates.

    `quantile` q: to their q and 1 - q quantiles. `shift` k: by k of their standard deviations, both ways.
    `extreme`, the original's rule: to half of their minimum or maximum, whichever is larger in
    magnitude, so on one side only.

    Parameters
    ----------
    coordinates : numpy.ndarray, users x axes, finite
    move : Move

    Returns
    -------
    list of PlannedMove
        By axis, then side.
    """
    if move.kind == "shift":
        reach = move.amount * coordinates.std(axis=0)
        return _both_sides(-reach, reach, relative=True)
    if move.kind == "quantile":
        low, high = np.quantile(coordinates, [move.amount, 1 - move.amount], axis=0)
        return _both_sides(low, high, relative=False)
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    upward = np.abs(high) >= np.abs(low)
    half = np.where(upward, high, low) / 2
    return [PlannedMove(j, 1 if up else -1, float(half[j]), False) for j, up in enumerate(upward)]


def _both_sides(low: Floats, high: Floats, *, relative: bool) -> list[PlannedMove]:
    ends = enumerate(zip(low.tolist(), high.tolist(), strict=True))
    return [
        PlannedMove(j, side, to, relative) for j, pair in ends for side, to in zip((-1, 1), pair, strict=True)
    ]


def moved(latents: Floats, direction: Floats, planned: PlannedMove) -> Floats:
    """The same positions with one axis moved; what is orthogonal to it stays.

    Parameters
    ----------
    latents : numpy.ndarray, users x latent
    direction : numpy.ndarray, (latent,), of length 1
        The axis of `planned`.
    planned : PlannedMove

    Returns
    -------
    numpy.ndarray, users x latent
    """
    amount = np.full(len(latents), planned.amount)
    if not planned.relative:
        amount -= latents @ direction
    result: Floats = latents + amount[:, None] * direction
    return result


def frame(means: Floats, directions: Floats, scale: Scale) -> tuple[Floats, Floats]:
    """Origin and unit of measure for walks that start from no user.

    Parameters
    ----------
    means : numpy.ndarray, users x latent
    directions : numpy.ndarray, axes x latent
    scale : users or prior
        The users' mean and their standard deviation along each axis, or 0 and 1.

    Returns
    -------
    centre : numpy.ndarray, (latent,)
    deviation : numpy.ndarray, (axes,)
    """
    if scale == "prior":
        return np.zeros(means.shape[1]), np.ones(len(directions))
    return means.mean(axis=0), (means @ directions.T).std(axis=0)


@dataclass(frozen=True)
class PriorFit:
    """How far the users' z, with their uncertainty, are from the unit prior N(0, 1), per axis.

    Attributes
    ----------
    mean, deviation : numpy.ndarray, (latent,)
        Of z over users: the means' spread and the posterior's own, added as variances.
    divergence : numpy.ndarray, (latent,), in nats
        KL(N(mean, deviation^2) || N(0, 1)); infinite where all users are at one point.
    """

    mean: Floats
    deviation: Floats
    divergence: Floats

    @property
    def far(self) -> npt.NDArray[np.int64]:
        """Axes farther from the prior than a shift by one standard deviation is: more than 0.5 nats."""
        return np.flatnonzero(self.divergence > 0.5)


def prior_fit(means: Floats, deviations: Floats | None = None) -> PriorFit:
    """Compare where users lie with the unit prior; `--scale prior` is sound only where they agree.

    Parameters
    ----------
    means : numpy.ndarray, users x latent
    deviations : numpy.ndarray, users x latent, default 0, as for a model without uncertainty

    Returns
    -------
    PriorFit

    Examples
    --------
    >>> prior_fit(np.array([[-1.0], [1.0]])).divergence.tolist()
    [0.0]
    """
    mean, variance = means.mean(axis=0), means.var(axis=0)
    if deviations is not None:
        variance = variance + (deviations**2).mean(axis=0)
    with np.errstate(divide="ignore"):
        divergence = (variance + mean**2 - 1 - np.log(variance)) / 2
    return PriorFit(mean, np.sqrt(variance), divergence)
