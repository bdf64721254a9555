"""Item loadings on the scale of logits, where a decoder's scores are not: told from users' choices.

Loadings are regressed on attributes, so they must add up as logits do. A linear model's scores do not: to
first order the expected choice of item i at y is p_i (1 + l_i y), so that its loading carries a power of its
popularity p_i, and what users of strong taste choose bends the rest (the normaliser of the softmax couples
directions whenever attributes are correlated). Both are undone by the most likely

    log P(i | y) = b_i + (p_i^-k L_i) T y

over users' choices (McFadden 1974), with k on a grid and T a matrix: a few hundred numbers for all items, so
rare items lend no noise. The loss is convex for each k. Where k = 0 is the most likely the scores are logits
already, as those of a network are, and the loadings stay as they are. Looks at no label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import minimize

from lfd.core.models.scores import MOST_SCORES

Floats = npt.NDArray[np.float64]

POWERS = (0.0, 0.5, 1.0, 1.5)  # k; a quarter more or less changes nothing that one could measure
STEPS = 150
PRECISION = 1e-7
SCREENED = 500  # users who tell which k is the most likely: margins are hundreds of nats


def on_logit_scale(
    loadings: Floats, coordinates: Floats, interactions: sparse.csr_array, popularity: Floats
) -> Floats:
    """Free loadings of popularity, and turn them so that choices are the likeliest.

    Parameters
    ----------
    loadings : numpy.ndarray, items x dimensions
        L of the decoder's scores.
    coordinates : numpy.ndarray, users x dimensions
        Whitened; a sample of users is enough.
    interactions : scipy.sparse.csr_array, users x items
        Of the same users.
    popularity : numpy.ndarray, (items,), at least 0

    Returns
    -------
    numpy.ndarray, items x dimensions, columns centred
        `loadings` as they are, where these are on the scale already.
    """
    if not (popularity > 0).any() or not interactions.sum() > 0:
        return loadings
    log_popularity = np.log(np.maximum(popularity, popularity[popularity > 0].min()))
    log_popularity -= log_popularity.mean()
    freed = [loadings * np.exp(-power * log_popularity)[:, None] for power in POWERS]
    few = slice(None, None, max(1, len(coordinates) // SCREENED))
    best, least = 0, np.inf
    for number, features in enumerate(freed):
        loss = _Choices(features, coordinates[few], interactions[few]).fitted()[1]
        if loss >= least:
            break
        best, least = number, loss
    if not POWERS[best]:
        return loadings
    turned, _ = _Choices(freed[best], coordinates, interactions).fitted()
    centred: Floats = turned - turned.mean(axis=0)
    return centred


@dataclass
class _Choices:
    """The multinomial likelihood of choices, given features of the items and coordinates of the users."""

    features: Floats
    coordinates: Floats
    interactions: sparse.csr_array

    def __post_init__(self) -> None:
        self.chosen = np.asarray(self.interactions.sum(axis=0), dtype=np.float64).ravel()
        self.number = np.asarray(self.interactions.sum(axis=1), dtype=np.float64).ravel()
        self.total = float(self.number.sum())
        self.features = _white(self.features, self.chosen)
        self.together = self.features.T @ (self.interactions.T @ self.coordinates)
        self.start = np.log(np.maximum(self.chosen, 0.5) / self.total)
        self.scale = 1 / np.sqrt(self.chosen + 1)  # an intercept's standard error: one unit for all unknowns
        size = max(1, MOST_SCORES // len(self.features))
        self.parts = [slice(first, first + size) for first in range(0, len(self.number), size)]

    def fitted(self) -> tuple[Floats, float]:
        """The most likely loadings, and minus their log-likelihood per choice."""
        rank = self.features.shape[1]
        found = minimize(
            self.loss,
            np.zeros(len(self.features) + rank**2),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": STEPS, "maxcor": 20, "ftol": PRECISION, "gtol": 0.0},
        )
        return self.features @ self._unpacked(found.x)[1], float(found.fun)

    def loss(self, unknown: Floats) -> tuple[float, Floats]:
        """Minus the log-likelihood per choice, T's entries having a standard normal prior; its gradient."""
        intercepts, turn = self._unpacked(unknown)
        value = 0.5 * float((turn**2).sum()) - float(self.chosen @ intercepts + (self.together * turn).sum())
        own, slope = -self.chosen, turn - self.together
        for part in self.parts:
            y = self.coordinates[part]
            scores = (y @ turn.T) @ self.features.T + intercepts
            highest = scores.max(axis=1)
            mass = np.exp(np.subtract(scores, highest[:, None], out=scores), out=scores)
            normaliser = mass.sum(axis=1)
            value += float(self.number[part] @ (np.log(normaliser) + highest))
            each = self.number[part] / normaliser
            own = own + each @ mass
            slope = slope + (self.features.T @ mass.T) @ (each[:, None] * y)
        gradient = np.concatenate([own * self.scale, slope.ravel() / np.sqrt(self.total)])
        return value / self.total, gradient / self.total

    def _unpacked(self, unknown: Floats) -> tuple[Floats, Floats]:
        rank = self.features.shape[1]
        own, turn = np.split(unknown, [len(self.features)])
        return self.start + own * self.scale, turn.reshape(rank, rank) / np.sqrt(self.total)


def _white(features: Floats, weight: Floats) -> Floats:
    """The same span of features, with mean 0 and covariance 1 over what is chosen."""
    share = weight / weight.sum()
    centred = features - share @ features
    values, vectors = np.linalg.eigh((centred.T * share) @ centred)
    length = np.sqrt(np.maximum(values, 0))
    kept = length > 1e-9 * length[-1]
    white: Floats = centred @ (vectors / np.where(kept, length, np.inf))
    return white
