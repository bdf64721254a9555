"""How sure strengths and counts are: a bootstrap over users.

Users drawn twice look like a taste that two users share, so the matrix is not decomposed anew: within the
subspace of the leading vectors, s_k^2 are the eigenvalues of sum_u w_u y_u y_u', y_u = R_u V, with w_u how
often a user was drawn (the bootstrap of Efron 1979, to first order in the rest of the spectrum, where a
singular value's derivative by w_u is (R_u v_k)^2). Users are drawn in blocks where they are many. Drawn
eigenvalues repel each other; the mean of the draws is moved back to the measured value. Whether a factor is a
main one is drawn from the normal distribution of its share in products, by the standard error of that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lfd.core.complexity.factors import Factors
from lfd.core.complexity.harmonics import HALF

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

BLOCKS = 250
BELOW = 5  # values below the edge that take part, so that a count can rise


@dataclass(frozen=True)
class Resamples:
    """The same data with other users of the same kind.

    Attributes
    ----------
    strength : numpy.ndarray, resamples x values, each row descending
        Of the factors, and of a few values below the edge.
    factors, main : numpy.ndarray of int64, (resamples,)
        How many there are.
    """

    strength: Floats
    factors: Integers
    main: Integers


def resample(found: Factors, number: int, rng: np.random.Generator) -> Resamples:
    """Draw the users anew.

    Parameters
    ----------
    found : Factors
    number : int
        Of resamples.
    rng : numpy.random.Generator

    Returns
    -------
    Resamples
    """
    spectrum = found.spectrum.first(found.number + BELOW)
    blocks = np.array_split(rng.permutation(found.users), min(BLOCKS, found.users))
    weights = rng.multinomial(len(blocks), np.full(len(blocks), 1 / len(blocks)), size=number)
    values = _values(spectrum.users * spectrum.values, spectrum.values, weights, blocks)
    strength = values / found.edge.value
    shares = rng.normal(found.harmonics.shares, found.harmonics.errors, size=(number, found.number))
    main = (strength[:, : found.number] > 1) & (shares < HALF)
    return Resamples(strength, (strength > 1).sum(axis=1), main.sum(axis=1))


def _values(positions: Floats, values: Floats, weights: Integers, blocks: list[Integers]) -> Floats:
    grams = np.stack([positions[block].T @ positions[block] for block in blocks]).reshape(len(blocks), -1)
    drawn = (weights @ grams).reshape(len(weights), len(values), len(values))
    found = np.sqrt(np.maximum(np.linalg.eigvalsh(drawn)[:, ::-1], 0.0))
    moved: Floats = -np.sort(-(found - found.mean(axis=0) + values), axis=1)
    return moved


def interval(drawn: npt.NDArray[np.number], level: float = 0.95) -> Floats:
    """Ends of the middle share of each column: 2 x columns.

    Parameters
    ----------
    drawn : numpy.ndarray, resamples x columns
    level : float in (0, 1), default 0.95
    """
    ends: Floats = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return ends
