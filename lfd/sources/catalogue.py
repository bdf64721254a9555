"""The tables of items and users as a run keeps them: ids in order, described where a table describes them.

Knows frames and codes; what is dropped is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lfd.core.attributes import Kind
from lfd.errors import InputError
from lfd.settings.loading import LoadSettings
from lfd.sources import ids
from lfd.sources.recognised import SideTable

BINS = {"year": "decade", "rating": "quantiles", "popularity": "deciles"}
_FIRST = ("genre", "year", "rating", "popularity")


@dataclass(frozen=True)
class Catalogue:
    """All items of the interactions and of the items table.

    Attributes
    ----------
    ids : int64 or string, distinct, in order
    code : int32, one an item of the interactions
        Where it stands in `ids`.
    row : int64, one an id
        The row of the items table that describes it, -1 where none does.
    """

    ids: pa.Array
    code: npt.NDArray[np.int32]
    row: npt.NDArray[np.int64]


def merged(item_ids: pa.Array, items: SideTable | None) -> Catalogue:
    """Put the items of the interactions and of their table together.

    Parameters
    ----------
    item_ids : pyarrow.Array
        Distinct ids of the interactions, in order.
    items : SideTable or None
        The items table.
    """
    if items is None:
        nothing = np.full(len(item_ids), -1, dtype=np.int64)
        return Catalogue(item_ids, np.arange(len(item_ids), dtype=np.int32), nothing)
    one, other = ids.alike(item_ids, items.ids)
    everything = ids.ordered(pa.concat_arrays([one, other]))
    return Catalogue(everything, pc.index_in(one, everything).to_numpy(), rows_of(everything, items))


def rows_of(wanted: pa.Array, table: SideTable) -> npt.NDArray[np.int64]:
    """Return the row of a side table that has each id, -1 where there is none."""
    one, other = ids.alike(wanted, table.ids)
    found: npt.NDArray[np.int64] = pc.index_in(one, other).fill_null(-1).to_numpy().astype(np.int64)
    return found


def described(frame: pd.DataFrame, rows: npt.NDArray[np.int64], kinds: dict[str, Kind]) -> pd.DataFrame:
    """Return rows of a frame in an order; -1 gives missing values, and empty lists where there are lists."""
    taken = frame.reset_index(drop=True).reindex(np.where(rows < 0, len(frame), rows)).reset_index(drop=True)
    for name in (name for name, kind in kinds.items() if kind == "multi" and name in taken):
        gone = rows < 0
        taken.loc[gone, name] = pd.Series([[]] * int(gone.sum()), index=taken.index[gone], dtype=object)
    return taken


def users_frame(found: pa.Array, users: SideTable | None, noted: dict[str, int]) -> pd.DataFrame:
    """Return the users table of a run: ids, then the side columns; users without any are counted.

    Parameters
    ----------
    found : pyarrow.Array
        Ids of the users that are kept.
    users : SideTable or None
        The users table.
    noted : dict of str to int
        Where users that it does not have are counted.
    """
    frame = pd.DataFrame({"user": found.to_pandas()})
    if users is None:
        return frame
    rows = rows_of(found, users)
    if (rows < 0).any():
        noted[f"users that are not in {users.table.file} (kept)"] = int((rows < 0).sum())
    return pd.concat([frame, described(users.frame, rows, {})], axis=1)


def items_frame(
    found: pa.Array,
    rows: npt.NDArray[np.int64],
    items: SideTable | None,
    computed: dict[str, npt.NDArray[np.generic]],
) -> tuple[pd.DataFrame, dict[str, Kind]]:
    """Return the items table of a run, and each attribute's kind.

    Parameters
    ----------
    found : pyarrow.Array
        Ids of the items that are kept.
    rows : numpy.ndarray of int64
        Their rows in the items table, -1 where it does not have them.
    items : SideTable or None
        The items table.
    computed : dict of str to numpy.ndarray
        Attributes that come from the interactions.
    """
    frame = pd.DataFrame({"item": found.to_pandas()})
    kinds: dict[str, Kind] = {} if items is None else dict(items.kinds)
    if items is not None:
        frame = pd.concat([frame, described(items.frame, rows, kinds)], axis=1)
    named = frame["item"].astype("str")
    frame["title"] = frame["title"].fillna(named) if "title" in frame else named
    frame = frame.assign(**computed)
    kinds |= dict.fromkeys(computed, "numeric")
    order = [name for name in _FIRST if name in kinds] + [name for name in kinds if name not in _FIRST]
    return frame[["item", "title", *order]], {name: kinds[name] for name in order}


def single_valued(frame: pd.DataFrame, kinds: dict[str, Kind]) -> dict[str, str]:
    """Return the attributes that tell no items apart, and the reason as a sentence."""
    reasons = {}
    for name, kind in kinds.items():
        column = frame[name].explode() if kind == "multi" else frame[name]
        values = column.dropna().unique()
        if len(values) < 2:
            reasons[name] = (
                f"the same for all items that are kept ({values[0] if len(values) else 'none has it'})"
            )
    return reasons


def picked(
    frame: pd.DataFrame, kinds: dict[str, Kind], settings: LoadSettings
) -> tuple[pd.DataFrame, dict[str, Kind], dict[str, str]]:
    """Keep the attributes that were asked for, or all that tell items apart; say what was left out."""
    useless = single_valued(frame, kinds)
    for name in settings.attributes:
        if name in useless:
            raise InputError(f"attribute {name} is {useless[name]}", "leave it out of --attributes")
    kept = list(settings.attributes) or [name for name in kinds if name not in useless]
    left_out = {name: useless.get(name, "not asked for") for name in kinds if name not in kept}
    return frame[["item", "title", *kept]], {name: kinds[name] for name in kept}, left_out


def without_attributes(frame: pd.DataFrame, kinds: dict[str, Kind], computed: Collection[str]) -> int:
    """Count the items of which no attribute is known but those computed from the interactions."""
    bare = np.ones(len(frame), dtype=np.bool_)
    for name in (name for name in kinds if name not in computed):
        known = frame[name].str.len() > 0 if kinds[name] == "multi" else frame[name].notna()
        bare &= ~known.to_numpy(dtype=np.bool_)
    return int(bare.sum())
