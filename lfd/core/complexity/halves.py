"""Every user's choices cut in two at random: two readings of the same taste.

Their noise is independent as far as choices are rare: what is in one half is not in the other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.complexity.configuration import Configuration
from lfd.core.complexity.residual import Residual, residual
from lfd.core.models.rows import keep

Floats = npt.NDArray[np.float64]


def cut_in_two(
    choices: sparse.csr_array, null: Configuration, scale: Floats, rng: np.random.Generator
) -> tuple[Residual, Residual]:
    """The residuals of two halves; the null expects half of every choice in each.

    Parameters
    ----------
    choices : scipy.sparse.csr_array, users x items, each stored value 1
    null : Configuration
    scale : numpy.ndarray, classes of users x classes of items
    rng : numpy.random.Generator
    """
    first = rng.random(choices.nnz) < 0.5
    one, two = (residual(keep(choices, part), null, scale, share=0.5) for part in (first, ~first))
    return one, two


def correlation(one: Floats, two: Floats) -> Floats:
    """Of each column with its twin, over users; 0 where one of them does not vary.

    Parameters
    ----------
    one, two : numpy.ndarray, users x columns
    """
    one, two = one - one.mean(axis=0), two - two.mean(axis=0)
    scale = np.sqrt((one**2).sum(axis=0) * (two**2).sum(axis=0))
    r: Floats = np.divide((one * two).sum(axis=0), scale, out=np.zeros(one.shape[1]), where=scale > 0)
    return r
