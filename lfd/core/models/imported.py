"""Making a `FactorModel` out of given factors: whose history is whose, units, fold-in, temperature."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.measure import Measure
from lfd.core.models.factors import KIND, FactorModel
from lfd.core.models.folding import fold_histories, usual_ridge
from lfd.core.models.histories import Keys, history_keys
from lfd.core.models.rows import canonical, check_interactions
from lfd.core.models.score_units import by_scores, chosen_units
from lfd.core.models.temperature import temperature
from lfd.errors import InputError
from lfd.settings.importing import Units

Floats = npt.NDArray[np.float64]

FOLDED_USERS = 5000  # that the fold-in's map is fitted on; more change nothing
SCALED_USERS = 1000  # that the temperature is fitted on
ONE_IN = 5  # of the former judge the map


@dataclass(frozen=True)
class Imported:
    """A model as it is stored.

    Attributes
    ----------
    config : dict
        What `lfd.core.models.build.build_model` needs beside the weights.
    weights : dict of str to numpy.ndarray, float32 (histories: uint64)
    measures : tuple of Measure
        How well folding in agrees with the given factors, where users were given.
    notes : tuple of str
    """

    config: dict[str, Any]
    weights: dict[str, npt.NDArray[Any]] = field(repr=False)
    measures: tuple[Measure, ...]
    notes: tuple[str, ...]


def import_factors(
    interactions: sparse.csr_array,
    items: Floats,
    bias: Floats,
    users: Floats | None = None,
    known: npt.NDArray[np.bool_] | None = None,
    alpha: float = 0.0,
    ridge: float | None = None,
    units: Units = "auto",
) -> Imported:
    """Make a model of given factors.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]
    items : numpy.ndarray, items x latent, finite
    bias : numpy.ndarray, (items,), finite
    users : numpy.ndarray, users x latent, finite, default none are given
    known : numpy.ndarray of bool, (users,), default all
        Whose rows of `users` count.
    alpha : float, from 0, default 0
    ridge : float, above 0, default a hundredth of the mean eigenvalue of the items' products
        How histories are folded in: see `lfd.core.models.folding`.
    units : auto, scores or given, default auto
        What z is measured by: see `lfd.core.models.score_units`.

    Returns
    -------
    Imported

    Raises
    ------
    InputError
        If the shapes do not fit, all factors of items are 0, or there are no interactions.
    """
    check_interactions(interactions)
    rows = canonical(interactions)
    _check_shapes(rows, items, bias, users)
    penalty = usual_ridge(items) if ridge is None else ridge
    latent = items.shape[1]
    has = np.ones(rows.shape[0], np.bool_) if known is None else known
    given = np.flatnonzero(has) if users is not None else np.zeros(0, np.intp)
    theirs = users[given] if users is not None else np.zeros((0, latent))
    keys, means, notes = _by_history(history_keys(rows)[given], theirs)
    fold_in, measures = _fitted_map(rows[given], theirs, items, alpha, penalty)
    measured = chosen_units(items, theirs, units)
    turn = by_scores(items) if measured == "scores" else np.eye(latent)
    means, fold_in, decoder = means @ turn, fold_in @ turn, np.linalg.solve(turn, items.T).T
    model = FactorModel(items, bias, means, keys, fold_in, decoder, 1.0, alpha, penalty)
    some = rows[:: max(1, rows.shape[0] // SCALED_USERS)][:SCALED_USERS]
    t = temperature(np.asarray(model.decode(model.encode(some)[0]), dtype=np.float64), some)
    config = {
        "model": KIND,
        "n_items": int(items.shape[0]),
        "n_latent": int(latent),
        "units": measured,
        "temperature": t,
        "alpha": float(alpha),
        "ridge": float(penalty),
    }
    weights: dict[str, npt.NDArray[Any]] = {
        "item_factors": items.astype(np.float32),
        "item_bias": bias.astype(np.float32),
        "user_factors": means.astype(np.float32),
        "user_histories": keys,
        "fold_in": fold_in.astype(np.float32),
        "decoder": decoder.astype(np.float32),
    }
    return Imported(config, weights, measures, notes)


def _check_shapes(rows: sparse.csr_array, items: Floats, bias: Floats, users: Floats | None) -> None:
    n_users, n_items = rows.shape
    fits = items.ndim == 2 and items.shape[0] == n_items and bias.shape == (n_items,) and items.shape[1] > 0
    if not fits or (users is not None and users.shape != (n_users, items.shape[1])):
        given = "none" if users is None else str(users.shape)
        raise InputError(
            f"factors of items {items.shape}, biases {bias.shape} and factors of users {given} do not fit"
            f" {n_users} users x {n_items} items",
            "give users x latent, items x latent and a bias for each item",
        )
    if not items.any():
        raise InputError("all factors of items are 0", "see that the right array was saved")


def _by_history(keys: Keys, factors: Floats) -> tuple[Keys, Floats, tuple[str, ...]]:
    """Distinct histories, ascending, with the mean factors of those who have them."""
    distinct, which, count = np.unique(keys, return_inverse=True, return_counts=True)
    sums = sparse.csr_array((np.ones(len(keys)), (which, np.arange(len(keys)))), (len(distinct), len(keys)))
    means = np.asarray(sums @ factors) / np.maximum(count, 1)[:, None]
    apart = np.abs(factors - means[which]).max(axis=1, initial=0) > 1e-3 * (factors.std() if len(keys) else 0)
    moved = int((apart & (count[which] > 1)).sum())
    said = f"{moved:,} users have the same history as another and other factors: they are encoded at the mean"
    return distinct, means, (said,) if moved else ()


def _identity(latent: int) -> Floats:
    return np.concatenate([np.zeros((1, latent)), np.eye(latent)])


def _fitted_map(
    rows: sparse.csr_array, factors: Floats, items: Floats, alpha: float, ridge: float
) -> tuple[Floats, tuple[Measure, ...]]:
    """From least squares to where the given users lie: fitted on four fifths of them, judged on the rest."""
    plain, n = _identity(items.shape[1]), rows.shape[0]
    if n < 2:
        return plain, ()
    chosen = np.sort(np.random.default_rng(0).permutation(n)[:FOLDED_USERS])
    solved = fold_histories(rows[chosen], items, alpha, ridge)
    design, wanted = np.concatenate([np.ones((len(chosen), 1)), solved], axis=1), factors[chosen]
    judges = np.arange(len(chosen)) % ONE_IN == 0
    fitted = np.linalg.lstsq(design[~judges], wanted[~judges], rcond=None)[0]
    scores = {name: _explained(design[judges] @ a, wanted[judges]) for name, a in _maps(plain, fitted)}
    best = fitted if scores["affine"] > scores["none"] and (~judges).sum() > design.shape[1] else plain
    said = "affine" if best is fitted else "none"
    return best, (
        Measure(
            "fold_in_r2",
            "imported",
            scores[said],
            "r2_pooled",
            "1 - sum of squared differences between the factors that a history folds in to and the given"
            " ones, over the latters' sum of squares around their mean; on users whom the map was not"
            " fitted on",
            {"users": int(judges.sum()), "map": said, "without_map": scores["none"]},
        ),
    )


def _maps(plain: Floats, fitted: Floats) -> tuple[tuple[str, Floats], ...]:
    return ("none", plain), ("affine", fitted)


def _explained(found: Floats, wanted: Floats) -> float:
    total = float(np.square(wanted - wanted.mean(axis=0)).sum())
    return 1 - float(np.square(wanted - found).sum()) / total if total > 0 else 0.0
