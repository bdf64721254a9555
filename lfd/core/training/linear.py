"""Training of the linear model: one decomposition, and the same split and held-out loss as for a network."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from lfd.core.models.axes import encode_users, is_active
from lfd.core.models.svd import SvdModel, fit_svd, svd_model
from lfd.core.training.fitted import Fitted
from lfd.core.training.prediction import choice_loss, held_out_choice_loss
from lfd.core.training.split import MOST_USERS, TRAIN, VALIDATION, fold_in, part_users
from lfd.settings.training import DecidedSettings


def fit_linear(interactions: sparse.csr_array, settings: DecidedSettings) -> Fitted:
    """Decompose the interactions of the training users.

    The held-out users, and what of theirs is hidden, are those of a network with the same seed.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]
    settings : DecidedSettings
        `latent`, `holdout`, `test` and `seed` are read.

    Returns
    -------
    Fitted
        With a history of one row; its losses are those of the multinomial likelihood.

    Raises
    ------
    InputError
        If there is nothing to learn from, or a value is not a number in [0, 1].
    UsageError
        If there are too few training users or items for so many axes.
    """
    generator = np.random.default_rng([settings.seed, 0])
    split = part_users(interactions.shape[0], settings.holdout, settings.test, generator)
    held = split == VALIDATION
    training = interactions[np.flatnonzero(split == TRAIN)]
    config, weights = fit_svd(training, settings.latent)
    model = svd_model(weights)
    shown, hidden = fold_in(interactions[np.flatnonzero(held)][:MOST_USERS], generator)
    reconstruction = choice_loss(model, training, training, exclude_shown=False) / training.shape[0]
    row = {
        "epoch": 0,
        "beta": np.nan,
        "loss": reconstruction,
        "reconstruction": reconstruction,
        "kl": np.nan,
        "validation_loss": held_out_choice_loss(model, shown, hidden) if held.any() else np.nan,
        "active_axes": _active(model, training),
    }
    return Fitted(config, weights, pd.DataFrame([row]), split, notes=[], best_epoch=0)


def _active(model: SvdModel, interactions: sparse.csr_array) -> int:
    means = np.concatenate([mean for _, mean, _ in encode_users(model, interactions)])
    return int(is_active(means.var(axis=0), noisy=False).sum())
