"""An item's standing after something is taken away: items of a history, or a part of where the user is.

Nothing else changes: the item competes with those that it competed with before, and what was taken out of a
history does not come back into the list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.explaining.standing import log_chances, places
from lfd.core.models.rows import keep, row_of_entry
from lfd.core.models.scores import MOST_SCORES, item_scores

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

DROP, DOUBLINGS, LEFT = "drop", "doublings", "left"
FIGURES = {
    DROP: "nats that the item's log probability falls by",
    DOUBLINGS: "log2 of its place after over its place before",
    LEFT: "share of the items that fall out of the top {k}",
}


@dataclass(frozen=True)
class Cases:
    """Items explained to users, one a row.

    Attributes
    ----------
    user : numpy.ndarray of int64, (cases,)
    item : numpy.ndarray of int64, (cases,)
    histories : scipy.sparse.csr_array, users x items
    latents : numpy.ndarray, users x latent
    competing : numpy.ndarray of bool, users x items
    chance : numpy.ndarray, (cases,)
        Log probability before.
    place : numpy.ndarray of int64, (cases,)
    """

    user: Integers
    item: Integers
    histories: sparse.csr_array = field(repr=False)
    latents: Floats = field(repr=False)
    competing: Flags = field(repr=False)
    chance: Floats = field(repr=False)
    place: Integers = field(repr=False)


def at_positions(model: LatentModel, cases: Cases, latents: Floats) -> tuple[Floats, Integers]:
    """Log probabilities and places of the items, with their users somewhere else.

    Parameters
    ----------
    model : LatentModel
    cases : Cases
    latents : numpy.ndarray, cases x latent

    Returns
    -------
    log probabilities, places : numpy.ndarray, (cases,) each
    """
    chance, place = np.empty(len(cases.item)), np.empty(len(cases.item), dtype=np.int64)
    size = max(1, MOST_SCORES // (4 * model.n_items))
    for start in range(0, len(chance), size):
        part = slice(start, start + size)
        scores, competing = item_scores(model, latents[part]), cases.competing[cases.user[part]]
        items = cases.item[part, None]
        chance[part] = np.take_along_axis(log_chances(scores, competing), items, axis=1)[:, 0]
        place[part] = places(scores, competing, items)[:, 0]
    return chance, place


def after(model: LatentModel, cases: Cases, latents: Floats, k: int) -> Floats:
    """What moving users does to the items.

    Parameters
    ----------
    model : LatentModel
    cases : Cases
    latents : numpy.ndarray, cases x latent
    k : int

    Returns
    -------
    numpy.ndarray, cases x figures, in the order of FIGURES
    """
    chance, place = at_positions(model, cases, latents)
    left = (place > k) & (cases.place <= k)
    return np.column_stack([cases.chance - chance, np.log2(place / cases.place), left])


def without(cases: Cases, taken: Integers) -> sparse.csr_array:
    """The histories of the cases' users without some of their items.

    Parameters
    ----------
    cases : Cases
    taken : numpy.ndarray of int64, cases x items taken away

    Returns
    -------
    scipy.sparse.csr_array, cases x items
    """
    rows = cases.histories[cases.user]
    gone = np.zeros(rows.shape, dtype=np.bool_)
    np.put_along_axis(gone, taken, True, axis=1)
    return keep(rows, ~gone[row_of_entry(rows), rows.indices])


def as_far(displacement: Floats, parts: Floats, rng: np.random.Generator) -> Floats:
    """Random steps as long as given parts of a displacement, and as much along it.

    Taking a part of the displacement away brings the user nearer to the mean user; a step in any direction
    does not. These do, and by as much.

    Parameters
    ----------
    displacement, parts : numpy.ndarray, cases x dimensions
        In the users' standard deviations.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, cases x dimensions
    """
    along = _unit(displacement)
    share = (parts * along).sum(axis=1, keepdims=True)
    free = rng.standard_normal(parts.shape)
    across = _unit(free - (free * along).sum(axis=1, keepdims=True) * along)
    rest = np.sqrt(np.maximum(np.square(parts).sum(axis=1, keepdims=True) - share**2, 0.0))
    steps: Floats = share * along + rest * across
    return steps


def any_way(parts: Floats, rng: np.random.Generator) -> Floats:
    """Random steps as long as given ones.

    Parameters
    ----------
    parts : numpy.ndarray, cases x dimensions
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, cases x dimensions
    """
    steps: Floats = np.linalg.norm(parts, axis=1, keepdims=True) * _unit(rng.standard_normal(parts.shape))
    return steps


def _unit(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = rows / np.where(length > 0, length, 1.0)
    return unit
