"""From interactions to batches: normalised, thinned by dropout, shuffled; sparse all the way.

All that is random in training is drawn here, on the host, from one generator per epoch: the same
numbers on a CPU and on a GPU, for one process and for many, and for a training that was resumed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from torch import Tensor

from lfd.core.models.bags import Bags, SparseBatch, bags, sparse_batch
from lfd.core.models.rows import keep, unit_rows
from lfd.core.training.sampling import Sample, Sampler
from lfd.settings.training import DecidedSettings


@dataclass(frozen=True)
class Batch:
    """What one step of training needs.

    Attributes
    ----------
    inputs : SparseBatch, users x items: normalised rows, some entries dropped
    targets : Bags: the rows as they are
    noise : torch.Tensor, users x latent: standard normal
    n_users : int: users of the whole batch, over all processes
    whole : SparseBatch or None: as inputs, with nothing dropped; for the composite prior
    sample : Sample or None: items that stand for the catalogue; None where all of it is scored
    """

    inputs: SparseBatch
    targets: Bags
    noise: Tensor
    n_users: int
    whole: SparseBatch | None = None
    sample: Sample | None = None

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        whole = self.whole.to(device) if self.whole else None
        inputs, targets = self.inputs.to(device), self.targets.to(device)
        sample = self.sample.to(device) if self.sample else None
        return Batch(inputs, targets, self.noise.to(device), self.n_users, whole, sample)


def drop(rows: sparse.csr_array, share: float, generator: np.random.Generator) -> sparse.csr_array:
    """Rows with a `share` of their entries dropped at random and the others scaled up to make up for it."""
    if share == 0:
        return rows
    thinned = keep(rows, generator.random(rows.nnz, dtype=np.float32) >= share)
    thinned.data /= np.float32(1 - share)
    return thinned


def epoch_batches(
    interactions: sparse.csr_array,
    users: npt.NDArray[np.intp],
    settings: DecidedSettings,
    generator: np.random.Generator,
    rank: int = 0,
    world_size: int = 1,
) -> Iterator[Batch]:
    """One pass over `users` in random order.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, all users x items
    users : numpy.ndarray
        Rows to train on.
    settings : DecidedSettings
        `batch`, `dropout`, `latent`, `prior` and `sampled_items` are read.
    generator : numpy.random.Generator
        Draws the order, what is dropped and the noise: in every process for the whole batch.
    rank, world_size : int, default 0 and 1
        Of several processes, process `rank` gets every `world_size`-th user of each batch.

    Yields
    ------
    Batch
    """
    order = generator.permutation(users)
    normal = torch.Generator().manual_seed(int(generator.integers(2**63)))  # numpy takes three times as long
    number, sampler = settings.sampled_items, None
    if number is not None:
        popularity = np.bincount(interactions[users].indices, minlength=interactions.shape[1])
        sampler = Sampler(popularity, number, generator)
    for start in range(0, len(order), settings.batch):
        rows = interactions[order[start : start + settings.batch]]
        noise = torch.randn(rows.shape[0], settings.latent, generator=normal)
        inputs = drop(unit_rows(rows), settings.dropout, generator)
        mine = slice(rank, None, world_size)
        if world_size > 1:
            rows, inputs = rows[mine], inputs[mine]
        yield Batch(
            sparse_batch(inputs, gradient=True, by_rows=sampler is not None),
            bags(rows),
            noise[mine],
            len(noise),
            sparse_batch(unit_rows(rows)) if settings.prior == "composite" else None,
            sampler.sample(rows) if sampler else None,
        )
