"""Newcomers: who states what is planted, and that statements help where they are true and not otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.core.concepts import find_concepts
from lfd.core.evaluation import coldstart
from lfd.core.evaluation.coldstart import evaluate_coldstart
from lfd.core.recommending.statements import NOTHING, Statements, overrepresented
from lfd.core.training.split import TEST, TRAIN, VALIDATION
from lfd.errors import InputError, UsageError
from lfd.settings.alignment import AlignSettings
from lfd.settings.coldstart import EvaluateColdstartSettings
from tests.core.alignment_models import one_hot, recommender

MODEL, ROWS, ATTRIBUTES = recommender(users=500)
PART = np.array([TRAIN, TRAIN, TRAIN, VALIDATION, TEST] * 100)
SETTINGS = EvaluateColdstartSettings(k=10, statements=(1, 2), strengths=(1.0,), resamples=50)
QUICK = AlignSettings(permutations=99)


def evaluated(part=PART, attributes=ATTRIBUTES, settings=SETTINGS, model=MODEL, rows=ROWS):
    return evaluate_coldstart(model, rows, part, attributes, settings, QUICK)


def figures(outcome):
    return {m.name.removeprefix("coldstart_"): m.value for m in outcome.measures}


def test_a_true_statement_helps_and_a_history_more() -> None:
    """The first attribute is the strongest taste: who states it is served better than by popularity."""
    outcome = evaluated()
    value = figures(outcome)
    assert value["leanings_reading_1"] > value["popularity"] + 0.08
    assert value["leanings_reading_1"] > value["nobody"] + 0.08
    assert value["full_history"] > value["leanings_reading_2"]
    row = outcome.table.query("told == 'leanings' and placed == 'reading' and statements == 1").iloc[0]
    assert row["low"] < row["value"] < row["high"]
    assert row["difference"] == pytest.approx(row["value"] - value["popularity"])
    assert outcome.table["users"].unique().tolist() == [100]


def test_a_sign_is_all_where_there_is_one_linear_taste() -> None:
    """One axis orders the items one way or the other: a leaning's sign says which, as a history does."""
    model, rows, attributes = recommender(users=500, latent=1)
    value = figures(evaluated(attributes=attributes[:1], model=model, rows=rows))
    assert value["leanings_reading_1"] == pytest.approx(value["full_history"], abs=0.01)
    assert value["full_history"] > value["popularity"] + 0.01


def test_statements_of_somebody_else_gain_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = coldstart.leanings

    def shuffled(space, means, most):
        found = honest(space, means, most)
        order = np.random.default_rng(0).permutation(len(found.concept))
        return Statements(found.concept[order], found.side[order])

    monkeypatch.setattr(coldstart, "leanings", shuffled)
    value = figures(evaluated())
    assert value["leanings_reading_1"] < value["nobody"] + 0.02


def test_it_is_the_same_again_and_test_users_are_judged() -> None:
    first, again = evaluated(), evaluated()
    assert first.table.equals(again.table)
    assert "100 test users" in first.notes[0]
    assert "100 validation users" in evaluated(np.where(PART == TEST, TRAIN, PART)).notes[0]


def test_values_named_are_those_a_history_has_more_of_than_chance() -> None:
    """Of three equally frequent genres a history with two of the third and one of the second names these."""
    genre = one_hot("genre", np.arange(30) % 3, 3)
    year = one_hot("year", np.arange(30) // 10, 3, ordered=True)
    concepts = find_concepts([genre, year], 30)
    training = sparse.csr_array(np.ones((4, 30), dtype=np.float32))
    history = np.zeros((2, 30), dtype=np.float32)
    history[0, [2, 5, 8, 1, 4, 0]] = 1  # v2 three times, v1 twice, v0 once, where 2 of each are expected
    history[1, [0, 1, 2]] = 1
    found = overrepresented(concepts, sparse.csr_array(history), training, 2)
    names = [[concepts.names[c].name if c != NOTHING else "" for c in row] for row in found.concept]
    assert names == [["genre=v2", ""], ["", ""]]
    assert found.amounts(len(concepts)).sum(axis=1).tolist() == [1, 0]


def test_who_cannot_play_is_one_sentence() -> None:
    with pytest.raises(InputError, match="nobody can play a newcomer; hold users out"):
        evaluated(np.full(500, TRAIN))
    with pytest.raises(UsageError, match="hold the whole catalogue"):
        evaluated(settings=EvaluateColdstartSettings(k=200))
    with pytest.raises(UsageError, match="strengths are 1, 2; name one"):
        EvaluateColdstartSettings(at=3.0)
    popularity = Attribute("popularity", ("low", "high"), np.eye(2)[np.arange(200) % 2], ordered=True)
    with pytest.raises(InputError, match="nothing that a newcomer could state"):
        evaluated(attributes=[popularity])
