"""A linear recommender: truncated singular value decomposition of the normalised interactions.

    M = D_u^(-1/2) X D_i^(-1/4) ~ U S V',   encode(x) = x / |x| . D_i^(-1/4) V,   decode(z) = t z V' D_i^(1/2)

so that neither busy users nor popular items own the leading vectors. The exponents are measured: on MovieLens
100K they recommend better than the full normalisation (1/2, 1/2) and than none, and on synthetic data they
leave the factors easiest to read. The temperature t, one number, is fitted so that softmax(decode) is the
likeliest for the interactions: scores are then on the scale of logits, as those of a network are. Knows numpy
and scipy only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import svds

from lfd.core.models.protocol import Floats
from lfd.core.models.rows import check_interactions, check_width, row_of_entry, unit_rows
from lfd.core.models.temperature import temperature
from lfd.errors import InputError, UsageError

Arrays = dict[str, npt.NDArray[np.float32]]

DAMPED, RESTORED = 0.25, 0.5  # powers of popularity
TEMPERATURE_USERS = 2000


class SvdModel:
    """Linear encoder and decoder behind the protocol of `LatentModel`; it knows no uncertainty.

    Parameters
    ----------
    encoder : numpy.ndarray, items x latent
    decoder : numpy.ndarray, latent x items
    """

    def __init__(self, encoder: Floats, decoder: Floats) -> None:
        self.encoder, self.decoder = encoder, decoder

    @property
    def n_items(self) -> int:
        return int(self.encoder.shape[0])

    @property
    def n_latent(self) -> int:
        return int(self.encoder.shape[1])

    def encode(
        self, interactions: sparse.csr_array
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Place users (users x latent); the deviation is 0."""
        check_width(interactions, self.n_items)
        mean = np.asarray(unit_rows(interactions) @ self.encoder.astype(np.float64))
        return mean, np.zeros_like(mean)

    def decode(self, latents: Floats) -> Floats:
        """Scores (batch x items) at `latents` (batch x latent)."""
        scores: Floats = np.asarray(latents, dtype=np.float64) @ self.decoder.astype(np.float64)
        return scores

    def score_gradients(
        self, latents: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Gradients by z of weighted sums of scores, the same at every z; see `Differentiable`."""
        return np.asarray(weights @ self.decoder.T.astype(np.float64))

    def history_gradients(
        self, interactions: sparse.csr_array, directions: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Gradients of coordinates by what users chose; see `Differentiable`."""
        check_width(interactions, self.n_items)
        user = row_of_entry(interactions)
        length = np.sqrt(np.asarray(interactions.multiply(interactions).sum(axis=1), dtype=np.float64))
        unit = np.where(length > 0, length, 1.0)[user]
        items = self.encoder[interactions.indices].astype(np.float64)
        along = np.einsum("el,ekl->ke", items, directions[user])
        coordinates = np.einsum("ul,ukl->ku", self.encode(interactions)[0], directions)
        gradients: npt.NDArray[np.float64] = (along - coordinates[:, user] * interactions.data / unit) / unit
        return gradients


def fit_svd(interactions: sparse.csr_array, latent: int) -> tuple[dict[str, Any], Arrays]:
    """Decompose the interactions.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]
    latent : int
        Number of axes, below the number of users and of items.

    Returns
    -------
    config : dict
        model, n_items, n_latent.
    weights : dict of str to numpy.ndarray, float32
        encoder and decoder: what `svd_model` builds the model from.

    Raises
    ------
    InputError
        If there is nothing to learn from, or a value is not a number in [0, 1].
    UsageError
        If there are too few users or items for so many axes.
    """
    check_interactions(interactions)
    users, items = interactions.shape
    if not 0 < latent < min(users, items):
        raise UsageError(
            f"{latent} axes cannot come from the SVD of {users} users x {items} items",
            f"use fewer than the smaller of the two: --latent {max(1, min(users, items, 17) - 1)}",
        )
    rows = unit_rows(interactions).astype(np.float64)
    total = np.asarray(interactions.sum(axis=0), dtype=np.float64).ravel()
    popularity = np.where(total > 0, total, 1.0)[:, None]
    vectors = _leading(rows @ sparse.diags_array(popularity[:, 0] ** -DAMPED), latent)
    encoder, decoder = vectors * popularity**-DAMPED, (vectors * popularity**RESTORED).T
    decoder *= temperature(rows[:TEMPERATURE_USERS] @ encoder @ decoder, interactions[:TEMPERATURE_USERS])
    weights = {"encoder": encoder.astype(np.float32), "decoder": decoder.astype(np.float32)}
    return {"model": "svd", "n_items": items, "n_latent": latent}, weights


def svd_model(weights: Mapping[str, npt.NDArray[Any]]) -> SvdModel:
    """The model again from its weights.

    Parameters
    ----------
    weights : mapping of str to numpy.ndarray
        As `fit_svd` gives them.

    Raises
    ------
    InputError
        If an array is missing, or they do not fit each other.
    """
    encoder, decoder = (np.asarray(weights.get(name, np.zeros(0))) for name in ("encoder", "decoder"))
    fits = encoder.ndim == 2 and encoder.shape == decoder.T.shape
    if not fits or not (np.isfinite(encoder).all() and np.isfinite(decoder).all()):
        raise InputError(
            f"the weights of an svd do not fit: encoder {encoder.shape}, decoder {decoder.shape}",
            "train the model again: lfd train --force",
        )
    return SvdModel(encoder, decoder)


def _leading(matrix: sparse.csr_array, latent: int) -> npt.NDArray[np.float64]:
    """Right singular vectors (items x latent), those of the largest values first, largest entry positive."""
    start = np.ones(min(matrix.shape))
    _, values, right = svds(matrix.tocsr(), k=latent, v0=start, solver="arpack")
    order = np.argsort(-values)
    vectors: npt.NDArray[np.float64] = right[order].T
    top = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
    return vectors * np.where(top < 0, -1.0, 1.0)
