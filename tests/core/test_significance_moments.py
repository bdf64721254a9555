"""Permutation cumulants against every permutation there is, tails against scipy, q against scipy."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lfd.core.significance.cumulants import Cumulants, permutation_cumulants
from lfd.core.significance.discovery import benjamini_hochberg
from lfd.core.significance.tails import _skewness_and_excess, from_draws, one_sided, two_sided, upper_tail


def every_sum(coefficients, columns, strata):
    """T under all permutations within strata, permutations x sums x values."""
    groups = [np.flatnonzero(strata == s) for s in np.unique(strata)]
    sums = []
    for orders in product(*(permutations(group) for group in groups)):
        order = np.arange(len(strata))
        for group, permuted in zip(groups, orders, strict=True):
            order[group] = permuted
        sums.append(coefficients @ columns[order])
    return np.array(sums)


@pytest.mark.parametrize(
    "sizes", [(1,), (2,), (3,), (4,), (5,), (6,), (1, 2, 3), (4, 3), (2, 2, 2, 1), (5, 3)], ids=str
)
def test_four_cumulants_are_those_of_all_permutations(sizes):
    rng = np.random.default_rng(sum(sizes))
    strata = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    coefficients = rng.exponential(size=(3, len(strata)))
    labels = np.column_stack(
        [rng.normal(size=len(strata)), rng.integers(0, 2, len(strata)), np.ones(len(strata))]
    )
    sums = every_sum(coefficients, labels, strata)
    found = permutation_cumulants(coefficients, labels, strata)
    central = sums - sums.mean(axis=0)
    variance = (central**2).mean(axis=0)
    assert found.mean == pytest.approx(sums.mean(axis=0))
    assert found.variance == pytest.approx(variance, abs=1e-12)
    assert found.third == pytest.approx((central**3).mean(axis=0), rel=1e-9, abs=1e-12)
    assert found.fourth == pytest.approx((central**4).mean(axis=0) - 3 * variance**2, rel=1e-9, abs=1e-12)
    assert (found.variance[:, 2] == 0).all()  # a label that all have is no label
    assert (found.skew[:, 2] == 0).all()


def cumulants(skewness, excess, mean=0.0, variance=1.0):
    arrays = np.broadcast_arrays(
        mean, variance, np.multiply(skewness, variance**1.5), np.multiply(excess, variance**2)
    )
    return Cumulants(*(np.array(a, dtype=float) for a in arrays))


Z = np.array([-3.0, -1, 0, 1, 2, 3, 4, 5, 8])


def test_a_gammas_own_tail():
    for g in (0.01, 0.3, 1.0, 2.0, 5.0):
        tail = upper_tail(Z, np.full(9, g), np.full(9, 1.5 * g**2))
        assert tail == pytest.approx(stats.pearson3.sf(Z, g), rel=1e-6, abs=1e-300)


def test_normal_where_there_is_no_skew_or_it_points_away():
    assert upper_tail(Z, np.zeros(9), np.zeros(9)) == pytest.approx(stats.norm.sf(Z), rel=1e-9)
    away = upper_tail(Z, np.full(9, -1.0), np.full(9, 1.5))
    assert away == pytest.approx(np.maximum(stats.pearson3.sf(Z, -1), stats.norm.sf(Z)))
    assert away[-1] > 0  # where the gamma has ended


def test_student_where_tails_are_heavy():
    freedom = 4 + 6 / 3.0
    scale = np.sqrt(freedom / (freedom - 2))
    expected = np.maximum(stats.t.sf(Z * scale, freedom), stats.norm.sf(Z))
    assert upper_tail(Z, np.zeros(9), np.full(9, 3.0)) == pytest.approx(expected)


@given(st.floats(-6, 6), st.floats(-1, 30), st.lists(st.floats(-40, 40), min_size=2, max_size=8).map(sorted))
def test_tails_are_probabilities_and_fall(g, excess, z):
    tail = upper_tail(np.array(z), np.full(len(z), g), np.full(len(z), excess))
    assert ((tail >= 0) & (tail <= 1)).all()
    assert (np.diff(tail) <= 1e-12).all()


def test_both_sides_count_alike():
    chance = cumulants(np.array([0.8, -0.8]), 1.0)
    p = two_sided(np.array([2.5, -2.5]), chance)
    assert p[0] == p[1] == pytest.approx(2 * stats.pearson3.sf(2.5, 0.8), rel=1e-6)
    assert two_sided(np.array([0.0]), cumulants(np.zeros(1), 0.0))[0] == 1
    assert one_sided(np.array([-3.0]), cumulants(np.zeros(1), 0.0))[0] > 0.99


def test_p_is_in_units_of_chance():
    chance = cumulants(np.zeros(1), 0.0, mean=7.0, variance=4.0)
    assert one_sided(np.array([11.0]), chance)[0] == pytest.approx(stats.norm.sf(2))


def test_nothing_to_test_where_chance_does_not_vary():
    still = cumulants(np.zeros(2), 0.0, variance=np.array([0.0, 1.0]))
    for p in (two_sided(np.ones(2), still), one_sided(np.ones(2), still)):
        assert np.isnan(p).tolist() == [True, False]
    draws = np.stack([np.full(200, 0.3), np.random.default_rng(0).normal(size=200)], axis=1)
    assert np.isnan(from_draws(np.array([0.3, 0.0]), draws)).tolist() == [True, False]
    assert np.isnan(from_draws(np.array([0.3, np.nan]), draws)).all()


def test_p_is_no_smaller_than_arrangements_allow():
    assert two_sided(np.array([50.0]), cumulants(np.zeros(1), 0.0), least=0.1)[0] == 0.1
    draws = np.random.default_rng(0).normal(size=(200, 1))
    assert from_draws(np.array([50.0]), draws, least=0.01)[0] == 0.01


def test_draws_are_counted_while_there_are_ten_and_then_extrapolated():
    draws = np.random.default_rng(1).exponential(size=(1000, 1))
    ordered = np.sort(draws[:, 0])[::-1]
    assert from_draws(ordered[9:10], draws)[0] == pytest.approx(11 / 1001)
    assert from_draws(ordered[199:200], draws)[0] == pytest.approx(201 / 1001)
    assert from_draws(np.array([12.0]), draws)[0] == pytest.approx(np.exp(-12), rel=4)
    assert from_draws(np.array([12.0]), draws)[0] < 1e-4


def test_moments_of_draws_are_scipys():
    draws = np.random.default_rng(2).gamma(2.0, size=(100, 3)).astype(np.float32)
    found = _skewness_and_excess(draws)
    expected = [of(draws.astype(np.float64), axis=0, bias=False) for of in (stats.skew, stats.kurtosis)]
    assert np.array(found) == pytest.approx(np.array(expected), rel=1e-4)


def test_an_equal_score_is_reached():
    draws = np.tile(np.float32([0.1, 0.3]), 100)[:, None].astype(np.float64)
    assert from_draws(np.array([0.3]), draws)[0] == pytest.approx(101 / 201)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.data())
def test_q_is_scipys(p, data):
    p = np.array(p)
    expected = stats.false_discovery_control(p, method="bh")
    assert benjamini_hochberg(p) == pytest.approx(expected)
    known = np.array(data.draw(st.lists(st.booleans(), min_size=len(p), max_size=len(p))))
    q = benjamini_hochberg(np.where(known, p, np.nan))
    assert np.isnan(q).tolist() == (~known).tolist()
    if known.any():
        assert q[known] == pytest.approx(stats.false_discovery_control(p[known], method="bh"))
