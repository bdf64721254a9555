"""The edge of chance by parallel analysis: how large a singular value grows where there is no taste.

Horn (1965) compares the eigenvalues of data with those of data without structure; here these are draws from
the null, their residuals weighted alike. What lies above the edge is a factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from lfd.core.complexity.configuration import Configuration, sample
from lfd.core.complexity.residual import residual
from lfd.core.complexity.saying import Say, silent
from lfd.core.complexity.spectrum import largest, leading

Floats = npt.NDArray[np.float64]

CHECKS, BEYOND = 3, 0.02  # draws that a formula's edge is held against, and how far they may reach beyond it


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

    @property
    def of_noise(self) -> float:
        """Where the singular values of noise end on average: below the value, which few draws pass."""
        return float(self.draws.mean()) if self.draws.any() else self.value


def parallel_edge(
    null: Configuration,
    scale: Floats,
    draws: int,
    level: float,
    rng: np.random.Generator,
    say: Say = silent,
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
    say : callable, default silent
        Told which draw is next.

    Returns
    -------
    Edge
    """
    found = np.zeros(draws)
    for number, own in enumerate(rng.spawn(draws)):
        say(f"null draw {number + 1} of {draws}")
        found[number] = largest(residual(sample(null, own), null, scale))
    reach = float(stdtrit(draws - 1, 1 - level)) * np.sqrt(1 + 1 / draws)
    return Edge(float(found.mean() + reach * found.std(ddof=1)), found)


def edge_notes(
    null: Configuration, scale: Floats, edge: float, items: npt.NDArray[np.int64], rng: np.random.Generator
) -> tuple[str, ...]:
    """A sentence where a formula's edge is not where chance ends, with the item that breaks it.

    Parameters
    ----------
    null : Configuration
    scale : numpy.ndarray, classes of users x classes of items
    edge : float
        By the formula.
    items : numpy.ndarray of int64, (items,)
        Row of each item of the null in the table of items.
    rng : numpy.random.Generator

    Returns
    -------
    tuple of str, empty where the draws stay below the edge, or reach beyond it by less than 2 %
    """
    found = [leading(residual(sample(null, own), null, scale), 1) for own in rng.spawn(CHECKS)]
    beyond = max(found, key=lambda spectrum: spectrum.values[0])
    if beyond.values[0] <= edge * (1 + BEYOND):
        return ()
    worst = int(np.abs(beyond.items[:, 0]).argmax())
    degree = int(null.items.degree[null.items.of[worst]])
    return (
        f"the null does not calibrate: chance reaches {beyond.values[0] / edge:.2f} times the edge, most of"
        f" all by item {items[worst]} (row), which {degree} users have; use --null parallel",
    )
