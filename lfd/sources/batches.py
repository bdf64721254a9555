"""A table of interactions, a batch of rows at a time.

Knows how to stream text, JSON lines and Parquet; refuses to know what the columns mean. Text comes as
dictionaries of words per batch, so that nothing is held a row but a small number.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

from lfd.errors import InputError
from lfd.sources.entries import Entry
from lfd.sources.layout import Layout
from lfd.sources.streams import as_file
from lfd.sources.tables import parse_options, wrong_row
from lfd.sources.text import Lines

BLOCK = 4 << 20
"""Bytes of text in a batch."""
ROWS = 1 << 18
"""Rows of Parquet in a batch."""


def read_batches(
    entry: Entry, layout: Layout, columns: Sequence[str], times: Sequence[str], encoding: str
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a table.

    Parameters
    ----------
    entry : Entry
        The file.
    layout : Layout
        How it is written.
    columns : sequence of str
        The columns to read.
    times : sequence of str
        Those of them whose words hardly ever repeat.
    encoding : str
        How text is stored.

    Yields
    ------
    pyarrow.RecordBatch
        `columns` in their order; from text, dictionaries of words (plain words for `times`).
    """
    if layout.kind == "parquet":
        yield from _parquet(entry, columns)
        return
    lines = Lines(entry.chunks(), entry.name, encoding, layout.delimiter)
    if layout.kind == "json lines":
        yield from _json_lines(lines, entry, layout, columns)
    else:
        yield from _text(lines, entry, layout, columns, times)


def _parquet(entry: Entry, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(str(entry.path) if entry.path else io.BytesIO(entry.read())) as file:
            for batch in file.iter_batches(ROWS, columns=list(columns), use_threads=bool(entry.path)):
                yield batch.select(list(columns))
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{entry.name} is not Parquet that can be read: {error}", "write it again") from None


def _text(
    lines: Lines, entry: Entry, layout: Layout, columns: Sequence[str], times: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    wrong: list[pyarrow.csv.InvalidRow] = []
    words = pa.dictionary(pa.int32(), pa.string())
    types = {name: pa.string() if name in times else words for name in columns}
    try:
        yield from pyarrow.csv.open_csv(
            as_file(lines),
            pyarrow.csv.ReadOptions(
                block_size=BLOCK, column_names=list(layout.columns), skip_rows=int(layout.header)
            ),
            parse_options(layout, wrong),
            pyarrow.csv.ConvertOptions(include_columns=list(columns), column_types=types),
        )
    except pa.ArrowInvalid as error:
        raise wrong_row(entry.name, wrong, lines.find(wrong[0].text) if wrong else None, error) from None


def _json_lines(
    lines: Lines, entry: Entry, layout: Layout, columns: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([(name, _type(entry, layout, name)) for name in columns])
    before = 0
    try:
        for batch in pyarrow.json.open_json(
            as_file(lines),
            pyarrow.json.ReadOptions(block_size=BLOCK),
            pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        ):
            yield batch.select(list(columns))
            before += len(batch)
    except pa.ArrowInvalid as error:
        raise _wrong_object(entry.name, before, str(error)) from None


def _type(entry: Entry, layout: Layout, name: str) -> pa.DataType:
    """Number or text, whichever the first rows have."""
    position = layout.columns.index(name)
    values = [row[position] for row in layout.sample if row[position] is not None]
    if not values or all(isinstance(value, str) for value in values):
        return pa.string()
    odd = [value for value in values if isinstance(value, (bool, str, list, dict))]
    if odd:
        line = 1 + next(n for n, row in enumerate(layout.sample) if row[position] is odd[0])
        where = f"{entry.name}, line {line}, column {name}"
        raise InputError(
            f"{where}: {json.dumps(odd[0])} is neither number nor text as others are",
            "write all of the column in one way, or name another",
        )
    return pa.int64() if all(isinstance(value, int) for value in values) else pa.float64()


def _wrong_object(shown: str, before: int, error: str) -> InputError:
    row = re.search(r" in row (\d+)", error)
    where = f", line {before + int(row[1]) + 1}," if row else f", after line {before},"
    reason = error.removeprefix("JSON parse error: ")
    reason = reason if row is None else reason[: reason.index(row[0])]
    return InputError(f"{shown}{where} cannot be read: {reason}", "correct the line")
