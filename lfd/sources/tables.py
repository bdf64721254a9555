"""Whole tables of items and of users, read into frames.

Knows how text, JSON lines and Parquet become columns; refuses to know what a column means. These tables
have a row an item or a user, so they are held in memory; interactions are not (see `batches`).
"""

from __future__ import annotations

import io
import json

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from lfd.errors import InputError
from lfd.sources import names
from lfd.sources.entries import Entry
from lfd.sources.layout import Layout
from lfd.sources.text import DOUBLE, SINGLE, whole


def read_frame(entry: Entry, layout: Layout, key: str, encoding: str) -> tuple[pd.DataFrame, str]:
    """Read a table whole.

    Parameters
    ----------
    entry : Entry
        The file.
    layout : Layout
        How it is written.
    key : str
        The column of ids, which is kept as it is written (`007` is no number).
    encoding : str
        `auto`, or how text is stored.

    Returns
    -------
    pandas.DataFrame and str
        The columns under their names in the file, and the encoding that was found (empty for Parquet).
    """
    if layout.kind == "parquet":
        return _parquet(entry), ""
    data, found = whole(entry.read(), entry.name, encoding, latin=layout.shape not in ("", "atomic"))
    if layout.kind == "json lines":
        return _json_lines(data, entry), found
    return _text(data, entry, layout, key), found


def _parquet(entry: Entry) -> pd.DataFrame:
    try:
        if entry.path:
            table = pq.read_table(str(entry.path))
        else:  # no workers: they let go of Python's memory late, which aborts a process that ends meanwhile
            table = pq.read_table(io.BytesIO(entry.read()), use_threads=False)
        frame: pd.DataFrame = table.to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{entry.name} is not Parquet that can be read: {error}", "write it again") from None
    return frame


def _json_lines(data: bytes, entry: Entry) -> pd.DataFrame:
    try:
        return pd.read_json(io.BytesIO(data), lines=True, dtype=False, convert_axes=False)
    except ValueError:
        number, line = next((n, line) for n, line in enumerate(data.splitlines(), 1) if not _is_object(line))
        raise InputError(
            f"{entry.name}, line {number}, is not a JSON object: {line[:60].decode(errors='replace')}",
            "write one object a line: jq -c",
        ) from None


def _is_object(line: bytes) -> bool:
    try:
        return not line.strip() or isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _text(data: bytes, entry: Entry, layout: Layout, key: str) -> pd.DataFrame:
    """Columns of text; types are inferred, but ids and RecBole's tokens stay text."""
    if layout.delimiter == DOUBLE:
        data = data.replace(DOUBLE.encode(), SINGLE.encode())
    tokens = [name for name in layout.columns if (names.atomic_type(name) or "float") != "float"]
    wrong: list[pyarrow.csv.InvalidRow] = []
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(data),
            pyarrow.csv.ReadOptions(
                use_threads=False,
                block_size=len(data) + 1,
                column_names=list(layout.columns),
                skip_rows=int(layout.header),
            ),
            parse_options(layout, wrong, newlines=layout.quoted),
            pyarrow.csv.ConvertOptions(column_types=dict.fromkeys([key, *tokens], pa.string())),
        )
    except pa.ArrowInvalid as error:
        raise wrong_row(entry.name, wrong, wrong[0].number if wrong else None, error) from None
    frame: pd.DataFrame = table.to_pandas()
    return frame


def parse_options(
    layout: Layout, wrong: list[pyarrow.csv.InvalidRow], newlines: bool = False
) -> pyarrow.csv.ParseOptions:
    """Return pyarrow's options for a layout of text; a row that does not fit is put into `wrong`."""

    def refuse(row: pyarrow.csv.InvalidRow) -> str:
        wrong.append(row)
        return "error"

    return pyarrow.csv.ParseOptions(
        delimiter=SINGLE if layout.delimiter == DOUBLE else layout.delimiter,
        quote_char='"' if layout.quoted else False,
        newlines_in_values=newlines,
        invalid_row_handler=refuse,
    )


def wrong_row(
    shown: str, wrong: list[pyarrow.csv.InvalidRow], line: int | None, error: Exception
) -> InputError:
    """Return the error for a row that has too few or too many columns, or that cannot be read."""
    if not wrong:
        return InputError(f"{shown} cannot be read: {error}", "is it a table? Try --delimiter and --header")
    row, where = wrong[0], f", line {line}" if line else ""
    return InputError(
        f"{shown}{where} has {row.actual_columns} columns, not {row.expected_columns}: {row.text[:60]}",
        "correct the line, or name what stands between columns: --delimiter",
    )
