"""Interactions of users with items, and the tables that describe both.

Knows nothing of files. Users and items are named by ids (integers or strings) in the tables and by
their row number everywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    import pandas as pd

    from lfd.core.attributes import Schema


@dataclass(frozen=True)
class Dataset:
    """One data set.

    Attributes
    ----------
    interactions : scipy.sparse.csr_array, users x items, float32, values in (0, 1]
        Row u holds what user u chose; no duplicates, column indices sorted.
    users : pandas.DataFrame, one row a user
        Column `user` (the id), then side columns, then `truth.*` columns on synthetic data.
    items : pandas.DataFrame, one row an item
        Columns `item` (the id), `title`, then one column an attribute.
    schema : dict of str to AttributeSchema
        How each attribute column of `items` is to be read.
    """

    interactions: sparse.csr_array
    users: pd.DataFrame
    items: pd.DataFrame
    schema: Schema

    @property
    def n_users(self) -> int:
        return int(self.interactions.shape[0])

    @property
    def n_items(self) -> int:
        return int(self.interactions.shape[1])


def interaction_matrix(
    user: np.ndarray[Any, Any],
    item: np.ndarray[Any, Any],
    value: np.ndarray[Any, Any],
    shape: tuple[int, int],
) -> sparse.csr_array:
    """Sparse users x items matrix (float32, sorted indices) from row numbers and values."""
    matrix = sparse.csr_array((value.astype(np.float32), (user, item)), shape=shape)
    matrix.sort_indices()
    return matrix
