"""EASE: the linear item-to-item recommender in closed form (Steck 2019, arXiv 1905.03375).

    min over B of |X - X B|^2 + lambda |B|^2   with diag(B) = 0                    (equation 2)
    P = (X'X + lambda I)^-1,   B_ij = -P_ij / P_jj off the diagonal                 (equations 7 and 8)

that is, B = I - P diag(1 / diag(P)). It scores a history by x B and places nobody in a latent space: no
`LatentModel`, but a baseline that those have to be compared with. Holds items x items, dense; knows numpy and
scipy only.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import lapack

from lfd.core.models.rows import check_width
from lfd.errors import LfdError

Floats = npt.NDArray[np.float64]

MATRICES = 3  # items x items, held at once while fitting: X'X, the inverse, and half of it again
BYTES = 8


class EaseModel:
    """Scores histories by the weights of items for items.

    Parameters
    ----------
    weights : numpy.ndarray, items x items
        B: how much having item i (row) speaks for item j (column); 0 on the diagonal.
    """

    def __init__(self, weights: Floats) -> None:
        self.weights = weights

    @property
    def n_items(self) -> int:
        return len(self.weights)

    def score(self, interactions: sparse.csr_array) -> Floats:
        """Scores from histories.

        Parameters
        ----------
        interactions : scipy.sparse.csr_array, users x items

        Returns
        -------
        numpy.ndarray, users x items
            X B: dense, so the caller chooses how many users at once.

        Raises
        ------
        InputError
            If the histories have other items than the weights.
        """
        check_width(interactions, self.n_items)
        scores: Floats = np.asarray(interactions @ self.weights)
        return scores


def gram(interactions: sparse.csr_array) -> Floats:
    """X'X, dense: all that EASE knows of the interactions, for any lambda.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items

    Returns
    -------
    numpy.ndarray, items x items
    """
    rows = interactions.astype(np.float64)
    products: Floats = (rows.T @ rows).toarray()
    return products


def fit_ease(gram: Floats, penalty: float) -> EaseModel:
    """The weights in closed form, by one inversion.

    Parameters
    ----------
    gram : numpy.ndarray, items x items
        X'X, as `gram` gives it; not changed.
    penalty : float, above 0
        lambda.

    Returns
    -------
    EaseModel

    Raises
    ------
    LfdError
        If the matrix cannot be inverted: a lambda that vanishes beside the interactions.
    """
    inverse = _inverse(gram, penalty)
    weights = np.divide(inverse, -np.diag(inverse), out=inverse)
    np.fill_diagonal(weights, 0.0)
    return EaseModel(weights)


def memory(n_items: int) -> int:
    """Bytes that fitting holds at once.

    Parameters
    ----------
    n_items : int
    """
    return MATRICES * BYTES * n_items**2


def _inverse(gram: Floats, penalty: float) -> Floats:
    """(X'X + lambda I)^-1 by Cholesky; factor and inverse take the place of one copy, half of it at first."""
    system = np.array(gram, order="F")
    system[np.diag_indices_from(system)] += penalty
    factor, failed = lapack.dpotrf(system, lower=1, clean=1, overwrite_a=1)
    if failed:
        raise LfdError(
            f"EASE with lambda {penalty:g} has no solution: items of the same users cannot be told apart",
            "take a larger lambda: lfd evaluate RUN --what ranking --ease 100",
        )
    inverse: Floats = lapack.dpotri(factor, lower=1, overwrite_c=1)[0]
    inverse += np.tril(inverse, -1).T
    return inverse
