"""Intervals over users: the same means if other users had been drawn.

Poisson bootstrap: in each resample a user counts Poisson(1) times and sums are divided by their own total,
which is the multinomial bootstrap without a fixed number of users and can run over a stream (Hanley and
MacGibbon 2006, "Creating non-parametric bootstrap samples using Poisson frequencies", Comput. Methods
Programs Biomed. 83(1)). All resamples at once are a matrix product.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

LEVELS = (0.025, 0.975)


def poisson_weights(users: int, resamples: int, rng: np.random.Generator) -> Singles:
    """How often each user counts in each resample.

    Parameters
    ----------
    users, resamples : int
    rng : numpy.random.Generator
        Drawn user by user, so that users in pieces get the same weights.

    Returns
    -------
    numpy.ndarray of float32, resamples x users
    """
    return np.ascontiguousarray(rng.poisson(1.0, (users, resamples)).astype(np.float32).T)


class ResampledMeans:
    """Means over users under every resample, from parts of the users.

    Parameters
    ----------
    resamples, units, cells : int
        Every user has `cells` numbers on every unit, or none on this unit.
    """

    def __init__(self, resamples: int, units: int, cells: int) -> None:
        self._sums = np.zeros((resamples, units, cells), dtype=np.float32)
        self._counts = np.zeros((resamples, units), dtype=np.float32)

    def add(self, weights: Singles, numbers: Floats) -> None:
        """Count more users in.

        Parameters
        ----------
        weights : numpy.ndarray, resamples x users
        numbers : numpy.ndarray, users x units x cells
            NaN, all of them, for a user who does not count on a unit.
        """
        counts = ~np.isnan(numbers[..., 0])
        known = np.where(counts[..., None], numbers, 0).astype(np.float32)
        self._sums += (weights @ known.reshape(len(known), -1)).reshape(self._sums.shape)
        self._counts += weights @ counts.astype(np.float32)

    def interval(self, mean: Floats) -> tuple[Floats, Floats]:
        """Where the middle 95 % of the resampled means lie.

        A resample in which nobody is left (of few users) says no more than the mean itself.

        Parameters
        ----------
        mean : numpy.ndarray, units x cells
            Of the users as they are.

        Returns
        -------
        (low, high) : each units x cells, NaN where the mean is
        """
        counts = self._counts[..., None]
        means = np.divide(self._sums, counts, out=np.zeros_like(self._sums), where=counts > 0)
        return percentiles(np.where(counts > 0, means, mean), mean)


def percentiles(resampled: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """The 2.5 and 97.5 % points over resamples.

    Parameters
    ----------
    resampled : numpy.ndarray, resamples x ...
    mean : numpy.ndarray, ...
        NaN where there is nothing to say.

    Returns
    -------
    (low, high) : each of the shape of `mean`
    """
    known = ~np.isnan(mean)
    low, high = np.full(mean.shape, np.nan), np.full(mean.shape, np.nan)
    if known.any():
        low[known], high[known] = np.quantile(resampled[:, known], LEVELS, axis=0)
    return low, high
