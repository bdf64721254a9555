"""Tables that describe users and items: their ids, and for users every column as it is.

Knows ids and names of columns; what an items table's columns become is in `items`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import pandas as pd
import pyarrow as pa

from lfd.errors import InputError
from lfd.settings.loading import LoadSettings
from lfd.sources import ids, names
from lfd.sources.entries import Entry
from lfd.sources.layout import Layout
from lfd.sources.recognised import Column, SideTable, Table
from lfd.sources.tables import read_frame

RESERVED = ("user", "item", "title", "genre", "year", "rating", "popularity")
"""Names to which lfd gives a meaning; a column that has one by chance is kept as table_NAME."""


def read_users(entry: Entry, layout: Layout, settings: LoadSettings) -> SideTable:
    """Read a table of users: its columns stay as they are.

    Parameters
    ----------
    entry : Entry
        The file.
    layout : Layout
        How it is written.
    settings : LoadSettings
        Which column holds the id, where that is not recognised.

    Raises
    ------
    InputError
        For a missing column or id, or an id that comes twice.
    """
    key = id_column("user", settings.users_id, settings.user, layout.columns, entry.name)
    frame, encoding = read_frame(entry, layout, key, settings.encoding)
    found = checked_ids(frame[key], layout, entry.name)
    columns = tuple(
        Column(c, "user") if c == key else Column(c, free_name(c), "side column") for c in layout.columns
    )
    table = table_of("users", entry, layout, encoding, columns)
    return SideTable(table, found, frame.drop(columns=key).rename(columns=free_name))


def id_column(
    role: names.Role, own: str | None, shared: str | None, columns: Sequence[str], shown: str
) -> str:
    """Return the column of ids of a side table: as named for it, as in the interactions, or the usual one."""
    if own is None and shared is not None and shared in (*columns, *map(names.bare, columns)):
        own = shared
    return names.required(role, own, columns, shown, f"--{role}s-id", others=["id"])


def checked_ids(column: pd.Series, layout: Layout, shown: str) -> pa.Array:
    """Return the ids of a side table; a missing or repeated one is an InputError that names its rows."""
    raw = pa.array(column, from_pandas=True)
    ahead = 1 + int(layout.header)
    gone = ids.missing(raw)
    if gone is not None:
        raise InputError(
            f"{shown}, row {gone + ahead}, has no {column.name}", "give it an id, or drop the row"
        )
    found = ids.canonical(raw, f"column {column.name} of {shown}")
    twice = ids.repeated(found)
    if twice is not None:
        value = found[twice[0]].as_py()
        one, two = (row + ahead for row in twice)
        raise InputError(
            f"{shown}, rows {one} and {two}, both have {column.name} {value}", "keep one row an id"
        )
    return found


def free_name(name: str) -> str:
    """Return a column's own name, unless lfd gives that name to something else."""
    own = re.sub(r"\s+", "_", names.bare(name).strip())
    return f"table_{own}" if own in RESERVED else own


def table_of(
    what: Literal["interactions", "items", "users"],
    entry: Entry,
    layout: Layout,
    encoding: str,
    columns: tuple[Column, ...],
) -> Table:
    """Return the plain description of a file that is read."""
    return Table(
        what, entry.name, layout.kind, layout.delimiter, encoding, layout.header, columns, entry, layout
    )
