"""A model that runs in a page: its weights, items, users and named knobs, as plain values that JSON holds.

Whatever the page computes is what the commands compute: weights are float32 as they are stored, positions as
`lfd encode` left them, a knob's step one of the users' standard deviations along it. Where a catalogue does
not fit, its most popular items are taken, and it is said. Knows runs; knows no page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.alignment.rotated import Rotation
from lfd.core.attributes import Attribute
from lfd.core.decoding.mapped import axis_name
from lfd.report.weights import Weights, array, page_weights
from lfd.run.alignment import read_directions
from lfd.run.dataset import USERS, read_interactions, read_items_and_attributes, rows_of
from lfd.run.folder import Snapshot
from lfd.run.latents import AXES, read_latents
from lfd.run.model import CONFIG, read_weights
from lfd.run.placing import Ground, read_found, read_ground
from lfd.run.tables import read_frame, read_yaml
from lfd.settings.recommending import RecommendSettings

Floats = npt.NDArray[np.float64]

USERS_SHARE = 0.15  # of the room, that users may take
BASE64 = 4 / 3
AN_ITEM = 90  # bytes of title, id and attributes, about
SURE = 0.05
AXES_GROUP = "axes"
DIGITS = 7  # significant ones of what has to be computed with


@dataclass(frozen=True)
class Knob:
    """Something that can be turned.

    Attributes
    ----------
    name : genre=Horror, or z3
    group : the attribute, or `axes`
    label : what people read
    steps : by kind of direction (of an axis `axis`), what one unit adds to z
    low, high : where users are along the steering direction or axis, in standard deviations from their mean
    sure : whether alignment is sure that it is there; axes always
    """

    name: str
    group: str
    label: str
    steps: dict[str, list[float]]
    low: float
    high: float
    sure: bool


@dataclass(frozen=True)
class Explorer:
    """Everything that the page's explorer needs.

    Attributes
    ----------
    n_latent : number of axes
    weights : of the model, in its own axes
    rotation : mean, to_aligned and to_raw of the axes that all positions are in; None in the model's own
    items : ids, titles and values by attribute, an entry an item; a value is a number or a list of them
    attributes : name and values, and whether they are ordered
    users : ids, positions and what each has (base64 arrays)
    centre : the users' mean
    bonus : what a property adds to its items' scores for each unit, where labels are turned and not z
    knobs : what can be turned
    notes : what was left out
    """

    n_latent: int
    weights: Weights
    rotation: dict[str, Any] | None
    items: dict[str, Any]
    attributes: list[dict[str, Any]]
    users: dict[str, Any]
    centre: list[float]
    bonus: float
    knobs: list[Knob] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_explorer(run: Snapshot, room: int) -> Explorer:
    """Put together what the page needs to recommend.

    Parameters
    ----------
    run : with a model and latents
    room : bytes of the page that it may take, about
    """
    items, attributes = read_items_and_attributes(run)
    ids, means, _ = read_latents(run)
    users = read_frame(run, USERS)["user"]
    rows = pd.Index(users).get_indexer(pd.Index(ids))
    choices = rows_of(read_interactions(run, users, items["item"]), rows)
    config, arrays, ground = read_yaml(run, CONFIG), read_weights(run), read_ground(run)
    per_user = 4 * means.shape[1] * BASE64 + 2 * BASE64 * choices.nnz / max(len(ids), 1)
    n_users = min(len(ids), int(USERS_SHARE * room / per_user))
    per_item = page_weights(config, arrays, np.arange(0)).per_item * BASE64 + AN_ITEM
    kept, notes = _popular(choices, int((room - n_users * per_user) / per_item))
    if n_users < len(ids):
        notes.append(f"the first {n_users:,} of {len(ids):,} users are in the page")
    positions = ground.positions(means)
    return Explorer(
        n_latent=means.shape[1],
        weights=page_weights(config, arrays, kept),
        rotation=None if ground.rotation is None else _plain(ground.rotation),
        items=_items(items, attributes, kept),
        attributes=[{"name": a.name, "values": list(a.values), "ordered": a.ordered} for a in attributes],
        users=_users(ids, positions, choices, n_users, kept),
        centre=_significant(ground.centre),
        bonus=RecommendSettings().bonus,
        knobs=[*_concept_knobs(run, ground, positions), *_axis_knobs(run, ground, positions)],
        notes=notes,
    )


def _popular(choices: sparse.csr_array, most: int) -> tuple[npt.NDArray[np.intp], list[str]]:
    """The items that fit, in their own order, and what is to be said of it."""
    n_items = choices.shape[1]
    if n_items <= most:
        return np.arange(n_items), []
    popularity = np.asarray(choices.sum(axis=0)).ravel()
    kept = np.sort(np.argsort(-popularity, kind="stable")[: max(most, 1)])
    said = f"the {len(kept):,} most popular of {n_items:,} items are in the page, so lists are of these alone"
    return kept, [said]


def _items(items: pd.DataFrame, attributes: list[Attribute], kept: npt.NDArray[np.intp]) -> dict[str, Any]:
    some = items.iloc[kept]
    ids = some["item"].astype(str).tolist()
    titles = some["title"] if "title" in some else some["item"]
    return {
        "ids": ids,
        "titles": titles.astype(object).where(titles.notna(), some["item"]).astype(str).tolist(),
        "values": {a.name: [_values(row) for row in a.membership[kept]] for a in attributes},
    }


def _values(row: Floats) -> int | list[int]:
    """The values that an item has: one number, or a list; -1 for none."""
    found = np.flatnonzero(row).tolist()
    return found[0] if len(found) == 1 else found or -1


def _users(
    ids: pd.Series[Any],
    positions: Floats,
    choices: sparse.csr_array,
    number: int,
    kept: npt.NDArray[np.intp],
) -> dict[str, Any]:
    seen = choices[:number][:, kept]
    seen.sort_indices()
    return {
        "ids": ids.iloc[:number].astype(str).tolist(),
        "z": array(positions[:number]),
        "starts": array(seen.indptr, "u4"),
        "seen": array(seen.indices, "u4" if len(kept) > 65_535 else "u2"),
    }


def _plain(rotation: Rotation) -> dict[str, Any]:
    return {name: array(getattr(rotation, name), "f8") for name in ("mean", "to_aligned", "to_raw")}


def _concept_knobs(run: Snapshot, ground: Ground, positions: Floats) -> list[Knob]:
    """A knob for each concept of the alignment."""
    if ground.rotation is None:
        return []
    found, directions = read_found(run), read_directions(run)
    knobs = []
    for n, (concept, q) in enumerate(zip(found.concepts, found.q.tolist(), strict=True)):
        low, high = _range(positions, directions["steering"][n])
        label = concept.value or f"{concept.attribute}, as a whole"
        steps = {kind: _significant(rows[n]) for kind, rows in directions.items()}
        knobs.append(Knob(concept.name, concept.attribute, label, steps, low, high, q < SURE))
    return knobs


def _axis_knobs(run: Snapshot, ground: Ground, positions: Floats) -> list[Knob]:
    """A knob for each active axis."""
    active = read_frame(run, AXES)["active"].to_numpy(np.bool_)
    knobs = []
    for axis in np.flatnonzero(active).tolist():
        step, name = ground.axes[axis], axis_name(axis)
        low, high = _range(positions, step)
        knobs.append(Knob(name, AXES_GROUP, name, {"axis": _significant(step)}, low, high, True))
    return knobs


def _range(positions: Floats, step: Floats) -> tuple[float, float]:
    """How far users are along a direction on both sides of their mean, in their standard deviations."""
    along = positions @ step
    unit = float(along.std()) or 1.0
    ends = (along.min() - along.mean()) / unit, (along.max() - along.mean()) / unit
    return round(float(ends[0]), 2), round(float(ends[1]), 2)


def _significant(values: Floats) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values.tolist()]
