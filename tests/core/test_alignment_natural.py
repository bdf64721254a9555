"""The natural direction: the metric by an independent computation, and what it is good for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from lfd.core.alignment.crossfit import fold_directions
from lfd.core.alignment.directions import fit_directions, natural_gradients, unit_rows
from lfd.core.alignment.jacobians import Jacobians
from lfd.core.alignment.measure import measure
from lfd.core.alignment.metric import recommendation_metric
from lfd.core.alignment.whitening import whiten
from lfd.core.concepts import find_concepts
from lfd.settings.alignment import AlignSettings
from tests.core.alignment_models import Linear, one_hot, recommender

RNG = np.random.default_rng(5)


def linear(seed=0, users=40, items=30, latent=3):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((users, latent)) * [1.0, 2.0, 0.5]
    return Linear(rng.standard_normal((latent, items))), z, whiten(z, least_share=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_the_metric_is_the_covariance_of_the_slopes_under_each_user_s_choice(temperature):
    model, z, whitening = linear()
    slopes = whitening.spread.T @ model.decoder / temperature  # of a linear decoder the same for every user
    expected = np.mean(
        [
            np.cov(slopes, aweights=chance, bias=True)
            for chance in softmax(model.decode(z) / temperature, axis=1)
        ],
        axis=0,
    )
    assert np.allclose(recommendation_metric(model, z, whitening, temperature), expected)


def test_the_metric_says_how_far_recommendations_move():
    model, z, whitening = linear()
    metric = recommendation_metric(model, z, whitening, 1.0)
    step = np.array([0.02, -0.01, 0.015])
    before, after = (softmax(model.decode(at), axis=1) for at in (z, z + whitening.spread @ step))
    divergence = (before * np.log(before / after)).sum(axis=1).mean()
    assert divergence == pytest.approx(step @ metric @ step / 2, rel=0.05)


def test_users_in_batches_give_the_same_metric(monkeypatch):
    model, z, whitening = linear()
    whole = recommendation_metric(model, z, whitening, 1.0)
    monkeypatch.setattr("lfd.core.alignment.metric.MOST_SCORES", 4 * 30 * 4 * 7)
    assert np.allclose(recommendation_metric(model, z, whitening, 1.0), whole)


def test_it_rises_most_for_what_it_changes_and_avoids_what_only_stirs():
    slopes, metric = np.array([[1.0, 1.0, 0.0]]), np.diag([1.0, 20.0, 1.0])
    natural = natural_gradients(slopes, metric)[0]
    plain = slopes[0] / np.linalg.norm(slopes[0])

    def rise_for_cost(d):
        return d @ slopes[0] / np.sqrt(d @ metric @ d)

    assert rise_for_cost(natural) > 1.2 * rise_for_cost(plain)


def test_where_all_steps_change_the_same_it_is_the_steering_direction():
    slopes = np.random.default_rng(0).standard_normal((5, 4))
    assert np.allclose(unit_rows(natural_gradients(slopes, 3 * np.eye(4))), unit_rows(slopes))
    both = Jacobians(RNG.standard_normal((60, 4)), RNG.standard_normal((60, 4)))
    concepts = find_concepts([one_hot("genre", RNG.integers(0, 3, 60), 3)], 60)
    for metric in (None, 3 * np.eye(4)):
        directions = fit_directions(replace(both, metric=metric), concepts, np.zeros(60, dtype=np.int64))
        assert np.allclose(directions.natural, directions.steering)


def test_a_step_along_it_raises_the_share_more_than_any_for_the_same_change_of_the_lists():
    """Against the steering direction and random ones, by what the decoder then recommends."""
    model, interactions, attributes = recommender()
    z = model.encode(interactions)[0]
    settings = AlignSettings(permutations=19, moved=5, folds=2)
    measured = measure(model, interactions, settings, np.random.default_rng(0).spawn(2))
    concepts = find_concepts(attributes, model.n_items)
    found = fit_directions(measured.both, concepts, np.zeros(model.n_items, dtype=np.int64))
    temperature = measured.both.temperature

    def rise_for_cost(direction, concept):
        ends = (z, z + measured.whitening.spread @ (1e-3 * direction))
        before, after = (softmax(model.decode(at) / temperature, axis=1) for at in ends)
        cost = (before * np.log(before / after)).sum(axis=1).mean()
        return ((after - before).mean(axis=0) @ concepts.level[:, concept]) / np.sqrt(cost)

    free = unit_rows(RNG.standard_normal((20, measured.whitening.rank)))
    for c in range(len(concepts)):
        best = rise_for_cost(found.natural[c], c)
        assert best >= rise_for_cost(found.steering[c], c)
        assert best > max(rise_for_cost(d, c) for d in free)


def test_labels_of_a_fold_leave_no_trace_in_its_version():
    both = Jacobians(RNG.standard_normal((60, 4)), RNG.standard_normal((60, 4)), 1.0, np.diag([1.0, 2, 5, 9]))
    level, folds = RNG.integers(0, 3, 60), np.arange(60) % 3
    other = np.where(folds == 1, RNG.permutation(level), level)
    one, two = (
        fold_directions(
            both, find_concepts([one_hot("genre", at, 3)], 60), np.zeros(60, dtype=np.int64), folds
        )
        for at in (level, other)
    )
    assert np.allclose(one[1].natural, two[1].natural, rtol=0, atol=1e-12)
    assert not np.allclose(one[0].natural, two[0].natural)
