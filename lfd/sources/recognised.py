"""What `load` has recognised, as plain data: shown by `--dry-run`, then read by `load`.

Knows no formats; carries the files themselves only to hand them on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from lfd.core.attributes import Kind
from lfd.sources.entries import Entry
from lfd.sources.layout import Layout


@dataclass(frozen=True)
class Column:
    """A column of a file, what it becomes (empty: nothing), and what is to be said of that."""

    name: str
    becomes: str
    note: str = ""


@dataclass(frozen=True)
class Table:
    """One file that is read.

    Attributes
    ----------
    what : interactions, items or users
    file : its name, with the folder or archive before it
    kind : text, json lines or parquet
    delimiter, encoding, header : of text; empty, empty and False elsewhere
    columns : in the file's order
    """

    what: Literal["interactions", "items", "users"]
    file: str
    kind: str
    delimiter: str
    encoding: str
    header: bool
    columns: tuple[Column, ...]
    entry: Entry = field(repr=False, compare=False)
    layout: Layout = field(repr=False, compare=False)

    def column(self, becomes: str) -> str | None:
        """Return the name of the column that becomes this."""
        return next((column.name for column in self.columns if column.becomes == becomes), None)


@dataclass(frozen=True)
class SideTable:
    """A table of items or of users, read whole.

    Attributes
    ----------
    table : where it came from
    ids : int64 or string, one a row, distinct
    frame : one row an id: the title and the attributes of items, the side columns of users
    kinds : each attribute's kind
    skipped : columns that became nothing, and why
    """

    table: Table
    ids: pa.Array = field(repr=False)
    frame: pd.DataFrame = field(repr=False)
    kinds: dict[str, Kind] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recognised:
    """What was recognised: the format, the files, and what each column became.

    Attributes
    ----------
    format : MovieLens 100K, MovieLens 1M or 10M, MovieLens CSV, RecBole or table
    interactions : the table of interactions
    items, users : the tables that describe both, where there are any
    notes : sentences for people
    """

    format: str
    interactions: Table
    items: SideTable | None = None
    users: SideTable | None = None
    notes: tuple[str, ...] = ()

    def tables(self) -> list[Table]:
        """Return the tables that are read, interactions first."""
        return [self.interactions, *(side.table for side in (self.items, self.users) if side is not None)]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain data, as `--dry-run --format json` prints it."""
        shown = ("what", "file", "kind", "delimiter", "encoding", "header")
        tables = [
            {name: getattr(table, name) for name in shown}
            | {"columns": [vars(c).copy() for c in table.columns]}
            for table in self.tables()
        ]
        return {"format": self.format, "tables": tables, "notes": list(self.notes)}
