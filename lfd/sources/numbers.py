"""Columns turned into numbers, and the row and the value named where one is none.

Knows arrow arrays and how to say where something stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lfd.errors import InputError

NO_VALUE = ("", "nan", "null", "none", "na", "n/a")
_TIMES = "name another column with --timestamp, or leave times out: --timestamp none"
_VALUES = "correct or drop the row, or count every interaction as 1: --value none"


@dataclass(frozen=True)
class Place:
    """Where a batch starts in a file: its first row's line, from 1."""

    file: str
    line: int
    name: str = ""

    def column(self, name: str) -> Place:
        """Return the place of one column."""
        return replace(self, name=name)

    def after(self, rows: int) -> Place:
        """Return the place of the next batch."""
        return replace(self, line=self.line + rows)

    def row(self, position: int) -> str:
        """Say where a row of the batch stands."""
        return f"{self.file}, row {self.line + position}, column {self.name}"


def values(column: pa.Array, place: Place) -> npt.NDArray[np.float32]:
    """Return a batch of values.

    Parameters
    ----------
    column : pyarrow.Array
        Numbers, words, or a dictionary of words.
    place : Place
        Where the batch stands.

    Raises
    ------
    InputError
        For the first value that is missing, no number, infinite or negative.
    """
    if pa.types.is_dictionary(column.type):
        words, codes = column.dictionary, column.indices
    else:
        words, codes = column, None
    numbers = _numbers(words)
    bad = ~(np.isfinite(numbers) & (numbers >= 0) & (numbers <= np.finfo(np.float32).max))
    rows = bad if codes is None else _spread(bad, codes, missing=True)
    if rows.any():
        first = int(np.flatnonzero(rows)[0])
        raise _wrong_value(column[first].as_py(), place.row(first))
    found = numbers.astype(np.float32)
    return found if codes is None else found[codes.to_numpy()]


def times(column: pa.Array, place: Place) -> npt.NDArray[np.int64]:
    """Return a batch of times: numbers as they are without fractions, dates as seconds since 1970 (UTC).

    Parameters
    ----------
    column : pyarrow.Array
        Numbers, words or times.
    place : Place
        Where the batch stands.

    Raises
    ------
    InputError
        For the first time that is missing, or neither a number nor a date as ISO 8601 writes it.
    """
    if column.null_count:
        first = int(pc.index(pc.is_null(column), True).as_py())
        raise InputError(f"{place.row(first)} is empty", _TIMES)
    if pa.types.is_temporal(column.type):
        return _array(column.cast(pa.timestamp("s"), safe=False).cast(pa.int64()))
    if pa.types.is_integer(column.type):
        return _array(column.cast(pa.int64()))
    try:
        return _array(column.cast(pa.int64()))
    except pa.ArrowInvalid:
        return _rare_times(column, place)


def _rare_times(column: pa.Array, place: Place) -> npt.NDArray[np.int64]:
    numbers = _numbers(column)
    if not np.isfinite(numbers).all() and not pa.types.is_floating(column.type):
        dates = pd.to_datetime(column.to_pandas(), format="ISO8601", utc=True, errors="coerce")
        seconds = (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
        numbers = np.where(np.isfinite(numbers), numbers, seconds)
    if not np.isfinite(numbers).all():
        first = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise InputError(
            f"{place.row(first)}: {column[first].as_py()!r} is neither a number nor a date", _TIMES
        )
    return np.floor(numbers).astype(np.int64)


def _array(column: pa.Array) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return found


def _numbers(words: pa.Array) -> npt.NDArray[np.float64]:
    """Numbers, NaN where a word is none."""
    if pa.types.is_string(words.type) or pa.types.is_large_string(words.type):
        trimmed = pc.utf8_trim_whitespace(words)
        try:
            return _array(trimmed.cast(pa.float64()))
        except pa.ArrowInvalid:
            return np.asarray(pd.to_numeric(trimmed.to_pandas(), errors="coerce"), dtype=np.float64)
    try:
        return _array(words.cast(pa.float64(), safe=False))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return np.full(len(words), np.nan)


def _spread(bad: npt.NDArray[np.bool_], codes: pa.Array, missing: bool) -> npt.NDArray[np.bool_]:
    """A property of words, for the rows that have them."""
    spread: npt.NDArray[np.bool_] = np.append(bad, missing)[_array(codes.fill_null(len(bad)))]
    return spread


def _wrong_value(value: object, where: str) -> InputError:
    text = "" if value is None else str(value).strip()
    if text.lower() in NO_VALUE:
        return InputError(f"{where} holds no value ({text or 'empty'})", _VALUES)
    number = pd.to_numeric(pd.Series([text]), errors="coerce").iloc[0]
    if pd.isna(number):
        return InputError(f"{where}: {text!r} is not a number", _VALUES)
    if number < 0 and np.isfinite(number):
        return InputError(
            f"{where}: {text} is negative", "values start at 0: shift the scale, or drop the row"
        )
    return InputError(f"{where}: {text} is infinite, or too large", _VALUES)
