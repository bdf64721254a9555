"""What a latent model must be able to do to be decoded: two functions on arrays.

Knows nothing of how a model was made: trained here, imported from another library or written by hand
counts the same. numpy in, numpy out; whatever engine a model runs on stays inside it.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.floating[Any]]


@runtime_checkable
class LatentModel(Protocol):
    """A recommender that describes every user by a vector z.

    Attributes
    ----------
    n_items : int
        Number of items: the width of what `encode` reads and of what `decode` gives.
    n_latent : int
        Number of axes of the latent space.
    """

    @property
    def n_items(self) -> int: ...

    @property
    def n_latent(self) -> int: ...

    def encode(
        self, interactions: sparse.csr_array
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Place users in latent space.

        Parameters
        ----------
        interactions : scipy.sparse.csr_array, users x items, values in [0, 1]
            What each user chose. A row without entries is a user of whom nothing is known.

        Returns
        -------
        mean : numpy.ndarray, users x latent, float64
        deviation : numpy.ndarray, users x latent, float64, >= 0
            Standard deviation of z around the mean; 0 for a model that knows no uncertainty.
        """
        ...

    def decode(self, latents: Floats) -> Floats:
        """Score every item.

        Parameters
        ----------
        latents : numpy.ndarray, batch x latent
            Points of latent space. The result is dense, so the caller chooses how many at once.

        Returns
        -------
        scores : numpy.ndarray, batch x items, float32 or float64
            Higher is recommended first; on the scale of logits.
        """
        ...


@runtime_checkable
class Differentiable(Protocol):
    """A `LatentModel` that knows its own derivatives; of others they are taken by differences."""

    def score_gradients(
        self, latents: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Gradients by z of weighted sums of scores.

        Parameters
        ----------
        latents : numpy.ndarray, rows x latent
        weights : numpy.ndarray, rows x sums x items

        Returns
        -------
        numpy.ndarray, rows x sums x latent
        """
        ...

    def history_gradients(
        self, interactions: sparse.csr_array, directions: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Gradients of users' coordinates (z times a direction) by every value of their histories.

        Parameters
        ----------
        interactions : scipy.sparse.csr_array, users x items
        directions : numpy.ndarray, users x directions x latent

        Returns
        -------
        numpy.ndarray, directions x entries of the interactions, in storage order
        """
        ...
