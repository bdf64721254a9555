"""Which files of a folder or an archive make up a data set.

Knows names of files, and asks `layout` whether they hold what their names say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lfd.errors import InputError
from lfd.settings.loading import LoadSettings
from lfd.sources import names
from lfd.sources.entries import Entry
from lfd.sources.layout import Layout, look

Files = dict[str, Entry]
"""Files of one folder, by their names in it."""
Seen = tuple[Entry, Layout]

KNOWN = {
    "u.data": ("u.item", "u.user"),
    "ratings.dat": ("movies.dat", "users.dat"),
    "ratings.csv": ("movies.csv", ""),
}
"""MovieLens: the interactions, and the tables that describe items and users."""
SUFFIXES = {
    "",
    ".csv",
    ".tsv",
    ".txt",
    ".dat",
    ".data",
    ".parquet",
    ".pq",
    ".jsonl",
    ".ndjson",
    ".json",
    ".gz",
}
_USUAL_NAMES = ("ratings", "interactions", "inter", "events", "reviews", "train")


@dataclass(frozen=True)
class Found:
    """The files of a data set, and all files of their folder."""

    interactions: Seen
    items: Seen | None = None
    users: Seen | None = None
    beside: Files = field(default_factory=dict)


def choose(files: Files, shown: str, settings: LoadSettings) -> Found:
    """Choose the tables of a data set among the files of a folder or archive.

    Parameters
    ----------
    files : dict of str to Entry
        By their names inside, folders before them.
    shown : str
        The folder's or archive's name in messages.
    settings : LoadSettings
        Columns that options name make a table of interactions recognisable.

    Returns
    -------
    Found
        From the folder itself or, where it holds no tables, from the one folder below that does.

    Raises
    ------
    InputError
        Where no table, or more than one, could be the interactions.
    """
    folders: dict[PurePosixPath, Files] = {}
    for name, entry in files.items():
        path = PurePosixPath(name)
        folders.setdefault(path.parent, {})[path.name] = entry
    for depth in sorted({len(folder.parts) for folder in folders}):
        here = {folder: inside for folder, inside in folders.items() if len(folder.parts) == depth}
        found = {folder: _in_folder(inside, settings) for folder, inside in here.items()}
        sets = {folder: one for folder, one in found.items() if one is not None}
        if len(sets) > 1:
            listed = ", ".join(str(folder) for folder in sets)
            raise InputError(f"{shown} holds several data sets: {listed}", "name one of them")
        if sets:
            return next(iter(sets.values()))
    if len(files) == 1:
        look(next(iter(files.values())), settings)  # says what is wrong with it, if anything is
    there = ", ".join(list(files)[:8]) or "nothing"
    raise InputError(
        f"{shown} holds no table with a column for users and one for items; it holds {there}",
        "name the table itself, and its columns with --user and --item",
    )


def _in_folder(files: Files, settings: LoadSettings) -> Found | None:
    for name, (items, users) in KNOWN.items():
        seen = _companion(files, name, settings)
        if seen is not None and _is_interactions(seen[1], settings):
            return Found(seen, _companion(files, items, settings), _companion(files, users, settings), files)
    atomic = [name for name in files if name.endswith(".inter")]
    if len(atomic) > 1:
        raise InputError(f"several tables could be the interactions: {', '.join(atomic)}", "name one of them")
    if atomic:
        stem = atomic[0].removesuffix(".inter")
        seen_items = _companion(files, f"{stem}.item", settings)
        seen_users = _companion(files, f"{stem}.user", settings)
        return Found((files[atomic[0]], look(files[atomic[0]], settings)), seen_items, seen_users, files)
    return _by_columns(files, settings)


def _companion(files: Files, name: str, settings: LoadSettings) -> Seen | None:
    return (files[name], look(files[name], settings)) if name in files else None


def _seen(entry: Entry, settings: LoadSettings) -> Seen | None:
    """A file and its layout; None for what is no table."""
    try:
        return entry, look(entry, settings)
    except InputError:
        return None


def _by_columns(files: Files, settings: LoadSettings) -> Found | None:
    """Choose among tables of any name by the columns they have."""
    sides = (settings.items, settings.users)
    tables = [
        e for name, e in files.items() if PurePosixPath(name).suffix.lower() in SUFFIXES and name not in sides
    ]
    seen = [one for one in (_seen(entry, settings) for entry in tables) if one is not None]
    interactions = _one([one for one in seen if _is_interactions(one[1], settings)], settings)
    if interactions is None:
        return None
    left = [one for one in seen if one[0] is not interactions[0] and not _is_interactions(one[1], settings)]
    items = [one for one in left if _has("item", settings.items_id or settings.item, one[1])]
    users = [one for one in left if _has("user", settings.users_id or settings.user, one[1])]
    titled = [one for one in items if _has("title", settings.title, one[1])] or items
    return Found(
        interactions,
        _only(titled, "--items") if settings.items is None else None,
        _only(users, "--users") if settings.users is None else None,
        files,
    )


def _is_interactions(layout: Layout, settings: LoadSettings) -> bool:
    return _has("user", settings.user, layout) and _has("item", settings.item, layout)


def _has(role: names.Role, option: str | None, layout: Layout) -> bool:
    if option is not None and option in (*layout.columns, *map(names.bare, layout.columns)):
        return True
    return option is None and names.usual(role, layout.columns) is not None


def _one(candidates: Sequence[Seen], settings: LoadSettings) -> Seen | None:
    """The table of interactions among several: with values rather than without, then by its usual name."""
    valued = [one for one in candidates if _has("value", settings.value, one[1])] or list(candidates)
    usual = [one for one in valued if PurePosixPath(one[0].name).stem.lower() in _USUAL_NAMES] or valued
    if len(usual) > 1:
        listed = ", ".join(entry.name for entry, _ in usual)
        raise InputError(
            f"several tables could be the interactions: {listed}", "name one of them, and --items"
        )
    return usual[0] if usual else None


def _only(candidates: Sequence[Seen], flag: str) -> Seen | None:
    if len(candidates) > 1:
        listed = ", ".join(entry.name for entry, _ in candidates)
        raise InputError(
            f"several tables could be that of {flag.strip('-')}: {listed}", f"name one with {flag}"
        )
    return candidates[0] if candidates else None
