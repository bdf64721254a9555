"""From what chance does to p: tails that hold far beyond the number of shuffles.

A table has thousands of cells, so p must mean something at 1e-4 and below, where 1,000 shuffles have no
draws left. The tail is the heaviest of three, given mean, variance, skewness g and excess kurtosis k:

- Pearson III (a shifted gamma), which has the skewness;
- normal, where the skewness points the other way: a gamma ends there, permutation distributions need not;
- Student t with the kurtosis that the gamma lacks, k - 1.5 g^2 (a gamma has 1.5 g^2): lists concentrate on
  few items, which makes the sums of a rare label heavy-tailed without making them skewed.

Of the cells of MovieLens 100K under shuffled labels (64 signed axes, Magnitude of Change), Pearson III alone
puts 31 to 51 times as many values of genre, year and rating below p = 1e-4 as belong there, a normal tail 10
to 30 times, this one 0.1 to 0.3 times: it errs on the safe side. benchmarks/calibration.py prints the table.

For draws: the share of draws that reach the observed score while at least 10 do (the rule of Knijnenburg,
Wessels, Reinders and Shmulevich 2009, "Fewer permutations, more accurate P-values", Bioinformatics 25(12)),
beyond that the tail above with the draws' own moments.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc, gammaincc, ndtr, stdtr

from lfd.core.significance.cumulants import Cumulants

Floats = npt.NDArray[np.float64]

ENOUGH_DRAWS = 10
LEAST_SKEW = 1e-3  # below it a gamma is a normal to six digits, and its shape parameter too large
LEAST_KURTOSIS = 1e-3
LEAST_DEVIATION = 1e-9  # of shares: less is what rounding leaves
LEAST_DEVIATION_DRAWN = 1e-7  # draws are in single precision


def upper_tail(z: Floats, skewness: Floats, excess: Floats) -> Floats:
    """Probability that a standardised variable lies at z or above.

    Parameters
    ----------
    z : numpy.ndarray
        Standard deviations above the mean.
    skewness, excess : numpy.ndarray, of the same shape
        Skewness and excess kurtosis.

    Returns
    -------
    numpy.ndarray, in [0, 1]

    Examples
    --------
    >>> [round(float(p), 4) for p in upper_tail(np.array([1.645, 3.0]), np.zeros(2), np.zeros(2))]
    [0.05, 0.0013]
    """
    normal = ndtr(-z)
    gamma = _pearson3(z, np.where(np.abs(skewness) < LEAST_SKEW, LEAST_SKEW, skewness))
    shifted = np.where(skewness < 0, np.maximum(gamma, normal), gamma)
    light = np.where(np.abs(skewness) < LEAST_SKEW, normal, shifted)
    lacking = excess - 1.5 * skewness**2
    freedom = 4 + 6 / np.maximum(lacking, LEAST_KURTOSIS)
    student = stdtr(freedom, -z * np.sqrt(freedom / (freedom - 2)))
    tail: Floats = np.where(lacking > LEAST_KURTOSIS, np.maximum(light, student), light)
    return tail


def two_sided(observed: Floats, chance: Cumulants, least: Floats | float = 0.0) -> Floats:
    """p of a sum that may be too large or too small; NaN where chance does not vary.

    Parameters
    ----------
    observed : numpy.ndarray
    chance : Cumulants, of the same shape
    least : numpy.ndarray or float, default 0
        Smallest p that there can be: 1 over the number of different arrangements.

    Returns
    -------
    numpy.ndarray
    """
    z, varies = _standardised(observed, chance)
    g, k = chance.skew, chance.kurtosis
    either = 2 * np.minimum(upper_tail(z, g, k), upper_tail(-z, -g, k))
    return np.where(varies, np.clip(either, least, 1.0), np.nan)


def one_sided(observed: Floats, chance: Cumulants, least: Floats | float = 0.0) -> Floats:
    """p of a sum that may be too large; NaN where chance does not vary.

    Parameters
    ----------
    observed : numpy.ndarray
    chance : Cumulants, of the same shape
    least : numpy.ndarray or float, default 0

    Returns
    -------
    numpy.ndarray
    """
    z, varies = _standardised(observed, chance)
    upper = upper_tail(z, chance.skew, chance.kurtosis)
    return np.where(varies, np.clip(upper, least, 1.0), np.nan)


def from_draws(observed: Floats, draws: Floats, least: float = 0.0) -> Floats:
    """p of scores that may be too large, from scores under shuffled labels; NaN where these do not vary.

    Parameters
    ----------
    observed : numpy.ndarray, (scores,)
    draws : numpy.ndarray, draws x scores, at least 4 draws
    least : float, default 0

    Returns
    -------
    numpy.ndarray, (scores,)
    """
    deviation = draws.std(axis=0, ddof=1)
    varies = (deviation > LEAST_DEVIATION_DRAWN) & ~np.isnan(observed)
    p = np.full(len(observed), np.nan)
    own, seen = draws[:, varies], observed[varies]
    if not varies.any():
        return p
    # Equal scores must count as reached, whatever single precision made of them.
    reached = (own >= seen - 10 * LEAST_DEVIATION_DRAWN).sum(axis=0)
    z = (seen - own.mean(axis=0)) / deviation[varies]
    tail = upper_tail(z, *_skewness_and_excess(own))
    counted = (reached + 1) / (len(draws) + 1)
    p[varies] = np.clip(np.where(reached >= ENOUGH_DRAWS, counted, tail), least, 1.0)
    return p


def _standardised(observed: Floats, chance: Cumulants) -> tuple[Floats, npt.NDArray[np.bool_]]:
    deviation = chance.deviation
    varies = (deviation > LEAST_DEVIATION) & ~np.isnan(observed)
    z: Floats = np.divide(observed - chance.mean, deviation, out=np.zeros_like(observed), where=varies)
    return z, varies


def _skewness_and_excess(draws: Floats) -> tuple[Floats, Floats]:
    """Skewness and excess kurtosis of columns that vary, without the bias of few draws.

    G1 and G2 of Joanes and Gill (1998). As scipy.stats has them, whose import takes longer than a decoding.
    """
    n = len(draws)
    centred = draws - draws.mean(axis=0)
    second, third, fourth = ((centred**power).mean(axis=0) for power in (2, 3, 4))
    skewness: Floats = np.sqrt(n * (n - 1.0)) / (n - 2) * third / second**1.5
    excess: Floats = ((n**2 - 1.0) * fourth / second**2 - 3 * (n - 1.0) ** 2) / ((n - 2) * (n - 3))
    return skewness, excess


def _pearson3(z: Floats, skewness: Floats) -> Floats:
    """Upper tail of a gamma, shifted and scaled to mean 0, variance 1 and this skewness (not 0)."""
    shape = 4 / skewness**2
    x = np.maximum(shape + 2 * z / skewness, 0.0)
    tail: Floats = np.where(skewness > 0, gammaincc(shape, x), gammainc(shape, x))
    return tail
