"""From a trainer between two epochs to its state, and back: the epochs after it come out the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from lfd.core.models.wrapper import weights_of
from lfd.core.training.loop import Trainer
from lfd.core.training.state import Arrays, Checkpoints, State
from lfd.core.training.watch import Best, EpochRecord


def restored(trainer: Trainer, checkpoints: Checkpoints | None, patience: int | None) -> State:
    """Put a trainer where a training starts: at its beginning, or where a state says.

    Parameters
    ----------
    trainer : Trainer
        Its network, optimiser and precision are changed.
    checkpoints : Checkpoints or None
    patience : int or None

    Returns
    -------
    State
        With a history and a best epoch that may be added to; without arrays of network and optimiser.
    """
    start = None
    if checkpoints and checkpoints.start and trainer.fabric.is_global_zero:
        start = checkpoints.start()
    if trainer.fabric.world_size > 1:
        start = trainer.fabric.broadcast(start)
    if start is None:
        return State(0, 0, False, (), Best(patience), {}, {})
    weights = {name: torch.from_numpy(np.array(value)) for name, value in start.weights.items()}
    trainer.network.load_state_dict(weights)
    _restore_optimizer(trainer, start.optimizer)
    trainer.fabric.strategy.precision.load_state_dict(start.scaler)
    return replace(start, best=replace(start.best, patience=patience), weights={}, optimizer={})


def keep(
    trainer: Trainer,
    checkpoints: Checkpoints | None,
    steps: int,
    over: bool,
    history: Sequence[EpochRecord],
    best: Best,
) -> None:
    """Tell where a training stands, where that is due; the first process does.

    Parameters
    ----------
    trainer : Trainer
    checkpoints : Checkpoints or None
    steps : int
        Optimiser steps done.
    over : bool
        Whether patience is at an end.
    history : sequence of EpochRecord
        Of all epochs so far.
    best : Best
    """
    epochs = len(history)
    last = over or epochs == trainer.settings.epochs
    if checkpoints is None or not checkpoints.every or not trainer.fabric.is_global_zero:
        return
    if epochs % checkpoints.every and not last:
        return
    same = best.epoch == history[-1].epoch
    checkpoints.save(
        State(
            epochs,
            steps,
            over,
            tuple(history),
            best,
            best.weights if same else weights_of(trainer.network),
            _optimizer_arrays(trainer),
            trainer.fabric.strategy.precision.state_dict(),
        )
    )


def _optimizer_arrays(trainer: Trainer) -> Arrays:
    """What the optimiser remembers of each parameter, by its number: 0.exp_avg. On a CPU not copied."""
    remembered = trainer.optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": torch.as_tensor(value).detach().cpu().numpy()
        for number, values in remembered.items()
        for name, value in values.items()
    }


def _restore_optimizer(trainer: Trainer, arrays: Arrays) -> None:
    remembered: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in arrays.items():
        number, _, name = key.partition(".")
        remembered.setdefault(int(number), {})[name] = torch.from_numpy(np.array(value))
    trainer.optimizer.load_state_dict(trainer.optimizer.state_dict() | {"state": remembered})
