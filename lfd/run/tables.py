"""Tables of a run as Parquet, whole or in batches, and its YAML files.

What is written carries no trace of pandas or of the moment: the same table is always the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from lfd.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Place = Callable[[str], Path]
ROWS_A_BATCH = 1 << 19
# Arrow's workers let go of what they read a moment after it is there; where the program has ended by then,
# they wait for Python to free the run's memory, and the process aborts.
THREADED = False
SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, ten times as fast


class Reader(Protocol):
    """What members are read from: a snapshot, or anything that gives their bytes."""

    def __contains__(self, member: str) -> bool: ...

    def buffer(self, member: str) -> bytes | mmap:
        """The bytes of a member."""


def write_table(path: Path, table: pa.Table | pd.DataFrame) -> None:
    """Write a table as Parquet."""
    write_batches(path, [_arrow(table)])


class TableWriter:
    """A table written in batches, so that it need not fit into memory; a context manager."""

    def __init__(self, path: Path) -> None:
        self.rows = 0
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def write(self, batch: pa.Table | pd.DataFrame) -> None:
        """Append rows; the first batch decides the columns and their types."""
        table = _arrow(batch)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd", store_schema=False)
        self._writer.write_table(table.cast(self._writer.schema), row_group_size=ROWS_A_BATCH)
        self.rows += table.num_rows

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, *error: object) -> None:
        if self._writer is not None:
            self._writer.close()


def write_batches(path: Path, batches: Iterable[pa.Table | pd.DataFrame]) -> int:
    """Write a table in batches; returns the number of rows."""
    with TableWriter(path) as writer:
        for batch in batches:
            writer.write(batch)
    return writer.rows


def read_table(run: Reader, member: str) -> pa.Table:
    """A whole table.

    Raises
    ------
    InputError : the member is no Parquet table
    """
    with _opened(run, member) as file:
        return file.read(use_threads=THREADED)


def read_frame(run: Reader, member: str) -> pd.DataFrame:
    """A whole table as a data frame."""
    frame: pd.DataFrame = read_table(run, member).to_pandas()
    return frame


def read_columns(run: Reader, member: str, columns: Sequence[str]) -> dict[str, list[Any]]:
    """Some columns of a table as plain lists, without pandas; a column that is not there is left out."""
    with _opened(run, member) as file:
        there = [name for name in columns if name in file.schema_arrow.names]
        found: dict[str, list[Any]] = file.read(columns=there, use_threads=THREADED).to_pydict()
    return found


def read_arrays(run: Reader, member: str, columns: Sequence[str]) -> dict[str, npt.NDArray[np.float64]]:
    """Some columns of numbers as arrays, without pandas."""
    with _opened(run, member) as file:
        table = file.read(columns=list(columns), use_threads=THREADED)
    return {name: array_of(table[name]).astype(np.float64) for name in columns}


def array_of(column: pa.ChunkedArray | pa.Array) -> npt.NDArray[Any]:
    """Numbers as an array, missing ones nan; Arrow's own way would import pandas, which takes its time."""
    if column.null_count:
        column = column.cast(pa.float64()).fill_null(float("nan"))
    parts = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    kind = column.type.to_pandas_dtype()
    return np.concatenate([np.zeros(0, kind), *(np.from_dlpack(part) for part in parts)])


def column_names(run: Reader, member: str) -> list[str]:
    """The columns of a table, from its footer."""
    with _opened(run, member) as file:
        return list(map(str, file.schema_arrow.names))


def read_batches(run: Reader, member: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """A table in batches, in bounded memory; of all its columns, or of some."""
    with _opened(run, member) as file:
        for batch in file.iter_batches(batch_size=ROWS_A_BATCH, columns=columns, use_threads=THREADED):
            yield pa.Table.from_batches([batch])


def number_of_rows(run: Reader, member: str) -> int:
    """Rows of a table, from its footer."""
    with _opened(run, member) as file:
        return int(file.metadata.num_rows)


def read_outside(source: Path | BinaryIO, hint: str) -> pd.DataFrame:
    """A table from a file or stream outside the run: Parquet, or CSV in UTF-8.

    Raises
    ------
    InputError : neither format; `hint` says what to do
    """
    import pandas as pd

    called = source if isinstance(source, Path) else "stdin"
    try:
        content = source.read_bytes() if isinstance(source, Path) else source.read()
        if content[:4] == b"PAR1":
            return pd.read_parquet(io.BytesIO(content), use_threads=THREADED)
        frame: pd.DataFrame = pd.read_csv(io.BytesIO(content))
        return frame
    except (pa.ArrowInvalid, pd.errors.ParserError, UnicodeDecodeError, pd.errors.EmptyDataError):
        raise InputError(f"{called} is neither Parquet nor CSV in UTF-8", hint) from None
    except OSError as error:
        raise InputError(f"cannot read {called}: {(error.strerror or '').lower()}", hint) from None


def write_yaml(path: Path, content: Any) -> None:
    """Write plain values as YAML, in their own order."""
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


def read_yaml(run: Reader, member: str) -> Any:
    """Plain values from YAML.

    Raises
    ------
    InputError : the member is not YAML
    """
    try:
        return yaml.load(bytes(run.buffer(member)), SAFE)
    except yaml.YAMLError as error:
        raise InputError(f"{member} is not YAML: {str(error).splitlines()[0]}", "make it again") from None


def _opened(run: Reader, member: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(pa.BufferReader(pa.py_buffer(run.buffer(member))))
    except pa.ArrowInvalid:
        raise InputError(
            f"{member} is not a Parquet table", "make it again, or write it as Parquet"
        ) from None


def _arrow(table: pa.Table | pd.DataFrame) -> pa.Table:
    if not isinstance(table, pa.Table):
        table = pa.Table.from_pandas(table, preserve_index=False)
    return table.replace_schema_metadata(None)
