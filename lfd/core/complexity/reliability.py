"""How well users' positions are known, without any model of signal and noise: split-half reliability.

Item vectors are learnt from other users; each user's choices are cut in two at random, both halves are scored
on these vectors, and the halves' correlation r is stepped up to the whole, 2 r / (1 + r) (Spearman 1910,
Brown 1910). Its square root is the correlation of what is read with what there is to read (the index of
reliability). Where it and the spiked model disagree, choices are not what that model takes them for.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.complexity.configuration import Configuration
from lfd.core.complexity.halves import correlation, cut_in_two
from lfd.core.complexity.residual import residual
from lfd.core.complexity.spectrum import leading

Floats = npt.NDArray[np.float64]

FOLDS = 4


def split_half_correlation(
    choices: sparse.csr_array,
    null: Configuration,
    scale: Floats,
    items: Floats,
    rng: np.random.Generator,
    folds: int = FOLDS,
) -> Floats:
    """Of what is read of users' positions with what there is to read, factor by factor.

    Parameters
    ----------
    choices : scipy.sparse.csr_array, users x items, each stored value 1
    null : Configuration
    scale : numpy.ndarray, classes of users x classes of items
    items : numpy.ndarray, items x factors
        Item vectors of the factors.
    rng : numpy.random.Generator
    folds : int, at least 2, default 4
        Of users; each is scored on vectors learnt from the others.

    Returns
    -------
    numpy.ndarray, (factors,), in [0, 1]
    """
    if not items.shape[1]:
        return np.zeros(0)
    users = rng.permutation(choices.shape[0])
    whole = residual(choices, null, scale)
    halves = cut_in_two(choices, null, scale, rng)
    r = np.zeros(items.shape[1])
    for fold in range(folds):
        own, others = np.sort(users[fold::folds]), np.sort(np.delete(users, np.s_[fold::folds]))
        learnt = leading(whole.rows(others), min(items.shape[1], min(len(others), len(items)) - 1)).items
        vectors = learnt @ (learnt.T @ items)  # each factor's, as far as the other users know it
        r += correlation(*(half.rows(own).of_items(vectors) for half in halves)) / folds
    r = np.maximum(r, 0.0)
    whole_history: Floats = np.sqrt(2 * r / (1 + r))
    return whole_history
