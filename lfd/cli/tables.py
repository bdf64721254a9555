"""Tables on stdout: for people as wide as their terminal, for programs JSON, JSON lines, CSV, Markdown."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lfd.cli.console import Console

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

JSON_SCHEMA = 1
MOST_ROWS_SHOWN = 40


def print_frame(console: Console, frame: pd.DataFrame, form: str, title: str = "") -> None:
    """Print a table.

    Parameters
    ----------
    console : where to
    frame : what
    form : table, json, jsonl, csv or md
    title : above the table, for people
    """
    if form == "table":
        _print_rich(console, frame, title)
    elif form == "csv":
        console.text(frame.to_csv(index=False, lineterminator="\n"))
    elif form == "json":
        rows = [plain_row(r) for r in frame.to_dict("records")]
        console.text(json.dumps({"schema": JSON_SCHEMA, "rows": rows}, ensure_ascii=False, indent=1) + "\n")
    elif form == "jsonl":
        for row in frame.to_dict("records"):
            console.text(json.dumps(plain_row(row), ensure_ascii=False) + "\n")
    else:
        console.text(markdown(frame))


def print_columns(
    console: Console, columns: Mapping[str, Sequence[Any]], form: str, title: str = "", header: bool = True
) -> None:
    """Print a table of plain columns as `print_frame` prints a data frame, without importing pandas.

    Parameters
    ----------
    console : where to
    columns : names and values; a list in a cell is printed with commas, in JSON as a list
    form : table, json, jsonl, csv or md
    title : above the table, for people
    header : whether CSV begins with the names
    """
    rows = list(zip(*columns.values(), strict=True))
    named = [plain_row(dict(zip(columns, row, strict=True))) for row in rows]
    if form == "table":
        right = [all(isinstance(v, int | float) for v in values) for values in columns.values()]
        _print_rows(console, list(columns), right, rows, title)
    elif form == "json":
        console.text(json.dumps({"schema": JSON_SCHEMA, "rows": named}, ensure_ascii=False, indent=1) + "\n")
    elif form == "jsonl":
        console.text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in named))
    elif form == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([list(columns)] if header else [])
        writer.writerows([_joined(value) for value in row.values()] for row in named)
        console.text(text.getvalue())
    else:
        console.text(_markdown(list(columns), rows))


def print_batches(console: Console, batches: Iterator[pa.Table], form: str) -> None:
    """Print a table that comes in batches: CSV and JSON lines in bounded memory, the others whole."""
    frames = (batch.to_pandas() for batch in batches)
    if form == "csv":
        for number, frame in enumerate(frames):
            console.text(frame.to_csv(index=False, header=number == 0, lineterminator="\n"))
    elif form == "jsonl":
        for frame in frames:
            print_frame(console, frame, form)
    elif form == "table":
        print_frame(console, next(frames), form)
    else:
        import pandas as pd

        print_frame(console, pd.concat(list(frames), ignore_index=True), form)


def plain_row(row: dict[Any, Any]) -> dict[str, Any]:
    """A row as JSON holds it: no NaN, no infinity, no numpy."""
    return {str(k): plain_value(v) for k, v in row.items()}


def plain_value(value: Any) -> Any:
    """A value as JSON holds it."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [plain_value(v) for v in value]
    if isinstance(value, dict):
        return plain_row(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def markdown(frame: pd.DataFrame) -> str:
    """A table in Markdown."""
    return _markdown(list(map(str, frame.columns)), frame.itertuples(index=False))


def _markdown(names: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    for row in rows:
        lines.append("| " + " | ".join(cell(v).replace("|", "\\|") for v in row) + " |")
    return "\n".join(lines) + "\n"


def cell(value: Any) -> str:
    """A value as people read it: three digits, nothing where nothing is known."""
    value = plain_value(value)
    if value is None:
        return ""
    if isinstance(value, float):
        return (
            f"{value:.3g}"
            if abs(value) < 1e-3 or abs(value) >= 1e5
            else f"{value:.3f}".rstrip("0").rstrip(".")
        )
    return ", ".join(map(cell, value)) if isinstance(value, list) else str(value)


def _joined(value: Any) -> Any:
    """A cell of CSV: nothing where nothing is known, a list with commas."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else value


def _print_rich(console: Console, frame: pd.DataFrame, title: str) -> None:
    right = [kind.kind in "iuf" for kind in frame.dtypes]
    rows = list(frame.head(MOST_ROWS_SHOWN).itertuples(index=False))
    _print_rows(console, list(map(str, frame.columns)), right, rows, title, len(frame))


def _print_rows(
    console: Console,
    names: Sequence[str],
    right: Sequence[bool],
    rows: Sequence[Sequence[Any]],
    title: str,
    total: int | None = None,
) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=title or None, title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True, pad_edge=False
    )
    for number, (name, numeric) in enumerate(zip(names, right, strict=True)):
        table.add_column(Text(name), justify="right" if numeric else "left", no_wrap=number == 0)
    for row in rows[:MOST_ROWS_SHOWN]:
        table.add_row(*(Text(cell(v)) for v in row))
    console.show(table)
    total = len(rows) if total is None else total
    if total > MOST_ROWS_SHOWN:
        console.note(f"{MOST_ROWS_SHOWN} of {total:,} rows shown; all of them: --format csv")
