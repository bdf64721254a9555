"""How much memory a stage is going to need, from sizes alone; at least that much, so that a refusal is sure.

Counted is what comes on top of what the process holds when its data are read. Arithmetic only: knows
neither the machine nor torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from lfd.settings.training import TrainSettings

FLOAT, DOUBLE, INDEX = 4, 8, 8
COPIES = 4  # of the weights while they learn: they, their gradients, and Adam's two moments
KEPT = 2  # of the weights after an epoch: this one's, and the best one's
FEWEST_AXES = 1  # where --latent is auto


@dataclass(frozen=True)
class Need:
    """Bytes that a stage needs.

    Attributes
    ----------
    fixed : int: whatever the batch
    each : int: for each user of a batch
    batch : int: users of a batch that are held at once, by each process
    processes : int: that each need that much
    sharing : int: processes that share what is called a batch, on whatever machine
    between : int: what is needed while there is no batch, so that the larger of the two counts
    """

    fixed: int
    each: int
    batch: int
    processes: int = 1
    sharing: int = 1
    between: int = 0

    @property
    def total(self) -> int:
        return self.processes * (self.fixed + max(self.batch * self.each, self.between))

    def largest_batch(self, available: int) -> int:
        """The largest batch, as one asks for it, that fits; 0 where none does.

        Parameters
        ----------
        available : int
            Bytes.
        """
        left = available // self.processes - self.fixed
        return left // self.each * self.sharing if left >= max(self.between, 0) else 0


def number_of_weights(settings: TrainSettings, n_items: int) -> int:
    """Weights and biases of the network.

    Parameters
    ----------
    settings : TrainSettings
        `auto` axes count as one.
    n_items : int
    """
    latent = FEWEST_AXES if settings.latent == "auto" else settings.latent
    code = latent * (2 if settings.model == "vae" else 1)
    down = (n_items, *settings.hidden, code)
    up = (latent, *reversed(settings.hidden), n_items)
    return sum(a * b + b for layers in (down, up) for a, b in pairwise(layers))


def training_need(settings: TrainSettings, n_users: int, n_items: int) -> Need:
    """What a network's training needs.

    Parameters
    ----------
    settings : TrainSettings
    n_users, n_items : int

    Returns
    -------
    Need
        Weights with gradients and moments, the former encoder of the composite prior; and either scores of a
        batch and their gradients, once more where the likelihood is not multinomial, of a sample of the items
        alone where no held-out user is judged by all; or, between two epochs, the weights that are kept.
        Several processes share a batch, and each has all weights, and gradients in transit.
    """
    one = FLOAT * number_of_weights(settings, n_items)
    copies = COPIES + (settings.prior == "composite") + (settings.devices * settings.num_nodes > 1)
    scores = 2 if settings.likelihood == "multinomial" else 3
    sharing = settings.devices * settings.num_nodes
    share = -(-min(settings.batch, n_users) // sharing)
    scored = n_items if settings.sampled_items is None or settings.holdout else settings.sampled_items
    return Need(copies * one, scores * FLOAT * scored, share, settings.devices, sharing, KEPT * one)


def traversal_need(n_items: int, batch: int, processes: int) -> Need:
    """What it needs to rank the items for the users of a batch, one move at a time.

    Parameters
    ----------
    n_items, batch, processes : int

    Returns
    -------
    Need
        Scores, and the order that ranking makes of them.
    """
    return Need(0, n_items * (FLOAT + INDEX), batch, processes)
