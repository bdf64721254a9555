"""The shapes of MovieLens files, which have no header, and years in titles.

u.data, u.item, u.user: MovieLens 100K. *.dat with `::`: 1M and 10M. Files with a header (latest, 20M, 25M,
32M) are ordinary CSV. Harper and Konstan, The MovieLens Datasets, TiiS 5(4), 2015.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lfd.errors import InputError

GENRES = (
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
)
"""The flags of u.item in their order, where u.genre is not there to say so."""

_RATINGS = ("user_id", "movie_id", "rating", "timestamp")
_ITEM = ("movie_id", "title", "release_date", "video_release_date", "imdb_url")
_USER = ("user_id", "age", "gender", "occupation", "zip_code")
_INT, _NUMBER, _FLAG, _SEX, _ANY = r"\d+", r"\d+(\.\d+)?", "[01]", "[MF]", ".*"

# shape: delimiter, what the cells look like, the columns' names
SHAPES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "u.data": ("\t", (_INT, _INT, "[0-5]", _INT), _RATINGS),
    "u.item": ("|", (_INT, _ANY, _ANY, _ANY, _ANY, *[_FLAG] * 19), (*_ITEM, *GENRES)),
    "u.user": ("|", (_INT, _INT, _SEX, _ANY, _ANY), _USER),
    "ratings.dat": ("::", (_INT, _INT, _NUMBER, _INT), _RATINGS),
    "movies.dat": ("::", (_INT, _ANY, _ANY), ("movie_id", "title", "genres")),
    "users.dat": (
        "::",
        (_INT, _SEX, _INT, _INT, _ANY),
        ("user_id", "gender", "age", "occupation", "zip_code"),
    ),
}
NO_GENRES = "(no genres listed)"

# "Toy Story (1995)", "Land Before Time III (1995) (V)", "Fawlty Towers (1975-1979)", "Series (2009- )"
_YEAR = r".*\((\d{4})(?:\s*[-\u2013]\s*(?:\d{4})?)?\s*\)"


def shape_of(delimiter: str, rows: Sequence[Sequence[str]]) -> tuple[str, tuple[str, ...]] | None:
    """Recognise a MovieLens file without a header by the look of its cells.

    Parameters
    ----------
    delimiter : str
        What stands between its columns.
    rows : sequence of sequences of str
        Its first rows.

    Returns
    -------
    tuple of str and tuple of str, or None
        The shape (a key of `SHAPES`) and the columns' names.
    """
    for shape, (between, cells, names) in SHAPES.items():
        if delimiter == between and all(_fits(row, cells) for row in rows):
            return shape, names
    return None


def years_in_titles(titles: pd.Series[str]) -> pd.Series[float]:
    """Return the last year in round brackets of each title, NaN where there is none."""
    return pd.to_numeric(titles.astype("str").str.extract(_YEAR, expand=False)).astype("float64")


def genre_names(text: str, shown: str) -> list[str]:
    """Return the names of the flags in the order of their numbers, from u.genre (`Action|1`)."""
    pairs = [line.rpartition("|") for line in text.splitlines() if line.strip()]
    if not pairs or not all(number.strip().isdigit() for _, _, number in pairs):
        raise InputError(f"{shown} does not hold lines like Action|1", "fetch u.genre again, or take it away")
    return [name for name, _, _ in sorted(pairs, key=lambda pair: int(pair[2]))]


def joined_flags(flags: pd.DataFrame) -> pd.Series[str]:
    """Return the names of the columns that are 1, joined by `|`; `unknown` is no genre.

    Parameters
    ----------
    flags : pandas.DataFrame
        One row an item, one column a genre, 0 or 1.
    """
    text = np.full(len(flags), "", dtype=object)
    for name in flags.columns.drop("unknown", errors="ignore"):
        text = text + np.where(flags[name].astype("str") == "1", f"{name}|", "")
    return pd.Series(text, index=flags.index, dtype="str").str.rstrip("|")


def _fits(row: Sequence[str], cells: Sequence[str]) -> bool:
    return len(row) == len(cells) and all(
        re.fullmatch(cell, text) for cell, text in zip(cells, row, strict=True)
    )
