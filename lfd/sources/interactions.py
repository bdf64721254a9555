"""A table of interactions, read into arrays: codes for users and items, values, times.

Knows what makes a row unusable, and says which row it is. Nothing is held a row but four bytes each for
user, item and value, and eight for the time where there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lfd.errors import InputError
from lfd.sources import ids
from lfd.sources.batches import read_batches
from lfd.sources.filtering import Rows
from lfd.sources.numbers import Place, times, values
from lfd.sources.recognised import Table

ROLES = ("user", "item", "value", "timestamp")


def read_rows(table: Table) -> tuple[Rows, pa.Array, pa.Array]:
    """Read all rows of a recognised table of interactions.

    Parameters
    ----------
    table : Table
        Its columns say which are user, item, value and timestamp.

    Returns
    -------
    Rows, pyarrow.Array and pyarrow.Array
        The rows in the file's order, and the ids of users and of items to which their codes point: int64 or
        string, distinct, ascending.

    Raises
    ------
    InputError
        For a row without a user or an item, a value that is not a finite number from 0 on, a time that
        is none, a row of another length, or no row at all.
    """
    columns = {role: name for role in ROLES if (name := table.column(role)) is not None}
    plain = [name for role, name in columns.items() if role == "timestamp"]
    parts: dict[str, list[Any]] = {role: [] for role in columns}
    place = Place(table.file, 1 + int(table.header))
    for batch in read_batches(
        table.entry, table.layout, list(columns.values()), plain, table.encoding or "utf-8"
    ):
        for (role, name), column in zip(columns.items(), batch.columns, strict=True):
            parts[role].append(_part(role, column, place.column(name)))
        place = place.after(len(batch))
    if not parts["user"]:
        raise InputError(f"{table.file} has no rows", "did the program that wrote it fail?")
    return _together(parts, table)


def _part(role: str, column: pa.Array, place: Place) -> Any:
    if role == "value":
        return values(column, place)
    if role == "timestamp":
        return times(column, place)
    words = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    _check_ids(words, place)
    return words


def _check_ids(words: pa.DictionaryArray, place: Place) -> None:
    """Refuse missing ids, looking at the words and not at the rows."""
    gone = ids.missing(words.dictionary)
    if gone is None and words.indices.null_count == 0:
        return
    codes = words.indices.fill_null(gone if gone is not None else -1).to_numpy(zero_copy_only=False)
    row = int(np.flatnonzero(codes == (gone if gone is not None else -1))[0])
    raise InputError(f"{place.row(row)} is empty", "give the row an id, or drop it")


def _together(parts: dict[str, list[Any]], table: Table) -> tuple[Rows, pa.Array, pa.Array]:
    user, user_ids = _codes(parts.pop("user"), f"column {table.column('user')} of {table.file}")
    item, item_ids = _codes(parts.pop("item"), f"column {table.column('item')} of {table.file}")
    value = np.concatenate(parts.pop("value")) if "value" in parts else np.ones(len(user), np.float32)
    timestamp = np.concatenate(parts.pop("timestamp")) if "timestamp" in parts else None
    return Rows(user, item, value, timestamp), user_ids, item_ids


def _codes(chunks: Sequence[pa.DictionaryArray], shown: str) -> tuple[npt.NDArray[np.int32], pa.Array]:
    """Codes in the order of the ids, from dictionaries that differ from batch to batch."""
    words = pa.chunked_array(chunks).unify_dictionaries()
    found = ids.canonical(words.chunk(0).dictionary, shown)
    distinct = ids.ordered(found)
    rank = pc.index_in(found, distinct).to_numpy()
    codes = [rank[chunk.indices.to_numpy()] for chunk in words.chunks]
    return np.concatenate(codes), distinct
