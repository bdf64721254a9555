"""Folding in: a user's factors from a history and the items' factors, by weighted ridge least squares.

    z = argmin sum_i c_i (x_i - z . q_i)^2 + ridge |z|^2,   c_i = 1 + alpha x_i

over all items, chosen or not: with alpha the users' half of an iteration of implicit ALS (Hu, Koren and
Volinsky 2008, equation 4, on choices of value 1), with alpha 0 plain least squares.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.models.rows import row_of_entry

Floats = npt.NDArray[np.float64]

ROWS = 2048  # users at once: alpha needs a matrix for each


def fold_histories(interactions: sparse.csr_array, items: Floats, alpha: float, ridge: float) -> Floats:
    """Place histories.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items
    items : numpy.ndarray, items x factors
    alpha : float, from 0
    ridge : float, above 0

    Returns
    -------
    numpy.ndarray, users x factors
    """
    n_factors = items.shape[1]
    penalised = items.T @ items + ridge * np.eye(n_factors)
    rows = interactions.astype(np.float64)
    if alpha == 0:
        solved: Floats = np.linalg.solve(penalised, np.asarray(rows @ items).T).T
        return solved
    placed = np.empty((rows.shape[0], n_factors))
    for first in range(0, len(placed), ROWS):
        some = rows[first : first + ROWS]
        weighted = some.copy()
        weighted.data = (1 + alpha * some.data) * some.data
        matrices = _systems(some, items, penalised, alpha)
        wanted = np.asarray(weighted @ items)
        placed[first : first + ROWS] = np.linalg.solve(matrices, wanted[..., None])[..., 0]
    return placed


def _systems(rows: sparse.csr_array, items: Floats, penalised: Floats, alpha: float) -> Floats:
    """A = Q' C Q + ridge I of each user (users x factors x factors); `penalised` is Q' Q + ridge I."""
    matrices = np.broadcast_to(penalised, (rows.shape[0], *penalised.shape)).copy()
    for factor in range(len(penalised)):
        matrices[:, factor] += alpha * np.asarray(rows @ (items[:, factor, None] * items))
    return matrices


def folding_gradients(
    interactions: sparse.csr_array, items: Floats, alpha: float, ridge: float, directions: Floats
) -> Floats:
    """How the coordinates of folded-in users change with every value of their histories.

        d z / d x_i = A^-1 q_i (1 + 2 alpha x_i - alpha q_i . z),   A = Q' C Q + ridge I

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items
    items : numpy.ndarray, items x factors
    alpha : float, from 0
    ridge : float, above 0
    directions : numpy.ndarray, users x directions x factors

    Returns
    -------
    numpy.ndarray, directions x entries of the interactions
    """
    placed = fold_histories(interactions, items, alpha, ridge)
    penalised = items.T @ items + ridge * np.eye(items.shape[1])
    found = np.empty((directions.shape[1], interactions.nnz))
    for first in range(0, len(placed), ROWS):
        part = slice(first, first + ROWS)
        some = interactions[part].astype(np.float64)
        solved = np.linalg.solve(_systems(some, items, penalised, alpha), directions[part].transpose(0, 2, 1))
        user, chosen = row_of_entry(some), items[some.indices]
        change = 1 + 2 * alpha * some.data - alpha * (chosen * placed[part][user]).sum(axis=1)
        entries = slice(interactions.indptr[first], interactions.indptr[first] + some.nnz)
        for direction, row in enumerate(found):
            row[entries] = (chosen * solved[user, :, direction]).sum(axis=1) * change
    return found


def usual_ridge(items: Floats) -> float:
    """A hundredth of the mean eigenvalue of the items' products: steadies the solution and hardly moves it.

    Parameters
    ----------
    items : numpy.ndarray, items x factors, not all 0
    """
    return 0.01 * float(np.square(items).sum()) / int(items.shape[1])
