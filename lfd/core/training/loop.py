"""The training loop: one pass over the users, on Lightning Fabric.

Fabric places the network on its device, averages gradients over processes and sets the precision; the
loop is the same on a CPU, a GPU or several. Knows nothing of when to stop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lfd.core.models.network import Network
from lfd.core.training.batches import Batch
from lfd.core.training.loss import kl_by_axis, reconstruction
from lfd.settings.training import DecidedSettings

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass(frozen=True)
class Trainer:
    """A network, as it is and as Fabric wraps it, its optimiser, and the options of its training."""

    fabric: Fabric
    module: Any
    optimizer: Any
    network: Network
    settings: DecidedSettings


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


def anneal_steps(settings: DecidedSettings, n_users: int) -> int:
    """Steps over which beta grows: as asked for, at most half of all that are planned; none for `ae`."""
    planned = settings.epochs * -(-n_users // settings.batch)
    return min(settings.anneal, planned // 2) if settings.model == "vae" else 0


def beta_at(step: int, beta: float, annealing: int) -> float:
    """The weight of the KL term at an optimiser step: it grows linearly from 0 over `annealing` steps."""
    return beta * min(1.0, step / annealing) if annealing else beta


def step(trainer: Trainer, batch: Batch, beta: float, sums: Sums) -> None:
    """One optimiser step; adds to `sums`."""
    world_size = trainer.fabric.world_size
    scores, mean, log_variance = trainer.module(batch.inputs, batch.noise)
    nll = reconstruction(scores, batch.targets, trainer.settings.likelihood)
    kl = kl_by_axis(mean, log_variance)
    objective = nll + beta * kl.sum()
    trainer.optimizer.zero_grad()
    # processes hold unequal shares and their gradients are averaged: sum, over all users of the batch
    trainer.fabric.backward(objective * (world_size / batch.n_users))
    trainer.optimizer.step()
    with torch.no_grad():
        sums.users += batch.n_users
        sums.reconstruction += nll
        sums.objective += objective
        sums.kl += kl
        sums.mean += mean.sum(dim=0)
        sums.square += mean.square().sum(dim=0)


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
    for batch in batches:
        step(trainer, batch.to(fabric.device), beta_at(done, settings.beta, annealing), sums)
        done += 1
    if fabric.world_size > 1:
        sums.reduce(fabric)
    return sums, done
