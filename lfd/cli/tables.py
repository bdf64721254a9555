"""Tables on stdout: for people as wide as their terminal, for programs JSON, JSON lines, CSV, Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
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
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def markdown(frame: pd.DataFrame) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(map(str, frame.columns)) + " |", "|" + " --- |" * len(frame.columns)]
    for row in frame.itertuples(index=False):
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


def _print_rich(console: Console, frame: pd.DataFrame, title: str) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=title or None, title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True, pad_edge=False
    )
    for number, (name, kind) in enumerate(frame.dtypes.items()):
        table.add_column(
            Text(str(name)), justify="right" if kind.kind in "iuf" else "left", no_wrap=number == 0
        )
    for row in frame.head(MOST_ROWS_SHOWN).itertuples(index=False):
        table.add_row(*(Text(cell(v)) for v in row))
    console.show(table)
    if len(frame) > MOST_ROWS_SHOWN:
        console.note(f"{MOST_ROWS_SHOWN} of {len(frame):,} rows shown; all of them: --format csv")
