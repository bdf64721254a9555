"""Factors in a Parquet table: a column of ids, numeric columns or one of lists, perhaps a column bias."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lfd.errors import InputError

IDS = {
    "user": ("user", "user_id", "userid", "users"),
    "item": ("item", "item_id", "itemid", "items", "movieid", "movie_id"),
}
BIAS = "bias"
HINT = "write a column user or item, and a column of numbers for each factor"

Values = npt.NDArray[Any]


def read_table(path: Path) -> list[tuple[str, Values]]:
    """The arrays of a Parquet table with their names.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    list of (name, numpy.ndarray)
        users, user_ids and user_bias where there is a column of users' ids (for items alike); else the
        numeric columns by the file's name.

    Raises
    ------
    InputError
        It is damaged, has no numeric column, or a column of users and one of items.
    """
    try:
        table = pq.ParquetFile(path).read()  # not read_table, to which a=b in a path is a column
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{path} is a damaged Parquet table: {str(error).splitlines()[0].lower()}", HINT
        ) from None
    by_id = {what: [c for c in table.column_names if c.lower() in names] for what, names in IDS.items()}
    whose = [what for what, columns in by_id.items() if columns]
    if len(whose) == 2:
        raise InputError(
            f"{path} has a column {by_id['user'][0]} and a column {by_id['item'][0]}: it is no table of"
            " factors of users or of items",
            "give two tables, each with one column of ids",
        )
    found, rest = [], list(table.column_names)
    for what in whose:
        column = by_id[what][0]
        rest.remove(column)
        ids = table[column].to_numpy(zero_copy_only=False)
        found.append((f"{what}_ids", ids))
    prefix = whose[0] if whose else path.stem
    biases = [c for c in rest if c.lower() == BIAS]
    found += [(f"{prefix}_bias", table[c].to_numpy().astype(np.float64)) for c in biases]
    values = _columns(table, [c for c in rest if c not in biases], path)
    return [(f"{prefix}s" if whose else prefix, values), *found]


def _columns(table: pa.Table, names: list[str], path: Path) -> Values:
    """The numeric columns beside each other; or the one column of lists."""
    kinds = {name: table.schema.field(name).type for name in names}
    lists = [n for n, k in kinds.items() if pa.types.is_list(k) or pa.types.is_fixed_size_list(k)]
    if len(lists) == 1:
        column = table[lists[0]].combine_chunks()
        lengths = pc.list_value_length(column)
        if column.null_count or pc.min_max(lengths)["min"] != pc.min_max(lengths)["max"]:
            raise InputError(
                f"{path}, column {lists[0]}: its lists are not all of one length", "give each row as many"
            )
        flat = pc.list_flatten(column).to_numpy(zero_copy_only=False)
        return np.asarray(flat, dtype=np.float64).reshape(table.num_rows, -1)
    numeric = [n for n, k in kinds.items() if pa.types.is_floating(k) or pa.types.is_integer(k)]
    if not numeric:
        raise InputError(f"{path} has no numeric column (columns: {', '.join(table.column_names)})", HINT)
    columns = [table[name].to_numpy(zero_copy_only=False).astype(np.float64) for name in numeric]
    return np.stack(columns, axis=1)
