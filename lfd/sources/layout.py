"""How a file is laid out, seen in its first bytes: Parquet, JSON lines, or text with columns.

Knows formats and delimiters; refuses to know which column is the user. Names of files count for nothing
here, since people rename them.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from lfd.errors import InputError
from lfd.settings.loading import LoadSettings
from lfd.sources import movielens, names
from lfd.sources.entries import HEAD, Entry
from lfd.sources.text import DOUBLE, named

DELIMITERS = (DOUBLE, "\t", ",", ";", "|")
ROWS = 20
"""Rows that are looked at."""
_QUOTED = re.compile(r'(?:(?<=[,;\t|\n])|^)"(?:[^"]|"")*"(?=[,;\t|\r\n]|$)')


@dataclass(frozen=True)
class Layout:
    """How a table is written.

    Attributes
    ----------
    kind : text, json lines or parquet
    columns : names of the columns, in order
    delimiter : between columns of text
    quoted : whether cells of text may stand in double quotes
    header : whether text starts with a line of names
    shape : a shape of MovieLens, `atomic` for RecBole's, else empty
    sample : the first rows as they are, for text and JSON lines
    """

    kind: Literal["text", "json lines", "parquet"]
    columns: tuple[str, ...]
    delimiter: str = ""
    quoted: bool = False
    header: bool = False
    shape: str = ""
    sample: tuple[tuple[Any, ...], ...] = ()


def look(entry: Entry, settings: LoadSettings) -> Layout:
    """Recognise the layout of a file by its first bytes.

    Parameters
    ----------
    entry : Entry
        The file.
    settings : LoadSettings
        `encoding`, `delimiter` and `header` are kept to where they are set; columns that options name
        tell a header.

    Raises
    ------
    InputError
        Where it is no table: empty, binary, an archive, a JSON array.
    """
    head = entry.head()
    if not head.strip():
        raise InputError(f"{entry.name} is empty", "did the program that wrote it fail?")
    if head.startswith(b"PAR1"):
        return Layout("parquet", _parquet_columns(entry))
    text = _text(head, entry, settings)
    if text.lstrip().startswith("["):
        raise InputError(
            f"{entry.name} is one JSON array, not JSON lines", "write a line an object: jq -c '.[]'"
        )
    if text.lstrip().startswith("{"):
        return _json_lines(text, entry)
    return _columns(text, entry, settings)


def _text(head: bytes, entry: Entry, settings: LoadSettings) -> str:
    """Whole lines of the head; what is not in the encoding is left for the reader to find."""
    encoding = named(settings.encoding)
    wide = encoding.startswith(("utf-16", "utf-32"))
    if head[257:262] == b"ustar":
        raise InputError(f"{entry.name} is a tar archive, not a table", "unpack it: tar xf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and not wide:
        raise InputError(f"{entry.name} is UTF-16", "say so: --encoding utf-16")
    if b"\x00" in head and not wide:
        raise InputError(
            f"{entry.name} is a binary file, not a table", "CSV, TSV, Parquet or JSON lines are read"
        )
    text = head.decode(encoding, errors="replace").removeprefix("\ufeff")
    cut = text.rfind("\n") + 1
    return text[:cut] if cut and len(head) >= HEAD else text


def _parquet_columns(entry: Entry) -> tuple[str, ...]:
    try:
        source = str(entry.path) if entry.path else io.BytesIO(entry.read())
        return tuple(pq.read_schema(source).names)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{entry.name} is not Parquet that can be read: {error}", "write it again") from None


def _json_lines(text: str, entry: Entry) -> Layout:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines()[: 5 * ROWS], start=1):
        if line.strip():
            rows.append(_json_row(line, number, entry))
    columns = tuple(dict.fromkeys(key for row in rows for key in row))
    return Layout("json lines", columns, sample=tuple(tuple(row.get(c) for c in columns) for row in rows))


def _json_row(line: str, number: int, entry: Entry) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise InputError(
            f"{entry.name}, line {number}, is not a JSON object", "write one object a line: jq -c"
        )
    return row


def _columns(text: str, entry: Entry, settings: LoadSettings) -> Layout:
    delimiter = _delimiter(text, settings.delimiter)
    quoted = delimiter not in ("\t", DOUBLE)
    lines = [line for line in text.splitlines() if line.strip()][: ROWS + 1]
    rows = [_cells(line, delimiter, quoted) for line in lines]
    if len(rows[0]) == 1:
        raise InputError(
            f"{entry.name} has a single column: {rows[0][0][:60]!r}",
            "name what stands between columns: --delimiter",
        )
    found = movielens.shape_of(delimiter, rows) if settings.header != "yes" else None
    if found:
        return Layout("text", found[1], delimiter, shape=found[0], sample=tuple(rows))
    first = rows[0]
    header = _has_header(first, settings)
    atomic = header and delimiter == "\t" and all(names.atomic_type(cell) for cell in first)
    columns = _distinct(first) if header else tuple(str(k + 1) for k in range(len(first)))
    return Layout(
        "text", columns, delimiter, quoted, header, "atomic" if atomic else "", tuple(rows[header:])
    )


def _delimiter(text: str, asked: str | None) -> str:
    """The one that cuts every row into the same, largest number of cells; else the first row."""
    if asked is not None:
        return {"tab": "\t", "\\t": "\t", "space": " "}.get(asked, asked)
    lines = [line for line in _QUOTED.sub("", text).splitlines()[: ROWS + 1] if line.strip()]
    counts = {between: [line.count(between) for line in lines] for between in DELIMITERS}
    even = {between: n[0] for between, n in counts.items() if len(set(n)) == 1 and n[0]}
    return max(even or {b: n[0] for b, n in counts.items()}, key=lambda b: (even or {b: counts[b][0]})[b])


def _cells(line: str, delimiter: str, quoted: bool) -> tuple[str, ...]:
    if not quoted:
        return tuple(cell.strip() for cell in line.split(delimiter))
    between = re.escape(delimiter)
    found = re.findall(rf'(?:^|{between})\s*(?:"((?:[^"]|"")*)"|([^{between}]*))', line)
    return tuple((first or second).replace('""', '"').strip() for first, second in found)


def _has_header(first: Sequence[str], settings: LoadSettings) -> bool:
    """A line of names holds a usual name, or one that an option names, or no number at all."""
    if settings.header != "auto":
        return settings.header == "yes"
    asked = {
        settings.user,
        settings.item,
        settings.value,
        settings.timestamp,
        settings.items_id,
        settings.users_id,
    }
    if any(names.is_usual(cell) or (cell in asked and not cell.isdigit()) for cell in first):
        return True
    return not any(re.fullmatch(r"\s*-?\d+(\.\d*)?\s*", cell) for cell in first)


def _distinct(columns: Sequence[str]) -> tuple[str, ...]:
    """Names made distinct and not empty: a, a.2, column 3."""
    filled = [name or f"column {k + 1}" for k, name in enumerate(columns)]
    return tuple(name if filled.index(name) == k else f"{name}.{k + 1}" for k, name in enumerate(filled))
