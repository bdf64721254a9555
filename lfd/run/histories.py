"""New users' histories from a table outside the run: user, item and, where there is one, value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from lfd.core.data import interaction_matrix
from lfd.errors import InputError
from lfd.run.dataset import ITEMS
from lfd.run.tables import Reader, read_frame, read_outside

WANTED = ("user", "item")


def read_histories(run: Reader, path: Path) -> tuple[pd.Series[Any], sparse.csr_array, int]:
    """Histories as a sparse matrix over the run's items.

    Parameters
    ----------
    run : whose items they are of
    path : CSV or Parquet with columns user, item and perhaps value (in (0, 1]; 1 where there is none)

    Returns
    -------
    (users, interactions, unknown) : the ids, one row of interactions each, and how many rows named an item
        that the run does not have

    Raises
    ------
    InputError : a column is missing, a value is out of range, or no row names a known item
    """
    rows = read_outside(path, f"write user,item lines in it: lfd encode RUN --histories {path.name}")
    for column in WANTED:
        if column not in rows.columns:
            there = ", ".join(map(str, rows.columns))
            raise InputError(
                f"{path} has no column {column} (columns: {there})", "name them user, item[, value]"
            )
    items = read_frame(run, ITEMS)["item"]
    item = pd.Index(items).get_indexer(pd.Index(rows["item"].astype(items.dtype, errors="ignore")))
    if (item < 0).all():
        raise InputError(f"{path}: no row names an item of the run", f"see the items: lfd cat RUN {ITEMS}")
    known, unknown = rows[item >= 0], int((item < 0).sum())
    user, users = pd.factorize(known["user"])
    shape = (len(users), len(items))
    values = _values(known, path)
    matrix = interaction_matrix(user, item[item >= 0], values, shape)
    matrix.data = np.minimum(matrix.data, 1)  # an item listed twice is one choice
    return pd.Series(users), matrix, unknown


def _values(rows: pd.DataFrame, path: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    if "value" not in rows.columns:
        return np.ones(len(rows), np.float32)
    values = pd.to_numeric(rows["value"], errors="coerce").to_numpy(np.float32)
    wrong = np.flatnonzero(~((values > 0) & (values <= 1)))
    if len(wrong):
        row = rows.index[wrong[0]]
        raise InputError(
            f"{path}, row {row}, column value: {rows['value'].loc[row]} is not in (0, 1]", "scale it"
        )
    return values
