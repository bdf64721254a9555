"""A RecVAE of Cornac through the protocol: its users lie far from the prior, and decode where they lie.

Needs the extra `peers`.
"""

from __future__ import annotations

import numpy as np
import pytest

from lfd.core.attributes import read_attributes
from lfd.core.evaluation.frames import Decoders, decoded_in, raw_frame
from lfd.core.evaluation.incoming import check_model
from lfd.core.synthetic.generate import generate
from lfd.settings.decoding import DecodeMcSettings, DecodeSampleSettings, TraverseSettings
from lfd.settings.synthetic import GenDataSettings


class CornacRecVAE:
    """Cornac's network as a `LatentModel`: it samples with a deviation of 0.01 times the encoder's."""

    def __init__(self, network, n_items):
        self.network, self.n_items = network.eval(), n_items
        self.n_latent = network.decoder.in_features

    def encode(self, interactions):
        import torch

        with torch.no_grad():
            mean, log_variance = self.network.encoder(
                torch.from_numpy(interactions.toarray()), dropout_rate=0
            )
        return mean.double().numpy(), 0.01 * np.exp(0.5 * log_variance.double().numpy())

    def decode(self, latents):
        import torch

        with torch.no_grad():
            return self.network.decoder(torch.from_numpy(np.float32(latents))).numpy()


@pytest.fixture(scope="module")
def trained():
    cornac = pytest.importorskip("cornac", reason="cornac is not installed: pip install -e '.[peers]'")
    data = generate(GenDataSettings(users=1500, items=120)).dataset()  # Cornac ranks 100 in every epoch
    users, items = data.interactions.nonzero()
    n_users, n_items = data.interactions.shape
    theirs = cornac.data.Dataset(
        n_users,
        n_items,
        {u: u for u in range(n_users)},
        {i: i for i in range(n_items)},
        (users, items, data.interactions.data),
        seed=0,
    )
    model = cornac.models.RecVAE(
        hidden_dim=32, latent_dim=3, n_epochs=12, lr=2e-3, batch_size=100, seed=0, verbose=False
    )
    model.fit(theirs)
    return CornacRecVAE(model.recvae_model, n_items), data


def test_the_check_says_that_users_lie_far_from_the_prior(trained):
    model, data = trained
    found = check_model(model, data.interactions, np.random.default_rng(0))
    figures = {measure.name: measure for measure in found.measures}
    assert figures["own_auc"].value > figures["popularity_auc"].value + 0.1
    assert figures["far_from_prior"].value > 0
    assert any("--scale users" in note for note in found.notes)


def test_draws_where_the_users_are_decode_the_factors(trained):
    model, data = trained
    attributes = read_attributes(data.items, data.schema)
    held_out = np.arange(data.n_users) % 5 == 0
    sample = DecodeSampleSettings(scale="users", permutations=200, resamples=200)
    few = Decoders(TraverseSettings(), DecodeMcSettings(permutations=200, resamples=200), sample)
    reports = decoded_in(raw_frame(model), data, attributes, held_out, few)
    assert {method: (r.decoded, r.of) for method, r in reports.items()} == {"mc": (3, 3), "sample": (3, 3)}
