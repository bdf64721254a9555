"""Training of the networks: epochs on Lightning Fabric until they, patience or finite losses are over."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from scipy import sparse

from lfd.core.models.axes import is_active
from lfd.core.models.network import Network, NetworkConfig
from lfd.core.models.popularity import PopularityModel
from lfd.core.models.wrapper import build_model, plain_config, weights_of
from lfd.core.training.batches import epoch_batches
from lfd.core.training.collapse import collapse_note, first_dead, lean_note
from lfd.core.training.engine import choose_device, launch, threads_for
from lfd.core.training.fitted import Fitted
from lfd.core.training.lazy import LazyAdamW
from lfd.core.training.loop import Sums, Trainer, anneal_steps, beta_at, in_turn, run_epoch
from lfd.core.training.machine import Machine
from lfd.core.training.prediction import held_out_choice_loss
from lfd.core.training.principal import change_axes, moments, principal_map
from lfd.core.training.products import slow_precision
from lfd.core.training.resume import keep, restored
from lfd.core.training.split import TRAIN, VALIDATION, part_users
from lfd.core.training.state import Checkpoints
from lfd.core.training.validation import HeldOut, held_out_batches, held_out_loss
from lfd.core.training.watch import (
    NOT_FINITE_HINT,
    Best,
    EpochRecord,
    OnEpoch,
    all_finite,
    not_finite_note,
)
from lfd.errors import LfdError
from lfd.settings.training import DecidedSettings


def fit_network(
    interactions: sparse.csr_array,
    settings: DecidedSettings,
    on_epoch: OnEpoch | None = None,
    checkpoints: Checkpoints | None = None,
    machine: Machine | None = None,
) -> Fitted:
    """Train a vae or an ae; `fit` checks its input.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]
    settings : DecidedSettings
    on_epoch : callable, optional
        Called with an `EpochRecord` after every epoch.
    checkpoints : Checkpoints, optional
        Where to go on, and who is told where the training stands.
    machine : Machine, optional
        Which one this is of `settings.num_nodes`.

    Returns
    -------
    Fitted

    Raises
    ------
    UsageError
        If the device is not there.
    LfdError
        If the loss is not finite in the very first epoch, or a process is lost.
    """

    def train(fabric: Any, tell: OnEpoch | None) -> Fitted:
        return _train(fabric, interactions, settings, tell, checkpoints)

    threads = threads_for(settings, int(interactions.shape[1]))
    fitted: Fitted = launch(settings, threads, train, on_epoch, machine)
    slow = slow_precision(settings.precision, choose_device(settings))
    return replace(fitted, notes=[*fitted.notes, slow]) if slow else fitted


def _train(
    fabric: Any,
    interactions: sparse.csr_array,
    settings: DecidedSettings,
    on_epoch: OnEpoch | None,
    checkpoints: Checkpoints | None,
) -> Fitted:
    """What every process does."""
    if settings.num_nodes > 1:
        from lfd.core.training.machines import check_same

        check_same(fabric, interactions, settings)
    generator = np.random.default_rng([settings.seed, 0])
    split = part_users(interactions.shape[0], settings.holdout, settings.test, generator)
    held, training = split == VALIDATION, split == TRAIN
    assert settings.model == "vae" or settings.model == "ae"
    config = NetworkConfig(
        settings.model, settings.likelihood, int(interactions.shape[1]), settings.latent, settings.hidden
    )
    network = Network(config, settings.seed)
    rows = interactions[np.flatnonzero(held)]
    watched = held_out_batches(rows, settings.batch, generator) if held.any() else None

    def validate() -> float | None:
        return held_out_loss(network, watched, fabric.device) if watched else None

    history, best, notes = _epochs(
        _trainer(fabric, network, settings), interactions, training, validate, on_epoch, checkpoints
    )
    weights = best.weights
    if settings.model == "ae" and settings.principal:
        centre, covariance = moments(
            build_model(plain_config(config), weights), interactions[np.flatnonzero(training)]
        )
        weights = change_axes(weights, centre, *principal_map(covariance))
    table = pd.DataFrame([record.row() for record in history])
    table["validation_loss"] = table["validation_loss"].astype(np.float64)
    popular = _popularity_loss(interactions[np.flatnonzero(training)], watched, settings)
    notes += filter(None, [collapse_note(table, best.epoch, settings, popular)])
    remark = "" if notes or settings.model != "vae" else lean_note(table, best.epoch, settings) or ""
    return Fitted(plain_config(config), weights, table, split, notes, best.epoch, remark)


def _trainer(fabric: Any, network: Network, settings: DecidedSettings) -> Trainer:
    weights = [value for value in network.parameters() if value.ndim > 1]
    biases = [value for value in network.parameters() if value.ndim == 1]  # popularity is not to decay
    groups = [
        {"params": weights, "weight_decay": settings.weight_decay},
        {"params": biases, "weight_decay": 0.0},
    ]
    kind = torch.optim.AdamW if settings.sampled_items is None else LazyAdamW
    optimizer = kind(groups, lr=settings.learning_rate, fused=True)
    module, optimizer = fabric.setup(network, optimizer)
    return Trainer(fabric, module, optimizer, network, settings)


def _epochs(
    trainer: Trainer,
    interactions: sparse.csr_array,
    training: npt.NDArray[np.bool_],
    validate: Callable[[], float | None],
    on_epoch: OnEpoch | None,
    checkpoints: Checkpoints | None,
) -> tuple[list[EpochRecord], Best, list[str]]:
    """Epochs until they are over, patience is, or the loss is not finite."""
    settings, fabric = trainer.settings, trainer.fabric
    users = np.flatnonzero(training)
    annealing = anneal_steps(settings, len(users))
    state = restored(trainer, checkpoints, settings.patience)
    best, history, steps, over = state.best, [*state.history], state.steps, state.over
    for epoch in range(settings.epochs if over else state.epochs, settings.epochs):
        started = time.perf_counter()
        generator = np.random.default_rng([settings.seed, 1, epoch])
        for part in in_turn(trainer):
            batches = epoch_batches(
                interactions, users, part.settings, generator, fabric.global_rank, fabric.world_size
            )
            sums, steps = run_epoch(part, batches, steps, annealing)
        record = _record(epoch, beta_at(steps, settings.beta, annealing), sums, settings, validate(), started)
        weights = weights_of(trainer.network)
        if not all_finite(weights, record.loss, record.validation_loss):
            return history, best, [_not_finite(epoch, best)]
        if history:
            record = replace(record, warning=first_dead(record.active_axes, history[-1].active_axes))
        history.append(record)
        if on_epoch and fabric.is_global_zero:
            on_epoch(replace(record, weights=weights))
        over = best.offer(record, weights, annealed=steps >= annealing)
        keep(trainer, checkpoints, steps, over, history, best)
        if over:
            break
    return history, best, []


def _record(
    epoch: int, beta: float, sums: Sums, settings: DecidedSettings, validation: float | None, started: float
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


def _popularity_loss(
    training: sparse.csr_array, watched: HeldOut | None, settings: DecidedSettings
) -> float | None:
    """The held-out loss of recommending by popularity; None where it is not on the scale of the model's."""
    if watched is None or not watched.weight or settings.likelihood != "multinomial":
        return None
    return held_out_choice_loss(PopularityModel(training), watched.shown, watched.hidden)
