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
