"""How an item stands for a user: its place, and the log probability that it is the one chosen.

Both are among the items that compete for the user's list: those that the user does not have, and those that
are asked about. The log probability is that of softmax(scores): an item's score counts relative to what
competes with it, most to what is likely itself; what raises everything alike raises nothing. For one z it
orders items as the scores do, so that places are those of the list.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import log_softmax

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def rivals(items: Integers, seen: sparse.csr_array | None, n_items: int) -> Flags:
    """Which items compete for each user's list.

    Parameters
    ----------
    items : numpy.ndarray of int64, users x asked
        Those that are asked about compete, seen or not.
    seen : scipy.sparse.csr_array, users x items, or None
    n_items : int

    Returns
    -------
    numpy.ndarray of bool, users x items
    """
    competing = np.ones((len(items), n_items), dtype=np.bool_)
    if seen is not None:
        competing[np.repeat(np.arange(len(items)), np.diff(seen.indptr)), seen.indices] = False
    np.put_along_axis(competing, items, True, axis=1)
    return competing


def log_chances(scores: npt.NDArray[Any], competing: Flags) -> Floats:
    """Log probability of every item that competes; -inf for the others.

    Parameters
    ----------
    scores : numpy.ndarray, rows x items
    competing : numpy.ndarray of bool, rows x items

    Returns
    -------
    numpy.ndarray, rows x items
    """
    chances: Floats = log_softmax(np.where(competing, scores.astype(np.float64), -np.inf), axis=1)
    return chances


def places(scores: npt.NDArray[Any], competing: Flags, items: Integers) -> Integers:
    """Places of items, 1 for the best; of equal scores the first item is the better, as in every list.

    Parameters
    ----------
    scores : numpy.ndarray, rows x items
    competing : numpy.ndarray of bool, rows x items
    items : numpy.ndarray of int64, rows x asked

    Returns
    -------
    numpy.ndarray of int64, rows x asked
    """
    found = np.empty(items.shape, dtype=np.int64)
    number = np.arange(scores.shape[1])
    for slot in range(items.shape[1]):
        item = items[:, [slot]]
        own = np.take_along_axis(scores, item, axis=1)
        better = (scores > own) | ((scores == own) & (number < item))
        found[:, slot] = 1 + np.count_nonzero(better & competing, axis=1)
    return found
