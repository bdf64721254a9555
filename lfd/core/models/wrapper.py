"""A trained network as a `LatentModel`: numpy in, numpy out; and back from its configuration and weights.

Weights are a dict of numpy arrays and the configuration is a plain dict, so that both can be kept in
formats that hold nothing executable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse

from lfd.core.models import derivatives
from lfd.core.models.bags import sparse_batch
from lfd.core.models.network import Network, NetworkConfig
from lfd.core.models.rows import check_width, unit_rows
from lfd.errors import InputError, nearest

if TYPE_CHECKING:
    from lfd.core.models.protocol import Floats

ENCODE_ROWS = 4096  # users whose hidden layer is held at once


class NetworkModel:
    """A network behind the protocol of `LatentModel`; encoding never drops anything or adds noise."""

    def __init__(self, network: Network) -> None:
        self.network = network.eval()

    @property
    def n_items(self) -> int:
        return self.network.config.n_items

    @property
    def n_latent(self) -> int:
        return self.network.config.n_latent

    def encode(
        self, interactions: sparse.csr_array
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Mean and deviation of z (users x latent each); the deviation of an `ae` is 0."""
        check_width(interactions, self.n_items)
        mean = np.zeros((interactions.shape[0], self.n_latent))
        deviation = np.zeros_like(mean)
        for start in range(0, len(mean), ENCODE_ROWS):
            part = slice(start, start + ENCODE_ROWS)
            mean[part], deviation[part] = self._encode(interactions[part])
        return mean, deviation

    @torch.no_grad()
    def _encode(self, rows: sparse.csr_array) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        device = self.network.first.device
        mean, log_variance = self.network.encode(sparse_batch(unit_rows(rows)).to(device))
        deviation = torch.zeros_like(mean) if log_variance is None else torch.exp(0.5 * log_variance)
        return mean.cpu().numpy(), deviation.cpu().numpy()

    @torch.no_grad()
    def decode(self, latents: Floats) -> Floats:
        """Scores (batch x items, float32) at `latents` (batch x latent)."""
        z = torch.from_numpy(np.array(latents, dtype=np.float32)).to(self.network.first.device)
        scores: Floats = self.network.decode(z).cpu().numpy()
        return scores

    def score_gradients(
        self, latents: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Gradients by z of weighted sums of scores; see `Differentiable`."""
        return derivatives.score_gradients(self.network, latents, weights)

    def history_gradients(
        self, interactions: sparse.csr_array, directions: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Gradients of coordinates by what users chose; see `Differentiable`."""
        check_width(interactions, self.n_items)
        return derivatives.history_gradients(self.network, interactions, directions)


def network_config(config: Mapping[str, Any]) -> NetworkConfig:
    """A configuration from a plain mapping, as a file gives it.

    Raises
    ------
    InputError
        If a key is missing or unknown.
    """
    known = [field.name for field in fields(NetworkConfig)]
    for key in config:
        if key not in known:
            raise InputError(f"the model's configuration has an unknown key: {key}", nearest(key, known))
    missing = [name for name in known if name not in config]
    if missing:
        raise InputError(
            f"the model's configuration lacks {', '.join(missing)}",
            "train the model again: lfd train --force",
        )
    return NetworkConfig(**{**config, "hidden": tuple(config["hidden"])})


def plain_config(config: NetworkConfig) -> dict[str, Any]:
    """The configuration as a plain dict of strings, numbers and lists."""
    return {**asdict(config), "hidden": list(config.hidden)}


def weights_of(network: Network) -> dict[str, npt.NDArray[np.float32]]:
    """The network's weights as arrays, copied."""
    return {name: value.detach().cpu().numpy().copy() for name, value in network.state_dict().items()}


def build_model(config: Mapping[str, Any], weights: Mapping[str, npt.NDArray[Any]]) -> NetworkModel:
    """The trained network again, on the CPU; `lfd.core.models.build` has it for every kind of model.

    Parameters
    ----------
    config : mapping
        As in `Fitted.config`: the fields of `NetworkConfig`.
    weights : mapping of str to numpy.ndarray
        As in `Fitted.weights`.

    Returns
    -------
    NetworkModel

    Raises
    ------
    InputError
        If keys are missing or unknown, or a weight has another shape than the configuration says, or
        holds values that are not finite.
    """
    network = Network(network_config(config), seed=None)
    expected = network.state_dict()
    if set(weights) != set(expected):
        odd = ", ".join(sorted(set(weights) ^ set(expected)))
        raise InputError(
            f"the model's weights do not fit its configuration: {odd}",
            "train the model again: lfd train --force",
        )
    for name, value in weights.items():
        if value.shape != tuple(expected[name].shape) or not np.isfinite(value).all():
            raise InputError(
                f"the model's weight {name} has shape {value.shape} where {tuple(expected[name].shape)} is"
                " expected, or values that are not finite",
                "train the model again: lfd train --force",
            )
    network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
    return NetworkModel(network)
