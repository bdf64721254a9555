"""Split-half reliability against its closed form, and on a model whose spare axes hold chance alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from lfd.core.alignment.whitening import whiten
from lfd.core.models.axes import axis_statistics
from lfd.core.models.build import build_model
from lfd.core.models.reliability import axis_reliability, reliability
from lfd.core.synthetic import generate
from lfd.core.training.fit import fit
from lfd.settings.synthetic import GenDataSettings
from lfd.settings.training import TrainSettings
from tests.core.alignment_models import Linear, recommender

Floats = npt.NDArray[np.float64]

USERS, ITEMS, RATE, SPREAD = 4000, 2000, 0.02, 0.008


def linear(weights: Floats) -> Linear:
    """z = sums of the weights (items x axes) of the chosen items."""
    return Linear(weights.T)


def poles() -> tuple[sparse.csr_array, Floats]:
    """Users who prefer the first half of the items, or the second; that pole, and a pole of no taste."""
    rng = np.random.default_rng(0)
    taste, pole = rng.choice([-SPREAD, SPREAD], USERS), np.repeat([1.0, -1.0], ITEMS // 2)
    chosen = rng.random((USERS, ITEMS)) < RATE + np.outer(taste, pole)
    return sparse.csr_array(chosen.astype(np.float32)), np.stack([pole, np.tile([1.0, -1.0], ITEMS // 2)], 1)


def test_reliability_is_the_share_of_taste_in_the_variance() -> None:
    interactions, weights = poles()
    taste = (ITEMS * SPREAD) ** 2
    chance = ITEMS * (RATE * (1 - RATE) - SPREAD**2)  # Bernoulli, mean over both kinds of users and items
    known = reliability(linear(weights), interactions, np.random.default_rng(1))
    assert known[0] == pytest.approx(taste / (taste + chance), abs=0.01)
    assert known[1] < 0.1


def test_reliability_tells_taste_from_chance() -> None:
    model, interactions, _ = recommender(latent=3)
    noise = np.random.default_rng(5).standard_normal((200, 1)) / 15
    model.encoder = np.hstack([model.encoder[:, :2], noise])
    whitening = whiten(model.encode(interactions)[0], least_share=1e-6)
    known = reliability(model, interactions, np.random.default_rng(0), whitening.coordinates)
    assert ((known >= 0) & (known <= 1)).all()
    noise_axis = np.abs(whitening.basis[2]).argmax()
    assert known[noise_axis] < 0.4 < 0.7 < np.delete(known, noise_axis).min()


def test_it_follows_the_axes_and_not_their_signs_or_lengths() -> None:
    interactions, weights = poles()
    whole = axis_reliability(linear(weights), interactions)
    turned = axis_reliability(linear(weights[:, ::-1] * [-3.0, 0.1]), interactions)
    np.testing.assert_allclose(turned, whole[::-1], atol=1e-12)
    by_function = reliability(
        linear(weights), interactions, np.random.default_rng(1), lambda means: means[:, ::-1] * [-3.0, 0.1]
    )
    as_they_are = reliability(linear(weights), interactions, np.random.default_rng(1))
    np.testing.assert_allclose(by_function, as_they_are[::-1], atol=1e-12)


def test_where_users_do_not_differ_nothing_is_reliable() -> None:
    interactions, weights = poles()
    assert axis_reliability(linear(weights * [1.0, 0.0]), interactions)[1] == 0
    assert np.isnan(axis_reliability(linear(weights), interactions[:1])).all()  # nobody to compare with
    assert np.isnan(axis_reliability(linear(np.ones((3, 2))), sparse.csr_array(np.eye(3)))).all()


def test_an_autoencoder_of_three_groups_has_two_axes_that_are_more_than_chance() -> None:
    interactions = generate(GenDataSettings(seed=34, users=3000)).dataset().interactions
    fitted = fit(interactions, TrainSettings(model="ae", latent=6, seed=34))
    model = build_model(fitted.config, fitted.weights)
    means, deviations = model.encode(interactions)
    assert axis_statistics(means, deviations)["active"].sum() > 2
    known = axis_reliability(model, interactions)
    assert axis_statistics(means, deviations, reliability=known)["active"].sum() == 2
