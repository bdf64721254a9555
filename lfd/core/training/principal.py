"""The canonical axes of an autoencoder.

No part of an autoencoder's loss knows axes: any invertible affine map of z, undone by the decoder's
first layer, gives the same model. One form is chosen: axes along the principal directions of the
training users' z, widest first, centred, in units of the widest one's standard deviation. What the
model computes is unchanged (up to rounding), since the map is absorbed by the two layers around z.
A VAE is left alone: its noise is independent by axis, which a rotation would not keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.models.axes import encode_users
from lfd.core.models.protocol import LatentModel

Weights = dict[str, npt.NDArray[np.float32]]
Matrix = npt.NDArray[np.float64]


def moments(model: LatentModel, interactions: sparse.csr_array) -> tuple[Matrix, Matrix]:
    """Mean and covariance of the users' z, in one pass and in memory bounded by the batch."""
    total, square = np.zeros(model.n_latent), np.zeros((model.n_latent, model.n_latent))
    for _, mean, _ in encode_users(model, interactions):
        total += mean.sum(axis=0)
        square += mean.T @ mean
    centre = total / interactions.shape[0]
    return centre, square / interactions.shape[0] - np.outer(centre, centre)


def principal_map(covariance: Matrix) -> tuple[Matrix, float]:
    """Principal directions (columns, widest first) and the widest one's standard deviation.

    The largest entry of each direction is positive. A deviation of 0 is given as 1.
    """
    widths, directions = np.linalg.eigh(covariance)
    directions = directions[:, ::-1]
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=0)[None, :], axis=0)
    unit = float(np.sqrt(max(widths[-1], 0.0)))
    return directions * np.sign(largest), unit if unit > 0 else 1.0


def change_axes(
    weights: Mapping[str, npt.NDArray[Any]], centre: Matrix, directions: Matrix, unit: float
) -> Weights:
    """The weights of the same autoencoder with z replaced by (z - centre) @ directions / unit.

    Parameters
    ----------
    weights : mapping of str to numpy.ndarray
        Of a `Network`; the encoder's last layer is `down.<last>`, or `first` where it has only one.
    centre : numpy.ndarray, latent
    directions : numpy.ndarray, latent x latent
        Orthonormal columns.
    unit : float, above 0
    """
    changed = {name: np.asarray(value, dtype=np.float64) for name, value in weights.items()}
    depth = sum(name.startswith("down.") for name in changed) // 2
    weight, bias = (
        (f"down.{depth - 1}.weight", f"down.{depth - 1}.bias") if depth else ("first", "first_bias")
    )
    turn = directions / unit
    changed[weight] = turn.T @ changed[weight] if depth else changed[weight] @ turn
    changed[bias] = (changed[bias] - centre) @ turn
    changed["up.0.bias"] = changed["up.0.bias"] + changed["up.0.weight"] @ centre
    changed["up.0.weight"] = changed["up.0.weight"] @ directions * unit
    return {name: value.astype(np.float32) for name, value in changed.items()}
