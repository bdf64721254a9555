"""Derivatives of a network: of scores by z, and of z by a user's history."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from torch import Tensor, nn

from lfd.core.models.bags import Bags, SparseBatch, bags

if TYPE_CHECKING:
    from lfd.core.models.network import Network

Floats = npt.NDArray[np.float64]


def score_gradients(network: Network, latents: Floats, weights: Floats) -> Floats:
    """Gradients by z of weighted sums of scores.

    Parameters
    ----------
    network : Network
    latents : numpy.ndarray, rows x latent
    weights : numpy.ndarray, rows x sums x items

    Returns
    -------
    numpy.ndarray, rows x sums x latent
    """
    with torch.no_grad():
        *inner, last = (cast(nn.Linear, layer) for layer in network.up)
        activations, h = [], _tensor(network, latents)
        for layer in inner:
            h = torch.tanh(layer(h))
            activations.append(h)
        # Backwards by hand: for a few layers of tanh that is as short, and autograd is slow to import.
        found = _tensor(network, weights) @ last.weight
        for layer, h in zip(reversed(inner), reversed(activations), strict=True):
            found = (found * (1 - h**2)[:, None]) @ layer.weight
    gradients: Floats = found.cpu().numpy().astype(np.float64)
    return gradients


def history_gradients(network: Network, interactions: sparse.csr_array, directions: Floats) -> Floats:
    """Gradients of users' coordinates by what they chose, through the division by a history's length.

    Parameters
    ----------
    network : Network
    interactions : scipy.sparse.csr_array, users x items
    directions : numpy.ndarray, users x directions x latent

    Returns
    -------
    numpy.ndarray, directions x entries of the interactions
    """
    stored = bags(interactions).to(network.first.device)
    values = stored.values.to(network.first.dtype).requires_grad_()
    counts = torch.from_numpy(np.diff(interactions.indptr).astype(np.int64)).to(values.device)
    user = torch.repeat_interleave(torch.arange(len(counts), device=values.device), counts)
    squares = torch.zeros(len(counts), dtype=values.dtype, device=values.device)
    squares = squares.index_add(0, user, values**2)
    length = torch.sqrt(torch.where(squares > 0, squares, torch.ones_like(squares)))
    unit = Bags(stored.columns, stored.starts, values / length[user])
    mean, _ = network.encode(SparseBatch(unit))
    found = [_gradient(mean, values, _tensor(network, directions[:, k])) for k in range(directions.shape[1])]
    return np.stack(found) if found else np.zeros((0, interactions.nnz))


def _tensor(network: Network, array: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array)).to(network.first.device, network.first.dtype)


def _gradient(of: Tensor, by: Tensor, weights: Tensor) -> Floats:
    (gradient,) = torch.autograd.grad(of, by, weights, retain_graph=True)
    found: Floats = gradient.cpu().numpy().astype(np.float64)
    return found
