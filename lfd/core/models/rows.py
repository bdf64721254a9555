"""Sparse rows as a model reads them: checked, thinned, divided by their length. Knows no engine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.errors import InputError


def row_of_entry(rows: sparse.csr_array) -> npt.NDArray[np.intp]:
    """Row number of every stored entry, in storage order."""
    return np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))


def keep(rows: sparse.csr_array, chosen: npt.NDArray[np.bool_]) -> sparse.csr_array:
    """The same matrix with only the `chosen` entries (bool, in storage order)."""
    before, kept = np.concatenate([[0], np.cumsum(chosen)]), np.flatnonzero(chosen)
    return sparse.csr_array((rows.data[kept], rows.indices[kept], before[rows.indptr]), shape=rows.shape)


def unit_rows(rows: sparse.csr_array) -> sparse.csr_array:
    """Rows divided by their Euclidean length, so that the input's size does not grow with a history's.

    A row without entries, or of zeros only, stays as it is.
    """
    user = row_of_entry(rows)
    length = np.sqrt(
        np.bincount(user, weights=np.square(rows.data, dtype=np.float64), minlength=rows.shape[0])
    )
    data = (rows.data / np.where(length > 0, length, 1.0)[user]).astype(np.float32)
    return sparse.csr_array((data, rows.indices, rows.indptr), shape=rows.shape)


def canonical(interactions: sparse.csr_array) -> sparse.csr_array:
    """The same matrix with sorted rows and every entry once; what is stored twice is added up."""
    if interactions.has_canonical_format:
        return interactions
    tidy = interactions.copy()
    tidy.sum_duplicates()
    return tidy


def check_interactions(interactions: sparse.csr_array) -> None:
    """Refuse what no model can learn from.

    Raises
    ------
    InputError
        If there are no users, items or interactions, or a value is not a number in [0, 1].
    """
    if 0 in interactions.shape or interactions.nnz == 0:
        users, items = interactions.shape
        raise InputError(
            f"there is nothing to learn from: {users} users, {items} items, {interactions.nnz} interactions",
            "give users that have interactions, or loosen the filters of lfd load",
        )
    bad = np.flatnonzero(
        ~((interactions.data >= 0) & (interactions.data <= 1))
    )  # not a number compares false
    if len(bad):
        user = int(np.searchsorted(interactions.indptr, bad[0], side="right")) - 1
        raise InputError(
            f"user {user} (row), item {int(interactions.indices[bad[0]])} (column): the value is"
            f" {interactions.data[bad[0]]:g}, not a number in [0, 1]",
            "scale ratings to [0, 1], or turn them into choices: lfd load --min-value",
        )


def check_width(interactions: sparse.csr_array, n_items: int) -> None:
    """Refuse histories of another catalogue than the model's.

    Raises
    ------
    InputError
        If the interactions do not have as many items as the model.
    """
    if interactions.shape[1] != n_items:
        raise InputError(
            f"the interactions have {interactions.shape[1]} items, the model knows {n_items}",
            "encode users of the items that the model was trained on",
        )
