"""The linear recommender: what it finds on a checkerboard, its scale, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.special import log_softmax

from lfd.core.models.protocol import LatentModel
from lfd.core.models.rows import unit_rows
from lfd.core.models.svd import fit_svd, svd_model
from lfd.errors import InputError, UsageError


def checkerboard(users=40, items=30):
    """Even users chose most of the even items, odd users of the odd ones."""
    same = (np.arange(users)[:, None] + np.arange(items)) % 2 == 0
    seen = np.random.default_rng(0).random((users, items)) < 0.7
    return sparse.csr_array((same & seen).astype(np.float32)), same


def test_a_checkerboard_is_completed():
    interactions, same = checkerboard()
    config, weights = fit_svd(interactions, 2)
    model = svd_model(weights)
    assert isinstance(model, LatentModel)
    assert config == {"model": "svd", "n_items": 30, "n_latent": 2}
    mean, deviation = model.encode(interactions)
    assert mean.shape == deviation.shape == (40, 2)
    assert (deviation == 0).all()
    scores = model.decode(mean)
    assert scores[same].min() > scores[~same].max()


def test_encoding_and_decoding_are_linear():
    interactions, _ = checkerboard()
    model = svd_model(fit_svd(interactions, 3)[1])
    z = np.random.default_rng(0).standard_normal((2, 3))
    assert np.allclose(model.decode(2 * z[:1] - z[1:]), 2 * model.decode(z[:1]) - model.decode(z[1:]))
    assert np.allclose(model.encode(interactions)[0], unit_rows(interactions) @ model.encoder, atol=1e-6)


def test_the_temperature_is_the_likeliest():
    interactions, _ = checkerboard()
    model = svd_model(fit_svd(interactions, 2)[1])
    scores = model.decode(model.encode(interactions)[0])

    def log_likelihood(t):
        return float(interactions.multiply(log_softmax(t * scores, axis=1)).sum())

    assert log_likelihood(1.0) > max(log_likelihood(0.98), log_likelihood(1.02))


def test_the_same_interactions_give_the_same_bytes():
    interactions, _ = checkerboard()
    one, again = (fit_svd(interactions, 3)[1] for _ in range(2))
    assert all(one[name].tobytes() == again[name].tobytes() for name in one)


def test_an_item_that_nobody_chose_gets_a_score():
    interactions = sparse.csr_array(np.pad(checkerboard()[0].toarray(), ((0, 0), (0, 1))))
    model = svd_model(fit_svd(interactions, 2)[1])
    assert np.isfinite(model.decode(model.encode(interactions)[0])).all()


@pytest.mark.parametrize("latent", [0, 30, 50])
def test_as_many_axes_as_items_are_refused(latent):
    with pytest.raises(UsageError, match=f"{latent} axes cannot come from the SVD of 40 users x 30 items"):
        fit_svd(checkerboard()[0], latent)


def test_weights_and_interactions_that_do_not_fit():
    interactions, _ = checkerboard()
    weights = fit_svd(interactions, 2)[1]
    with pytest.raises(InputError, match="encoder \\(30, 2\\), decoder \\(0,\\)"):
        svd_model({"encoder": weights["encoder"]})
    with pytest.raises(InputError, match="have 7 items, the model knows 30"):
        svd_model(weights).encode(sparse.csr_array((3, 7)))
