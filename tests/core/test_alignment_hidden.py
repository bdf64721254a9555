"""Tastes without metadata: kept out of readings where the known ones are independent, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from lfd.core.alignment import hidden
from lfd.core.alignment.directions import fit_directions
from lfd.core.alignment.jacobians import Jacobians
from lfd.core.concepts import find_concepts
from tests.core.alignment_models import one_hot

ITEMS, FACTORS, RANK, LEVELS = 200, 3, 6, 5


class Planted:
    """Three ordered factors with labels and one without, whose item loadings go along with the first's."""

    def __init__(self, between=0.0, together=0.4, noise=0.02):
        rng = np.random.default_rng(0)
        rank = rng.standard_normal((ITEMS, FACTORS)).argsort(axis=0).argsort(axis=0)
        level = rank * LEVELS // ITEMS
        attributes = [one_hot(f"f{f}", level[:, f], LEVELS, ordered=True) for f in range(FACTORS)]
        self.concepts = find_concepts(attributes, ITEMS)
        self.whole = [c for c, concept in enumerate(self.concepts.names) if concept.value is None]
        turn = np.linalg.qr(rng.standard_normal((RANK, RANK)))[0]
        among = np.full((FACTORS + 1, FACTORS + 1), between) + (1 - between) * np.eye(FACTORS + 1)
        self.rows = np.linalg.cholesky(among) @ turn[: FACTORS + 1]
        known = (level - level.mean(axis=0)) / level.std(axis=0)
        own = rng.standard_normal(ITEMS)
        without = together * known[:, 0] + np.sqrt(1 - together**2) * own
        loadings = np.column_stack([known, without]) @ self.rows
        self.loadings = loadings + noise * rng.standard_normal(loadings.shape)
        self.loadings -= self.loadings.mean(axis=0)

    def directions(self, loadings=None):
        loadings = self.loadings if loadings is None else loadings
        return fit_directions(Jacobians(loadings, loadings), self.concepts, np.zeros(ITEMS, dtype=np.int64))

    def read(self, kind="reading", loadings=None):
        return self.directions(loadings).of(kind)[self.whole]

    def without_hidden(self):
        return self.loadings - np.outer(self.loadings @ self.rows[FACTORS], self.rows[FACTORS])

    def cosines(self, found):
        return (found * self.rows[:FACTORS]).sum(axis=1)


@pytest.fixture
def unchanged(monkeypatch):
    """What a regression alone finds."""

    def read(planted):
        with monkeypatch.context() as patch:
            patch.setattr(hidden, "INDEPENDENT", -1.0)
            return planted.read()

    return read


def test_a_hidden_taste_is_taken_out_of_the_concept_that_it_goes_along_with(unchanged):
    planted = Planted()
    before, after = planted.cosines(unchanged(planted)), planted.cosines(planted.read())
    assert before[0] < 0.95
    assert 1 - after[0] < 0.5 * (1 - before[0])
    assert (after > before).all()
    assert np.allclose(planted.read("decoded"), planted.read())  # axes are fitted to it too


def test_where_known_tastes_go_along_nothing_is_taken_out(unchanged):
    planted = Planted(between=0.5)
    assert np.array_equal(unchanged(planted), planted.read())
    assert not planted.directions().independent
    assert Planted().directions().independent


def test_where_all_is_explained_the_readings_stay():
    planted = Planted(noise=0.0)
    planted.loadings = planted.without_hidden()
    assert (planted.cosines(planted.read()) > 1 - 1e-6).all()


def test_labels_that_are_wrong_are_no_hidden_taste(unchanged):
    """What labels miss of their own factor lies along its row, and is left there."""
    planted = Planted(together=0.0, noise=0.5)
    own = np.random.default_rng(1).standard_normal(ITEMS)
    planted.loadings = planted.without_hidden() + np.outer(own, planted.rows[0])
    before, after = planted.cosines(unchanged(planted)), planted.cosines(planted.read())
    assert 1 - after[0] < 1.7 * (1 - before[0])


def test_turned_coordinates_turn_the_readings():
    planted = Planted()
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((RANK, RANK)))[0]
    assert np.allclose(planted.read(loadings=planted.loadings @ turn), planted.read() @ turn, atol=1e-9)


def test_one_attribute_alone_has_nothing_to_be_compared_with():
    rng = np.random.default_rng(3)
    level = rng.integers(0, 4, ITEMS)
    concepts = find_concepts([one_hot("f", level, 4, ordered=True)], ITEMS)
    loadings, strata = rng.standard_normal((ITEMS, 4)), np.zeros(ITEMS, dtype=np.int64)
    rows, strength = np.eye(4)[rng.integers(0, 4, len(concepts))], np.full(len(concepts), 1e6)
    assert hidden.hidden(rows, strength, concepts, loadings, strata) is None


def test_a_concept_that_is_not_there_says_nothing_of_independence():
    """One taste and a meaningless attribute: no two known tastes can be compared."""
    planted = Planted()
    rng = np.random.default_rng(3)
    level = np.arange(ITEMS) * LEVELS // ITEMS
    attributes = [one_hot("f", level, LEVELS, ordered=True), one_hot("any", rng.integers(0, 3, ITEMS), 3)]
    concepts = find_concepts(attributes, ITEMS)
    loadings = np.outer(level - level.mean(), planted.rows[0]) + rng.standard_normal((ITEMS, RANK))
    strata = np.zeros(ITEMS, dtype=np.int64)
    assert not fit_directions(Jacobians(loadings, loadings), concepts, strata).independent
