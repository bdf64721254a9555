"""What of the interactions is kept: one row a user and item, values that count, users and items with enough.

Knows arrays of codes only, sorted by user, then item. Every step says how many it dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Policy = Literal["first", "last", "max", "mean"]


@dataclass(frozen=True)
class Rows:
    """Interactions, in the order of the file until they are sorted by user, then item.

    Attributes
    ----------
    user, item : int32, one an interaction
        Codes: positions in an order of ids that is kept elsewhere.
    value : float32, 0 or more
    timestamp : int64, or None
    """

    user: npt.NDArray[np.int32]
    item: npt.NDArray[np.int32]
    value: npt.NDArray[np.float32]
    timestamp: npt.NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.user)

    def where(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Rows:
        """Return those that a mask or positions name."""
        time = None if self.timestamp is None else self.timestamp[keep]
        return Rows(self.user[keep], self.item[keep], self.value[keep], time)


def in_order(rows: Rows, n_items: int) -> tuple[Rows, npt.NDArray[np.intp] | None]:
    """Sort rows by user, then item; rows of one pair stay in their order.

    Parameters
    ----------
    rows : Rows
        In the order of the file.
    n_items : int
        Number of items that the codes tell apart.

    Returns
    -------
    Rows and numpy.ndarray of positions
        The sorted rows, and where each of them stood (None: they were sorted).
    """
    key = rows.user.astype(np.int64) * n_items + rows.item
    if bool(np.all(key[1:] >= key[:-1])):
        return rows, None
    order = np.argsort(key, kind="stable")
    return rows.where(order), order


def repeats(rows: Rows) -> npt.NDArray[np.bool_]:
    """Say of each sorted row whether the row before has the same user and item."""
    again = np.zeros(len(rows), dtype=np.bool_)
    again[1:] = (rows.user[1:] == rows.user[:-1]) & (rows.item[1:] == rows.item[:-1])
    return again


def without_repeats(rows: Rows, policy: Policy) -> Rows:
    """Make one row of each user and item.

    Parameters
    ----------
    rows : Rows
        Sorted rows.
    policy : first, last, max or mean
        The row that counts: the first or last in time (in the file where there are no times, or equal
        ones), the one of the largest value (the first of those), or the mean value with the last time.
    """
    again = repeats(rows)
    if not again.any():
        return rows
    place = np.flatnonzero(again | np.append(again[1:], False))  # rows of pairs that have several
    first = np.flatnonzero(~again)
    pair = np.searchsorted(first, place, side="right") - 1
    group = rows.where(place)
    starts = np.flatnonzero(np.append(True, pair[1:] != pair[:-1]))
    ends = np.append(starts[1:], len(pair))
    order = _order(group, pair, policy)
    first[pair[starts]] = place[order[ends - 1 if policy == "last" else starts]]
    picked = rows.where(first)
    if policy == "mean":
        _average(picked, group, pair[starts], starts, ends)
    return picked


def _order(group: Rows, pair: npt.NDArray[np.intp], policy: Policy) -> npt.NDArray[np.intp]:
    """Rows of each pair in time, or from the largest value down; those that tie stay in their order."""
    if policy in ("first", "last"):
        return np.arange(len(pair)) if group.timestamp is None else np.lexsort((group.timestamp, pair))
    return np.lexsort((-group.value, pair))


def _average(
    picked: Rows,
    group: Rows,
    where: npt.NDArray[np.intp],
    starts: npt.NDArray[np.intp],
    ends: npt.NDArray[np.intp],
) -> None:
    """Give pairs that have several rows their mean value and last time, in arrays that nobody shares."""
    picked.value[where] = np.add.reduceat(group.value, starts, dtype=np.float64) / (ends - starts)
    if picked.timestamp is not None and group.timestamp is not None:
        picked.timestamp[where] = np.maximum.reduceat(group.timestamp, starts)


def core(rows: Rows, min_items: int, min_users: int) -> Rows:
    """Drop users with few items and items with few users, until neither is left: the k-core.

    What remains does not depend on which of the two is dropped first.

    Parameters
    ----------
    rows : Rows
        One row a user and item.
    min_items : int
        Items that a user must have.
    min_users : int
        Users that an item must have.
    """
    while len(rows):
        enough_users = np.bincount(rows.item) >= min_users
        enough_items = np.bincount(rows.user) >= min_items
        keep = enough_users[rows.item] & enough_items[rows.user]
        if keep.all():
            break
        rows = rows.where(keep)
    return rows


def present(codes: npt.NDArray[np.int32], size: int) -> npt.NDArray[np.bool_]:
    """Say of each of `size` codes whether it occurs."""
    return np.bincount(codes, minlength=size) > 0


def renumbered(codes: npt.NDArray[np.int32], kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Return codes counted among those that are kept."""
    return (np.cumsum(kept, dtype=np.int32) - 1)[codes]
