"""How well users' positions are known, without any model of signal and noise: split-half reliability.

Item vectors are learnt from other users; each user's choices are cut in two at random, both halves are scored
on these vectors, and what the halves share is stepped up to the whole, 2 c / (v + c) with v a half's variance
and c their covariance (Spearman 1910, Brown 1910). Its square root is the correlation of what is read with
what there is to read (the index of reliability). A choice falls into one half or the other, so the halves'
noise has covariance -(p / 2)^2 on every pair, which matters where data are dense; as the null knows p, it is
taken out of what the halves share. Where the result and the spiked model disagree, choices are not what that
model takes them for.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.complexity.configuration import Configuration
from lfd.core.complexity.halves import cut_in_two
from lfd.core.complexity.residual import Residual, residual
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
    known = np.zeros(items.shape[1])
    for fold in range(folds):
        own, others = np.sort(users[fold::folds]), np.sort(np.delete(users, np.s_[fold::folds]))
        learnt = leading(whole.rows(others), min(items.shape[1], min(len(others), len(items)) - 1)).items
        vectors = learnt @ (learnt.T @ items)  # each factor's, as far as the other users know it
        known += _reliability(halves[0].rows(own), halves[1].rows(own), vectors) / folds
    correlation: Floats = np.sqrt(np.clip(known, 0.0, 1.0))
    return correlation


def _reliability(one: Residual, two: Residual, vectors: Floats) -> Floats:
    """Share of taste in the variance of users' positions, of both halves together."""
    a, b = (half.of_items(vectors) for half in (one, two))
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    each, together = np.sqrt((a**2).mean(axis=0) * (b**2).mean(axis=0)), (a * b).mean(axis=0)
    users, items = one.null.users, one.null.items
    cut = users.size @ (one.expected * two.expected) @ items.gather(vectors**2) / users.number
    whole = each + together
    known: Floats = np.divide(2 * (together + cut), whole, out=np.zeros_like(whole), where=whole > 0)
    return known
