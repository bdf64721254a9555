"""From p to q: how many of the cells that are called so are false.

Benjamini and Hochberg (1995), "Controlling the false discovery rate", J. R. Stat. Soc. B 57(1), step-up.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def benjamini_hochberg(p: Floats) -> Floats:
    """q of each p among all p that are known.

    Calling the cells with q below 0.05 makes 5 % false discoveries among them, on average at most.

    Parameters
    ----------
    p : numpy.ndarray, (cells,), in [0, 1]; NaN is not counted

    Returns
    -------
    numpy.ndarray, (cells,), in [0, 1]; NaN where p is

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.5, 0.02, np.nan])).tolist()
    [0.03, 0.5, 0.03, nan]
    """
    q = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    ratio = p[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum(np.minimum.accumulate(ratio[::-1])[::-1], 1.0)
    return q
