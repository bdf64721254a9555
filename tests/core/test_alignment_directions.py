"""Directions of concepts whose place is known, and tests that must not be fooled by their own fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from lfd.core.alignment.crossfit import Cells, Lists, crossfitted_gains, fold_directions
from lfd.core.alignment.designs import partials
from lfd.core.alignment.directions import fit_directions, purified, unit_rows
from lfd.core.alignment.jacobians import Jacobians, jacobians
from lfd.core.alignment.metric import recommendation_metric
from lfd.core.alignment.presence import presence_tests
from lfd.core.alignment.whitening import whiten
from lfd.core.concepts import find_concepts
from lfd.core.strata import item_folds, permutations_within, popularity_strata
from tests.core.alignment_models import Linear, one_hot, planted, recommender


def flat(p):
    return np.zeros(p.model.n_items, dtype=np.int64)


def measured(p):
    whitening = whiten(p.latents, least_share=1e-9)
    both = jacobians(p.model, p.latents, whitening, step=0.02)
    metric = recommendation_metric(p.model, p.latents, whitening, both.temperature)
    return whitening, replace(both, metric=metric), find_concepts(p.attributes, p.model.n_items)


def wholes(concepts):
    return [i for i, concept in enumerate(concepts.names) if concept.value is None]


def agreement(p, whitening, directions):
    """Correlation of the users' coordinates along each factor's direction with its true strength."""
    read = whitening.coordinates(p.latents) @ directions.T
    return np.array([np.corrcoef(read[:, f], p.strengths[:, f])[0, 1] for f in range(len(directions))])


# --- reading, steering, pure ----------------------------------------------------------------------


@pytest.mark.parametrize(("between", "together"), [(0, 0), (0.6, 0), (0, 0.6), (0.6, 0.6)])
def test_factors_are_read_exactly_however_correlated(between, together):
    p = planted(between=between, together=together, noise_axes=1)
    whitening, both, concepts = measured(p)
    directions = fit_directions(both, concepts, flat(p))
    assert (agreement(p, whitening, directions.reading[wholes(concepts)]) > 1 - 1e-4).all()


def test_steering_is_led_astray_where_reading_is_not():
    p = planted(between=0, together=0.7)
    whitening, both, concepts = measured(p)
    directions = fit_directions(both, concepts, flat(p))
    assert agreement(p, whitening, directions.steering[wholes(concepts)]).min() < 0.9


def test_single_values_lie_on_their_side_of_the_factor():
    p = planted()
    whitening, both, concepts = measured(p)
    reading = fit_directions(both, concepts, flat(p)).reading
    names = [c.name for c in concepts.names]
    for value, side in (("v0", -1), ("v3", 1)):
        assert agreement(p, whitening, reading[[names.index(f"f{f}={value}") for f in range(3)]]) * side == (
            pytest.approx(1, abs=1e-3)
        )


def test_reading_with_popularity_strata_partialled_out():
    p = planted()
    popularity = np.random.default_rng(0).permutation(240)
    shifted = replace(p, model=Linear(p.model.decoder + popularity / 50, origin=p.model.origin))
    whitening, both, concepts = measured(shifted)
    reading = fit_directions(both, concepts, popularity_strata(popularity)).reading[wholes(concepts)]
    assert (agreement(p, whitening, reading) > 0.998).all()


def test_steering_is_the_gradient_of_the_expected_share():
    model, interactions, attributes = recommender()
    z = model.encode(interactions)[0]
    whitening = whiten(z, least_share=1e-6)
    both, concepts = jacobians(model, z, whitening, step=0.01), find_concepts(attributes, 200)
    directions = fit_directions(both, concepts, np.zeros(200, dtype=np.int64))

    def share(move):
        return softmax(model.decode(z + whitening.spread @ move) / both.temperature, axis=1).mean(axis=0)

    any_way = np.random.default_rng(0).standard_normal(whitening.rank)
    slope = (share(1e-4 * any_way) - share(-1e-4 * any_way)) @ concepts.level / 2e-4
    along = (directions.steering * directions.slope[:, None]) @ any_way
    assert along == pytest.approx(slope, rel=1e-4)


def test_a_pure_step_leaves_the_named_concepts_where_they_are():
    p = planted(between=0.6)
    _, both, concepts = measured(p)
    named = wholes(concepts)
    directions = purified(fit_directions(both, concepts, flat(p)), named)
    effect = directions.pure[named] @ directions.reading[named].T
    assert np.allclose(effect - np.diag(np.diag(effect)), 0, atol=1e-10)
    assert (np.diag(effect) > 0.5).all()
    beside = directions.pure @ directions.reading[named].T  # a single value is in the span: not movable alone
    assert np.isfinite(beside).all()
    assert np.allclose(np.linalg.norm(directions.pure, axis=1), 1)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_directions_do_not_depend_on_how_the_axes_lie(seed):
    """Axes permuted, rotated, stretched and moved: every user reads the same on every concept."""
    rng = np.random.default_rng(seed)
    p = planted(users=200, items=120, noise_axes=1)
    turn = rng.standard_normal((4, 4)) + 3 * np.eye(4)[rng.permutation(4)]
    if np.linalg.cond(turn) > 1e3:
        return
    move = rng.standard_normal(4)
    other = replace(
        p,
        latents=p.latents @ turn + move,
        model=Linear(np.linalg.inv(turn) @ p.model.decoder, origin=p.model.origin @ turn + move),
    )
    found = []
    for one in (p, other):
        whitening, both, concepts = measured(one)
        directions = fit_directions(both, concepts, flat(one))
        y = whitening.coordinates(one.latents)
        kinds = (directions.of(kind) for kind in ("reading", "steering", "natural"))
        found.append((*(y @ kind.T for kind in kinds), directions.slope))
    rounding = (1e-6, 2e-3, 2e-3, 2e-3)  # finite differences are not exact
    for one, same, within in zip(*found, rounding, strict=True):
        assert np.allclose(one, same, atol=within)


def test_collinear_concepts_share_a_direction():
    p = planted(factors=2)
    twin = replace(p.attributes[0], name="twin")
    _, both, alone = measured(p)
    reading = fit_directions(both, alone, flat(p)).reading[0]
    doubled = find_concepts([*p.attributes, twin], 240)
    directions = fit_directions(both, doubled, flat(p)).reading
    names = [c.name for c in doubled.names]
    assert directions[0] @ reading > 0.99
    assert directions[names.index("twin")] @ reading > 0.99


def test_the_regression_is_that_of_least_squares():
    """Rows of B against numpy's least squares on all columns, one value of each attribute at a time."""
    p = planted(together=0.4)
    loadings = np.random.default_rng(3).standard_normal((240, 5))
    concepts = find_concepts(p.attributes, 240)
    strata = np.arange(240) % 3
    dummies = np.eye(3)[strata]
    for partial in partials(concepts, loadings, strata):
        for n, c in enumerate(partial.index):
            others = np.flatnonzero(concepts.control & ~concepts.rivals[c])
            design = np.column_stack([concepts.columns[:, c], concepts.columns[:, others], dummies])
            expected = np.linalg.lstsq(design, loadings, rcond=None)[0][0]
            residual = partial.residual[:, n]
            assert np.allclose(unit_rows((residual @ loadings)[None]), unit_rows(expected[None]), atol=0.02)


def test_values_of_which_an_item_has_several_are_compared_with_each_other():
    rng = np.random.default_rng(0)
    membership = (rng.random((300, 3)) < 0.4).astype(float)
    membership[:, 1] = np.where(rng.random(300) < 0.8, membership[:, 0], membership[:, 1])
    loadings = membership @ np.array([[2.0, 0], [0, 1], [1, 1]])  # the second comes with the first
    attribute = replace(one_hot("genre", np.zeros(300, dtype=int), 3), membership=membership)
    concepts = find_concepts([attribute], 300)
    both = Jacobians(loadings - loadings.mean(axis=0), np.zeros((300, 2)))
    reading = fit_directions(both, concepts, np.zeros(300, dtype=np.int64)).reading
    assert np.allclose(reading, unit_rows(np.array([[2.0, 0], [0, 1], [1, 1]])), atol=0.01)
    presence = presence_tests(both, concepts, np.zeros(300, dtype=np.int64), 199, rng)
    assert presence.given.p == pytest.approx(1 / 200)


# --- presence -------------------------------------------------------------------------------------


def noise(rng, items=200, dimensions=6, scale=None):
    loadings = rng.standard_normal((items, dimensions))
    loadings = loadings if scale is None else loadings * scale[:, None]
    return Jacobians(loadings - loadings.mean(axis=0), loadings - loadings.mean(axis=0))


def test_a_planted_concept_is_there_and_a_shuffled_one_is_not():
    p = planted(factors=2)
    _, both, _ = measured(p)
    random = one_hot("none", np.random.default_rng(4).integers(0, 3, 240), 3)
    concepts = find_concepts([*p.attributes, random], 240)
    presence = presence_tests(both, concepts, flat(p), 199, np.random.default_rng(0))
    planted_ones = np.array([c.attribute != "none" for c in concepts.names])
    strong = planted_ones & np.array([c.value in (None, "v0", "v3") for c in concepts.names])
    for test in (presence.alone, presence.given):
        assert test.floor == 1 / 200
        assert (test.p[strong] == test.floor).all()
        assert (test.z[strong] > 4).all()
        assert (test.p[~planted_ones] > 2 * test.floor).all()
        assert test.q[~planted_ones].mean() > 0.1


def test_given_the_others_a_companion_adds_nothing():
    """A concept that only goes together with one that is there: found alone, not given the others."""
    rng = np.random.default_rng(1)
    real = rng.integers(0, 2, 300)
    companion = np.where(rng.random(300) < 0.85, real, 1 - real)
    loadings = np.outer(real - 0.5, [1.0, 0.5]) + 0.3 * rng.standard_normal((300, 2))
    both = Jacobians(loadings - loadings.mean(axis=0), loadings - loadings.mean(axis=0))
    concepts = find_concepts([one_hot("real", real, 2), one_hot("companion", companion, 2)], 300)
    presence = presence_tests(both, concepts, np.zeros(300, dtype=np.int64), 499, rng)
    assert presence.alone.p == pytest.approx(1 / 500)
    assert presence.given.p[0] == pytest.approx(1 / 500)
    assert presence.given.p[2] > 0.05


@pytest.mark.parametrize(("items", "values"), [(200, 3), (60, 5)])
def test_p_is_uniform_where_labels_say_nothing(items, values):
    """Also with many columns for few items, and loadings that grow with popularity."""
    rng = np.random.default_rng(2)
    popularity = rng.pareto(1, items)
    strata = popularity_strata(popularity)
    p = []
    for _ in range(40):
        attributes = [one_hot(f"a{k}", rng.permutation(items) % values, values) for k in range(3)]
        concepts = find_concepts(attributes, items)
        presence = presence_tests(noise(rng, items, scale=1 + popularity), concepts, strata, 99, rng)
        p.append([presence.alone.p, presence.given.p])
    for test in np.array(p).swapaxes(0, 1).reshape(2, -1):
        assert 0.02 < (test <= 0.05).mean() < 0.08
        assert 0.42 < test.mean() < 0.58


def test_popularity_itself_is_not_stratified_away():
    rng = np.random.default_rng(0)
    popularity = np.arange(300.0)
    attribute = one_hot("popularity", (popularity // 100).astype(int), 3, ordered=True)
    loadings = np.outer(popularity / 300, [1.0, 0]) + 0.1 * rng.standard_normal((300, 2))
    both = Jacobians(loadings - loadings.mean(axis=0), loadings - loadings.mean(axis=0))
    strata = popularity_strata(popularity, 3)
    concepts = find_concepts([attribute], 300)
    assert presence_tests(both, concepts, strata, 99, rng).given.p[0] == 0.01
    renamed = find_concepts([replace(attribute, name="other")], 300)
    assert presence_tests(both, renamed, strata, 99, rng).given.p[0] == 1


# --- no double dipping ----------------------------------------------------------------------------


def test_the_naive_test_is_fooled_by_its_own_fit_and_ours_is_not():
    """A direction fitted to shuffled labels, and what happens along it judged on them: fixed, or refitted."""
    rng = np.random.default_rng(0)
    both = noise(rng, 300, 8)
    strata = popularity_strata(rng.random(300))
    naive, ours = [], []
    for _ in range(150):
        concepts = find_concepts([one_hot("a", rng.permutation(300) % 4, 4)], 300)
        folds = item_folds(strata, 5, rng)
        cells = Cells(concepts, 0, strata, folds, both.shares)
        fitted = fit_directions(both, concepts, strata)
        naive.append(cells.studentised(both.shares @ fitted.steering[0]) > 1.645)
        change = np.zeros(300)
        for fold, directions in enumerate(fold_directions(both, concepts, strata, folds)):
            change[folds == fold] = both.shares[folds == fold] @ directions.steering[0]
        chance = cells.refitted(permutations_within(strata, 199, rng))
        z = cells.studentised(change)
        ours.append((1 + (chance >= z).sum()) / 200 <= 0.05)
    assert np.mean(naive) > 0.8
    assert 0.015 < np.mean(ours) < 0.095


def test_cross_fitted_gains_find_the_planted_and_not_the_shuffled():
    model, interactions, attributes = recommender()
    z = model.encode(interactions)[0]
    whitening = whiten(z)
    both = jacobians(model, z, whitening)
    strata = popularity_strata(interactions.sum(axis=0))
    lists = Lists(model, z[:60], whitening, 10, 2.0)
    rng = np.random.default_rng(0)

    def gains(attributes):
        concepts = find_concepts(attributes, 200)
        folds = item_folds(strata, 5, rng)
        fitted = fold_directions(both, concepts, strata, folds)
        return concepts, crossfitted_gains(lists, both, concepts, strata, folds, fitted, 199, rng)

    concepts, found = gains(attributes)
    names = [c.name for c in concepts.names]
    for planted_one in ("kind", "kind=v0", "kind=v4"):
        at = names.index(planted_one)
        assert found.after[at] > found.before[at] + 0.15
        assert found.p[at] == 1 / 200
    p = []
    for _ in range(25):
        order = permutations_within(strata, 1, rng)[0]
        shuffled = [replace(a, membership=a.membership[order]) for a in attributes]
        p.append(gains(shuffled)[1].p)
    assert 0.01 < (np.array(p) <= 0.05).mean() < 0.1


def test_shares_are_counted_on_held_out_items_by_hand():
    """Four items, two folds: each fold's list gives what it holds of its own items only."""

    class Fixed:
        n_items, n_latent = 4, 1

        def decode(self, latents):
            """To the right items 0 and 1 are best, to the left items 2 and 3, in the middle 0 and 2."""
            at = latents[:, :1]
            return np.where(at > 1, [3, 2, 1, 0], np.where(at < -1, [0, 1, 2, 3], [3, 1, 2, 0])).astype(float)

    whitening = whiten(np.array([[-1.0], [1.0]]))
    concepts = find_concepts([one_hot("a", np.array([0, 0, 1, 1]), 2)], 4, least_items=1)
    folds = np.array([0, 1, 0, 1])
    directions = fit_directions(
        Jacobians(np.zeros((4, 1)), np.ones((4, 1))), concepts, np.zeros(4, dtype=int)
    )
    right, left = (replace(directions, steering=np.full((2, 1), side)) for side in (1.0, -1.0))
    lists = Lists(Fixed(), np.zeros((3, 1)), whitening, 2, 2.0)
    assert lists.weights().tolist() == [0.5, 0, 0.5, 0]
    found = crossfitted_gains(
        lists, Jacobians(np.zeros((4, 1)), np.zeros((4, 1))), concepts, np.zeros(4, dtype=int), folds,
        [right, left], 19, np.random.default_rng(0),
    )  # fmt: skip
    # Fold 0 (items 0, 2) goes right: item 0 has weight 1/2. Fold 1 (items 1, 3) goes left: item 3 has 1/2.
    assert found.before.tolist() == [0.5, 0.5]
    assert found.after.tolist() == [0.5, 0.5]
    again = crossfitted_gains(
        lists, Jacobians(np.zeros((4, 1)), np.zeros((4, 1))), concepts, np.zeros(4, dtype=int), folds,
        [right, right], 19, np.random.default_rng(0),
    )  # fmt: skip
    assert again.after.tolist() == [1, 0]
    assert again.lift.tolist() == [2, 0]
