"""Which items stand for the catalogue in a step of training, where a softmax over all of it costs too much.

Items are drawn without replacement, item j with probability pi_j, proportional to its popularity to a power
and at most 1: systematic sampling (Madow 1949) along an order that is drawn anew every epoch. The most
popular items may be in every sample. Draws by numpy; the loss is in `sampled_loss`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from torch import Tensor

from lfd.core.models.bags import Bags

POWER = 0.5  # of popularity; measured on MovieLens 100K, where 0, 0.25, 0.75 and 1 recommend less well

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """The items of one step, and where the batch's own items are among them.

    Attributes
    ----------
    items : torch.Tensor of int, sampled
        Each once.
    log_weight : torch.Tensor, sampled
        -log pi: what is added to the score of an item that stands for 1 / pi of them.
    own : torch.Tensor of int
        Places in the flattened users x sampled scores of what the user of that row chose.
    touched : torch.Tensor of int
        Items that are sampled or that anybody of the batch chose, ascending.
    places : torch.Tensor of int, sampled
        Where `touched` has the sampled items.
    by_item : Bags, touched x users
        The targets by item; the values are their numbers in the order by user.
    """

    items: Tensor
    log_weight: Tensor
    own: Tensor
    touched: Tensor
    places: Tensor
    by_item: Bags

    def to(self, device: torch.device) -> Sample:
        """The same sample on another device."""
        return Sample(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})


def inclusion(weight: Floats, number: int) -> Floats:
    """Probabilities that add up to `number`, proportional to `weight` but at most 1.

    Parameters
    ----------
    weight : numpy.ndarray, above 0
    number : int, at most as many as there are weights
    """
    chance, sure = np.zeros(len(weight)), np.zeros(len(weight), dtype=np.bool_)
    while not sure.all():
        chance = np.where(sure, 1.0, weight / weight[~sure].sum() * (number - sure.sum()))
        above = (chance >= 1) & ~sure
        if not above.any():
            break
        sure |= above
    return np.minimum(chance, 1.0)


class Sampler:
    """Draws samples for an epoch.

    Parameters
    ----------
    popularity : numpy.ndarray, items
        How many training users chose each; one more is counted, so that every item may be drawn.
    number : int
        Items in a sample.
    generator : numpy.random.Generator
    """

    def __init__(self, popularity: npt.NDArray[Any], number: int, generator: np.random.Generator) -> None:
        chance = inclusion((popularity + 1.0) ** POWER, number)
        self.always = np.flatnonzero(chance >= 1)
        self.others = generator.permutation(np.flatnonzero(chance < 1))
        self.reached = np.cumsum(chance[self.others])
        self.number, self.log_weight = number, -np.log(chance)
        self.generator = generator

    def draw(self) -> npt.NDArray[np.intp]:
        """Item numbers, each once."""
        points = self.generator.random() + np.arange(self.number - len(self.always))
        places = np.searchsorted(self.reached, points, side="right")
        return np.concatenate([self.always, self.others[np.minimum(places, len(self.others) - 1)]])

    def sample(self, targets: sparse.csr_array) -> Sample:
        """A sample for a batch of users.

        Parameters
        ----------
        targets : scipy.sparse.csr_array, users x items
        """
        items, (users, n_items) = self.draw(), targets.shape
        place = np.full(n_items, -1)
        place[items] = np.arange(len(items))
        among = place[targets.indices]
        user = np.repeat(np.arange(users), np.diff(targets.indptr))
        own = (user * len(items) + among)[among >= 0]
        place[targets.indices] = 0
        touched = np.flatnonzero(place >= 0)
        numbered = sparse.csr_array((np.arange(targets.nnz), targets.indices, targets.indptr), targets.shape)
        by_item = numbered.tocsc()
        return Sample(
            torch.from_numpy(items),
            torch.from_numpy(self.log_weight[items].astype(np.float32)),
            torch.from_numpy(own),
            torch.from_numpy(touched),
            torch.from_numpy(np.searchsorted(touched, items)),
            Bags(
                torch.from_numpy(by_item.indices.astype(np.int64)),
                torch.from_numpy(by_item.indptr[touched].astype(np.int64)),
                torch.from_numpy(by_item.data.astype(np.int64)),
            ),
        )
