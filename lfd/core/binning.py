"""Bins for numeric attributes: their edges, their names, and which bin a number falls into."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from lfd.errors import UsageError

DECADES = "decade"


def bin_edges(numbers: npt.NDArray[np.float64], rule: str) -> npt.NDArray[np.float64]:
    """Edges of the bins of a numeric attribute.

    Parameters
    ----------
    numbers : the known values, none of them NaN
    rule : `decade`, `deciles`, or `quantiles:N` for N bins of about as many items each (fewer where
        values tie; `quantiles` alone means 5)

    Returns
    -------
    numpy.ndarray, ascending, bins + 1; a single edge where all numbers are equal, none without numbers

    Raises
    ------
    UsageError : an unknown rule
    """
    if numbers.size == 0:
        return numbers
    if rule == DECADES:
        return np.arange(np.floor(numbers.min() / 10), np.floor(numbers.max() / 10) + 2) * 10
    name, _, count = {"deciles": "quantiles:10", "quantiles": "quantiles:5"}.get(rule, rule).partition(":")
    if name != "quantiles" or not count.isdigit() or int(count) < 2:
        raise UsageError(f"unknown bins {rule!r}", "use decade, deciles or quantiles:N with N of at least 2")
    return np.unique(np.quantile(numbers, np.linspace(0, 1, int(count) + 1)))


def bin_numbers(numbers: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """The bin of each number; what lies outside the edges falls into the nearest bin."""
    return np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, max(len(edges) - 2, 0))


def bin_names(edges: npt.NDArray[np.float64], decades: bool = False) -> tuple[str, ...]:
    """Names such as 1950s, or 3.2 to 3.8.

    Parameters
    ----------
    edges : as `bin_edges` gives them
    decades : whether the bins are decades
    """
    if decades:
        return tuple(f"{edge:.0f}s" for edge in edges[:-1])
    names = _shortest(edges)
    if len(names) < 2:
        return tuple(names)
    return tuple(f"{low} to {high}" for low, high in pairwise(names))


def _shortest(edges: npt.NDArray[np.float64]) -> list[str]:
    """The edges with as few digits as keep them apart."""
    for digits in range(3, 18):
        names = [f"{edge:.{digits}g}" for edge in edges]
        if len(set(names)) == len(names):
            break
    return names
