"""`fit`: from interactions and settings to a trained model, as plain arrays.

Knows no files and prints nothing: progress goes to a callback, what is worth saying comes back as notes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from scipy import sparse

from lfd.core.models.axes import is_active
from lfd.core.models.network import Network, NetworkConfig
from lfd.core.models.rows import canonical, check_interactions
from lfd.core.models.wrapper import build_model, plain_config, weights_of
from lfd.core.training.batches import epoch_batches
from lfd.core.training.engine import launch, threads_for
from lfd.core.training.loop import Sums, Trainer, anneal_steps, beta_at, run_epoch
from lfd.core.training.principal import change_axes, moments, principal_map
from lfd.core.training.split import hold_out
from lfd.core.training.validation import held_out_batches, held_out_loss
from lfd.core.training.watch import (
    NOT_FINITE_HINT,
    Best,
    EpochRecord,
    Weights,
    all_finite,
    collapse_note,
    not_finite_note,
)
from lfd.errors import LfdError, UsageError
from lfd.settings.training import TrainSettings

OnEpoch = Callable[[EpochRecord], None]


@dataclass(frozen=True)
class Fitted:
    """A trained model and how it came about.

    Attributes
    ----------
    config : dict
        What `build_model` needs beside the weights; strings, numbers and lists only.
    weights : dict of str to numpy.ndarray, float32
    history : pandas.DataFrame, one row an epoch
        epoch, beta, loss, reconstruction, kl, validation_loss, active_axes: see `EpochRecord`.
    split : numpy.ndarray of str, one a user
        `train` or `validation`.
    notes : list of str
        What the user should be told: collapse, a loss that was not finite.
    best_epoch : int
        The epoch whose weights these are.
    """

    config: dict[str, Any]
    weights: Weights = field(repr=False)
    history: pd.DataFrame = field(repr=False)
    split: npt.NDArray[np.str_] = field(repr=False)
    notes: list[str]
    best_epoch: int


def fit(interactions: sparse.csr_array, settings: TrainSettings, on_epoch: OnEpoch | None = None) -> Fitted:
    """Train a model.

    The same interactions, settings and seed give the same bytes of weights on the same kind of machine.
    The number of threads is one of the settings, because the last bits of a sum depend on it.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]
        A user without interactions is an input of zeros.
    settings : TrainSettings
    on_epoch : callable, optional
        Called with an `EpochRecord` after every epoch.

    Returns
    -------
    Fitted

    Raises
    ------
    InputError
        If there is nothing to learn from, or a value is not a number in [0, 1].
    UsageError
        If the latent space has more axes than there are items, or the device is not there.
    LfdError
        If the loss is not finite in the very first epoch.
    """
    interactions = canonical(interactions)
    check_interactions(interactions)
    n_items = int(interactions.shape[1])
    if settings.latent > n_items:
        raise UsageError(
            f"a latent size of {settings.latent} is more than there are items: {n_items}",
            f"use --latent {n_items}",
        )
    threads = threads_for(settings, n_items)
    fitted: Fitted = launch(settings, threads, _train, interactions, settings, on_epoch)
    return fitted


def _train(
    fabric: Any, interactions: sparse.csr_array, settings: TrainSettings, on_epoch: OnEpoch | None
) -> Fitted:
    """What every process does."""
    generator = np.random.default_rng([settings.seed, 0])
    held = hold_out(interactions.shape[0], settings.holdout, generator)
    config = NetworkConfig(
        settings.model, settings.likelihood, int(interactions.shape[1]), settings.latent, settings.hidden
    )
    network = Network(config, settings.seed)
    rows = interactions[np.flatnonzero(held)]
    watched = held_out_batches(rows, settings.batch, generator) if held.any() else None

    def validate() -> float | None:
        return held_out_loss(network, watched, fabric.device) if watched else None

    history, best, notes = _epochs(
        _trainer(fabric, network, settings), interactions, ~held, validate, on_epoch
    )
    weights = best.weights
    if settings.model == "ae" and settings.principal:
        centre, covariance = moments(
            build_model(plain_config(config), weights), interactions[np.flatnonzero(~held)]
        )
        weights = change_axes(weights, centre, *principal_map(covariance))
    table = pd.DataFrame([record.row() for record in history])
    table["validation_loss"] = table["validation_loss"].astype(np.float64)
    notes += _collapse(table, best.epoch, settings)
    split = np.where(held, "validation", "train")
    return Fitted(plain_config(config), weights, table, split, notes, best.epoch)


def _trainer(fabric: Any, network: Network, settings: TrainSettings) -> Trainer:
    weights = [value for value in network.parameters() if value.ndim > 1]
    biases = [value for value in network.parameters() if value.ndim == 1]  # popularity is not to decay
    groups = [
        {"params": weights, "weight_decay": settings.weight_decay},
        {"params": biases, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)
    module, optimizer = fabric.setup(network, optimizer)
    return Trainer(fabric, module, optimizer, network, settings)


def _epochs(
    trainer: Trainer,
    interactions: sparse.csr_array,
    training: npt.NDArray[np.bool_],
    validate: Callable[[], float | None],
    on_epoch: OnEpoch | None,
) -> tuple[list[EpochRecord], Best, list[str]]:
    """Epochs until they are over, patience is, or the loss is not finite."""
    settings, fabric = trainer.settings, trainer.fabric
    users = np.flatnonzero(training)
    annealing = anneal_steps(settings, len(users))
    best, history, steps = Best(settings.patience), list[EpochRecord](), 0
    for epoch in range(settings.epochs):
        started = time.perf_counter()
        generator = np.random.default_rng([settings.seed, 1, epoch])
        batches = epoch_batches(
            interactions, users, settings, generator, fabric.global_rank, fabric.world_size
        )
        sums, steps = run_epoch(trainer, batches, steps, annealing)
        record = _record(epoch, beta_at(steps, settings.beta, annealing), sums, settings, validate(), started)
        weights = weights_of(trainer.network)
        if not all_finite(weights, record.loss, record.validation_loss):
            return history, best, [_not_finite(epoch, best)]
        history.append(record)
        if on_epoch and fabric.is_global_zero:
            on_epoch(record)
        if best.offer(record, weights, annealed=steps >= annealing):
            break
    return history, best, []


def _record(
    epoch: int, beta: float, sums: Sums, settings: TrainSettings, validation: float | None, started: float
) -> EpochRecord:
    n = sums.users
    variance = (sums.square / n - (sums.mean / n) ** 2).cpu().numpy()
    active = int(is_active(variance, noisy=settings.model == "vae").sum())
    seconds = time.perf_counter() - started
    return EpochRecord(
        epoch=epoch,
        beta=beta,
        loss=float(sums.objective) / n,
        reconstruction=float(sums.reconstruction) / n,
        kl=float(sums.kl.sum()) / n,
        validation_loss=validation,
        active_axes=active,
        users_per_second=n / seconds,
        seconds=seconds,
    )


def _not_finite(epoch: int, best: Best) -> str:
    if not best.weights:
        raise LfdError("the loss was not a finite number in the first epoch", NOT_FINITE_HINT)
    return not_finite_note(epoch, best.epoch)


def _collapse(history: pd.DataFrame, best: int, settings: TrainSettings) -> list[str]:
    active = history["active_axes"]
    note = collapse_note(
        int(active.iloc[[best, -1]].min()), settings.latent, int(active.max()), settings.beta
    )
    return [note] if note and settings.model == "vae" else []
