"""Tables of items: titles, years, genres, and every further column that can be an attribute.

Knows roles of columns; whether a column can be an attribute at all is decided in `columns`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lfd.core.attributes import Kind
from lfd.errors import InputError
from lfd.settings.loading import LoadSettings
from lfd.sources import movielens, names
from lfd.sources.columns import becomes
from lfd.sources.entries import Entry
from lfd.sources.layout import Layout
from lfd.sources.recognised import Column, SideTable
from lfd.sources.sides import checked_ids, free_name, id_column, table_of
from lfd.sources.tables import read_frame

FLAGS = "genre flags"
"""What the 19 flags of u.item are called once they are one column."""
RECBOLE_GENRE = "class:token_seq"
"""What RecBole's MovieLens 100K calls genres."""
_YEAR = r"(?<!\d)([12]\d{3})(?!\d)"


def read_items(entry: Entry, layout: Layout, settings: LoadSettings, genres: Sequence[str] = ()) -> SideTable:
    """Read a table of items.

    Parameters
    ----------
    entry : Entry
        The file.
    layout : Layout
        How it is written.
    settings : LoadSettings
        Which columns are what, where that is not recognised.
    genres : sequence of str
        The names of the flags of u.item, where u.genre says them.

    Raises
    ------
    InputError
        For a missing column or id, an id that comes twice, or a column that was asked for and cannot be an
        attribute.
    """
    key = id_column("item", settings.items_id, settings.item, layout.columns, entry.name)
    frame, encoding = read_frame(entry, layout, key, settings.encoding)
    found = checked_ids(frame[key], layout, entry.name)
    if layout.shape == "u.item":
        frame = _fold_flags(frame, genres or movielens.GENRES)
    order = list(frame.columns)
    reading = _Reading(frame.drop(columns=key), layout, settings, entry.name)
    columns = tuple(
        sorted([Column(key, "item"), *reading.run()], key=lambda column: order.index(column.name))
    )
    table = table_of("items", entry, layout, encoding, columns)
    return SideTable(table, found, reading.result, reading.kinds, reading.skipped)


class _Reading:
    """One items table on its way: `result`, `kinds` and `skipped` are filled by `run`."""

    def __init__(self, frame: pd.DataFrame, layout: Layout, settings: LoadSettings, shown: str) -> None:
        self.frame, self.layout, self.settings, self.shown = frame, layout, settings, shown
        self.result = pd.DataFrame(index=frame.index)
        self.kinds: dict[str, Kind] = {}
        self.skipped: dict[str, str] = {}

    def run(self) -> list[Column]:
        """Go through all columns, and say what each became."""
        there = list(self.frame.columns)
        title = names.optional("title", self.settings.title, there, self.shown)
        year = names.optional("year", self.settings.year, [c for c in there if c != title], self.shown)
        genre = self._genre(there)
        told = [] if genre is None else [self._take(genre, "genre")]
        told += self._take_title_and_year(title, year)
        return told + [self._take(c, free_name(c)) for c in there if c not in (title, year, genre)]

    def _genre(self, there: list[str]) -> str | None:
        found = names.optional("genre", self.settings.genre, there, self.shown)
        known = [name for name in (FLAGS, RECBOLE_GENRE) if name in there]
        return known[0] if found is None and known and self.settings.genre is None else found

    def _take_title_and_year(self, title: str | None, year: str | None) -> list[Column]:
        """The year of its column; where that has none, of the title. In u.item titles come first."""
        told, sources = [], {}
        if year is not None:
            sources["column"] = _years_in(self.frame[year])
            found = bool(sources["column"].notna().any())
            told.append(Column(year, "year" if found else "", "" if found else "holds no year"))
        if title is not None:
            titles = self.frame[title].astype("str").str.strip()
            self.result["title"] = titles.where(titles != "")
            inside = movielens.years_in_titles(titles)
            takes = self.settings.year != names.ABSENT and bool(inside.notna().mean() > 0.5)
            told.append(Column(title, "title", "its year, in round brackets, is the item's" if takes else ""))
            sources = ({"title": inside} if takes else {}) | sources
        self._keep_year(sources)
        return told

    def _keep_year(self, sources: dict[str, pd.Series[float]]) -> None:
        known = [sources[name] for name in ("column", "title") if name in sources]
        if self.layout.shape == "u.item":
            known.reverse()
        if not known:
            return
        years = known[0] if len(known) == 1 else known[0].fillna(known[1])
        if years.notna().any():
            self.result["year"] = years
            self.kinds["year"] = "numeric"

    def _take(self, name: str, attribute: str) -> Column:
        """Keep a column as an attribute, or say why not."""
        asked = attribute in self.settings.attributes
        several = attribute == "genre" or names.atomic_type(name) == "token_seq"
        found = becomes(self.frame[name], self._separator(name, attribute), asked, several)
        if found.kind is not None and found.values is not None:
            self.result[attribute], self.kinds[attribute] = found.values, found.kind
            return Column(name, attribute, f"{found.kind}: {found.note}")
        if asked:
            raise InputError(
                f"column {name} of {self.shown} cannot be an attribute: {found.note}",
                "leave it out of --attributes",
            )
        self.skipped[names.bare(name)] = found.note
        return Column(name, "", found.note)

    def _separator(self, name: str, attribute: str) -> str | None:
        """RecBole's is a blank, MovieLens's a bar; genres of others are often listed with commas."""
        if self.layout.shape == "atomic":
            return " " if names.atomic_type(name) == "token_seq" else None
        wanted = "|" if self.layout.shape else self.settings.separator
        if attribute == "genre" and pd.api.types.is_string_dtype(self.frame[name]):
            cells = self.frame[name].astype("str")
            commas = cells.str.contains(", ", regex=False).mean() > 0.2
            return "," if commas and not cells.str.contains(wanted, regex=False).any() else wanted
        return wanted


def _years_in(column: pd.Series) -> pd.Series[float]:
    """The first number of four digits in each cell: 1995, 1995.0, 1995-10-30, 30-Oct-1995."""
    text = column.astype("str").str.extract(_YEAR, expand=False)
    return pd.to_numeric(text).astype("float64")


def _fold_flags(frame: pd.DataFrame, genres: Sequence[str]) -> pd.DataFrame:
    """Put the flags of u.item together as one column of names."""
    flags = frame.columns[-len(movielens.GENRES) :]
    if len(genres) != len(flags):
        raise InputError(
            f"u.genre names {len(genres)} genres, and u.item has {len(flags)}", "fetch both again"
        )
    words = movielens.joined_flags(frame[flags].set_axis(list(genres), axis=1))
    return frame.drop(columns=flags).assign(**{FLAGS: words})
