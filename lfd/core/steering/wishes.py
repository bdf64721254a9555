"""Who is steered, to what, and by whose labels: everything about a steering test that is drawn by lot.

Knows histories and labels; knows no model and no knob.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.decoding.positions import choose_users
from lfd.core.strata import item_folds
from lfd.core.training.split import fold_in
from lfd.errors import InputError

if TYPE_CHECKING:
    from lfd.settings.steering import Wish

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LEAST_ITEMS = 2  # one to be shown to the model, one to be predicted
NO_WISH = -1


@dataclass(frozen=True)
class Histories:
    """Users to steer, with what the model is shown of them and what it is not.

    Attributes
    ----------
    shown, held_out : scipy.sparse.csr_array, users x items
    too_short : int
        Users left out since they have fewer than two interactions.
    """

    shown: sparse.csr_array
    held_out: sparse.csr_array
    too_short: int


def draw_histories(interactions: sparse.csr_array, users: int, rng: np.random.Generator) -> Histories:
    """Draw users, and hold out a fifth of what each one chose.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items
        Of the users that may be steered.
    users : int
        How many; 0 for all.
    rng : numpy.random.Generator

    Returns
    -------
    Histories

    Raises
    ------
    InputError
        No user has two interactions.
    """
    enough = np.flatnonzero(np.diff(interactions.indptr) >= LEAST_ITEMS)
    if not len(enough):
        raise InputError(
            f"none of the {interactions.shape[0]} held-out users has two interactions, "
            "one to show the model and one to predict",
            "hold more users out: lfd train --holdout 0.2",
        )
    chosen = enough[choose_users(len(enough), users, rng)]
    return Histories(*fold_in(interactions[chosen], rng), interactions.shape[0] - len(enough))


def draw_wishes(labels: Flags, held_out: sparse.csr_array, wish: Wish, rng: np.random.Generator) -> Integers:
    """Give each user a value to be steered to.

    Parameters
    ----------
    labels : numpy.ndarray of bool, items x concepts
    held_out : scipy.sparse.csr_array, users x items
        Read only where `wish` is `held-out`: a value is then as likely as it is frequent among them.
    wish : random or held-out
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of int64, (users,); -1 where no held-out item has any of the values
    """
    users, concepts = held_out.shape[0], labels.shape[1]
    if wish == "random":
        return rng.integers(concepts, size=users)
    chance = (held_out > 0).astype(np.float64) @ labels.astype(np.float64)
    with np.errstate(divide="ignore"):
        drawn = (np.log(chance) + rng.gumbel(size=chance.shape)).argmax(axis=1)  # Gumbel-max
    return np.where(chance.any(axis=1), drawn, NO_WISH)


def draw_visible(labels: Flags, hidden: float, rng: np.random.Generator) -> Flags:
    """Hide a share of the items' labels such that every value loses about that share.

    Items are dealt out by their rarest value, so that rare values are parted as evenly as frequent ones.

    Parameters
    ----------
    labels : numpy.ndarray of bool, items x concepts
    hidden : float in (0, 1)
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of bool, (items,)
        Whose labels are not hidden.
    """
    rarity = np.where(labels, labels.sum(axis=0), len(labels) + 1)
    rarest = np.where(labels.any(axis=1), rarity.argmin(axis=1), labels.shape[1])
    place = item_folds(rarest.astype(np.int64), len(labels), rng)  # a rank: as many folds as items
    return np.asarray(np.floor((place + 1) * hidden) == np.floor(place * hidden))
