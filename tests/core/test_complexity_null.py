"""Choices, the null of their degrees and the residual, each against the long way round."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit

from lfd.core.complexity import configuration
from lfd.core.complexity.configuration import fit_configuration, sample
from lfd.core.complexity.degrees import as_choices, degree_classes
from lfd.core.complexity.halves import cut_in_two
from lfd.core.complexity.residual import biwhitening_scale, regularised_scale, residual
from lfd.core.complexity.spectrum import largest
from lfd.core.complexity.spiked import edge
from lfd.core.correlation import paired_correlation
from lfd.errors import InputError
from tests.core.complexity_data import by_pair, chosen, skewed

SCALES = {
    "regularised": regularised_scale,
    "unit variance": lambda null: regularised_scale(null, 0.0),
    "biwhitening": biwhitening_scale,
}
KINDS = pytest.mark.parametrize("kind", SCALES)


# Choices


def peeled_thrice() -> np.ndarray:
    """22 users and 22 items that are kept, and others of which one after the other tells nothing."""
    m = np.zeros((24, 25))
    m[:22, :22] = np.add.outer(np.arange(22), np.arange(22)) % 2
    full, lazy = 22, 23
    nobody, his_alone, nearly_all = 22, 23, 24
    m[full] = 1
    m[full, nobody] = 0  # has every item once the one that nobody has is out
    m[full, his_alone] = 1  # has no user once he is out
    m[:22, nearly_all] = 1  # every user has it once the lazy one is out
    assert not m[lazy].any()
    return m


def test_leaving_one_out_makes_another_tell_nothing():
    choices = as_choices(sparse.csr_array(peeled_thrice()))
    assert choices.users.tolist() == list(range(22))
    assert choices.items.tolist() == list(range(22))
    assert (choices.matrix.toarray() == peeled_thrice()[:22, :22]).all()
    said = "1 users without items, 1 users with every item, 2 items without users, 1 items with every user"
    assert choices.notes == (f"left out, since nothing can be told from them: {said} (of those left)",)


def test_whoever_is_left_out_is_not_numbered():
    m = np.insert(np.insert(skewed(40, 30).toarray(), 7, 0, axis=0), 3, 0, axis=1)
    choices = as_choices(sparse.csr_array(m))
    assert (choices.matrix.toarray() == m[choices.users][:, choices.items]).all()
    assert 7 not in choices.users
    assert 3 not in choices.items


def test_every_interaction_is_a_choice():
    pattern = skewed(60, 40).toarray()
    m = sparse.csr_array(pattern * 0.5)
    m.data[:3] = 1.0
    before = m.data.copy()
    choices = as_choices(m)
    assert (choices.matrix.toarray() == pattern).all()
    assert choices.notes == (
        f"{m.nnz - 3:,} interactions have values other than 1 and count like the others",
    )
    assert (m.data == before).all()


def test_stored_zeros_are_no_choices_and_what_is_stored_twice_is_one():
    whole = skewed(60, 40)
    with_zero = whole.copy()
    with_zero.data[5] = 0.0
    choices = as_choices(with_zero)
    assert choices.matrix.nnz == whole.nnz - 1
    assert choices.notes == ()
    twice = sparse.csr_array(
        (np.full(2 * whole.nnz, 0.5), np.repeat(whole.indices, 2), 2 * whole.indptr), shape=whole.shape
    )
    choices = as_choices(twice)
    assert (choices.matrix.toarray() == whole.toarray()).all()
    assert choices.notes == ()


@pytest.mark.parametrize(
    ("m", "said"),
    [
        (np.zeros((30, 30)), "nothing to learn from: 30 users, 30 items, 0 interactions"),
        (np.zeros((0, 30)), "nothing to learn from: 0 users"),
        (np.tile([1.0, 0.0], (30, 20)), "users have the same items"),
        (np.ones((30, 30)), "30 users with every item"),
        (np.pad(skewed(40, 30, 0.3).toarray()[:19], (0, 1)), "of 20 users and 31 items, 19 users and"),
        (skewed(60, 40).toarray()[:, :19], "and 19 items tell something"),
    ],
)
def test_too_little_to_tell_from(m: np.ndarray, said: str):
    with pytest.raises(InputError, match=said) as refused:
        as_choices(sparse.csr_array(m))
    assert "\n" not in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("bad", [np.nan, 1.5, -0.1, np.inf])
def test_bad_values(bad: float):
    m = skewed(40, 30)
    m.data[0] = bad
    with pytest.raises(InputError, match=r"user 0 \(row\).* not a number in \[0, 1\]"):
        as_choices(m)


def nested(n: int, seed: int | None = None) -> np.ndarray:
    """Whoever has fewer items has a part of what others have."""
    if seed is None:
        return np.tri(n)
    degree = np.random.default_rng(seed).integers(1, 50, n)
    return (np.arange(50) < degree[:, None]).astype(float)


@pytest.mark.parametrize("m", [nested(60), nested(200, seed=0)])
def test_nested_data_are_refused(m: np.ndarray):
    with pytest.raises(InputError, match="one has a part of what another has") as refused:
        fit_configuration(as_choices(sparse.csr_array(m)).matrix)
    assert "\n" not in refused.value.message


def test_classes_of_degree():
    degrees = np.array([3, 1, 3, 7, 1, 3])
    classes = degree_classes(degrees)
    assert classes.degree.tolist() == [1, 3, 7]
    assert classes.size.tolist() == [2, 3, 1]
    assert (classes.degree[classes.of] == degrees).all()
    order, first = classes.members
    assert [set(part) for part in np.split(order, first[1:])] == [{1, 4}, {0, 2, 5}, {3}]
    rows = np.arange(12.0).reshape(6, 2)
    assert (classes.gather(rows) == [rows[[1, 4]].sum(0), rows[[0, 2, 5]].sum(0), rows[3]]).all()
    some = classes.some(np.array([3, 1]))
    assert (some.of.tolist(), some.size.tolist(), some.number) == ([2, 0], [1, 0, 1], 2)


# The configuration model


@pytest.mark.parametrize(("users", "items", "density"), [(3000, 400, 0.05), (200, 900, 0.4)])
def test_expected_degrees_are_the_observed(users: int, items: int, density: float):
    choices = skewed(users, items, density)
    column = choices.sum(axis=0)
    assert column.max() > 20 * np.median(column) or column.max() > 0.9 * users
    null = fit_configuration(choices)
    p = by_pair(null.probability, null)
    assert ((p > 0) & (p < 1)).all()
    assert p.sum(axis=1) == pytest.approx(choices.sum(axis=1), rel=2e-6)
    assert p.sum(axis=0) == pytest.approx(column, rel=2e-6)
    assert null.mean_variance == pytest.approx((p * (1 - p)).mean())


def test_configuration_against_the_fixed_point():
    """Saracco et al. 2015: every user and item for itself, x_u = k_u / sum_i y_i / (1 + x_u y_i)."""
    choices = skewed(50, 40, 0.3)
    k, d = choices.sum(axis=1), choices.sum(axis=0)
    x, y = k / np.sqrt(choices.nnz), d / np.sqrt(choices.nnz)
    for _ in range(5000):
        x = k / (y / (1 + np.outer(x, y))).sum(axis=1)
        y = d / (x[:, None] / (1 + np.outer(x, y))).sum(axis=0)
    p = np.outer(x, y) / (1 + np.outer(x, y))
    assert np.abs(p.sum(axis=1) - k).max() < 1e-9
    null = fit_configuration(choices)
    assert by_pair(null.probability, null) == pytest.approx(p, abs=1e-6)


def test_permuted_users_and_items_have_the_permuted_null():
    choices = skewed(120, 80)
    rng = np.random.default_rng(1)
    users, items = map(rng.permutation, choices.shape)
    null, other = fit_configuration(choices), fit_configuration(choices[users][:, items])
    p = by_pair(null.probability, null)
    assert by_pair(other.probability, other) == pytest.approx(p[users][:, items], abs=1e-12)


def test_nearly_nested_data_leave_a_chance():
    """Where users and items hardly overlap, P is 0 or 1 to double precision."""
    rng = np.random.default_rng(0)
    score = 20 * (rng.normal(size=(400, 1)) + rng.normal(size=200) - 1)
    choices = as_choices(chosen(expit(score))).matrix
    null = fit_configuration(choices)
    assert 0 < null.probability.min() < 1e-9
    assert 1 - 1e-9 < null.probability.max() < 1
    assert by_pair(null.probability, null).sum(axis=0) == pytest.approx(choices.sum(axis=0), rel=2e-6)
    drawn = sample(null, rng)
    assert drawn.nnz == pytest.approx(choices.nnz, rel=0.02)
    for scale in SCALES.values():
        assert np.isfinite(scale(null)).all()
        assert np.isfinite(largest(residual(drawn, null, scale(null))))


def test_what_does_not_calibrate_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(configuration, "MOST_STEPS", 1)
    with pytest.raises(InputError, match=r"item \d+ \(row.*\) has \d+ interactions and is expected to have"):
        fit_configuration(skewed(100, 60, 0.4))


# Draws from it


@pytest.mark.parametrize("at_once", [configuration.MOST_EVENTS, 40])
def test_draws_are_independent_choices_with_their_probabilities(
    at_once: int, monkeypatch: pytest.MonkeyPatch
):
    """The second number makes many blocks, one class of users each."""
    monkeypatch.setattr(configuration, "MOST_EVENTS", at_once)
    null = fit_configuration(skewed(40, 30, 0.3))
    p, draws = by_pair(null.probability, null), 1500
    seen, users, items = np.zeros(p.shape), [], []
    rng = np.random.default_rng(3)
    for _ in range(draws):
        drawn = sample(null, rng)
        assert drawn.has_canonical_format
        assert (drawn.data == 1).all()
        dense = drawn.toarray()
        seen += dense
        users.append(dense.sum(axis=1))
        items.append(dense.sum(axis=0))
    error = np.sqrt(p * (1 - p) / draws)
    z = (seen / draws - p) / error
    assert (z**2).mean() == pytest.approx(1, abs=0.15)
    assert np.abs(z).max() < 6
    for side, axis in ((users, 1), (items, 0)):
        variance = (p * (1 - p)).sum(axis=axis)
        z = (np.mean(side, axis=0) - p.sum(axis=axis)) / np.sqrt(variance / draws)
        assert np.abs(z).max() < 4
        # choices that hang together, or a pair drawn in place of another, change the spread of the degrees
        assert np.mean(np.var(side, axis=0) / variance) == pytest.approx(1, abs=0.03)


def test_same_seed_same_draw():
    null = fit_configuration(skewed(300, 80))
    one, same, other = (sample(null, np.random.default_rng(seed)) for seed in (5, 5, 6))
    for name in ("data", "indices", "indptr"):
        assert getattr(one, name).tobytes() == getattr(same, name).tobytes()
    assert one.indices.tobytes() != other.indices.tobytes()


# The residual


@KINDS
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_residual_is_the_dense_formula(kind: str, share: float):
    choices = skewed(90, 70, 0.2)
    null = fit_configuration(choices)
    scale = SCALES[kind](null)
    p, d = by_pair(null.probability, null), by_pair(scale, null)
    dense = (choices.toarray() - share * p) * d
    got = residual(choices, null, scale, share)
    rng = np.random.default_rng(0)
    v, u = rng.normal(size=(choices.shape[1], 3)), rng.normal(size=(choices.shape[0], 3))
    assert got.shape == dense.shape
    assert got.of_items(v) == pytest.approx(dense @ v)
    assert got.of_users(u) == pytest.approx(dense.T @ u)
    operator = got.operator()
    for found, expected in (
        (operator @ v, dense @ v),
        (operator @ v[:, 0], dense @ v[:, 0]),
        (operator.T @ u, dense.T @ u),
        (operator.T @ u[:, 0], dense.T @ u[:, 0]),
    ):
        assert found == pytest.approx(expected)
    some = np.array([50, 3, 4, 80])
    part = got.rows(some)
    assert part.shape == (4, choices.shape[1])
    assert part.of_items(v) == pytest.approx(dense[some] @ v)
    assert part.of_users(u[:4]) == pytest.approx(dense[some].T @ u[:4])


def test_scales_are_their_formulas():
    null = fit_configuration(skewed(150, 90, 0.2))
    v = by_pair(null.variance, null)
    assert by_pair(regularised_scale(null, 0.0), null) ** 2 * v == pytest.approx(1)
    assert by_pair(regularised_scale(null), null) == pytest.approx(1 / np.sqrt(v + 0.5 * v.mean()))
    d = by_pair(biwhitening_scale(null), null)
    assert (v * d**2).mean(axis=0) == pytest.approx(1, abs=1e-6)
    assert (v * d**2).mean(axis=1) == pytest.approx(1, abs=1e-6)
    assert np.linalg.matrix_rank(d, tol=1e-8 * d.size) == 1


def test_biwhitened_chance_ends_at_the_formula():
    null = fit_configuration(skewed(1500, 300, 0.3))
    scale = biwhitening_scale(null)
    for seed in range(3):
        drawn = sample(null, np.random.default_rng(seed))
        assert largest(residual(drawn, null, scale)) == pytest.approx(edge(*drawn.shape), rel=0.02)


def test_halves_are_a_cut():
    choices = skewed(200, 80)
    null = fit_configuration(choices)
    scale = regularised_scale(null)
    one, two = cut_in_two(choices, null, scale, np.random.default_rng(0))
    whole = residual(choices, null, scale)
    assert (one.chosen.multiply(two.chosen)).nnz == 0
    assert one.chosen.nnz / choices.nnz == pytest.approx(0.5, abs=0.05)
    v = np.random.default_rng(1).normal(size=(choices.shape[1], 2))
    assert one.of_items(v) + two.of_items(v) == pytest.approx(whole.of_items(v))
    assert one.expected == pytest.approx(whole.expected / 2)


def test_correlation_of_columns():
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 50, 3)) + 7
    two[:, 2] = 4.0
    expected = [np.corrcoef(one[:, k], two[:, k])[0, 1] for k in range(2)]
    assert paired_correlation(one, two) == pytest.approx([*expected, 0.0])
