"""The lists: items for users at their places, and what carried each item there. Knows arrays only.

A list is the k best scores, what is wished for by label added to them. What carried an item is told by
integrated gradients from the mean user (`lfd.core.explaining`), and where labels have a bonus, that too: the
bonus' part and the parts of the place add up to the item's log probability minus the one it has for the mean
user, whom nobody has given a bonus.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.decoding.ranking import recommend
from lfd.core.explaining.contributions import contributions
from lfd.core.explaining.gradients import score_gradients
from lfd.core.explaining.standing import log_chances, rivals
from lfd.core.models.scores import MOST_SCORES, item_scores
from lfd.settings.decoding import Weighting

if TYPE_CHECKING:
    from lfd.core.explaining.leanings import Leanings
    from lfd.core.models.protocol import Floats as Scores
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEADING = 2  # parts that are told of an item
LEAST = 0.01  # nats, that a part must have lifted an item by to be told


@dataclass(frozen=True)
class Lists:
    """Items for users, best first.

    Attributes
    ----------
    item : numpy.ndarray of int64, users x k
        -1 where a list has ended.
    score : numpy.ndarray, users x k
        The decoder's, with what labels add to it.
    """

    item: Integers
    score: Floats


@dataclass(frozen=True)
class Carried:
    """The parts that lifted each item most, best first.

    Attributes
    ----------
    part : numpy.ndarray of int64, users x k x 2
        Number of the leaning; its number of leanings for the labels' bonus; -1 where no further part did.
    nats : numpy.ndarray, users x k x 2
        By how much each lifted the item's log probability.
    side : numpy.ndarray of int64, users x k x 2
        Whether the user leans that way (+1) or the other (-1).
    """

    part: Integers = field(repr=False)
    nats: Floats = field(repr=False)
    side: Integers = field(repr=False)


def best_lists(
    model: LatentModel, latents: Floats, k: int, gain: Floats, seen: sparse.csr_array | None = None
) -> Lists:
    """The k best items of users at their places.

    Parameters
    ----------
    model : LatentModel
    latents : numpy.ndarray, users x latent
        With knobs turned, as `turning.moved` turns them.
    k : int
        No more than there are items.
    gain : numpy.ndarray, (items,)
        What labels add to the scores, as `turning.lifted` gives it; zeros where nothing is wished for.
    seen : scipy.sparse.csr_array, users x items, default none
        What is left out of each list.

    Returns
    -------
    Lists

    Raises
    ------
    InputError
        A score is not finite, or the decoder gives another shape.
    """
    item, score = np.empty((len(latents), k), dtype=np.int64), np.empty((len(latents), k))
    size = max(1, MOST_SCORES // (4 * model.n_items))
    for first in range(0, len(latents), size):
        part = slice(first, first + size)
        scores = item_scores(model, latents[part]) + gain
        item[part] = recommend(scores, Weighting("top", k), None if seen is None else seen[part]).item
        score[part] = np.take_along_axis(scores, np.maximum(item[part], 0), axis=1)
    return Lists(item, np.where(item >= 0, score, np.nan))


def carried(
    model: LatentModel,
    latents: Floats,
    lists: Lists,
    leanings: Leanings,
    gain: Floats,
    seen: sparse.csr_array | None = None,
) -> Carried:
    """What lifted each item of users' lists most.

    Parameters
    ----------
    model : LatentModel
    latents : numpy.ndarray, users x latent
    lists : Lists
    leanings : Leanings
    gain : numpy.ndarray, (items,)
    seen : scipy.sparse.csr_array, users x items, default none

    Returns
    -------
    Carried
    """
    items = np.maximum(lists.item, 0)
    wished = Lifted(model, gain, leanings.units) if gain.any() else model
    found = contributions(wished, latents, items, leanings, seen)
    by_part = found.by_part.copy()
    # The remainder is nobody's; its place is given to the bonus.
    by_part[:, :, -1] = found.start - _start(model, items, leanings, seen) if gain.any() else -np.inf
    order = np.argsort(-by_part, axis=2, kind="stable")[:, :, :LEADING]
    nats = np.take_along_axis(by_part, order, axis=2)
    told = (nats >= LEAST) & (lists.item >= 0)[:, :, None]
    side = np.where(leanings.coordinates(latents) < 0, -1, 1)
    side = np.hstack([side, np.ones((len(latents), 1), dtype=side.dtype)])
    sides = np.take_along_axis(np.broadcast_to(side[:, None], by_part.shape), order, axis=2)
    return Carried(np.where(told, order, -1), np.where(told, nats, 0.0), np.where(told, sides, 0))


class Lifted:
    """A model whose items have a bonus on their scores: a `LatentModel` with the same latent space.

    Parameters
    ----------
    model : LatentModel
    gain : numpy.ndarray, (items,)
    units : numpy.ndarray, (latent,)
        The users' standard deviation on each axis.
    """

    def __init__(self, model: LatentModel, gain: Floats, units: Floats) -> None:
        self.model, self.gain, self.units = model, gain, units

    @property
    def n_items(self) -> int:
        return self.model.n_items

    @property
    def n_latent(self) -> int:
        return self.model.n_latent

    def encode(self, interactions: sparse.csr_array) -> tuple[Floats, Floats]:
        """Mean and deviation, which know nothing of the bonus (users x latent each)."""
        return self.model.encode(interactions)

    def decode(self, latents: Scores) -> Scores:
        """Scores with the bonus (batch x items)."""
        return self.model.decode(latents) + self.gain

    def score_gradients(self, latents: Floats, weights: Floats) -> Floats:
        """Those of the model: a constant has none (rows x sums x latent)."""
        return score_gradients(self.model, latents, weights, self.units)

    def history_gradients(self, interactions: sparse.csr_array, weights: Floats) -> Floats:
        """Those of the model, which must know them."""
        return self.model.history_gradients(interactions, weights)  # type: ignore[attr-defined, no-any-return]


def _start(model: LatentModel, items: Integers, leanings: Leanings, seen: sparse.csr_array | None) -> Floats:
    """Items' log probabilities for the mean user, without any bonus (users x k)."""
    scores = np.repeat(item_scores(model, leanings.centre[None]), len(items), axis=0)
    return np.take_along_axis(log_chances(scores, rivals(items, seen, model.n_items)), items, axis=1)
