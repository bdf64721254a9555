"""The members under data/: interactions, users, items, and how the items' attributes are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from lfd.core.attributes import Attribute, AttributeSchema, Schema, read_attributes
from lfd.core.data import Dataset
from lfd.errors import InputError
from lfd.run.tables import (
    Place,
    Reader,
    TableWriter,
    number_of_rows,
    read_batches,
    read_frame,
    read_yaml,
    write_table,
    write_yaml,
)

if TYPE_CHECKING:
    import pandas as pd

INTERACTIONS = "data/interactions.parquet"
ITEMS = "data/items.parquet"
USERS = "data/users.parquet"
SCHEMA = "data/schema.yaml"


def write_items(place: Place, items: pd.DataFrame, schema: Schema, facts: Mapping[str, Any]) -> None:
    """Write the items and how they are read, with `facts` on where they came from and what was dropped."""
    write_table(place(ITEMS), items)
    attributes = {
        n: {k: list(v) if k != "kind" else v for k, v in asdict(s).items()} for n, s in schema.items()
    }
    write_yaml(place(SCHEMA), {"attributes": attributes, **facts})


def write_users(place: Place, users: pd.DataFrame) -> None:
    """Write the users."""
    write_table(place(USERS), users)


def write_interactions(place: Place, rows: pa.Table | pd.DataFrame) -> None:
    """Write interactions: user, item, value, and timestamp where known."""
    write_table(place(INTERACTIONS), rows)


def write_chunks(place: Place, chunks: Iterable[tuple[pd.DataFrame, pa.Table]]) -> tuple[int, int]:
    """Write users and their interactions side by side, a chunk at a time; returns how many of each."""
    with TableWriter(place(USERS)) as users, TableWriter(place(INTERACTIONS)) as interactions:
        for some, theirs in chunks:
            users.write(some)
            interactions.write(theirs)
    return users.rows, interactions.rows


def read_dataset(run: Reader) -> Dataset:
    """The data set of a run, with its interactions as a sparse matrix."""
    users, items = read_frame(run, USERS), read_frame(run, ITEMS)
    return Dataset(read_interactions(run, users["user"], items["item"]), users, items, read_schema(run))


def read_interactions(run: Reader, users: pd.Series[Any], items: pd.Series[Any]) -> sparse.csr_array:
    """The sparse users x items matrix, built from batches.

    Raises
    ------
    InputError : an interaction names a user or an item that the tables do not have
    """
    import pandas as pd

    total = number_of_rows(run, INTERACTIONS)
    user, item = np.empty(total, np.int32), np.empty(total, np.int32)
    value = np.empty(total, np.float32)
    user_index, item_index = pd.Index(users), pd.Index(items)
    at = 0
    for batch in read_batches(run, INTERACTIONS):
        part = slice(at, at + batch.num_rows)
        user[part] = positions(user_index, batch["user"].to_numpy(), INTERACTIONS, "user")
        item[part] = positions(item_index, batch["item"].to_numpy(), INTERACTIONS, "item")
        value[part] = batch["value"].to_numpy()
        at += batch.num_rows
    return _matrix(user, item, value, (len(users), len(items)))


def read_schema(run: Reader) -> Schema:
    """How each attribute is read.

    Raises
    ------
    InputError : schema.yaml was edited into something else
    """
    try:
        attributes = read_yaml(run, SCHEMA)["attributes"]
        return {
            name: AttributeSchema(how["kind"], tuple(map(str, how["values"])), tuple(how["edges"]))
            for name, how in attributes.items()
        }
    except (KeyError, TypeError, AttributeError):
        raise InputError(f"{SCHEMA} does not describe attributes", "load the data again: lfd load") from None


def read_items_and_attributes(run: Reader) -> tuple[pd.DataFrame, list[Attribute]]:
    """The items table, and its attributes as membership matrices."""
    items = read_frame(run, ITEMS)
    return items, read_attributes(items, read_schema(run))


def rows_of(interactions: sparse.csr_array, rows: npt.NDArray[np.intp]) -> sparse.csr_array:
    """Rows of a sparse matrix by number; -1 gives an empty row."""
    padded = sparse.vstack([interactions, sparse.csr_array((1, interactions.shape[1]))], format="csr")
    chosen: sparse.csr_array = padded[rows]
    return chosen


def positions(index: pd.Index[Any], ids: npt.NDArray[Any], member: str, column: str) -> npt.NDArray[np.intp]:
    """Row numbers of ids.

    Raises
    ------
    InputError : an id is unknown; says which, in what row
    """
    import pandas as pd

    found = index.get_indexer(pd.Index(ids))
    if (found < 0).any():
        row = int(np.flatnonzero(found < 0)[0])
        raise InputError(
            f"{member}, row {row}, column {column}: {ids[row]!r} is not a known {column}",
            f"see those there are: lfd cat RUN data/{column}s.parquet",
        )
    return found


def _matrix(
    user: npt.NDArray[np.int32],
    item: npt.NDArray[np.int32],
    value: npt.NDArray[np.float32],
    shape: tuple[int, int],
) -> sparse.csr_array:
    """Rows that come sorted by user, as lfd writes them, become a matrix without a second copy."""
    if np.all(user[1:] >= user[:-1]):
        starts = np.searchsorted(user, np.arange(shape[0] + 1)).astype(np.int32)
        matrix = sparse.csr_array((value, item, starts), shape=shape)
    else:
        matrix = sparse.csr_array((value, (user, item)), shape=shape)
    matrix.sort_indices()
    return matrix
