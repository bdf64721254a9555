"""The rules of what is kept, each with its count and, where nothing is left, its sentence.

Knows settings and rows of codes; the arithmetic is in `filtering`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lfd.errors import InputError
from lfd.settings.loading import LoadSettings
from lfd.sources.catalogue import Catalogue
from lfd.sources.filtering import Rows, core, in_order, repeats, without_repeats
from lfd.sources.loaded import Scale
from lfd.sources.recognised import Table

STARS, LIKED = 5.0, 4.0
"""Ratings of up to 5 stars count from 4 on (Liang et al., Variational Autoencoders for CF, WWW 2018)."""
Counts = dict[str, int]


def one_row_a_pair(
    rows: Rows, user_ids: pa.Array, item_ids: pa.Array, table: Table, settings: LoadSettings, dropped: Counts
) -> Rows:
    """Sort rows by user and item, and settle what a user's second row for an item means."""
    rows, order = in_order(rows, len(item_ids))
    again = repeats(rows)
    if not again.any():
        return rows
    if settings.duplicates == "error":
        second = int(np.flatnonzero(again)[0])
        ahead = 1 + int(table.header)
        one, two = (ahead + int(row if order is None else order[row]) for row in (second - 1, second))
        user, item = user_ids[int(rows.user[second])], item_ids[int(rows.item[second])]
        raise InputError(
            f"{table.file}, rows {one} and {two}, both have user {user} and item {item} "
            f"({again.sum():,} such repetitions in all)",
            "say which counts: --duplicates first, last, max or mean",
        )
    kept = "their mean" if settings.duplicates == "mean" else f"the {settings.duplicates}"
    dropped[f"repeated rows of a user and an item ({kept} counts)"] = int(again.sum())
    return without_repeats(rows, settings.duplicates)


def known_items(
    rows: Rows,
    items: Catalogue,
    shown: str,
    table: Table,
    settings: LoadSettings,
    dropped: Counts,
    noted: Counts,
) -> Rows:
    """Settle what interactions with items mean that the items table does not have.

    Parameters
    ----------
    rows : Rows
        Sorted rows.
    items : Catalogue
        All items.
    shown : str
        The items table's name in messages.
    table : Table
        The interactions.
    settings : LoadSettings
        `unknown_items` says what is done.
    dropped, noted : dict of str to int
        Where it is counted.
    """
    unknown = (items.row < 0)[rows.item]
    if not unknown.any():
        return rows
    codes = np.unique(rows.item[unknown])
    example = items.ids[int(codes[0])]
    if unknown.all():
        raise InputError(
            f"none of the {len(codes):,} items of {table.file} is in {shown}, for example {example}",
            "name the columns that hold the same ids: --item and --items-id",
        )
    if settings.unknown_items == "error":
        raise InputError(
            f"{len(codes):,} items of {table.file} are not in {shown}, for example {example}",
            "say what to do with them: --unknown-items keep or drop",
        )
    if settings.unknown_items == "keep":
        noted[f"items that are not in {shown} (kept, without attributes)"] = len(codes)
        return rows
    dropped[f"items that are not in {shown}"] = len(codes)
    dropped["interactions with them"] = int(unknown.sum())
    return rows.where(~unknown)


def values_that_count(
    rows: Rows, table: Table, settings: LoadSettings, dropped: Counts
) -> tuple[Rows, Scale]:
    """Make values 1 from `min_value` on, or divide them by the largest."""
    low, high = float(rows.value.min()), float(rows.value.max())
    if table.column("value") is None:
        return rows, Scale(low, high, None, "no values: every interaction counts 1")
    if high == 0:
        raise InputError(
            f"all values of {table.file} are 0", "name another column: --value, or none to count rows"
        )
    cut = _cut(rows, settings, high)
    if cut is None:
        return _scaled(rows, low, high, dropped)
    keep = rows.value >= cut
    if not keep.any():
        raise InputError(
            f"no interaction of {table.file} has a value of {cut:g} or more: the largest is {high:g}",
            "lower --min-value, or set it off",
        )
    dropped |= {f"interactions with a value below {cut:g}": int((~keep).sum())}
    rows = rows.where(keep)
    rows.value.fill(1)
    return rows, Scale(
        low, high, cut, f"values from {cut:g} to {high:g} count 1, those below {cut:g} are dropped"
    )


def _cut(rows: Rows, settings: LoadSettings, high: float) -> float | None:
    """The smallest value that counts; `auto` knows stars: 5 at most, in steps of one half."""
    if not isinstance(settings.min_value, str):
        return float(settings.min_value)
    stars = high == STARS and bool(np.all(np.mod(rows.value, np.float32(0.5)) == 0))
    return LIKED if settings.min_value == "auto" and stars else None


def _scaled(rows: Rows, low: float, high: float, dropped: Counts) -> tuple[Rows, Scale]:
    keep = rows.value > 0
    if not keep.all():
        dropped["interactions of value 0"] = int((~keep).sum())
        rows = rows.where(keep)
    scaled = Rows(rows.user, rows.item, rows.value / np.float32(high), rows.timestamp)
    return scaled, Scale(low, high, None, f"values are divided by the largest, {high:g}")


def enough(rows: Rows, n_users: int, n_items: int, settings: LoadSettings, dropped: Counts) -> Rows:
    """Drop users with few items and items with few users, until neither is left.

    Parameters
    ----------
    rows : Rows
        One row a user and item.
    n_users, n_items : int
        Numbers of users and items before values were looked at.
    settings : LoadSettings
        `min_user_items` and `min_item_users`.
    dropped : dict of str to int
        Where it is counted.
    """
    kept = core(rows, settings.min_user_items, settings.min_item_users)
    if len(kept) == 0:
        raise _nothing_left(rows, settings)
    counts = {
        f"users with fewer than {settings.min_user_items} items": n_users - len(np.unique(kept.user)),
        f"items with fewer than {settings.min_item_users} users": n_items - len(np.unique(kept.item)),
        "interactions of these users and items": len(rows) - len(kept),
    }
    if settings.min_item_users == 0:
        del counts["items with fewer than 0 users"]
    dropped |= {sentence: count for sentence, count in counts.items() if count}
    return kept


def _nothing_left(rows: Rows, settings: LoadSettings) -> InputError:
    """Say which filter left nothing."""
    items, users = int(np.bincount(rows.user).max()), int(np.bincount(rows.item).max())
    if items < settings.min_user_items:
        return InputError(
            f"no user has {settings.min_user_items} items: the most is {items}",
            f"lower it: --min-user-items {items}",
        )
    if users < settings.min_item_users:
        return InputError(
            f"no item has {settings.min_item_users} users: the most is {users}",
            f"lower it: --min-item-users {users}",
        )
    return InputError(
        f"no user is left once users with fewer than {settings.min_user_items} items and items with fewer "
        f"than {settings.min_item_users} users are dropped in turn",
        "lower --min-user-items or --min-item-users",
    )
