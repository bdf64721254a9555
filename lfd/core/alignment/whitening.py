"""Latent space in units of its users: where they are spread, every direction counts the same.

    z = mean + W y,    W = E sqrt(eigenvalues),    cov(y) = 1

Knows positions of users only. Directions in which users hardly differ are left out of y (there whitening
would blow noise up); they are kept aside, in units of the largest spread, so that nothing of z is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lfd.core.models.axes import ACTIVE_VARIANCE
from lfd.errors import InputError, UsageError

Floats = npt.NDArray[np.float64]

LEAST_SHARE, LEAST_SHARE_WITHOUT_NOISE = 0.02, 0.001
NOTHING = 1e-12  # eigenvalues below this share of the largest are rounding


@dataclass(frozen=True)
class Whitening:
    """Coordinates in which users have mean 0 and covariance 1 on the first `rank` axes.

    Attributes
    ----------
    mean : numpy.ndarray, (latent,)
    eigenvalues : numpy.ndarray, (latent,), descending
        Of the covariance of the users' means.
    basis : numpy.ndarray, latent x latent
        Eigenvectors as columns, each with its largest entry positive.
    rank : int
        How many of them are kept.
    """

    mean: Floats
    eigenvalues: Floats
    basis: Floats
    rank: int

    @property
    def unit(self) -> Floats:
        """Length of each coordinate's unit: a standard deviation, and for what is left out the largest."""
        kept = np.arange(len(self.eigenvalues)) < self.rank
        unit: Floats = np.sqrt(np.where(kept, self.eigenvalues, self.eigenvalues[0]))
        return unit

    @property
    def spread(self) -> Floats:
        """W (latent x rank): what one unit of each whitened coordinate is in z."""
        w: Floats = (self.basis * self.unit)[:, : self.rank]
        return w

    def coordinates(self, latents: Floats) -> Floats:
        """Whitened coordinates y of positions z, users x rank."""
        y: Floats = ((latents - self.mean) @ self.basis / self.unit)[:, : self.rank]
        return y


def whiten(
    means: Floats,
    deviations: Floats | None = None,
    *,
    least_share: float | None = None,
    rank: int | None = None,
) -> Whitening:
    """Find the directions in which users differ, and how much.

    Parameters
    ----------
    means : numpy.ndarray, users x latent, finite
    deviations : numpy.ndarray, users x latent, default none
        Where some are above 0, z has the prior's unit, and a variance below 0.01 counts as none.
    least_share : float in (0, 1], default 0.02, or 0.001 where no deviation is above 0
        Directions with a smaller share of the largest variance are left out. Noise drowns small ones, and the
        KL term gives up what it drowns; without noise a decoder may read much into little.
    rank : int, default by `least_share`
        How many directions to keep.

    Returns
    -------
    Whitening

    Raises
    ------
    InputError
        There are fewer than two users, a mean is not finite, or users do not differ in any direction.
    UsageError
        More directions are asked for than those in which users differ.
    """
    if means.ndim != 2 or len(means) < 2:
        raise InputError(
            f"latents of shape {means.shape} cannot be aligned: two users or more are needed",
            "encode the users of the run: lfd encode",
        )
    bad = np.argwhere(~np.isfinite(means))
    if len(bad):
        raise InputError(
            f"latents of user row {bad[0][0]}: z{bad[0][1]} is not finite", "encode again: lfd encode --force"
        )
    centre = means.mean(axis=0)
    eigenvalues, basis = _eigen(np.cov(means - centre, rowvar=False, bias=True).reshape(means.shape[1], -1))
    noisy = deviations is not None and bool((deviations > 0).any())
    usable = _usable(eigenvalues, ACTIVE_VARIANCE if noisy else 0.0)
    if rank is not None and rank > usable:
        raise UsageError(
            f"rank {rank} is more than the {usable} directions in which users differ",
            f"use at most {usable}: --rank {usable}",
        )
    if least_share is None:
        least_share = LEAST_SHARE if noisy else LEAST_SHARE_WITHOUT_NOISE
    kept = min(usable, int((eigenvalues >= least_share * eigenvalues[0]).sum()))
    return Whitening(centre, eigenvalues, basis, kept if rank is None else rank)


def _eigen(covariance: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues, descending, and eigenvectors whose sign does not depend on the library."""
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    top = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
    return values, vectors * np.where(top < 0, -1.0, 1.0)


def _usable(eigenvalues: Floats, least: float) -> int:
    """How many directions carry any variance at all; refuses if there are none."""
    largest = float(eigenvalues[0])
    usable = int(((eigenvalues >= least) & (eigenvalues > NOTHING * largest)).sum())
    if usable == 0:
        raise InputError(
            f"no direction of latent space is active: the largest variance over users is {largest:.2g}",
            "the model has collapsed; train one whose KL weighs less: lfd train --beta 0.2",
        )
    return usable
