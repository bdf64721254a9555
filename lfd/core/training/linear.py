"""Training of the linear models: one decomposition, and the same split and held-out loss as for a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.models.axes import encode_users, is_active
from lfd.core.models.build import build_model
from lfd.core.models.protocol import LatentModel
from lfd.core.models.svd import fit_svd
from lfd.core.training.fitted import Fitted
from lfd.core.training.prediction import choice_loss, held_out_choice_loss
from lfd.core.training.split import MOST_USERS, TRAIN, VALIDATION, fold_in, part_users
from lfd.settings.training import DecidedSettings


def fit_linear(interactions: sparse.csr_array, settings: DecidedSettings) -> Fitted:
    """Decompose the interactions of the training users: svd, or als.

    The held-out users, and what of theirs is hidden, are those of a network with the same seed.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]
    settings : DecidedSettings
        `model`, `latent`, `holdout`, `test` and `seed` are read; for als its own options and `threads` too.

    Returns
    -------
    Fitted
        With a history of one row; its losses are those of the multinomial likelihood.

    Raises
    ------
    InputError
        If there is nothing to learn from, or a value is not a number in [0, 1].
    UsageError
        If there are too few training users or items for so many axes, or als has no library to train it.
    """
    generator = np.random.default_rng([settings.seed, 0])
    split = part_users(interactions.shape[0], settings.holdout, settings.test, generator)
    held = split == VALIDATION
    training = interactions[np.flatnonzero(split == TRAIN)]
    config, weights = _decomposed(training, settings)
    model = build_model(config, weights)
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


def _decomposed(
    rows: sparse.csr_array, settings: DecidedSettings
) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    if settings.model == "svd":
        return fit_svd(rows, settings.latent)
    from lfd.core.models.als import fit_als

    return fit_als(
        rows,
        settings.latent,
        settings.alpha,
        settings.regularization,
        settings.iterations,
        settings.seed,
        settings.threads or 1,
    )


def _active(model: LatentModel, interactions: sparse.csr_array) -> int:
    means = np.concatenate([mean for _, mean, _ in encode_users(model, interactions)])
    return int(is_active(means.var(axis=0), noisy=False).sum())
