"""What each part of a user's displacement from the mean user contributes to items' log probabilities.

Integrated gradients (Sundararajan, Taly and Yan 2017, equation 1) from the mean user to z, on the straight
path, for every part p of the displacement:

    contribution(p) = integral over t in [0, 1] of  p . grad f(mean + t (z - mean)) dt

f is the log probability of `standing`. Since the parts add up to z - mean, the contributions add up to
f(z) - f(mean), as far as the integral is known: Gauss-Legendre with 8 nodes, and twice as many as long as the
sum misses the difference by more than a ten-thousandth of it. All items of all users in one pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.explaining.gradients import score_gradients
from lfd.core.explaining.standing import log_chances, rivals
from lfd.core.models.scores import MOST_SCORES, item_scores

if TYPE_CHECKING:
    from lfd.core.explaining.leanings import Leanings
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

TOLERANCE = 1e-4  # of the difference
LEAST_DIFFERENCE = 0.1  # nats; of a smaller one the tolerance is as if it were this
FEWEST_NODES, MOST_NODES = 8, 128
NOTHING = 1e-9  # nats: what is rounding


@dataclass(frozen=True)
class Contributions:
    """Contributions to items' log probabilities, in nats.

    Attributes
    ----------
    by_part : numpy.ndarray, users x items x (parts + 1)
        The remainder last.
    start, end : numpy.ndarray, users x items
        Log probability for the mean user, and for the user.
    gradient : numpy.ndarray, users x items x latent
        Mean gradient of the log probability along the path.
    nodes : int
        Of the integral, for those users who needed most.
    """

    by_part: Floats = field(repr=False)
    start: Floats = field(repr=False)
    end: Floats = field(repr=False)
    gradient: Floats = field(repr=False)
    nodes: int

    @property
    def gap(self) -> Floats:
        """By how much the contributions miss the difference (users x items)."""
        return np.asarray(np.abs(self.by_part.sum(axis=2) - (self.end - self.start)))

    @property
    def complete(self) -> Flags:
        """Where they miss it by no more than the tolerance (users x items)."""
        return self.gap <= TOLERANCE * np.maximum(np.abs(self.end - self.start), LEAST_DIFFERENCE)

    def leading(self, most: int = 2) -> Integers:
        """The parts that lifted each item most, best first; the remainder is none.

        Parameters
        ----------
        most : int, default 2

        Returns
        -------
        numpy.ndarray of int64, users x items x most
            -1 where no further part lifted it.
        """
        named = self.by_part[:, :, :-1]
        order = np.argsort(-named, axis=2, kind="stable")[:, :, :most]
        lifted = np.take_along_axis(named, order, axis=2) > NOTHING
        return np.where(lifted, order, -1).astype(np.int64)


def contributions(
    model: LatentModel,
    latents: Floats,
    items: Integers,
    leanings: Leanings,
    seen: sparse.csr_array | None = None,
) -> Contributions:
    """Explain items of users by parts of where the users are.

    Parameters
    ----------
    model : LatentModel
    latents : numpy.ndarray, users x latent
    items : numpy.ndarray of int64, users x asked
        As many of each user; see `standing` for which others they compete with.
    leanings : Leanings
    seen : scipy.sparse.csr_array, users x items, default none
        What the users have.

    Returns
    -------
    Contributions

    Raises
    ------
    InputError
        The decoder gives another shape.
    """
    asked = items.shape[1]
    found = [np.empty((*items.shape, n)) for n in (len(leanings.names) + 1, len(leanings.centre))]
    ends, most = np.empty((2, *items.shape)), 0
    size = max(1, MOST_SCORES // (4 * FEWEST_NODES * (asked + 2) * model.n_items))
    for first in range(0, len(latents), size):
        part = slice(first, min(first + size, len(latents)))
        had = None if seen is None else seen[part]
        one = _of_some(model, latents[part], items[part], leanings, had)
        found[0][part], found[1][part] = one.by_part, one.gradient
        ends[0, part], ends[1, part] = one.start, one.end
        most = max(most, one.nodes)
    return Contributions(found[0], ends[0], ends[1], found[1], most)


def _of_some(
    model: LatentModel, latents: Floats, items: Integers, leanings: Leanings, seen: sparse.csr_array | None
) -> Contributions:
    """The same for so many users that they are done at once; more nodes for those who need them."""
    competing = rivals(items, seen, model.n_items)
    ends = (np.broadcast_to(leanings.centre, latents.shape), latents)
    start, end = (
        np.take_along_axis(log_chances(item_scores(model, z), competing), items, axis=1) for z in ends
    )
    gradient = np.empty((*items.shape, latents.shape[1]))
    parts, open_, nodes = leanings.parts(latents), np.arange(len(latents)), FEWEST_NODES
    while True:
        gradient[open_] = _mean_gradient(
            model, latents[open_], items[open_], competing[open_], leanings, nodes
        )
        found = Contributions(np.einsum("ual,upl->uap", gradient, parts), start, end, gradient, nodes)
        open_ = np.flatnonzero(~found.complete.all(axis=1))
        if not len(open_) or nodes >= MOST_NODES:
            return found
        nodes *= 2


def _mean_gradient(
    model: LatentModel, latents: Floats, items: Integers, competing: Flags, leanings: Leanings, nodes: int
) -> Floats:
    """Mean over the path of the gradients by z of items' log probabilities (users x asked x latent)."""
    places, weights = np.polynomial.legendre.leggauss(nodes)
    mean = np.zeros((*items.shape, latents.shape[1]))
    for at, weight in zip((places + 1) / 2, weights / 2, strict=True):
        z = leanings.centre + at * (latents - leanings.centre)
        chance = np.exp(log_chances(item_scores(model, z), competing))
        against = np.repeat(-chance[:, None], items.shape[1], axis=1)
        own = np.take_along_axis(against, items[:, :, None], axis=2)
        np.put_along_axis(against, items[:, :, None], own + 1, axis=2)
        mean += weight * score_gradients(model, z, against, leanings.units)
    return mean
