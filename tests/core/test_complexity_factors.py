"""From the residual to factors: the spectrum, what theory says of it, chance's edge, harmonics, counts."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import hadamard

from lfd.core.complexity import factors, spiked
from lfd.core.complexity.configuration import fit_configuration, sample
from lfd.core.complexity.degrees import as_choices
from lfd.core.complexity.harmonics import HALF, Harmonics, find_harmonics
from lfd.core.complexity.parallel import parallel_edge
from lfd.core.complexity.residual import biwhitening_scale, regularised_scale, residual
from lfd.core.complexity.spectrum import largest, leading
from lfd.core.synthetic import generate
from lfd.errors import UsageError
from lfd.settings.synthetic import GenDataSettings
from tests.core.complexity_data import bipolar, chosen, find, found, skewed

USERS, ITEMS = st.integers(100, 50_000), st.integers(50, 5_000)
STRENGTH = st.floats(1.02, 6.0)


# The spectrum


@pytest.mark.parametrize("scaled", [regularised_scale, biwhitening_scale])
@pytest.mark.parametrize(("users", "items"), [(300, 80), (80, 200)])
def test_spectrum_is_the_dense_one(users: int, items: int, scaled):
    choices = bipolar(2, users, items).interactions.astype(float)
    choices = as_choices(choices).matrix
    null = fit_configuration(choices)
    matrix = residual(choices, null, scaled(null))
    dense = matrix.of_items(np.eye(choices.shape[1]))
    left, values, right = np.linalg.svd(dense, full_matrices=False)
    got = leading(matrix, 6)
    assert got.values == pytest.approx(values[:6], rel=1e-4)
    assert largest(matrix) == pytest.approx(values[0], rel=1e-3)
    # the two planted; those of chance lie so close that a little turns them
    assert np.abs((got.users * left[:, :6]).sum(axis=0))[:2] == pytest.approx(1, abs=1e-4)
    assert np.abs((got.items * right[:6].T).sum(axis=0))[:2] == pytest.approx(1, abs=1e-4)
    assert (got.users * got.values) == pytest.approx(dense @ got.items, abs=0.02)  # signs go together
    assert (np.take_along_axis(got.items, np.abs(got.items).argmax(axis=0)[None], axis=0) > 0).all()
    first = got.first(2)
    assert (first.values.shape, first.users.shape, first.items.shape) == (
        (2,),
        (choices.shape[0], 2),
        (choices.shape[1], 2),
    )
    assert (first.items == got.items[:, :2]).all()


# The spiked model


@pytest.mark.parametrize(("users", "items"), [(900, 300), (300, 900), (500, 500)])
def test_formulas_against_planted_matrices(users: int, items: int):
    """Rank three and Gaussian noise: singular values, and left vectors, which are users' positions."""
    d2 = np.array([8.0, 3.0, 1.6]) * np.sqrt(users * items)
    values, correlations = [], []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        u, v = (np.linalg.qr(rng.normal(size=(n, 3)))[0] for n in (users, items))
        left, value, _ = np.linalg.svd(rng.normal(size=(users, items)) + (u * np.sqrt(d2)) @ v.T, False)
        values.append(value[:3])
        correlations.append(np.abs((left[:, :3] * u).sum(axis=0)))
    strength = np.sqrt((d2 + users) * (d2 + items) / d2) / spiked.edge(users, items)
    assert np.mean(values, axis=0) / spiked.edge(users, items) == pytest.approx(strength, rel=0.015)
    predicted = spiked.predicted_correlation(strength, users, items)
    assert np.mean(correlations, axis=0) == pytest.approx(predicted, abs=0.03)
    assert spiked.signal(strength, users, items) == pytest.approx(d2)


def two_cases(strength: float, users: int, items: int) -> float:
    """The design's formula, in units of the longer side."""
    b = min(users, items) / max(users, items)
    square = (strength * (1 + np.sqrt(b))) ** 2 - b - 1
    x2 = (square + np.sqrt(square**2 - 4 * b)) / 2
    return float(np.sqrt((x2**2 - b) / (x2**2 + (x2 if users >= items else b * x2))))


@given(STRENGTH, USERS, ITEMS)
def test_both_sides_formula_in_one(strength: float, users: int, items: int):
    got = spiked.predicted_correlation(np.array([strength]), users, items)
    assert got == pytest.approx([two_cases(strength, users, items)], rel=1e-6)


@given(STRENGTH, USERS, ITEMS)
def test_signal_and_back(strength: float, users: int, items: int):
    s = np.array([strength])
    d2 = spiked.signal(s, users, items)
    assert d2 > np.sqrt(users * items)
    back = np.sqrt((d2 + users) * (d2 + items) / d2) / spiked.edge(users, items)
    assert back == pytest.approx(s, rel=1e-6)
    assert spiked.strength_among(s, users, items, users) == pytest.approx(s, rel=1e-6)


@given(STRENGTH, USERS, ITEMS, st.floats(1.2, 20))
def test_among_others_and_back(strength: float, users: int, items: int, times: float):
    s, others = np.array([strength]), round(times * users)
    there = spiked.strength_among(s, users, items, others)
    assert there > s
    assert spiked.strength_among(there, others, items, users) == pytest.approx(s, rel=1e-4)
    assert spiked.users_needed(there, others, items) == pytest.approx(spiked.users_needed(s, users, items))


@given(STRENGTH, USERS, ITEMS)
def test_a_factor_is_seen_from_the_users_needed_on(strength: float, users: int, items: int):
    s = np.array([strength])
    needed = float(spiked.users_needed(s, users, items)[0])
    assert needed < users
    below, above = int(needed), int(needed) + 1
    if below:
        assert spiked.strength_among(s, users, items, below) == 1
    # (t - 1)^2 away from the edge to second order, t^2 the share of users beyond those needed
    assert 1 <= spiked.strength_among(s, users, items, above)[0] <= 1 + 1 / max(below, 1)


@given(st.lists(st.floats(0.0, 8.0), min_size=2, max_size=6), USERS, ITEMS)
@settings(max_examples=50)
def test_more_strength_is_better_known(strengths: list[float], users: int, items: int):
    s = np.sort(strengths)
    known, needed = spiked.predicted_correlation(s, users, items), spiked.users_needed(s, users, items)
    assert (np.diff(known) >= -1e-12).all()
    assert ((known > 0) <= (s > 1)).all()
    assert (known < 1).all()
    assert (np.diff(needed) <= 1e-9 * needed[:-1]).all()
    assert needed[s <= 1] == pytest.approx(users)


# The edge of chance


def test_chance_reaches_the_edge_as_often_as_said():
    null = fit_configuration(skewed(120, 50, 0.2))
    scale = regularised_scale(null)
    times, level, reached = 120, 0.2, 0
    for seed in range(times):
        rng = np.random.default_rng(seed)
        edge = parallel_edge(null, scale, 4, level, rng)
        assert edge.draws.shape == (4,)
        reached += largest(residual(sample(null, rng), null, scale)) > edge.value
    assert reached / times == pytest.approx(level, abs=3 * np.sqrt(level * (1 - level) / times))


@pytest.mark.parametrize(("null", "popularity"), [("parallel", 0.0), ("parallel", 1.2), ("biwhitening", 0.0)])
def test_no_taste_no_factors(null: Literal["parallel", "biwhitening"], popularity: float):
    for seed in range(3):
        data = bipolar(2, 1500, 150, strength=0.0, popularity=popularity, seed=seed, interactions=20)
        nothing = find(data.interactions, seed, null=null, **({"draws": 6} if null == "parallel" else {}))
        assert nothing.number == 0
        assert nothing.main.tolist() == []
        assert (nothing.correlation == 0).all()


# Harmonics


def planted(kind: str, users: int, chance: float, seed: int = 0):
    """Choices whose chances are linear in three tastes, the third as said, and the three item vectors.

    The third vector is the product of the first two, so that the third position of a single choice is always
    the product of the others: within one half of a history, noise alone correlates.
    """
    rng = np.random.default_rng(seed)
    a, b, c = rng.uniform(-1, 1, (3, users))
    third = {"product": a * b, "square": 1.5 * (a**2 - 1 / 3), "independent": c}[kind]
    vectors = np.tile(hadamard(64)[:, [1, 2, 3]] / np.sqrt(128), (2, 1))
    assert np.allclose(vectors[:, 0] * vectors[:, 1] * np.sqrt(128), vectors[:, 2])
    chance = chance * (1 + 0.33 * np.stack([a, b, third], axis=1) @ vectors.T * np.sqrt(128))
    matrix = as_choices(chosen(chance, seed)).matrix
    assert matrix.shape[1] == 128
    return matrix, vectors


def harmonics(matrix, vectors, seed: int = 0, weakest: float = 0.1) -> Harmonics:
    null = fit_configuration(matrix)
    signal = np.array([1.0, 0.9, weakest])[: vectors.shape[1]]
    return find_harmonics(matrix, null, regularised_scale(null), vectors, signal, np.random.default_rng(seed))


@pytest.mark.parametrize(("kind", "main"), [("product", False), ("square", False), ("independent", True)])
@pytest.mark.parametrize("seed", [0, 1])
def test_only_products_are_harmonics(kind: str, main: bool, seed: int):
    told = harmonics(*planted(kind, 3000, 0.3, seed), seed)
    assert told.main.tolist() == [True, True, main]
    assert told.shares[:2] == pytest.approx(0, abs=0.1)
    assert told.shares[2] < 0.05 if main else told.shares[2] > 0.8
    assert (told.errors >= 0).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_skewed_noise_is_no_harmonic(seed: int):
    """Three choices a user: the positions' noise alone makes the third follow the product of the others."""
    matrix, vectors = planted("independent", 5000, 0.025, seed)
    x = matrix @ vectors
    x = x - x.mean(axis=0)
    assert np.corrcoef(x[:, 0] * x[:, 1], x[:, 2])[0, 1] > 0.5
    assert harmonics(matrix, vectors, seed).main.all()


def test_harmonics_do_not_depend_on_the_order_of_users():
    matrix, vectors = planted("product", 3000, 0.3)
    order = np.random.default_rng(0).permutation(matrix.shape[0])
    one, other = harmonics(matrix, vectors), harmonics(matrix[order], vectors)
    assert one.main.tolist() == other.main.tolist()
    assert np.abs(one.shares - other.shares).max() < 0.2
    same = harmonics(matrix, vectors)
    assert (one.shares == same.shares).all()
    assert (one.errors == same.errors).all()


def test_what_is_as_strong_as_the_strongest_is_no_harmonic():
    matrix, vectors = planted("product", 3000, 0.3)
    assert harmonics(matrix, vectors, weakest=0.85).main.all()
    assert not harmonics(matrix, vectors, weakest=0.4).main[2]


def test_no_factor_and_one():
    matrix, vectors = planted("product", 400, 0.3)
    none, one = harmonics(matrix, vectors[:, :0]), harmonics(matrix, vectors[:, :1])
    assert (none.shares.shape, none.errors.shape, none.main.shape) == ((0,), (0,), (0,))
    assert (one.shares.tolist(), one.errors.tolist(), one.main.tolist()) == ([0], [0], [True])


# Counts


@pytest.mark.parametrize(("number", "distribution"), [(1, "normal"), (3, "uniform"), (3, "laplace")])
def test_main_factors_of_bipolar_data(number: int, distribution: str):
    factors = found(number, strength_distribution=distribution)
    assert factors.main.tolist() == list(range(number))
    assert factors.number > number  # choice is not linear in taste
    assert (factors.harmonics.shares[number:] > HALF).all()
    assert factors.strength[factors.number] <= 1 < factors.strength[factors.number - 1]


def test_five_main_factors():
    assert found(5).main.tolist() == list(range(5))


def exclusive():
    return find(generate(GenDataSettings(users=3000)).dataset().interactions, draws=5)


def test_three_exclusive_groups_are_a_plane():
    """Three points: two factors of the same strength, since no direction in their plane is another's lead."""
    factors = exclusive()
    assert factors.number == 2
    assert factors.strength[0] == pytest.approx(factors.strength[1], rel=0.03)


def test_both_axes_of_the_plane_are_main():
    assert len(exclusive().main) == 2


def test_permuted_users_and_items_have_the_same_strengths():
    interactions = bipolar(3).interactions
    rng = np.random.default_rng(0)
    users, items = map(rng.permutation, interactions.shape)
    one, other = found(3), find(interactions[users][:, items])
    assert other.strength == pytest.approx(one.strength, rel=1e-3)
    assert other.main.tolist() == one.main.tolist()


def test_values_are_computed_until_they_are_chance(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(factors, "FEW", 2)
    grown = find(bipolar(3).interactions, draws=3)
    assert len(grown.strength) in (8, 16)
    assert grown.strength[-1] <= 1
    assert grown.number == (grown.strength > 1).sum()
    monkeypatch.setattr(factors, "MOST_VALUES", 3)
    assert len(find(bipolar(3).interactions, draws=3).strength) == 3
    assert len(find(bipolar(3).interactions, draws=3, values=5).strength) == 5


def test_more_values_than_there_are():
    with pytest.raises(UsageError, match="150 singular values are more than 2,000 users x 150") as refused:
        find(bipolar(3).interactions, values=150)
    assert refused.value.hint == "ask for fewer: --values 149"
