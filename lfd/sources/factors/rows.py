"""Which row of the factors is whom: in the run's order, or by ids."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lfd.errors import InputError

FIRST = 5  # ids that are named of those that do not match


def in_order(rows: int, wanted: pd.Series[Any], what: str, file: str) -> npt.NDArray[np.intp]:
    """Rows that are those of the run, in its order.

    Parameters
    ----------
    rows : int
        How many the factors have.
    wanted : pandas.Series
        Ids of the run's users or items.
    what : str
        user or item.
    file : str
        For the message.

    Raises
    ------
    InputError
        There are more or fewer than the run has.
    """
    if rows != len(wanted):
        raise InputError(
            f"{file} has factors of {rows:,} {what}s and the run has {len(wanted):,} {what}s",
            f"say whose each row is: --{what}-ids FILE, or a Parquet table with a column {what}",
        )
    return np.arange(rows)


def by_id(
    ids: npt.NDArray[Any], wanted: pd.Series[Any], what: str, drop: bool, fold_in: bool
) -> tuple[npt.NDArray[np.intp], tuple[str, ...]]:
    """The row of each of the run's users or items.

    Parameters
    ----------
    ids : numpy.ndarray, (rows,)
        Whose each row is; numbers and text of the same digits are the same.
    wanted : pandas.Series
        Ids of the run's users or items.
    what : str
        user or item.
    drop : bool
        Whether rows of ids that the run does not have are left out.
    fold_in : bool
        Whether the run may have ids without a row.

    Returns
    -------
    rows : numpy.ndarray, of each wanted id its row; -1 where there is none
    notes : tuple of str

    Raises
    ------
    InputError
        An id stands twice, or ids do not match and that is not allowed; says how many, and the first.
    """
    theirs, ours = pd.Index(_text(ids)), pd.Index(_text(wanted.to_numpy()))
    if not theirs.is_unique:
        raise InputError(
            f"{what} {theirs[theirs.duplicated()][0]} stands twice among the ids of the factors",
            "keep one row each",
        )
    rows = ours.get_indexer(theirs)
    unknown = theirs[rows < 0]
    if len(unknown) == len(theirs):
        raise InputError(
            f"none of the {len(theirs):,} ids of {what}s in the factors ({_few(theirs)}) is one of the run's"
            f" ({_few(ours)})",
            f"give the ids that the run has: lfd cat RUN data/{what}s.parquet",
        )
    if len(unknown) and not drop:
        raise InputError(
            f"{len(unknown):,} of {len(theirs):,} {what}s of the factors are not in the run: {_few(unknown)}",
            "leave them out: --drop-unmatched",
        )
    found = theirs.get_indexer(ours)
    lacking = ours[found < 0]
    if len(lacking) and not fold_in:
        allowed = "fold them in by their histories" if what == "user" else "give them factors of 0"
        raise InputError(
            f"{len(lacking):,} of the run's {len(ours):,} {what}s have no factors: {_few(lacking)}",
            f"{allowed}: --missing fold-in",
        )
    left = f"{len(unknown):,} {what}s of the factors are not in the run: left out"
    lack = f"{len(lacking):,} of the run's {len(ours):,} {what}s have no factors: " + (
        "folded in by their histories, as held out" if what == "user" else "they get factors of 0"
    )
    return found, tuple(s for s, ids in ((left, unknown), (lack, lacking)) if len(ids))


def _text(ids: npt.NDArray[Any]) -> list[str]:
    """Ids as text; a whole number has no fraction, whatever its type."""
    if ids.dtype.kind == "f" and np.isfinite(ids).all() and (ids == np.floor(ids)).all():
        ids = ids.astype(np.int64)
    return [i.decode() if isinstance(i, bytes) else str(i).strip() for i in ids.tolist()]


def _few(ids: pd.Index[Any]) -> str:
    return ", ".join(map(str, ids[:FIRST])) + (", ..." if len(ids) > FIRST else "")
