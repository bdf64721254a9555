"""Correlation of two readings of the same thing, column by column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def paired_correlation(one: Floats, two: Floats) -> Floats:
    """Of each column with its twin; 0 where one of them does not vary.

    Parameters
    ----------
    one, two : numpy.ndarray, rows x columns
    """
    one, two = one - one.mean(axis=0), two - two.mean(axis=0)
    scale = np.sqrt((one**2).sum(axis=0) * (two**2).sum(axis=0))
    r: Floats = np.divide((one * two).sum(axis=0), scale, out=np.zeros(one.shape[1]), where=scale > 0)
    return r
