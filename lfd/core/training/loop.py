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

from lfd.core.training.batches import Batch
from lfd.core.training.loss import kl_by_axis, reconstruction
from lfd.settings.training import TrainSettings

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass(frozen=True)
class Trainer:
    """A network as Fabric wraps it, its optimiser, and the options of its training."""

    fabric: Fabric
    module: Any
    optimizer: Any
    settings: TrainSettings


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


def beta_at(step: int, settings: TrainSettings) -> float:
    """The weight of the KL term at an optimiser step: it grows linearly over `anneal` steps."""
    return settings.beta * (min(1.0, step / settings.anneal) if settings.anneal else 1.0)


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


def run_epoch(trainer: Trainer, batches: Iterable[Batch], first_step: int) -> tuple[Sums, int]:
    """Train on every batch; gives the sums over users and the next step's number."""
    trainer.module.train()
    sums = Sums.zeros(trainer.settings.latent, trainer.fabric.device)
    for batch in batches:
        step(trainer, batch.to(trainer.fabric.device), beta_at(first_step, trainer.settings), sums)
        first_step += 1
    return sums, first_step
