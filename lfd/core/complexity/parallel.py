"""The edge of chance by parallel analysis: how large a singular value grows where there is no taste.

Horn (1965) compares the eigenvalues of data with those of data without structure; here these are draws from
the null, their residuals weighted alike. What lies above the edge is a factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from lfd.core.complexity.configuration import Configuration, sample
from lfd.core.complexity.residual import residual
from lfd.core.complexity.spectrum import largest

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Edge:
    """Where chance ends.

    Attributes
    ----------
    value : float
        A further draw's largest singular value stays below it with probability 1 - level.
    draws : numpy.ndarray, (draws,)
        The largest singular value of each draw; none where the edge is a formula's.
    """

    value: float
    draws: Floats


def parallel_edge(
    null: Configuration, scale: Floats, draws: int, level: float, rng: np.random.Generator
) -> Edge:
    """Draw from the null, and take the upper end of what its largest singular values do.

    Parameters
    ----------
    null : Configuration
    scale : numpy.ndarray, classes of users x classes of items
        Of the residuals.
    draws : int, at least 2
    level : float in (0, 1)
        Probability that data without taste reach the edge: the end of the prediction interval of one further
        draw, by Student's t, since the draws are few and vary little.
    rng : numpy.random.Generator

    Returns
    -------
    Edge
    """
    found = np.array([largest(residual(sample(null, own), null, scale)) for own in rng.spawn(draws)])
    reach = float(student.ppf(1 - level, draws - 1)) * np.sqrt(1 + 1 / draws)
    return Edge(float(found.mean() + reach * found.std(ddof=1)), found)
