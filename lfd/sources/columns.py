"""What each column of an items table becomes: an attribute of some kind, or nothing, and why.

Knows values, not files. An attribute groups items, so what differs from item to item (identifiers, web
addresses, descriptions) is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lfd.core.attributes import Kind
from lfd.errors import InputError
from lfd.sources.movielens import NO_GENRES

FEW_VALUES = 20
"""Up to so many values are an attribute however few the items; above, at most half as many as items."""
LONG_TEXT = 100
"""Mean number of characters from which text is a description."""


@dataclass(frozen=True)
class Becomes:
    """An attribute (`kind`, `values`, one an item), or a reason why not (`kind` None)."""

    kind: Kind | None
    note: str
    values: pd.Series | None = None


def becomes(column: pd.Series, separator: str | None, asked: bool, several: bool = False) -> Becomes:
    """Decide what a column of an items table becomes.

    Parameters
    ----------
    column : pandas.Series
        One value an item, as it was read.
    separator : str or None
        What stands between several values of one cell; None where a cell holds one.
    asked : bool
        Whether the column was asked for by name: then only what cannot be an attribute at all is refused.
    several : bool, default False
        Whether text is split even where no cell holds several values.

    Returns
    -------
    Becomes
        Lists of words (multi), words (nominal) or float64 and int64 (numeric); or the reason for none.
    """
    present = column.dropna()
    if pd.api.types.is_string_dtype(present):
        present = present[present.str.strip() != ""]
    if present.empty:
        return Becomes(None, "empty")
    first = present.iloc[0]
    if isinstance(first, (list, tuple, np.ndarray)):
        return _listed(column, asked)
    if isinstance(first, dict):
        return Becomes(None, "nested")
    if pd.api.types.is_bool_dtype(present) or isinstance(first, (bool, np.bool_)):
        return Becomes("nominal", "yes or no", _yes_no(column))
    if pd.api.types.is_numeric_dtype(present):
        return _number(column, present, asked)
    if isinstance(first, (date, time, np.datetime64)):
        return Becomes(None, "dates (--year names the column whose years count)")
    words = column.astype("str")
    if separator is not None and (several or words.str.contains(separator, regex=False).any()):
        return _several(split(words, separator), asked, f", split at {separator!r}")
    return _word(words.str.strip(), asked)


def split(column: pd.Series, separator: str) -> pd.Series:
    """Split each cell into a list of distinct words, trimmed; missing cells give empty lists."""
    cells = pa.array(column, pa.string(), from_pandas=True)
    return _tidy(pc.split_pattern(cells, separator), column.index)


def _listed(column: pd.Series, asked: bool) -> Becomes:
    try:
        cells = pa.array(column, from_pandas=True)
        lists = cells.cast(pa.list_(pa.string()))
    except (pa.ArrowException, TypeError):
        return Becomes(None, "nested")
    return _several(_tidy(lists, column.index), asked)


def _several(lists: pd.Series, asked: bool, how: str = "") -> Becomes:
    words = lists.explode().dropna()
    distinct = words.nunique()
    if not distinct:
        return Becomes(None, "empty")
    if distinct > max(2 * FEW_VALUES, len(lists) / 2) and not asked:
        return Becomes(None, f"{distinct} values for {len(lists)} items")
    return Becomes("multi", f"several of {distinct} values{how}", lists)


def _tidy(lists: pa.ListArray, index: pd.Index) -> pd.Series:
    """Lists without empty words, without repetitions inside a list."""
    owner, words = pc.list_parent_indices(lists), pc.utf8_trim_whitespace(pc.list_flatten(lists))
    pairs = pd.DataFrame({"owner": owner.to_numpy(), "word": words.to_pandas()})
    pairs = pairs[~pairs["word"].isin(["", NO_GENRES]) & pairs["word"].notna()].drop_duplicates()
    ends = np.bincount(pairs["owner"], minlength=len(index)).cumsum()
    offsets = pa.array(np.concatenate([[0], ends]), pa.int32())
    tidy = pa.ListArray.from_arrays(offsets, pa.array(pairs["word"], pa.string()))
    return pd.Series(tidy.to_pylist(), index=index, dtype=object)


def _number(column: pd.Series, present: pd.Series, asked: bool) -> Becomes:
    if np.isinf(present.to_numpy("float64")).any():
        raise InputError(
            f"column {column.name} of the items table holds an infinity",
            "correct it, or leave it out (--attributes)",
        )
    if present.isin([0, 1]).all():
        return Becomes("nominal", "yes or no", _yes_no(column))
    name = str(column.name).split(":")[0]
    if name.lower().endswith(("id", "idx", "index", "isbn")) and present.is_unique and not asked:
        return Becomes(None, "an identifier")
    whole = pd.api.types.is_integer_dtype(column) and len(present) == len(column)
    return Becomes("numeric", "a number", column.astype("int64" if whole else "float64"))


def _yes_no(column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column.astype("object"), errors="coerce").astype("float64")
    return pd.Series(np.where(numbers == 1, "yes", "no"), column.index, dtype="str").where(numbers.notna())


def _word(column: pd.Series, asked: bool) -> Becomes:
    column = column.where(column != "")
    present = column.dropna()
    if present.str.match(r"(https?://|www\.)").mean() > 0.5:
        return Becomes(None, "web addresses")
    distinct = present.nunique()
    if not asked:
        if distinct == len(present) > 1:
            return Becomes(None, "different for every item")
        if distinct > max(FEW_VALUES, len(present) / 2):
            return Becomes(None, f"{distinct} values for {len(present)} items")
        if present.str.len().mean() > LONG_TEXT:
            return Becomes(None, "long text")
    return Becomes("nominal", f"one of {distinct} values", column)
