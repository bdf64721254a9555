"""Small models to explain, and what they are explained by."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from lfd.core.models.network import Network, NetworkConfig
from lfd.core.models.wrapper import NetworkModel
from tests.core.alignment_models import Linear


def network(seed=0, items=40, latent=4, hidden=(12,), gain=2.5, model="ae"):
    """A network whose weights are large enough for its scores to bend."""
    net = Network(NetworkConfig(model, "multinomial", items, latent, hidden), seed)
    for parameter in net.parameters():
        parameter.data *= gain
    return NetworkModel(net)


def histories(users=6, items=40, density=0.3, seed=1, binary=True):
    rng = np.random.default_rng(seed)
    dense = (rng.random((users, items)) < density).astype(np.float32)
    if not binary:
        dense *= rng.uniform(0.2, 1, dense.shape).astype(np.float32)
    return sparse.csr_array(dense)


def linear(seed=0, items=30, latent=3, scale=1.0):
    """Scores that are linear in z, and z linear in the history."""
    rng = np.random.default_rng(seed)
    return Linear(scale * rng.standard_normal((latent, items)), rng.standard_normal((items, latent)))


class Seen:
    """A model of which only the protocol is seen: it does not know its own derivatives."""

    def __init__(self, model):
        self.encode, self.decode = model.encode, model.decode
        self.n_items, self.n_latent = model.n_items, model.n_latent
