"""The parts of an alignment, each by hand: whitening, strata, concepts, Jacobians, axes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lfd.core.alignment.axes import (
    choose_concepts,
    completed,
    ica_axes,
    nearest_orthonormal,
    signed,
    varimax_axes,
)
from lfd.core.alignment.explained import explained
from lfd.core.alignment.jacobians import BEST, jacobians
from lfd.core.alignment.missing import filled
from lfd.core.alignment.whitening import whiten
from lfd.core.attributes import Attribute
from lfd.core.concepts import Concept, find_concepts
from lfd.core.strata import centred_within, item_folds, permutations_within, popularity_strata
from lfd.errors import InputError, UsageError
from tests.core.alignment_models import Linear, one_hot, planted, recommender


def rng(seed=0):
    return np.random.default_rng(seed)


# --- whitening ------------------------------------------------------------------------------------


def test_whitened_users_have_mean_zero_and_covariance_one():
    z = rng().standard_normal((500, 3)) @ rng(1).standard_normal((3, 3)) + 7
    whitening = whiten(z, least_share=1e-6)
    y = whitening.coordinates(z)
    assert whitening.rank == 3
    assert np.allclose(y.mean(axis=0), 0)
    assert np.allclose(np.cov(y, rowvar=False, bias=True), np.eye(3))
    assert np.allclose(whitening.mean + y @ whitening.spread.T, z)


def test_directions_with_little_variance_are_left_out():
    z = (
        2 * rng().standard_normal((2000, 3)) * [1.0, 0.2, 0.1]
    )  # shares of the largest variance: 1, 0.04, 0.01
    noise = np.full_like(z, 0.5)
    assert whiten(z, noise).rank == 2
    assert whiten(z, noise, least_share=0.1).rank == 1
    assert whiten(z, noise, rank=3).rank == 3
    assert np.allclose(whiten(z, noise).unit[2], whiten(z, noise).unit[0])


def test_without_noise_a_smaller_variance_will_do():
    z = rng().standard_normal((2000, 3)) * [1.0, 0.1, 0.02]  # shares of the largest variance: 1, 0.01, 0.0004
    assert whiten(z).rank == 2
    assert whiten(z, np.zeros_like(z)).rank == 2
    assert whiten(z, least_share=1e-4).rank == 3


def test_a_singular_covariance_has_the_rank_it_has():
    z = np.outer(rng().standard_normal(100), [1.0, 2.0, 0.0])
    assert whiten(z, least_share=1e-9).rank == 1
    with pytest.raises(UsageError, match="rank 2 is more than the 1 directions"):
        whiten(z, rank=2)


@pytest.mark.parametrize(
    ("z", "message"),
    [
        (np.ones((50, 4)), "no direction of latent space is active"),
        (np.ones((1, 4)), "two users or more"),
        (np.array([[0.0, 1.0], [2.0, np.nan], [3.0, 4.0]]), "user row 1: z1 is not finite"),
    ],
)
def test_latents_that_cannot_be_whitened(z, message):
    with pytest.raises(InputError, match=message):
        whiten(z)


def test_a_collapsed_vae_has_no_active_direction():
    z = 0.01 * rng().standard_normal((500, 4))  # variance 0.0001, where the prior's is 1
    assert whiten(z).rank == 4  # without noise z has no unit
    with pytest.raises(InputError, match="collapsed") as error:
        whiten(z, np.ones_like(z))
    assert "--beta" in error.value.hint


# --- strata and folds -----------------------------------------------------------------------------


def test_strata_hold_as_many_items_and_keep_ties_together():
    assert np.bincount(popularity_strata(np.arange(100.0)[::-1], 4)).tolist() == [25] * 4
    assert popularity_strata(np.arange(100.0)[::-1], 4)[0] == 3
    assert popularity_strata(np.arange(100.0), 10).max() + 1 == 5  # 20 items each
    assert popularity_strata(np.ones(100)).tolist() == [0] * 100
    tied = np.repeat([1.0, 2.0, 3.0], [50, 40, 10])
    assert len({(p, s) for p, s in zip(tied, popularity_strata(tied), strict=True)}) == 3


def test_permutations_stay_within_strata_and_are_uniform():
    strata = np.repeat([2, 0, 1], [3, 4, 1])
    orders = permutations_within(strata, 6000, rng())
    assert (strata[orders] == strata).all()
    assert (np.sort(orders, axis=1) == np.arange(8)).all()
    kinds, count = np.unique(orders[:, :3], axis=0, return_counts=True)
    assert len(kinds) == 6  # 3! orders of the first stratum, each as likely
    assert np.abs(count / 1000 - 1).max() < 0.12


def test_folds_are_alike_in_size_and_popularity():
    strata = np.repeat(np.arange(4), 25)
    folds = item_folds(strata, 5, rng())
    table = np.zeros((4, 5))
    np.add.at(table, (strata, folds), 1)
    assert (table == 5).all()


def test_centred_within_strata_by_hand():
    columns = np.array([[1.0], [3.0], [10.0], [20.0]])
    assert centred_within(columns, np.array([0, 0, 1, 1]))[:, 0].tolist() == [-1, 1, -5, 5]


# --- concepts -------------------------------------------------------------------------------------


def test_concepts_of_an_ordered_and_of_a_many_valued_attribute():
    year = one_hot("year", np.array([0, 1, 2, 2, 1, 0]), 3, ordered=True)
    shares = [[0.5, 0.5, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0], [0.5, 0.5, 0], [0, 0, 1]]
    genre = Attribute("genre", ("A", "B", "C"), np.array(shares))
    found = find_concepts([year, genre], 6, least_items=2)
    assert [c.name for c in found.names] == ["year", "year=v0", "year=v1", "year=v2", "genre=A", "genre=B"]
    assert [c.kind for c in found.names][:2] == ["ordered", "value"]
    assert found.left_out == {"genre=C": 1}
    assert found.level[:, 0].tolist() == [0, 0.5, 1, 1, 0.5, 0]
    assert found.level[:, 4].tolist() == [1, 1, 0, 0, 1, 0]
    assert np.allclose(found.columns.sum(axis=0), 0)
    assert found.columns[3, 4] == 0  # an item without genre stands at the mean
    assert not found.labelled[3, 4]
    assert found.rivals[0, 3]
    assert not found.rivals[0, 4]
    assert not found.rivals[4, 5]  # an item may have both
    assert found.control.tolist() == [False, True, True, True, True, True]


def test_a_value_that_all_labelled_items_have_is_no_concept():
    attribute = Attribute(
        "a", ("x", "y"), np.repeat([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], [18, 2, 5], axis=0)
    )
    found = find_concepts([attribute], 25, least_items=5)
    assert not len(found)
    assert found.left_out == {"a=x": 18, "a=y": 2}
    assert found.columns.shape == (25, 0)


def test_missing_labels_are_told_from_the_loadings():
    p = planted(factors=2)
    membership = p.attributes[0].membership.copy()
    membership[::2] = 0
    half = Attribute("f0", p.attributes[0].values, membership, ordered=True)
    whole, holes = (find_concepts([a, p.attributes[1]], 240) for a in (p.attributes[0], half))
    guessed = filled(holes, p.loadings).columns[:, 0]
    assert np.corrcoef(guessed[::2], whole.columns[::2, 0])[0, 1] > 0.999
    noise = rng().standard_normal((240, 3))
    blind = filled(holes, noise).columns[::2, 0]
    assert np.abs(blind).mean() < 0.2 * np.abs(whole.columns[:, 0]).mean()


# --- Jacobians ------------------------------------------------------------------------------------


def test_loadings_of_a_linear_decoder_are_exact():
    p = planted(noise_axes=2)
    whitening = whiten(p.latents, least_share=1e-6)
    expected = p.model.decoder.T @ whitening.spread
    found = jacobians(p.model, p.latents[:100], whitening)
    assert np.allclose(found.loadings, expected - expected.mean(axis=0))
    assert np.allclose(found.shares.sum(axis=0), 0)


class Net:
    """A small torch network as a model, and its derivatives by autograd."""

    n_latent, n_items = 3, 12

    def __init__(self):
        torch.manual_seed(0)
        self.net = torch.nn.Sequential(
            torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 12)
        ).double()

    def encode(self, interactions):
        raise AssertionError("positions are given")

    def decode(self, latents):
        with torch.no_grad():
            return self.net(torch.from_numpy(np.ascontiguousarray(latents))).numpy()

    def mean_jacobian(self, latents, function):
        z = torch.from_numpy(latents)
        whole = torch.func.vmap(torch.func.jacrev(lambda x: function(self.net(x))))(z)
        return whole.mean(dim=0).detach().numpy()


def test_jacobians_agree_with_autograd():
    net, z = Net(), rng().standard_normal((4000, 3)) * [1.0, 0.8, 0.6]
    whitening = whiten(z)
    found = jacobians(net, z, whitening, batch=700)
    shares = net.mean_jacobian(z, lambda s: torch.softmax(s / found.temperature, -1)) @ whitening.spread
    assert np.abs(found.shares - shares).max() < 0.003 * np.abs(shares).max()
    scores = net.mean_jacobian(z, lambda s: s) @ whitening.spread
    scores -= scores.mean(axis=0)
    assert np.abs(found.loadings - scores).max() < 0.05 * np.abs(scores).max()  # users are normal here: Stein


def test_the_temperature_makes_scores_of_any_scale_alike():
    model, interactions, _ = recommender()
    z = model.encode(interactions)[0]
    whitening = whiten(z)
    small, large = (jacobians(Linear(scale * model.decoder), z, whitening) for scale in (0.01, 100.0))
    assert np.allclose(small.shares, large.shares, rtol=1e-6, atol=1e-12)
    scores = model.decode(z)
    above = (scores.max(axis=1) - scores.mean(axis=1)).mean()
    assert small.temperature == pytest.approx(0.01 * above / BEST)


def test_jacobians_do_not_depend_on_the_batch():
    model, interactions, _ = recommender()
    z = model.encode(interactions)[0]
    one, other = (jacobians(model, z, whiten(z), batch=batch) for batch in (37, 600))
    assert np.allclose(one.shares, other.shares, atol=1e-12)
    assert np.allclose(one.loadings, other.loadings)


def test_decoders_that_cannot_be_read():
    z = rng().standard_normal((50, 2))
    with pytest.raises(InputError, match="no item's score changes with z"):
        jacobians(Linear(np.zeros((2, 30))), z, whiten(z))
    broken = np.ones((2, 30))
    broken[0, 4] = np.inf
    with pytest.raises(InputError, match="item 4 a score that is not finite"), np.errstate(invalid="ignore"):
        jacobians(Linear(broken), z, whiten(z))


# --- axes -----------------------------------------------------------------------------------------


def test_orthogonal_directions_are_their_own_axes():
    two = np.linalg.qr(rng().standard_normal((5, 5)))[0][:2]
    assert np.allclose(nearest_orthonormal(two), two)


def test_two_correlated_directions_are_bent_equally():
    half = np.deg2rad(60) / 2
    two = np.array([[np.cos(half), np.sin(half)], [np.cos(half), -np.sin(half)]])
    axes = nearest_orthonormal(two)
    assert np.allclose(axes @ axes.T, np.eye(2))
    assert np.allclose(np.einsum("ij,ij->i", axes, two), np.cos(np.deg2rad(15)))


def test_concepts_are_chosen_by_items_and_left_out_where_bent():
    names = [Concept("a", None, 50), Concept("b", "x", 80), Concept("b", "y", 60), Concept("c", "z", 10)]
    directions = np.array([[0.0, 1, 0], [1, 0, 0], [0.8, 0.6, 0], [0, 0, 1]])
    every = np.ones(4, dtype=bool)
    assert choose_concepts(names, directions, every) == [1, 0, 3]  # b=y has 0.6 of its length outside b=x
    assert choose_concepts(names, directions, every, outside=0.5) == [1, 2, 3]
    assert choose_concepts(names, directions, every, most=1) == [1]
    assert choose_concepts(names, directions, np.array([True, False, False, True])) == [0, 3]


@given(st.integers(0, 4), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_completed_axes_are_orthonormal_and_keep_the_given_ones(number, seed):
    draw = rng(seed)
    given_axes = np.linalg.qr(draw.standard_normal((4, 4)))[0][:number]
    loadings = draw.standard_normal((30, 4))
    axes = completed(given_axes, loadings)
    assert np.allclose(axes @ axes.T, np.eye(4))
    assert np.allclose(axes[:number], given_axes)
    effect = np.linalg.norm(loadings @ axes[number:].T, axis=0)
    assert (np.diff(effect) <= 1e-9).all()
    rest = loadings @ axes[number:].T
    assert np.allclose(np.triu(rest.T @ rest, 1), 0, atol=1e-8)  # principal: uncorrelated


def test_varimax_finds_simple_structure():
    simple = np.zeros((90, 3))
    simple[np.arange(90), np.arange(90) % 3] = rng().uniform(1, 2, 90) * np.tile([3, 2, 1], 30)
    turned = simple @ np.linalg.qr(rng(1).standard_normal((3, 3)))[0]
    axes = varimax_axes(turned)
    assert np.allclose(np.abs(turned @ axes.T), np.abs(simple), atol=1e-3 * simple.max())


def test_ica_finds_independent_users():
    sources = rng().uniform(-np.sqrt(3), np.sqrt(3), (20_000, 3))
    whitening = whiten(sources @ rng(1).standard_normal((3, 3)), least_share=1e-6)
    mixed = whitening.coordinates(sources @ rng(1).standard_normal((3, 3)))
    axes = ica_axes(mixed, rng(2).standard_normal((50, 3)))
    fit = np.abs(np.corrcoef((mixed @ axes.T).T, sources.T)[:3, 3:])
    assert np.sort(fit.max(axis=1))[0] > 0.99
    assert sorted(fit.argmax(axis=1)) == [0, 1, 2]


def test_the_item_that_loads_most_lies_on_the_plus_side():
    loadings = np.array([[1.0, 5], [-3, 1], [2, -4]])
    along = loadings @ signed(np.eye(2), loadings).T
    assert along[np.abs(along).argmax(axis=0), [0, 1]].tolist() == [3, 5]


# --- R^2 ------------------------------------------------------------------------------------------


def test_metadata_explain_what_they_make_and_nothing_else():
    p = planted(factors=2)
    strata = np.zeros(240, dtype=np.int64)
    loadings = np.column_stack([p.loadings[:, 0], rng().standard_normal(240), np.zeros(240)])
    share = explained(loadings, find_concepts(p.attributes, 240), strata, 200, rng())
    assert share.by_axis[0] == pytest.approx(1)
    assert share.by_axis[1] < 0.08
    assert np.isnan(share.by_axis[2])
    assert share.null_by_axis[1] == pytest.approx(
        6 / 239, abs=0.005
    )  # 2 x 3 columns of 239 degrees of freedom
    assert share.p == pytest.approx(1 / 201)
