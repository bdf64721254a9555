"""How scores and recommendations change along each whitened direction, averaged over users.

    L = mean of d scores / d y        item loadings, centred over items
    Q = mean of d softmax(scores) / d y

Central differences of `decode`, so that any `LatentModel` will do: exact for a linear decoder, and for
others off by a term of the square of the step, which is a tenth of the users' standard deviation. A batch
of users x items is all that is held at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from lfd.core.traversal import MOST_SCORES, item_scores
from lfd.errors import InputError

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]

STEP = 0.1


@dataclass(frozen=True)
class Jacobians:
    """Mean derivatives along each direction.

    Attributes
    ----------
    loadings : numpy.ndarray, items x directions
        L, columns centred.
    shares : numpy.ndarray, items x directions
        Q, whose columns sum to 0.
    """

    loadings: Floats
    shares: Floats


def jacobians(
    model: LatentModel, latents: Floats, spread: Floats, *, step: float = STEP, batch: int = 4096
) -> Jacobians:
    """Average the derivatives of scores and of softmax(scores) over users.

    Parameters
    ----------
    model : LatentModel
    latents : numpy.ndarray, users x latent
        Where the derivatives are taken; a sample of users is enough.
    spread : numpy.ndarray, latent x directions
        Each direction as a column in z, whose length is the unit of the derivative.
    step : float above 0, default 0.1
        Half of the difference, in that unit.
    batch : int, default 4096
        Users decoded at once, at most; fewer where the catalogue is large.

    Returns
    -------
    Jacobians

    Raises
    ------
    InputError
        The decoder's scores have another shape or are not finite, or do not depend on z at all.
    """
    size = max(1, min(batch, MOST_SCORES // (4 * model.n_items)))
    loadings, shares = np.zeros((2, model.n_items, spread.shape[1]))
    for start in range(0, len(latents), size):
        for k, direction in enumerate(spread.T):
            score, share = _difference(model, latents[start : start + size], step * direction)
            loadings[:, k] += score
            shares[:, k] += share
    scale = 1 / (2 * step * len(latents))
    loadings = (loadings - loadings.mean(axis=0)) * scale
    if not loadings.any():
        raise InputError(
            "no item's score changes along any direction of latent space, so there is nothing to align",
            "the decoder ignores z; train the model again: lfd train --beta 0.2",
        )
    return Jacobians(loadings, shares * scale)


def _difference(model: LatentModel, latents: Floats, move: Floats) -> tuple[Floats, Floats]:
    """Scores and shares at z + move minus those at z - move, summed over users."""
    ends = [np.asarray(item_scores(model, latents + side * move), dtype=np.float64) for side in (1, -1)]
    change: Floats = (ends[0] - ends[1]).sum(axis=0)
    if not np.isfinite(change).all():
        raise InputError(
            f"the decoder gives item {int(np.flatnonzero(~np.isfinite(change))[0])} a score that is not finite",
            "check decode where the model was imported; where it diverged: lfd train --learning-rate 1e-4",
        )
    share: Floats = (softmax(ends[0], axis=1) - softmax(ends[1], axis=1)).sum(axis=0)
    return change, share
