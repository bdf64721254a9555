"""How much a step in latent space changes everything that is recommended.

Some directions change the lists much more than others. How much is a metric of latent space, Fisher's
information about z in a user's choice:

    F = mean over users of  Cov_p (d scores / d y) / T^2,  p = softmax(scores / T)

so that a small step d moves the recommendations by a Kullback-Leibler divergence of d' F d / 2. T is that of
Q. Needs `decode` alone; knows no labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from lfd.core.alignment.jacobians import STEP
from lfd.core.alignment.whitening import Whitening
from lfd.core.models.scores import MOST_SCORES, item_scores

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]


def recommendation_metric(
    model: LatentModel, latents: Floats, whitening: Whitening, temperature: float, *, step: float = STEP
) -> Floats:
    """How much recommendations change with each pair of whitened coordinates, mean over users.

    Parameters
    ----------
    model : LatentModel
    latents : numpy.ndarray, users x latent
        A sample of users is enough.
    whitening : Whitening
    temperature : float above 0
        T, by which scores are divided.
    step : float above 0, default 0.1
        Half of the central difference, in the users' standard deviations.

    Returns
    -------
    numpy.ndarray, rank x rank, symmetric, positive semi-definite
    """
    size = max(1, MOST_SCORES // (4 * model.n_items * (whitening.rank + 1)))
    metric = np.zeros((whitening.rank, whitening.rank))
    for start in range(0, len(latents), size):
        z = latents[start : start + size]
        chance = softmax(item_scores(model, z).astype(np.float64) / temperature, axis=1)
        changes = [_change(model, z, step * move) for move in whitening.spread.T]
        slopes = np.stack(changes, axis=2) / (2 * step * temperature)
        slopes -= np.einsum("ui,uik->uk", chance, slopes)[:, None]
        weighted = (slopes * np.sqrt(chance)[:, :, None]).reshape(-1, whitening.rank)
        metric += weighted.T @ weighted
    return metric / len(latents)


def _change(model: LatentModel, latents: Floats, move: Floats) -> Floats:
    up, down = (item_scores(model, latents + side * move).astype(np.float64) for side in (1, -1))
    return up - down
