"""Where users lie in latent space, axis by axis: encoding in batches, and what describes an axis.

Works on any `LatentModel`, and on arrays alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.spread import Spread, in_turn

if TYPE_CHECKING:
    import pandas as pd

    from lfd.core.models.protocol import LatentModel

ACTIVE_VARIANCE = 0.01
LEAST_RELIABILITY = 0.1
QUANTILES = {"min": 0.0, "q02": 0.02, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q98": 0.98, "max": 1.0}

Matrix = npt.NDArray[np.float64]


def encode_users(
    model: LatentModel, interactions: sparse.csr_array, batch: int = 8192, spread: Spread = in_turn
) -> Iterator[tuple[int, Matrix, Matrix]]:
    """Encode all users, a batch at a time.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items
    batch : int, default 8192
        Users encoded at once; memory grows with it and not with the number of users.
    spread : Spread, default in turn
        Whoever encodes the batches.

    Yields
    ------
    first : int
        Row of the batch's first user.
    mean, deviation : numpy.ndarray, batch x latent, float64
    """
    starts = range(0, interactions.shape[0], batch)
    parts = (interactions[first : first + batch] for first in starts)
    for first, (mean, deviation) in zip(starts, spread(_encoded, model, parts), strict=True):
        yield first, mean, deviation


def _encoded(model: LatentModel, rows: sparse.csr_array) -> tuple[Matrix, Matrix]:
    return model.encode(rows)


def is_active(
    variance: npt.NDArray[np.float64], noisy: bool, reliability: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.bool_]:
    """Which axes carry information about users.

    An axis of a model with noise is active where the variance of the users' means is at least 0.01 (Burda,
    Grosse and Salakhutdinov 2016), which is in units of the prior's. A model without noise has no such
    unit, and spreads users by chance too: there an axis is active where its variance is at least 0.01 of the
    largest and its reliability, where that is known, at least 0.1.

    Parameters
    ----------
    variance : numpy.ndarray, latent
        Variance over users of the mean of z.
    noisy : bool
        Whether the model has noise (a deviation above 0).
    reliability : numpy.ndarray, latent, default not known
        See `lfd.core.models.reliability`; NaN where it is not known.

    Returns
    -------
    numpy.ndarray, latent, bool
    """
    if noisy:
        return np.asarray(variance >= ACTIVE_VARIANCE)
    wide = (variance >= ACTIVE_VARIANCE * float(variance.max(initial=0.0))) & (variance > 0)
    return np.asarray(wide if reliability is None else wide & ~(reliability < LEAST_RELIABILITY))


def axis_kl(mean: Matrix, deviation: Matrix) -> npt.NDArray[np.float64]:
    """KL divergence from the unit prior in nats, mean over users, by axis; nan for an axis without noise."""
    variance = np.square(deviation)
    with np.errstate(divide="ignore"):
        kl = 0.5 * (np.square(mean) + variance - 1 - np.log(variance)).mean(axis=0)
    return np.where(np.isfinite(kl), kl, np.nan)


def axis_statistics(
    mean: Matrix,
    deviation: Matrix,
    units: npt.NDArray[np.float64] | float = 1.0,
    reliability: npt.NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """Describe every axis by where the users lie on it.

    Parameters
    ----------
    mean, deviation : numpy.ndarray, users x latent
        As a model's `encode` gives them.
    units : numpy.ndarray, (latent,), or float, default 1
        Length of each axis's unit in the model's own, where the axes are not the model's (`Rotation.units`).
    reliability : numpy.ndarray, (latent,), default not known
        Of the same axes; see `lfd.core.models.reliability.axis_reliability`.

    Returns
    -------
    pandas.DataFrame, one row an axis
        axis, kl (nats, mean over users; missing where there is no noise), mean and variance of the means
        over users, spread (the variance in the model's own units, in which axes compare), reliability
        (missing where it is not known), their quantiles (min, q02, q25, q50, q75, q98, max) and active (see
        `is_active`; in the model's own units too, since alignment gives every direction the same).
    """
    import pandas as pd

    variance = mean.var(axis=0)
    spread, noisy = variance * np.square(units), bool((deviation > 0).any())
    table = {
        "axis": np.arange(mean.shape[1]),
        "kl": axis_kl(mean, deviation),
        "mean": mean.mean(axis=0),
        "variance": variance,
        "spread": spread,
        "reliability": np.full(mean.shape[1], np.nan) if reliability is None else reliability,
    }
    quantiles = np.quantile(mean, list(QUANTILES.values()), axis=0)
    table |= dict(zip(QUANTILES, quantiles, strict=True))
    active = is_active(variance, noisy, reliability) & is_active(spread, noisy, reliability)
    return pd.DataFrame(table | {"active": active})
