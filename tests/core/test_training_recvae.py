"""RecVAE's options of a vae: the composite prior, the weight by history, encoder and decoder in turn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import sparse
from scipy.special import logsumexp
from scipy.stats import norm

from lfd.core.models.bags import bags
from lfd.core.training import networks
from lfd.core.training.divergence import MIXTURE, by_length, composite_kl
from lfd.core.training.fit import fit
from lfd.core.training.loop import Trainer, run_epoch
from lfd.core.training.loss import plain_kl
from lfd.settings.training import PRESETS, TrainSettings

SETTINGS = TrainSettings(latent=3, hidden=(8,), epochs=2, batch=32, anneal=0, device="cpu")
ROWS = sparse.csr_array((np.random.default_rng(0).random((120, 20)) < 0.3).astype(np.float32))


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def test_the_composite_kl_is_that_of_the_written_out_densities():
    place, former, noise = (
        (drawn(5, 3), drawn(5, 3) - 1),
        (drawn(3, 5).T, drawn(4, 3, 5)[0].T),
        drawn(5, 3, 1),
    )
    noise = noise[..., 0]
    mean, log_variance = (x.double().numpy() for x in place)
    deviation = np.exp(log_variance / 2)
    z = mean + deviation * noise.numpy()
    old = norm.logpdf(z, former[0].numpy(), np.exp(former[1].numpy() / 2))
    parts = [norm.logpdf(z), old, norm.logpdf(z, 0, np.exp(5))]
    expected = norm.logpdf(z, mean, deviation) - logsumexp(parts, axis=0, b=np.reshape(MIXTURE, (3, 1, 1)))
    np.testing.assert_allclose(composite_kl(place, former, noise).numpy(), expected, atol=1e-5)
    assert sum(MIXTURE) == pytest.approx(1)


def test_a_user_who_stays_where_the_encoder_had_them_costs_next_to_nothing():
    place, noise = (drawn(50, 4) + 3, drawn(50, 4) - 4), drawn(50, 4, 1)[..., 0]
    stays = composite_kl(place, place, noise)
    assert stays.mean() == pytest.approx(-np.log(MIXTURE[1]), abs=0.05)
    assert stays.mean() < 0.1 * plain_kl(*place).mean()


def test_the_weight_of_a_user_grows_with_the_history():
    histories = sparse.csr_array(np.array([[1, 0.5, 0], [0, 0, 0], [1, 1, 1]], np.float32))
    kl = torch.tensor([[1.0, 2.0], [10.0, 10.0], [0.5, 0.5]])
    assert float(by_length(kl, bags(histories), 0.1)) == pytest.approx(0.1 * (1.5 * 3 + 3 * 1))
    assert float(by_length(kl, bags(histories), None)) == 24.0


def test_encoder_and_decoder_learn_in_turn(monkeypatch):
    seen = []

    def watched(trainer: Trainer, *rest):
        before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
        outcome = run_epoch(trainer, *rest)
        after = trainer.network.state_dict()
        moved = {
            name.partition(".")[0].partition("_")[0] for name in after if (after[name] != before[name]).any()
        }
        seen.append((sorted(moved), trainer.settings.dropout))
        return outcome

    monkeypatch.setattr(networks, "run_epoch", watched)
    fit(ROWS, replace(SETTINGS, alternate=2))
    encoder, decoder = (["down", "first"], 0.5), (["up"], 0.0)
    assert seen == [encoder, encoder, decoder] * 2


@pytest.mark.parametrize("option", [{"gamma": 0.05}, {"prior": "composite"}, {"alternate": 1}])
def test_each_option_alone_changes_what_is_learnt_and_stays_reproducible(option):
    plain, one, two = (fit(ROWS, replace(SETTINGS, **o)).weights for o in ({}, option, option))
    assert all((one[name] == two[name]).all() for name in one)
    assert any((one[name] != plain[name]).any() for name in one)


def test_a_gamma_of_one_over_the_length_is_the_plain_term():
    generator = np.random.default_rng(1)
    chosen = generator.permuted(np.tile(np.arange(20), (120, 1)), axis=1)[:, :5]
    rows = np.zeros((120, 20), np.float32)
    np.put_along_axis(rows, chosen, 1, axis=1)
    plain = fit(sparse.csr_array(rows), SETTINGS)
    same = fit(sparse.csr_array(rows), replace(SETTINGS, gamma=1 / 5))
    np.testing.assert_allclose(plain.history["loss"], same.history["loss"], rtol=1e-5)


def test_the_preset_says_which_options_mean_nothing_to_another_model():
    options = replace(TrainSettings(**PRESETS["recvae"]), model="ae", epochs=1, latent=3, hidden=(8,))
    assert fit(ROWS, options).notes[0].startswith("--gamma, --prior, --alternate: no effect")
