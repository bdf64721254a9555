"""What newcomers would state, taken from what is known of users: their leanings, or their history's values.

Signs only: that a user leans to a concept or away from it, not how far.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.concepts import POPULARITY, Concepts
from lfd.errors import InputError

if TYPE_CHECKING:
    from lfd.core.steering.space import Space

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NOTHING = -1  # in place of a concept, where a user has no more to say


@dataclass(frozen=True)
class Statements:
    """What each user states, the strongest first.

    Attributes
    ----------
    concept : numpy.ndarray of int64, users x statements
        -1 where there is nothing more to state; never before a statement.
    side : numpy.ndarray of int64, users x statements
        +1 to it, -1 away from it.
    """

    concept: Integers = field(repr=False)
    side: Integers = field(repr=False)

    def first(self, number: int) -> Statements:
        """The strongest ones only."""
        return Statements(self.concept[:, :number], self.side[:, :number])

    def amounts(self, n_concepts: int) -> Floats:
        """By concept (users x concepts): +1, -1, or 0 where it is not stated."""
        found = np.zeros((len(self.concept), n_concepts))
        user, place = np.nonzero(self.concept != NOTHING)
        found[user, self.concept[user, place]] = self.side[user, place]
        return found


def leanings(space: Space, latents: Floats, most: int) -> Statements:
    """The concepts whose reading is farthest from the users' mean.

    Parameters
    ----------
    space : Space
    latents : numpy.ndarray, users x latent
    most : int
        Statements of a user.

    Returns
    -------
    Statements
        Of values and ordered attributes, popularity apart.

    Raises
    ------
    InputError
        There is no concept but popularity.
    """
    usable = _usable(~space.concepts.popularity)
    coordinates = space.measured.whitening.coordinates(latents) @ space.of("reading")[usable].T
    order = np.argsort(-np.abs(coordinates), axis=1, kind="stable")[:, :most]
    side = np.where(np.take_along_axis(coordinates, order, axis=1) < 0, -1, 1)
    return Statements(usable[order], side)


def overrepresented(
    concepts: Concepts, histories: sparse.csr_array, training: sparse.csr_array, most: int
) -> Statements:
    """The values of which a history has most more than the training users' choices would have it have.

    Parameters
    ----------
    concepts : Concepts
    histories, training : scipy.sparse.csr_array, users x items
    most : int

    Returns
    -------
    Statements
        By (observed - expected) / standard deviation under independent choices, above 0 only. Of values
        without an order (genres) where there are any, else of all.

    Raises
    ------
    InputError
        There is no value of any attribute but popularity.
    """
    values = np.array([c.value is not None and c.attribute != POPULARITY for c in concepts.names])
    unordered = values & ~concepts.part_of_whole
    usable = _usable(unordered if unordered.any() else values)
    has = (concepts.level[:, usable] > 0).astype(np.float64)
    taken = np.asarray((training > 0).sum(axis=0), dtype=np.float64).ravel()
    share = (taken @ has) / max(taken.sum(), 1.0)
    length = np.diff(histories.indptr)[:, None]
    expected, variance = length * share, length * share * (1 - share)
    excess = ((histories > 0).astype(np.float64) @ has - expected) / np.sqrt(np.maximum(variance, 1e-12))
    order = np.argsort(-excess, axis=1, kind="stable")[:, :most]
    there = np.take_along_axis(excess, order, axis=1) > 0
    return Statements(np.where(there, usable[order], NOTHING), there.astype(np.int64))


def _usable(which: Flags) -> Integers:
    found = np.flatnonzero(which)
    if not len(found):
        raise InputError(
            "there is nothing that a newcomer could state: no concept but popularity",
            "give the items attributes: lfd load",
        )
    return found
