"""How scores and recommendations change along each whitened direction, over the users as they are.

    L = regression of the scores on y           item loadings, centred over items
    Q = mean of d softmax(scores / T) / d y     by central differences of `decode`

Both need `decode` alone, so any `LatentModel` will do; a batch of users x items is all that is held. L is the
mean Jacobian d scores / d y: exactly for a linear decoder, and for others wherever y is normal (Stein 1981).
Where it is not, the regression is the better one to read by: it is how scores go with y among real users.
Q is exact up to the square of the step, a tenth of the users' standard deviation. The temperature T puts a
user's best item 1.5 above the mean one: a linear model's scores have no unit, and where a few popular items
take all the mass, Q hears of nothing else (MovieLens: SVD found 4 of 26 concepts with T = 1, 16 with this).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from lfd.core.models.scores import MOST_SCORES, item_scores
from lfd.errors import InputError

if TYPE_CHECKING:
    from lfd.core.alignment.unseen import Unseen
    from lfd.core.alignment.whitening import Whitening
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]

STEP = 0.1
NOTHING = 1e-9
BEST = 1.5  # how far above the mean score the best one is taken to be, in logits


@dataclass(frozen=True)
class Jacobians:
    """How scores and expected shares of recommendations change along each whitened direction.

    Attributes
    ----------
    loadings : numpy.ndarray, items x dimensions
        L, columns centred.
    shares : numpy.ndarray, items x dimensions
        Q, whose columns sum to 0.
    temperature : float above 0, default 1
        T.
    metric : numpy.ndarray, dimensions x dimensions, default not known
        F, how much all recommendations change: see `recommendation_metric`.
    unseen : Unseen, default not known
        What users chose that the encoder had not seen.
    """

    loadings: Floats
    shares: Floats
    temperature: float = 1.0
    metric: Floats | None = None
    unseen: Unseen | None = None

    def on(self, items: npt.NDArray[np.bool_]) -> Jacobians:
        """The same over some of the items."""
        unseen = None if self.unseen is None else self.unseen.on(items)
        return replace(self, loadings=self.loadings[items], shares=self.shares[items], unseen=unseen)


def jacobians(
    model: LatentModel, latents: Floats, whitening: Whitening, *, step: float = STEP, batch: int = 4096
) -> Jacobians:
    """Measure both, over users.

    Parameters
    ----------
    model : LatentModel
    latents : numpy.ndarray, users x latent
        A sample of users is enough.
    whitening : Whitening
        From all users.
    step : float above 0, default 0.1
        Half of the central difference, in the users' standard deviations.
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
    users = [slice(start, start + size) for start in range(0, len(latents), size)]
    coordinates = whitening.coordinates(latents)
    coordinates = coordinates - coordinates.mean(axis=0)
    together, above = np.zeros((model.n_items, whitening.rank)), 0.0
    for part in users:
        scores = _finite(item_scores(model, latents[part]))
        together += scores.T @ coordinates[part]
        above += float((scores.max(axis=1) - scores.mean(axis=1)).sum())
    loadings = together @ np.linalg.pinv(coordinates.T @ coordinates, hermitian=True)
    loadings -= loadings.mean(axis=0)
    if not above > 0 or np.abs(loadings).max() <= NOTHING * above / len(latents):
        raise InputError(
            "no item's score changes with z, so there is nothing to align",
            "the decoder ignores z; train the model again: lfd train --beta 0.2",
        )
    temperature = above / (BEST * len(latents))
    shares = np.zeros_like(loadings)
    for part in users:
        for k, direction in enumerate(whitening.spread.T):
            shares[:, k] += _share_change(model, latents[part], step * direction, temperature)
    return Jacobians(loadings, shares / (2 * step * len(latents)), temperature)


def _share_change(model: LatentModel, latents: Floats, move: Floats, temperature: float) -> Floats:
    """Shares at z + move minus those at z - move, summed over users."""
    ends = (_finite(item_scores(model, latents + side * move)) for side in (1, -1))
    up, down = (softmax(scores / temperature, axis=1) for scores in ends)
    change: Floats = (up - down).sum(axis=0)
    return change


def _finite(scores: npt.NDArray[np.floating]) -> Floats:
    bad = ~np.isfinite(scores).all(axis=0)
    if bad.any():
        raise InputError(
            f"the decoder gives item {int(np.flatnonzero(bad)[0])} a score that is not finite",
            "check decode where the model was imported; where it diverged: lfd train --learning-rate 1e-4",
        )
    return np.asarray(scores, dtype=np.float64)
