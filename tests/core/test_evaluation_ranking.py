"""Strong generalisation: figures against a loop over users, baselines tuned where they may be, intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from lfd.core.evaluation.baselines import Readers, baselines
from lfd.core.evaluation.generalisation import evaluate_ranking, paired_table, user_figures
from lfd.core.evaluation.ranking import NDCG, RECALL, scorer
from lfd.core.models.ease import fit_ease, gram
from lfd.core.models.popularity import PopularityModel
from lfd.core.models.svd import fit_svd, svd_model
from lfd.core.training.split import TEST, TRAIN, VALIDATION, fold_in
from lfd.errors import InputError
from lfd.settings.ranking import EvaluateRankingSettings

KINDS = ((RECALL, 3), (RECALL, 8), (NDCG, 8))
SETTINGS = EvaluateRankingSettings(recall=(3, 8), ndcg=(8,), resamples=200, ease=(1.0, 10.0, 100.0))


def groups(users=240, items=40, seed=0):
    """Two tastes: three quarters of a user's choices are among the items of one half of the catalogue."""
    generator = np.random.default_rng(seed)
    mine = (np.arange(items) >= items // 2) == (np.arange(users) % 2 == 1)[:, None]
    popularity = np.linspace(1.5, 0.5, items // 2)
    chance = np.where(mine, 0.45, 0.12) * np.concatenate([popularity, popularity])
    return sparse.csr_array((generator.random((users, items)) < chance).astype(np.float32))


ROWS = groups()
PART = np.array([TRAIN, TRAIN, TRAIN, TRAIN, VALIDATION, TEST] * 40)
MODEL = svd_model(fit_svd(ROWS[np.flatnonzero(PART == TRAIN)], 3)[1])


def by_loop(scores, shown, hidden, kind, k):
    """The definitions of Liang et al. (2018), read out user by user and item by item."""
    ranked = [item for item in sorted(range(len(scores)), key=lambda i: (-scores[i], i)) if item not in shown]
    gain = 0.0
    for rank, item in enumerate(ranked[:k], start=1):
        if item in hidden:
            gain += 1 / math.log2(rank + 1) if kind == NDCG else 1
    most = min(k, len(hidden))
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, most + 1)) if kind == NDCG else most
    return gain / ideal


def test_figures_are_those_of_a_loop_over_users_and_items():
    shown, hidden = fold_in(ROWS[:50], np.random.default_rng(0))
    ease = fit_ease(gram(ROWS), 10.0)
    for name, score in {"svd": scorer(MODEL), "ease": ease.score}.items():
        found = user_figures({name: score}, Readers(shown, hidden), KINDS)[name]
        scores = score(shown)
        for user in range(50):
            sets = (set(x[[user]].indices.tolist()) for x in (shown, hidden))
            given, wanted = sets
            expected = [by_loop(scores[user].tolist(), given, wanted, kind, k) for kind, k in KINDS]
            np.testing.assert_allclose(found[user], expected)


def test_test_users_are_judged_where_there_are_any_and_it_is_said():
    tested = evaluate_ranking(MODEL, ROWS, PART, SETTINGS, "svd")
    assert tested.notes[0] == "judged on 40 test users"
    assert {m.parameters["users"] for m in tested.measures} == {TEST}
    without = np.where(PART == TEST, TRAIN, PART)
    validated = evaluate_ranking(MODEL, ROWS, without, SETTINGS, "svd")
    assert "40 validation users, who have told training when to stop" in validated.notes[0]
    assert [m.name for m in validated.measures] == ["recall@3", "recall@8", "ndcg@8"]
    with pytest.raises(InputError, match="no user was held out"):
        evaluate_ranking(MODEL, ROWS, np.full(len(PART), TRAIN), SETTINGS)


def test_the_table_holds_the_figures_and_differences_on_the_same_users():
    found = evaluate_ranking(MODEL, ROWS, PART, SETTINGS, "svd")
    table = found.table.set_index(["recommender", "measure"])
    assert list(found.table["recommender"].unique()) == ["svd", "ease", "popularity"]
    for measure in found.measures:
        row = table.loc[("svd", measure.name)]
        assert (measure.value, measure.parts) == (row["value"], {"low": row["low"], "high": row["high"]})
        assert row["low"] < measure.value < row["high"]
    own = table.loc["svd", "value"]
    for other in ("ease", "popularity"):
        np.testing.assert_allclose(table.loc[other, "difference"], table.loc[other, "value"] - own)
    # two tastes: who knows them beats popularity, beyond doubt
    assert (table.loc["popularity", "difference_high"] < 0).all()
    again = evaluate_ranking(MODEL, ROWS, PART, SETTINGS, "svd")
    assert found.table.equals(again.table)


def test_test_users_teach_no_baseline():
    other = ROWS.toarray()
    tested = np.flatnonzero(PART == TEST)
    other[tested[20:]] = np.random.default_rng(1).random((20, 40)) < 0.3
    rest = np.where(np.isin(np.arange(len(PART)), tested[20:]), "nobody", PART)
    one = evaluate_ranking(MODEL, ROWS, rest, SETTINGS)
    two = evaluate_ranking(MODEL, sparse.csr_array(other), rest, SETTINGS)
    assert one.table.equals(two.table)


def test_lambda_is_the_best_on_the_validation_users_and_said():
    training = ROWS[np.flatnonzero(PART == TRAIN)]
    choosing = Readers(*fold_in(ROWS[np.flatnonzero(PART == VALIDATION)], np.random.default_rng(0)))
    grid = (0.001, 30.0, 1e6)
    settings = EvaluateRankingSettings(ndcg=(8,), ease=grid)
    reached = {
        p: user_figures({"": fit_ease(gram(training), p).score}, choosing, [(NDCG, 8)])[""].mean()
        for p in grid
    }
    best = max(grid, key=reached.__getitem__)
    scorers, notes = baselines(training, choosing, settings)
    assert f"EASE with lambda {best:g}, of 0.001, 30, 1e+06 the best" in notes[0]
    np.testing.assert_array_equal(
        scorers["ease"](choosing.shown), fit_ease(gram(training), best).score(choosing.shown)
    )
    _, untuned = baselines(training, None, settings)
    assert untuned == ("EASE with lambda 30, which was not tuned",)


def test_ease_is_left_out_where_it_would_not_fit():
    scorers, notes = baselines(ROWS, None, EvaluateRankingSettings(ease_items=39))
    assert list(scorers) == ["popularity"]
    assert "EASE is left out: for 40 items" in notes[0]
    assert "--ease-items 40" in notes[0]


def test_users_of_few_interactions_are_left_out_and_counted():
    rows = ROWS.toarray()
    tested = np.flatnonzero(PART == TEST)
    rows[tested[:3], 4:] = 0
    found = evaluate_ranking(MODEL, sparse.csr_array(rows), PART, SETTINGS)
    short = int((rows[tested].sum(axis=1) < 5).sum())
    assert short >= 3
    assert f"judged on {40 - short} test users" in found.notes
    assert f"{short} test users have fewer than 5 interactions and are left out" in found.notes
    rows[tested, 4:] = 0
    with pytest.raises(InputError, match="none of the 40 test users has 5 interactions"):
        evaluate_ranking(MODEL, sparse.csr_array(rows), PART, SETTINGS)


def test_lists_of_the_whole_catalogue_are_named():
    found = evaluate_ranking(MODEL, ROWS, PART, EvaluateRankingSettings(resamples=10))
    assert "lists of 50, 100 hold the whole catalogue of 40 items: recall says nothing there" in found.notes
    assert {m.name: m.value for m in found.measures}["recall@50"] == 1.0


def test_what_does_not_fit_the_model_is_refused():
    with pytest.raises(InputError, match="a model of 40 items"):
        evaluate_ranking(MODEL, ROWS[:, :30], PART, SETTINGS)


def test_intervals_are_those_of_users_drawn_anew():
    rng = np.random.default_rng(0)
    one = rng.random((300, 2))
    two = one + rng.normal(0.05, 0.02, (300, 2))
    found = paired_table({"one": one, "two": two}, ["a", "b"], 2000, np.random.default_rng(1))
    draws = rng.integers(0, 300, (2000, 300))
    expected = np.quantile(one[draws].mean(axis=1), [0.025, 0.975], axis=0)
    np.testing.assert_allclose(found.loc[:1, ["low", "high"]].T, expected, atol=0.004)
    expected = np.quantile((two - one)[draws].mean(axis=1), [0.025, 0.975], axis=0)
    paired = found.loc[2:, ["difference_low", "difference_high"]]
    np.testing.assert_allclose(paired.T, expected, atol=4e-4)  # far narrower than those of the figures
    assert found.loc[:1, "difference"].isna().all()


def test_popularity_is_the_count_among_training_users():
    training = ROWS[np.flatnonzero(PART == TRAIN)]
    scorers, _ = baselines(training, None, EvaluateRankingSettings(ease_items=0))
    expected = scorer(PopularityModel(training))(ROWS[:2])
    np.testing.assert_array_equal(scorers["popularity"](ROWS[:2]), expected)
    assert (np.argsort(-expected[0], kind="stable") == np.argsort(-training.sum(axis=0), kind="stable")).all()
