"""Equal-width bins, as disentanglement_lib's histogram discretiser cuts them (Locatello et al. 2019)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def discretise(values: npt.NDArray[Any], bins: int) -> npt.NDArray[np.int64]:
    """The number of the bin of each value, from 0; `bins` bins of equal width from smallest to largest.

    A bin holds its lower edge, the last one both, so that a value on an inner edge belongs to the bin
    above it. With the sign flipped it would fall into what was the bin below: figures from bins are
    blind to the sign of a code only where no value lies on an inner edge.

    Parameters
    ----------
    values : numpy.ndarray, (rows,), finite
    bins : int, at least 2

    Returns
    -------
    numpy.ndarray of int64, (rows,), 0 to bins - 1; the same for all where the values are equal, or so
    close that their type has no room for the edges between them
    """
    try:
        edges = np.histogram_bin_edges(values, bins)
    except ValueError:  # numpy's word for edges that would coincide
        return np.zeros(len(values), np.int64)
    numbers: npt.NDArray[np.int64] = np.digitize(values, edges[1:-1]).astype(np.int64)
    return numbers
