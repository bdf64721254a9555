"""What shuffled labels do to the entropies of recommendation lists, added up over users.

A score by entropy is linear in the entropies of lists, H(before) - H(after), and so is one by divergence:
JS(before, after) = H((before + after) / 2) - H(before) / 2 - H(after) / 2. So it is written as a sparse
matrix (one row a signed axis) times the entropies of the distinct lists, and lists that stand on both sides
(an axis that does nothing) drop out before anything is computed. Lists times shuffled labels, several
shuffles at once, is a sparse matrix product; nothing is approximated, and every user counts.

Single precision: entropies are good to 1e-6, where chance moves scores by 1e-3 and more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.significance.null import LabelNull

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

LISTS_AT_ONCE = 256
DENSE = 0.2  # lists that hold more of the items than this are multiplied as dense ones
TINY = np.float32(1e-30)


def entropy_draws(
    lists: sparse.csr_array, combinations: sparse.csr_array, null: LabelNull, base: float
) -> Floats:
    """Combinations of the lists' entropies under every shuffle.

    Parameters
    ----------
    lists : scipy.sparse.csr_array, lists x labelled items, rows sum to 1
    combinations : scipy.sparse.csr_array, scores x lists
    null : LabelNull
    base : float
        Of the logarithm: the number of values normalises entropy, 2 gives bits.

    Returns
    -------
    numpy.ndarray, shuffles x scores
    """
    needed = np.flatnonzero(np.diff(combinations.tocsc().indptr))
    lists, combinations = sparse.csr_array(lists[needed]), sparse.csr_array(combinations[:, needed])
    used = np.unique(lists.indices)
    if not len(used):
        return np.zeros((null.permutations, combinations.shape[0]))
    parts = _parts(sparse.csr_array(lists[:, used]).astype(np.float32), combinations)
    labels = null.membership.astype(np.float32)
    values = labels.shape[1]
    drawn = []
    for order in null.orders():
        shuffled = labels[order[:, used]].transpose(1, 2, 0)  # items x values x shuffles
        columns = np.ascontiguousarray(shuffled).reshape(len(used), values * len(order))
        total = np.zeros((combinations.shape[0], len(order)))
        for weights, combination in parts:
            total += combination @ _entropies(np.asarray(weights @ columns), values)
        drawn.append(total.T / np.log(base))
    return np.concatenate(drawn)


def divergence_lists(
    lists: sparse.csr_array,
    unit: npt.NDArray[np.int64],
    before: npt.NDArray[np.int64],
    after: npt.NDArray[np.int64],
    units: int,
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Lists and combinations whose entropies add up to Jensen-Shannon divergences.

    Parameters
    ----------
    lists : scipy.sparse.csr_array, lists x items
    unit, before, after : numpy.ndarray of int64, (changes,)
        A change on a unit, from one list to another.
    units : int

    Returns
    -------
    (lists, with the means of changed pairs behind them; combinations, units x lists)
    """
    moved = before != after  # equal lists diverge by 0
    unit, pair = unit[moved], np.stack([before[moved], after[moved]])
    distinct, which = np.unique(np.sort(pair, axis=0), axis=1, return_inverse=True)
    means = (lists[distinct[0]] + lists[distinct[1]]) / 2
    every = sparse.csr_array(sparse.vstack([lists, means], format="csr"))
    entries = np.repeat([1.0, -0.5, -0.5], len(unit))
    column = np.concatenate([lists.shape[0] + which.ravel(), pair[0], pair[1]])
    shape = (units, every.shape[0])
    return every, sparse.coo_array((entries, (np.tile(unit, 3), column)), shape=shape).tocsr()


def _parts(
    lists: sparse.csr_array, combinations: sparse.csr_array
) -> list[tuple[sparse.csr_array | Singles, sparse.csr_array]]:
    """A few lists at a time, so that what is computed of them stays in the cache."""
    dense = lists.nnz > DENSE * max(1, lists.shape[0]) * lists.shape[1]
    by_column = combinations.tocsc()
    parts = []
    for start in range(0, lists.shape[0], LISTS_AT_ONCE):
        some = lists[start : start + LISTS_AT_ONCE]
        combination = by_column[:, start : start + LISTS_AT_ONCE].tocsr()
        parts.append((some.toarray() if dense else sparse.csr_array(some), combination))
    return parts


def _entropies(shares: Singles, values: int) -> Floats:
    """Of lists x (values x shuffles), in nats: lists x shuffles."""
    logs = np.maximum(shares, TINY)
    np.log(logs, out=logs)
    shape = (len(shares), values, -1)
    summed: Singles = np.einsum("lvp,lvp->lp", shares.reshape(shape), logs.reshape(shape))
    return -summed.astype(np.float64)
