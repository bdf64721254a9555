"""Derivatives of any `LatentModel`: its own where it knows them, through an alignment too, else differences.

Differences are of six points, exact up to the sixth power of a step that is a tenth of the users' standard
deviation on each axis, so that scores in single precision will do; the few axes make them cheap. What an
entry of a history does to z is its gradient times its value; where a model does not know its derivatives,
what leaving the entry out takes away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.alignment.rotated import AlignedModel
from lfd.core.models.protocol import Differentiable
from lfd.core.models.rows import keep
from lfd.core.models.scores import item_scores

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]

STEP = 0.1  # of the users' standard deviation
STENCIL = {-3: -1 / 60, -2: 9 / 60, -1: -45 / 60, 1: 45 / 60, 2: -9 / 60, 3: 1 / 60}
LEFT_OUT_AT_ONCE = 4096  # histories


def score_gradients(model: LatentModel, latents: Floats, weights: Floats, units: Floats) -> Floats:
    """Gradients by z of weighted sums of scores.

    Parameters
    ----------
    model : LatentModel
    latents : numpy.ndarray, rows x latent
    weights : numpy.ndarray, rows x sums x items
    units : numpy.ndarray, (latent,), above 0
        The users' standard deviation on each axis, that of the steps where differences are taken.

    Returns
    -------
    numpy.ndarray, rows x sums x latent
    """
    if isinstance(model, Differentiable):
        return model.score_gradients(latents, weights)
    if isinstance(model, AlignedModel) and isinstance(model.model, Differentiable):
        raw = model.model.score_gradients(model.rotation.restore(latents), weights)
        return np.asarray(raw @ model.rotation.to_raw.T)
    gradients = np.empty((*weights.shape[:2], latents.shape[1]))
    for axis, unit in enumerate(units):
        step = STEP * unit * np.eye(latents.shape[1])[axis]
        change = sum(
            c * item_scores(model, latents + at * step).astype(np.float64) for at, c in STENCIL.items()
        )
        gradients[:, :, axis] = np.einsum("ri,rki->rk", change / (STEP * unit), weights)
    return gradients


def history_pulls(model: LatentModel, interactions: sparse.csr_array, directions: Floats) -> Floats:
    """How far each entry of a history has brought its user along directions.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items
    directions : numpy.ndarray, users x directions x latent

    Returns
    -------
    numpy.ndarray, directions x entries of the interactions, in storage order
        Of a network that divides histories by their length they add up to 0: what pulls, pulls against the
        rest of the history.
    """
    if isinstance(model, Differentiable):
        gradients = model.history_gradients(interactions, directions)
    elif isinstance(model, AlignedModel) and isinstance(model.model, Differentiable):
        raw = directions @ model.rotation.to_aligned.T
        gradients = model.model.history_gradients(interactions, raw)
    else:
        return left_out(model, interactions, directions)
    return np.asarray(gradients * interactions.data)


def left_out(model: LatentModel, interactions: sparse.csr_array, directions: Floats) -> Floats:
    """How far users would be from where they are along directions, without each entry of their histories.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items
        Each entry once.
    directions : numpy.ndarray, users x directions x latent

    Returns
    -------
    numpy.ndarray, directions x entries of the interactions
        With the entry minus without it.
    """
    whole = model.encode(interactions)[0]
    found = np.empty((directions.shape[1], interactions.nnz))
    for first in range(0, interactions.nnz, LEFT_OUT_AT_ONCE):
        entries = np.arange(first, min(first + LEFT_OUT_AT_ONCE, interactions.nnz))
        owner, others = entries_left_out(interactions, entries)
        moved = whole[owner] - model.encode(others)[0]
        found[:, entries] = np.einsum("el,ekl->ke", moved, directions[owner])
    return found


def entries_left_out(
    interactions: sparse.csr_array, entries: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], sparse.csr_array]:
    """Histories without one of their entries each.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items
    entries : numpy.ndarray of int64, (rows,)
        In storage order.

    Returns
    -------
    owner : numpy.ndarray of int64, (rows,)
        Whose history it is.
    others : scipy.sparse.csr_array, rows x items
    """
    owner = np.searchsorted(interactions.indptr, entries, side="right") - 1
    rows = interactions[owner]
    others = np.ones(rows.nnz, dtype=np.bool_)
    others[rows.indptr[:-1] + entries - interactions.indptr[owner]] = False
    return owner.astype(np.int64), keep(rows, others)
