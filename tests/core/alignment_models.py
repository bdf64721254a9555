"""Small models whose concepts are known by construction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from lfd.core.attributes import Attribute


class Linear:
    """scores = (z - origin) decoder, z = origin + x encoder."""

    def __init__(self, decoder, encoder=None, origin=None, deviation=0.0):
        self.decoder = decoder
        self.encoder = decoder.T if encoder is None else encoder
        self.origin = np.zeros(len(decoder)) if origin is None else origin
        self.deviation = deviation

    @property
    def n_items(self):
        return self.decoder.shape[1]

    @property
    def n_latent(self):
        return self.decoder.shape[0]

    def encode(self, interactions):
        mean = self.origin + np.asarray(interactions @ self.encoder)
        return mean, np.full_like(mean, self.deviation)

    def decode(self, latents):
        return (latents - self.origin) @ self.decoder


@dataclass
class Planted:
    """Factors whose strengths s make the scores: scores = s loadings', z = origin + s mixing."""

    strengths: np.ndarray
    loadings: np.ndarray
    attributes: list[Attribute]
    latents: np.ndarray
    model: Linear
    interactions: sparse.csr_array


def one_hot(name, level, values, ordered=False):
    return Attribute(name, tuple(f"v{v}" for v in range(values)), np.eye(values)[level], ordered)


def planted(seed=0, factors=3, users=800, items=240, values=4, between=0.0, together=0.0, noise_axes=0):
    """Ordered factors: strengths correlated by `between`, the items' levels by `together`."""
    rng = np.random.default_rng(seed)

    def correlated(rows, r):
        common = rng.standard_normal((rows, 1))
        return np.sqrt(r) * common + np.sqrt(1 - r) * rng.standard_normal((rows, factors))

    strengths = correlated(users, between)
    rank = correlated(items, together).argsort(axis=0).argsort(axis=0)
    level = rank * values // items
    loadings = np.linspace(-1, 1, values)[level]
    width = factors + noise_axes
    mixing = rng.standard_normal((width, width)) + 2 * np.eye(width)
    hidden = np.hstack([strengths, rng.standard_normal((users, noise_axes))])
    origin = rng.standard_normal(width)
    decoder = np.linalg.inv(mixing) @ np.vstack([loadings.T, np.zeros((noise_axes, items))])
    encoder = np.zeros((items, width))
    attributes = [one_hot(f"f{f}", level[:, f], values, ordered=True) for f in range(factors)]
    scores = strengths @ loadings.T + rng.gumbel(size=(users, items))
    interactions = sparse.csr_array((scores >= np.sort(scores, axis=1)[:, [-20]]).astype(np.float32))
    model = Linear(decoder, encoder, origin)
    return Planted(strengths, loadings, attributes, origin + hidden @ mixing, model, interactions)


def recommender(seed=0, users=600, items=200, latent=4, values=5):
    """A linear model that reads histories, on data in which one attribute is the strongest taste."""
    rng = np.random.default_rng(seed)
    level = rng.integers(0, values, items)
    loadings = rng.standard_normal((items, latent)) * 0.7
    loadings[:, 0] = np.linspace(-1.5, 1.5, values)[level]
    strengths = rng.standard_normal((users, latent))
    scores = strengths @ loadings.T + rng.gumbel(size=(users, items))
    interactions = sparse.csr_array((scores >= np.sort(scores, axis=1)[:, [-15]]).astype(np.float32))
    attributes = [
        one_hot("kind", level, values, ordered=True),
        one_hot("colour", rng.integers(0, 3, items), 3),
    ]
    return Linear(loadings.T, loadings / 15), interactions, attributes
