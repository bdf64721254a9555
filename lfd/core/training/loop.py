"""The training loop: one pass over the users, on Lightning Fabric.

Fabric places the network on its device, averages gradients over processes and sets the precision; the
loop is the same on a CPU, a GPU or several. Knows nothing of when to stop.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lfd.core.models.network import Network
from lfd.core.training.ahead import ahead
from lfd.core.training.batches import Batch
from lfd.core.training.divergence import Place, by_length, composite_kl
from lfd.core.training.loss import kl_by_axis, plain_kl, reconstruction
from lfd.core.training.sampled_loss import sampled_reconstruction
from lfd.settings.training import DecidedSettings

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass(frozen=True)
class Trainer:
    """A network, as it is and as Fabric wraps it, its optimiser, and the options of its training.

    Attributes
    ----------
    fabric, module, optimizer, network, settings
    former : Network or None
        As it was before this epoch: the composite prior asks it.
    still : tuple of torch.Tensor
        Weights that do not learn for now.
    """

    fabric: Fabric
    module: Any
    optimizer: Any
    network: Network
    settings: DecidedSettings
    former: Network | None = field(default=None, repr=False)
    still: tuple[Tensor, ...] = field(default=(), repr=False)


@dataclass
class Sums:
    """What one epoch adds up, over users; on the device, so that a step waits for nothing."""

    users: int
    reconstruction: Tensor
    objective: Tensor
    kl: Tensor
    mean: Tensor
    square: Tensor

    @classmethod
    def zeros(cls, n_latent: int, device: torch.device) -> Sums:
        """Nothing added up yet."""
        axes = [torch.zeros(n_latent, device=device, dtype=torch.float64) for _ in range(3)]
        return cls(0, axes[0].new_zeros(()), axes[0].new_zeros(()), *axes)

    def reduce(self, fabric: Fabric) -> None:
        """Add up what the processes counted; each has counted all users already."""
        for name in ("reconstruction", "objective", "kl", "mean", "square"):
            setattr(self, name, fabric.all_reduce(getattr(self, name), reduce_op="sum"))


def passes(settings: DecidedSettings) -> int:
    """Passes over the users in an epoch: one, or `alternate` of the encoder and one of the decoder."""
    return 1 + settings.alternate if settings.model == "vae" else 1


def in_turn(trainer: Trainer) -> list[Trainer]:
    """The trainers of an epoch's passes: of all weights, or of the encoder's, and at last of the decoder's.

    The decoder learns from whole histories (Shenbin et al. 2020): only the encoder is to be made robust.

    Parameters
    ----------
    trainer : Trainer
    """
    settings, network = trainer.settings, trainer.network
    if settings.model == "vae" and settings.prior == "composite":
        trainer = replace(trainer, former=deepcopy(network).requires_grad_(False))
    if passes(settings) == 1:
        return [trainer]
    decoder = tuple(network.up.parameters())
    encoder = (network.first, network.first_bias, *network.down.parameters())
    whole = replace(settings, dropout=0.0)
    return [replace(trainer, still=decoder)] * settings.alternate + [
        replace(trainer, still=encoder, settings=whole)
    ]


def anneal_steps(settings: DecidedSettings, n_users: int) -> int:
    """Steps over which beta grows: as asked for, at most half of all that are planned; none for `ae`."""
    planned = settings.epochs * passes(settings) * -(-n_users // settings.batch)
    return min(settings.anneal, planned // 2) if settings.model == "vae" else 0


def beta_at(step: int, beta: float, annealing: int) -> float:
    """The weight of the KL term at an optimiser step: it grows linearly from 0 over `annealing` steps."""
    return beta * min(1.0, step / annealing) if annealing else beta


def step(trainer: Trainer, batch: Batch, beta: float, sums: Sums) -> None:
    """One optimiser step; adds to `sums`."""
    world_size = trainer.fabric.world_size
    read, mean, log_variance = trainer.module(batch.inputs, batch.noise, scored=batch.sample is None)
    nll = _reconstruction(trainer, batch, read)
    kl = kl_by_axis(mean, log_variance)
    objective = nll + beta * _cost(trainer, batch, mean, log_variance, kl)
    trainer.optimizer.zero_grad()
    # processes hold unequal shares and their gradients are averaged: sum, over all users of the batch
    trainer.fabric.backward(objective * (world_size / batch.n_users))
    for weights in trainer.still:
        weights.grad = None
    trainer.optimizer.step()
    with torch.no_grad():
        sums.users += batch.n_users
        sums.reconstruction += nll
        sums.objective += objective
        sums.kl += kl
        sums.mean += mean.sum(dim=0)
        sums.square += mean.square().sum(dim=0)


def _reconstruction(trainer: Trainer, batch: Batch, read: Tensor) -> Tensor:
    """From the scores, or where items are sampled from what the last layer reads."""
    if batch.sample is None:
        return reconstruction(read, batch.targets, trainer.settings.likelihood)
    weight, bias = trainer.network.up[-1].parameters()
    return sampled_reconstruction(read, weight, bias, batch.targets, batch.sample)


def _cost(trainer: Trainer, batch: Batch, mean: Tensor, log_variance: Tensor | None, kl: Tensor) -> Tensor:
    """The KL term under the prior, and with the weight for each user, that the settings ask for."""
    former, gamma = trainer.former, trainer.settings.gamma
    if log_variance is None or (former is None and gamma is None):
        return kl.sum()
    if former is None:
        return by_length(plain_kl(mean, log_variance), batch.targets, gamma)
    place: Place = (mean, log_variance)
    return by_length(composite_kl(place, _place(former, batch), batch.noise), batch.targets, gamma)


@torch.no_grad()
def _place(former: Network, batch: Batch) -> Place:
    assert batch.whole is not None
    mean, log_variance = former.encode(batch.whole)
    assert log_variance is not None
    return mean, log_variance


def run_epoch(trainer: Trainer, batches: Iterable[Batch], first: int, annealing: int) -> tuple[Sums, int]:
    """Train on every batch.

    Parameters
    ----------
    trainer : Trainer
    batches : iterable of Batch
    first : int
        Optimiser steps done before.
    annealing : int
        Steps over which beta grows.

    Returns
    -------
    sums : Sums
        Over the users of all processes.
    done : int
        Optimiser steps done now.
    """
    trainer.module.train()
    fabric, settings = trainer.fabric, trainer.settings
    sums, done = Sums.zeros(settings.latent, fabric.device), first
    for batch in ahead(batches):
        step(trainer, batch.to(fabric.device), beta_at(done, settings.beta, annealing), sums)
        done += 1
    if fabric.world_size > 1:
        sums.reduce(fabric)
    return sums, done
