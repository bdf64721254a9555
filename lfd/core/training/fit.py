"""`fit`: from interactions and settings to a trained model, as plain arrays.

Knows no files and prints nothing: progress goes to a callback, what is worth saying comes back as notes.
Imports torch for networks only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import sparse

from lfd.core.models.rows import canonical, check_interactions
from lfd.core.training.auto import decide
from lfd.core.training.fitted import Fitted
from lfd.core.training.linear import fit_linear
from lfd.core.training.machine import Machine
from lfd.core.training.split import TEST, part_users
from lfd.core.training.state import Checkpoints
from lfd.core.training.watch import OnEpoch
from lfd.errors import UsageError
from lfd.settings.training import LOOPS, TrainSettings, without_effect


def fit(
    interactions: sparse.csr_array,
    settings: TrainSettings,
    on_epoch: OnEpoch | None = None,
    say: Callable[[str], None] | None = None,
    checkpoints: Checkpoints | None = None,
    machine: Machine | None = None,
) -> Fitted:
    """Train a model.

    The same interactions, settings and seed give the same bytes of weights on the same kind of machine.
    The number of threads is one of the settings, because the last bits of a sum depend on it.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]
        A user without interactions is an input of zeros.
    settings : TrainSettings
        Options that mean nothing to the model are named in the notes; `lfd.core.training.auto` decides
        those that are `auto`, from all interactions but those of test users, and alike for every seed where
        there are none.
    on_epoch : callable, optional
        Called with an `EpochRecord` after every epoch.
    say : callable, optional
        Told what `auto` stands for, before training begins.
    checkpoints : Checkpoints, optional
        Where to go on, and who is told where the training stands; no effect on a model that is computed at
        once. A training that goes on from a state gives the same weights as one that was never interrupted.
    machine : Machine, optional
        Which one this is, where `settings.num_nodes` of them train together; each calls this alike.

    Returns
    -------
    Fitted

    Raises
    ------
    InputError
        If there is nothing to learn from, or a value is not a number in [0, 1].
    UsageError
        If the latent space has more axes than there are items, if items cannot be sampled as asked for, or
        the device is not there.
    LfdError
        If the loss is not finite in the very first epoch, or one of several processes is lost.
    """
    interactions = canonical(interactions)
    check_interactions(interactions)
    decided, auto = decide(_without_test_users(interactions, settings), settings)
    n_items = int(interactions.shape[1])
    if decided.latent > n_items:
        raise UsageError(
            f"a latent size of {decided.latent} is more than there are items: {n_items}",
            f"use --latent {n_items}",
        )
    if decided.sampled_items is not None and decided.model != "svd":
        _check_sampled(decided, decided.sampled_items, n_items)
    if say:
        for sentence in auto.get("said", ()):
            say(sentence)
    found = without_effect(settings)
    idle = [f"{', '.join(found)}: no effect on a model of this kind ({settings.model})"] if found else []
    if settings.model not in LOOPS:
        fitted = fit_linear(interactions, decided)
    else:
        from lfd.core.training.networks import fit_network

        fitted = fit_network(interactions, decided, on_epoch, checkpoints, machine)
    return replace(fitted, notes=[*idle, *fitted.notes], auto=auto)


def _check_sampled(settings: TrainSettings, number: int, n_items: int) -> None:
    if settings.likelihood != "multinomial":
        raise UsageError(
            f"items are sampled in a softmax, and the {settings.likelihood} likelihood has none",
            "use --likelihood multinomial, or leave --sampled-items out",
        )
    if number > n_items:
        raise UsageError(
            f"a sample of {number:,} items is more than there are: {n_items:,}",
            "leave --sampled-items out: all items are then scored",
        )
    devices = settings.devices * settings.num_nodes
    if devices > 1:
        raise UsageError(
            f"items are sampled on one device, and training asked for {devices}",
            "use --devices 1 and --num-nodes 1, or leave --sampled-items out",
        )


def _without_test_users(interactions: sparse.csr_array, settings: TrainSettings) -> sparse.csr_array:
    if not settings.test:
        return interactions
    generator = np.random.default_rng([settings.seed, 0])  # as the model's own training does
    part = part_users(interactions.shape[0], settings.holdout, settings.test, generator)
    return interactions[np.flatnonzero(part != TEST)]
