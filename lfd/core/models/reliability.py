"""How much of where a user lies is the user, and not which items happened to be chosen.

Every history is cut in two at random; the halves' correlation, stepped up to the whole (Spearman 1910, Brown
1910), is the reliability of a coordinate. A model with noise has its means shrunk by it already; one without
reads chance as taste.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.correlation import paired_correlation
from lfd.core.models.rows import keep

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]

MOST_USERS = 1000
SEED = 0


def reliability(
    model: LatentModel,
    interactions: sparse.csr_array,
    rng: np.random.Generator,
    coordinates: Callable[[Floats], Floats] = np.asarray,
) -> Floats:
    """Share of each coordinate's variance over users that another choice of as many items would repeat.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items
    rng : numpy.random.Generator
        Cuts the histories.
    coordinates : function of users x latent to users x coordinates, default the model's own axes

    Returns
    -------
    numpy.ndarray, (coordinates,), in [0, 1]
        0 where users do not differ, and where the halves contradict each other.
    """
    first = rng.random(interactions.nnz) < 0.5
    halves = [coordinates(model.encode(keep(interactions, part))[0]) for part in (first, ~first)]
    correlation = np.clip(paired_correlation(*halves), 0, 1)
    whole: Floats = 2 * correlation / (1 + correlation)
    return whole


def axis_reliability(model: LatentModel, interactions: sparse.csr_array) -> Floats:
    """Reliability of a model's own axes, over at most 1,000 users who have a history to cut in two.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items

    Returns
    -------
    numpy.ndarray, (latent,), in [0, 1]
        The same in every call; NaN where fewer than two users have two interactions.
    """
    usable = np.flatnonzero(np.diff(interactions.indptr) >= 2)
    if len(usable) < 2:
        return np.full(model.n_latent, np.nan)
    users = usable[np.unique(np.linspace(0, len(usable) - 1, MOST_USERS).astype(np.int64))]
    return reliability(model, interactions[users], np.random.default_rng(SEED))
