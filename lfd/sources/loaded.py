"""A data set as it goes into a run: arrays of interactions, tables of users and items, what was dropped."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from scipy import sparse

from lfd.core.attributes import Kind


@dataclass(frozen=True)
class Scale:
    """How values were scaled.

    Attributes
    ----------
    minimum, maximum : the smallest and the largest value in the source
    min_value : values from here on count, as 1; None where values are divided by the maximum
    said : the same as a sentence
    """

    minimum: float
    maximum: float
    min_value: float | None
    said: str


@dataclass(frozen=True)
class Loaded:
    """A data set as it goes into a run.

    Attributes
    ----------
    user, item : int32, one an interaction
        Row numbers in `users` and `items`; sorted by user, then item, each pair once.
    value : float32, in (0, 1]
    timestamp : int64, or None
        As in the source; dates are seconds since 1970.
    users : pandas.DataFrame
        `user` (int64 or str, ascending), then side columns.
    items : pandas.DataFrame
        `item` (int64 or str, ascending), `title`, then one column an attribute: lists of words (multi),
        words (nominal) or numbers. `rating` is the mean of all values in the source, before `min_value`;
        `popularity` the number of interactions that were kept.
    kinds : each attribute's kind
    bins : how numeric attributes are best binned: decade, deciles or quantiles
    scale : how values were scaled
    dropped : what was dropped, in the order in which it was, and how much of it
    noted : what was kept, and is to be known
    skipped : columns of the items table that are no attributes, and why
    """

    user: npt.NDArray[np.int32] = field(repr=False)
    item: npt.NDArray[np.int32] = field(repr=False)
    value: npt.NDArray[np.float32] = field(repr=False)
    timestamp: npt.NDArray[np.int64] | None = field(repr=False)
    users: pd.DataFrame = field(repr=False)
    items: pd.DataFrame = field(repr=False)
    kinds: dict[str, Kind]
    bins: dict[str, str]
    scale: Scale
    dropped: dict[str, int]
    noted: dict[str, int]
    skipped: dict[str, str]

    @property
    def interactions(self) -> pa.Table:
        """Columns user, item (ids; text as a dictionary), value, and timestamp where there is one."""
        columns = {
            "user": _named(self.user, self.users["user"]),
            "item": _named(self.item, self.items["item"]),
            "value": pa.array(self.value),
        }
        return pa.table(
            columns if self.timestamp is None else columns | {"timestamp": pa.array(self.timestamp)}
        )

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """Users x items, float32, indices sorted."""
        starts = np.zeros(len(self.users) + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.user, minlength=len(self.users)), out=starts[1:])
        shape = (len(self.users), len(self.items))
        matrix = sparse.csr_array((self.value, self.item, starts), shape=shape)
        matrix.has_sorted_indices = True
        return matrix


def _named(codes: npt.NDArray[np.int32], ids: pd.Series) -> pa.Array:
    """Ids one an interaction: numbers plainly, text as codes with the words once."""
    words = pa.array(ids, from_pandas=True)
    if pa.types.is_integer(words.type):
        return pa.array(words.to_numpy()[codes])
    return pa.DictionaryArray.from_arrays(pa.array(codes), words.cast(pa.string()))
