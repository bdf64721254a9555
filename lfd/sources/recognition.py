"""Recognising a data set: which files hold interactions, items and users, and what each column is.

Knows what data sets look like on disk and on a pipe. Files of a known name are tried first, but what
counts is what they hold. Tables of items and users are read here, interactions are only looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pandas as pd

from lfd.errors import InputError, UsageError, nearest
from lfd.settings.loading import LoadSettings
from lfd.sources import movielens, names
from lfd.sources.entries import Entry, located, standard_input
from lfd.sources.folders import Files, Found, choose
from lfd.sources.items import read_items
from lfd.sources.layout import Layout, look
from lfd.sources.recognised import Column, Recognised, SideTable, Table
from lfd.sources.sides import read_users, table_of
from lfd.sources.text import named

FORMATS = {
    "u.data": "MovieLens 100K",
    "ratings.dat": "MovieLens 1M or 10M",
    "atomic": "RecBole",
}
_MOVIELENS_CSV = ("userId", "movieId", "rating", "timestamp")


def recognise(source: Path | BinaryIO, settings: LoadSettings | None = None) -> Recognised:
    """Recognise a data set by looking at it.

    Parameters
    ----------
    source : pathlib.Path or binary file
        A table, a folder, a zip (all three also with the tables one folder below), or a stream of a table
        or a zip, as standard input gives it. A stream can be recognised and loaded once.
    settings : LoadSettings, optional
        Which columns and files are what, where that is not recognised.

    Returns
    -------
    Recognised
        What was found; `load` reads it.

    Raises
    ------
    InputError
        Where there is nothing, nothing that is a table, or no column for users or items.
    UsageError
        Where options ask for a column, an attribute or an encoding that there is not.
    """
    settings = settings or LoadSettings()
    named(settings.encoding)
    found = located(source) if isinstance(source, Path) else standard_input(source)
    shown = str(source) if isinstance(source, Path) else "stdin"
    chosen = (
        Found((found, look(found, settings))) if isinstance(found, Entry) else choose(found, shown, settings)
    )
    return _described(_with_named(chosen, settings), settings)


def _with_named(chosen: Found, settings: LoadSettings) -> Found:
    """Put the tables that options name in the place of those that were found."""
    items, users = chosen.items, chosen.users
    if settings.items is not None:
        items = _side(settings.items, chosen.beside, settings)
    if settings.users is not None:
        users = _side(settings.users, chosen.beside, settings)
    genres = chosen.beside.get("u.genre") or _sibling(settings.items, "u.genre")
    beside = chosen.beside if genres is None else chosen.beside | {"u.genre": genres}
    return Found(chosen.interactions, items, users, beside)


def _side(name: str, beside: Files, settings: LoadSettings) -> tuple[Entry, Layout] | None:
    """Open a table of items or users by its name inside the data set, or by its path."""
    if name == names.ABSENT:
        return None
    if name in beside:
        return beside[name], look(beside[name], settings)
    path = Path(name)
    entry = located(path)
    if isinstance(entry, dict):
        raise InputError(f"{name} is a folder or an archive, not a table", "name the table inside")
    return entry, look(entry, settings)


def _sibling(path: str | None, name: str) -> Entry | None:
    if path is None or not (file := Path(path).with_name(name)).is_file():
        return None
    entry = located(file)
    return entry if isinstance(entry, Entry) else None


def _described(chosen: Found, settings: LoadSettings) -> Recognised:
    interactions = _interactions(*chosen.interactions, settings)
    items = users = None
    if chosen.items is not None:
        items = read_items(*chosen.items, settings, _genres(chosen.beside))
    if chosen.users is not None:
        users = read_users(*chosen.users, settings)
    _check_attributes(settings, items, interactions)
    return Recognised(
        _format(interactions.layout), interactions, items, users, _notes(interactions, items, settings)
    )


def _interactions(entry: Entry, layout: Layout, settings: LoadSettings) -> Table:
    """Find the columns of a table of interactions."""
    there, shown = layout.columns, entry.name
    roles = {
        names.required("user", settings.user, there, shown, "--user"): "user",
        names.required("item", settings.item, there, shown, "--item"): "item",
    }
    if len(roles) == 1:
        raise InputError(
            f"column {next(iter(roles))} of {shown} cannot be user and item", "name both: --user --item"
        )
    for role in ("value", "timestamp"):
        option = settings.value if role == "value" else settings.timestamp
        name = names.optional(role, option, [c for c in there if c not in roles], shown)
        if name is not None and (option is not None or _readable(role, name, layout)):
            roles[name] = role
    if "value" not in roles.values() and not isinstance(settings.min_value, str):
        raise UsageError(
            f"--min-value {settings.min_value:g} needs values, and no column of {shown} looks like one",
            f"name it with --value; its columns are {', '.join(there)}",
        )
    columns = tuple(Column(c, roles.get(c, ""), "" if c in roles else "not used") for c in there)
    encoding = "" if layout.kind == "parquet" else named(settings.encoding)
    return table_of("interactions", entry, layout, encoding, columns)


def _readable(role: str, name: str, layout: Layout) -> bool:
    """Whether a column that was not asked for mostly is what its name says: times, not `09 13, 2009`."""
    position = layout.columns.index(name)
    cells = pd.Series([row[position] for row in layout.sample if position < len(row)], dtype="object")
    if role == "value" or cells.empty:
        return True
    dates = cells.astype("str").str.match(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)")
    return bool((dates | pd.to_numeric(cells, errors="coerce").notna()).mean() > 0.5)


def _genres(beside: Files) -> list[str]:
    if "u.genre" not in beside:
        return []
    entry = beside["u.genre"]
    return movielens.genre_names(entry.read().decode("latin-1"), entry.name)


def _check_attributes(settings: LoadSettings, items: SideTable | None, interactions: Table) -> None:
    """Refuse attributes that there are not."""
    known = [] if items is None else [*items.kinds]
    known += ["popularity"] if interactions.column("value") is None else ["rating", "popularity"]
    for name in settings.attributes:
        if name not in known:
            raise UsageError(f"there is no attribute {name}", f"{nearest(name, known)} (--attributes)")


def _format(layout: Layout) -> str:
    if layout.columns == _MOVIELENS_CSV and layout.kind == "text":
        return "MovieLens latest, 20M, 25M or 32M"
    return FORMATS.get(layout.shape, "table")


def _notes(interactions: Table, items: SideTable | None, settings: LoadSettings) -> tuple[str, ...]:
    notes = []
    if items is None and settings.items is None:
        path = interactions.entry.path
        beside = [
            name for name in ("u.item", "movies.dat", "movies.csv") if path and path.with_name(name).is_file()
        ]
        where = f" ({beside[0]} lies beside {path.name})" if path and beside else ""
        notes.append(
            f"no table of items, so popularity is all that is known of them: name one with --items{where}"
        )
    if interactions.column("value") is None:
        notes.append("no column of values: every interaction counts 1")
    return tuple(notes)
