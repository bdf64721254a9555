"""Which items of a history are taken away, by rivals of an explanation: by chance, by company, one by one.

Each gives every entry of a history a priority for every item that is explained; the first ones are taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.evaluation.taking_away import Cases
from lfd.core.explaining.gradients import entries_left_out
from lfd.core.explaining.standing import log_chances
from lfd.core.models.scores import MOST_SCORES, item_scores

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def first_entries(priority: Floats, histories: sparse.csr_array, most: int) -> Integers:
    """The entries of each history that come first, as items.

    Parameters
    ----------
    priority : numpy.ndarray, slots x entries
        A slot is one of the items that are explained to each user.
    histories : scipy.sparse.csr_array, users x items
        With at least `most` entries each.
    most : int

    Returns
    -------
    numpy.ndarray of int64, (users * slots) x most
        User by user; of equal priorities the first entries.
    """
    taken = np.empty((histories.shape[0], len(priority), most), dtype=np.int64)
    for user in range(histories.shape[0]):
        own = slice(histories.indptr[user], histories.indptr[user + 1])
        order = np.argsort(-priority[:, own], axis=1, kind="stable")[:, :most]
        taken[user] = histories.indices[own][order]
    return taken.reshape(-1, most)


def by_company(cases: Cases, training: sparse.csr_array, slots: int) -> tuple[Floats, Floats]:
    """How many training users have an entry together with the item; and that as a cosine.

    Parameters
    ----------
    cases : Cases
    training : scipy.sparse.csr_array, users x items
    slots : int

    Returns
    -------
    counts, cosines : numpy.ndarray, slots x entries
        The cosine is of the two items' columns, without the item's own length, which orders nothing.
    """
    has = (training > 0).astype(np.float64).tocsc()
    popularity = np.maximum(np.asarray(has.sum(axis=0)), 1.0)
    counts = np.empty((slots, cases.histories.nnz))
    for user in range(cases.histories.shape[0]):
        own = slice(cases.histories.indptr[user], cases.histories.indptr[user + 1])
        items = cases.item[user * slots : (user + 1) * slots]
        counts[:, own] = (has[:, items].T @ has[:, cases.histories.indices[own]]).toarray()
    return counts, counts / np.sqrt(popularity[cases.histories.indices])


def one_by_one(model: LatentModel, cases: Cases, slots: int) -> Floats:
    """How much the item's log probability falls without each entry alone.

    Parameters
    ----------
    model : LatentModel
    cases : Cases
    slots : int

    Returns
    -------
    numpy.ndarray, slots x entries
    """
    items = cases.item.reshape(-1, slots)
    drop = np.empty((slots, cases.histories.nnz))
    size = max(1, MOST_SCORES // (4 * model.n_items))
    for first in range(0, cases.histories.nnz, size):
        entries = np.arange(first, min(first + size, cases.histories.nnz))
        owner, histories = entries_left_out(cases.histories, entries)
        scores = item_scores(model, model.encode(histories)[0])
        chance = np.take_along_axis(log_chances(scores, cases.competing[owner]), items[owner], axis=1)
        drop[:, entries] = -chance.T
    return drop
