"""From a recognised data set to what a run keeps: interactions, items, users, and what was dropped.

Knows the order of the steps: read, sort, one row a pair, unknown items, mean ratings, values that count,
users and items with enough of each other, tables. The attributes' schema is made from the items table, and
not here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lfd.settings.loading import LoadSettings
from lfd.sources import catalogue
from lfd.sources.catalogue import Catalogue
from lfd.sources.filtering import Rows, present, renumbered
from lfd.sources.interactions import read_rows
from lfd.sources.keeping import Counts, enough, known_items, one_row_a_pair, values_that_count
from lfd.sources.loaded import Loaded, Scale
from lfd.sources.recognised import Recognised


def load(recognised: Recognised, settings: LoadSettings | None = None) -> Loaded:
    """Read a recognised data set.

    Parameters
    ----------
    recognised : Recognised
        As `recognise` returned it for the same settings.
    settings : LoadSettings, optional
        What is kept.

    Returns
    -------
    Loaded
        The same for the same bytes and settings.

    Raises
    ------
    InputError
        For rows that cannot be used, and where nothing is left.
    """
    settings = settings or LoadSettings()
    table, side = recognised.interactions, recognised.items
    dropped: Counts = {}
    noted: Counts = {}
    rows, user_ids, item_ids = read_rows(table)
    items = catalogue.merged(item_ids, side)
    rows = replace(rows, item=items.code[rows.item])
    rows = one_row_a_pair(rows, user_ids, items.ids, table, settings, dropped)
    if side is not None:
        rows = known_items(rows, items, side.table.file, table, settings, dropped, noted)
    seen = present(rows.item, len(items.ids))
    computed: dict[str, npt.NDArray[Any]] = {}
    if table.column("value") is not None:
        computed["rating"] = _mean_values(rows, len(items.ids))
    rows, scale = values_that_count(rows, table, settings, dropped)
    rows = enough(rows, len(user_ids), int(seen.sum()), settings, dropped)
    kept = present(rows.item, len(items.ids))
    if settings.min_item_users == 0:
        kept = seen | (items.row >= 0)
    elif side is not None and (cold := int(((items.row >= 0) & ~seen).sum())):
        dropped[f"items of {side.table.file} without any interaction"] = cold
    computed["popularity"] = np.bincount(rows.item, minlength=len(items.ids))
    return _loaded(rows, user_ids, items, kept, computed, recognised, settings, (dropped, noted, scale))


def _mean_values(rows: Rows, n_items: int) -> npt.NDArray[np.float64]:
    """Mean value of each item's interactions, NaN where it has none."""
    sums, counts = np.bincount(rows.item, rows.value, n_items), np.bincount(rows.item, minlength=n_items)
    means: npt.NDArray[np.float64] = np.divide(sums, counts, out=np.full(n_items, np.nan), where=counts > 0)
    return means


def _loaded(
    rows: Rows,
    user_ids: pa.Array,
    items: Catalogue,
    kept: npt.NDArray[np.bool_],
    computed: dict[str, npt.NDArray[Any]],
    recognised: Recognised,
    settings: LoadSettings,
    said: tuple[Counts, Counts, Scale],
) -> Loaded:
    """Put the tables together for the users and items that are kept."""
    dropped, noted, scale = said
    side = recognised.items
    users_kept = present(rows.user, len(user_ids))
    users = catalogue.users_frame(user_ids.filter(pa.array(users_kept)), recognised.users, noted)
    attributes = {name: values[kept] for name, values in computed.items()}
    frame, kinds = catalogue.items_frame(items.ids.filter(pa.array(kept)), items.row[kept], side, attributes)
    if side is not None and (bare := catalogue.without_attributes(frame, kinds, attributes)):
        noted["items without any attribute in their table (kept)"] = bare
    frame, kinds, left_out = catalogue.picked(frame, kinds, settings)
    return Loaded(
        user=renumbered(rows.user, users_kept),
        item=renumbered(rows.item, kept),
        value=rows.value,
        timestamp=rows.timestamp,
        users=users,
        items=frame,
        kinds=kinds,
        bins={name: how for name, how in catalogue.BINS.items() if name in kinds},
        scale=scale,
        dropped=dropped,
        noted=noted,
        skipped=left_out if side is None else side.skipped | left_out,
    )
