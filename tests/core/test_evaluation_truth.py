"""Latent space against planted truth: figures that are known beforehand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge

from lfd.core.evaluation.ceiling import ridge
from lfd.core.evaluation.decoded import FactorTruth, TruthReport
from lfd.core.evaluation.decoded_figures import decoded_measures, decoded_words
from lfd.core.evaluation.factors import TrueFactors, has_truth, true_factors
from lfd.core.evaluation.frames import Decoders
from lfd.core.evaluation.space import Positions, concept_of
from lfd.core.evaluation.truth import evaluate_truth
from lfd.errors import InputError
from lfd.settings.decoding import TraverseSettings
from tests.core.evaluation_spaces import one_item_each, placed, turn

USERS = 4000
RNG = np.random.default_rng(0)
STRENGTHS = RNG.standard_normal((USERS, 2))
FACTORS = TrueFactors(("genre", "year"), STRENGTHS, exclusive=False)
HELD_OUT = np.arange(USERS) % 4 == 0
HISTORIES = one_item_each(USERS)
TURNED = placed(STRENGTHS, turn(45), FACTORS.names)


def values(outcome):
    return {measure.name: measure.value for measure in outcome.measures}


def test_turned_by_45_degrees_axes_lose_what_directions_keep():
    outcome = evaluate_truth(FACTORS, TURNED, HISTORIES, HELD_OUT)
    found = values(outcome)
    # Normal variables of correlation r have the Spearman 6/pi asin(r/2); here r = cos 45.
    assert found["truth_raw"] == pytest.approx(6 / np.pi * np.arcsin(np.sqrt(0.5) / 2), abs=0.03)
    assert [found[f"truth_{p}"] for p in ("aligned", "steering", "reading", "ridge_z")] == pytest.approx(
        [1] * 4
    )
    assert found["truth_ridge_x"] < 0.1  # histories that say nothing
    worst = min(next(m for m in outcome.measures if m.name == "truth_raw").parts.values())
    assert found["below_raw"] == pytest.approx(1 - worst)
    assert found["below_reading"] == pytest.approx(0, abs=1e-9)
    own = outcome.table[(outcome.table["place"] == "raw") & (outcome.table["factor"] == "year")]
    held = [spearmanr(z, STRENGTHS[HELD_OUT, 1]).statistic for z in TURNED.raw[HELD_OUT].T]
    assert own["correlation"].tolist() == pytest.approx(held)
    assert own["best"].tolist() == [abs(held[0]) > abs(held[1]), abs(held[1]) > abs(held[0])]


def test_permuted_axes_permute_the_table_and_change_no_figure():
    swapped = Positions(TURNED.raw[:, ::-1])
    one, two = (evaluate_truth(FACTORS, p, HISTORIES, HELD_OUT) for p in (Positions(TURNED.raw), swapped))
    assert values(one) == pytest.approx(values(two), abs=1e-9)
    rename = {"z0": "z1", "z1": "z0", "": ""}
    renamed = two.table.assign(name=two.table["name"].map(rename)).sort_values(["place", "factor", "name"])
    expected = one.table.sort_values(["place", "factor", "name"])
    assert renamed["correlation"].tolist() == pytest.approx(expected["correlation"].tolist(), abs=1e-9)
    assert renamed["best"].tolist() == expected["best"].tolist()


def test_the_ceiling_is_taught_by_training_users_only():
    lied_to = STRENGTHS.copy()
    lied_to[~HELD_OUT] = RNG.standard_normal((int((~HELD_OUT).sum()), 2))
    found = values(evaluate_truth(TrueFactors(FACTORS.names, lied_to, False), TURNED, HISTORIES, HELD_OUT))
    assert found["truth_reading"] == pytest.approx(1)  # which no user taught
    assert found["truth_ridge_z"] < 0.9


def test_the_ceiling_is_scikit_learns_ridge_by_the_penalty_that_unseen_training_users_choose():
    x = RNG.standard_normal((400, 60))
    truth = x[:, :1] + 8 * RNG.standard_normal((400, 1))
    teach = np.arange(400) < 300
    scaled = x / x[teach].std(axis=0)
    number = np.flatnonzero(teach)
    judge = number[3::4]
    others = np.setdiff1d(number, judge)

    def unseen(penalty):
        fitted = Ridge(alpha=penalty).fit(scaled[others], truth[others])
        return abs(spearmanr(fitted.predict(scaled[judge]).ravel(), truth[judge, 0]).statistic)

    best = max((0.1, 1e4), key=unseen)
    expected = Ridge(alpha=best).fit(scaled[teach], truth[teach]).predict(scaled).reshape(-1, 1)
    assert ridge(x, truth, teach, (0.1, 1e4)) == pytest.approx(expected, abs=1e-6)


def test_sparse_histories_give_what_dense_ones_do():
    dense = (RNG.random((200, 12)) < 0.3).astype(np.float64)
    truth = dense[:, :2] + 0.1 * RNG.standard_normal((200, 2))
    teach = np.arange(200) < 150
    assert ridge(sparse.csr_array(dense), truth, teach) == pytest.approx(ridge(dense, truth, teach), abs=1e-3)


def test_exclusive_truth_is_membership_against_the_rest():
    users = pd.DataFrame({"user": range(6), "truth.factor": ["b", "a", "c", "a", "b", "a"]})
    factors = true_factors(users)
    assert (factors.names, factors.exclusive) == (("a", "b", "c"), True)
    assert factors.table.T.tolist() == [[0, 1, 0, 1, 0, 1], [1, 0, 0, 0, 1, 0], [0, 0, 1, 0, 0, 0]]


def test_what_membership_allows_at_most_is_said_and_reached_by_a_perfect_axis():
    member = np.arange(USERS) % 4 == 1
    factors = TrueFactors(("a", "b"), np.column_stack([member, ~member]).astype(float), exclusive=True)
    z = np.column_stack([member + 0.5 * RNG.random(USERS), RNG.random(USERS)])
    outcome = evaluate_truth(factors, Positions(z), HISTORIES, np.arange(USERS) % 5 == 0)
    (said,) = (note for note in outcome.notes if "cannot exceed" in note)
    assert said == "with membership the |Spearman| of a, b cannot exceed 0.750, 0.750"
    assert values(outcome)["truth_raw"] == pytest.approx(0.75, abs=1e-3)


def test_the_concept_of_a_factor_is_chosen_without_the_truth():
    concepts = pd.DataFrame(
        {
            "attribute": ["genre", "genre", "year", "year", "genre"],
            "kind": ["value", "value", "value", "ordered", "value"],
            "z_given": [1.0, 3.0, 99.0, 0.5, 2.0],
        }
    )
    assert concept_of(concepts, "genre") == 1  # the value most surely there
    assert concept_of(concepts, "year") == 3  # the whole, however sure a single value is
    assert concept_of(concepts, "rating") is None


def test_a_factor_without_a_concept_is_named_and_not_judged():
    hidden = TrueFactors(("genre", "mood"), STRENGTHS, exclusive=False)
    outcome = evaluate_truth(hidden, TURNED, HISTORIES, HELD_OUT)
    assert "no concept is about mood: no direction to judge" in outcome.notes
    reading = next(m for m in outcome.measures if m.name == "truth_reading")
    assert list(reading.parts) == ["genre"]


def test_decoded_k_of_n_by_method_and_frame():
    fits = (
        FactorTruth("genre", "z0", "z0", 0.9, 0.9, True),
        FactorTruth("year", "z1", "z0", 0.9, 0.1, False),
    )
    half = TruthReport(fits, "spearman", 0.5, ())
    whole = TruthReport(fits[:1], "spearman", 0.5, ("year",))
    decoders = Decoders(traverse=TraverseSettings(move="shift:2"))
    reports = {"aligned": {"sample": half, "mc": half}, "raw": {"mc": whole}}
    found = decoded_measures(reports, decoders)
    assert [m.name for m in found] == ["decoded_mc_raw", "decoded_mc_aligned", "decoded_sample_aligned"]
    assert [(m.value, m.parameters["of"]) for m in found] == [(1, 1), (1, 2), (1, 2)]
    assert found[1].parts == {"genre": 1.0, "year": 0.0}
    assert found[0].parameters["move"] == "shift:2"
    assert "move" not in found[2].parameters
    assert decoded_words(reports) == (
        "raw Magnitude of Change 1 of 1; aligned Sampling 1 of 2, Magnitude of Change 1 of 2"
    )


def test_users_without_interactions_are_left_out_and_counted():
    kept = np.arange(USERS) >= 400
    histories = sparse.csr_array(HISTORIES * kept[:, None].astype(np.float32))
    histories.eliminate_zeros()
    outcome = evaluate_truth(FACTORS, TURNED, histories, HELD_OUT)
    assert "400 users without interactions are left out" in outcome.notes
    some = TrueFactors(FACTORS.names, STRENGTHS[kept], False)
    without = evaluate_truth(some, replace(TURNED, raw=TURNED.raw[kept]), histories[kept], HELD_OUT[kept])
    assert values(outcome) == pytest.approx(values(without))


def test_where_nobody_was_held_out_it_is_said():
    outcome = evaluate_truth(FACTORS, TURNED, HISTORIES, np.zeros(USERS, bool))
    assert any("no user was held out" in note for note in outcome.notes)
    assert outcome.measures[0].parameters["held_out_users"] == USERS // 5


def test_a_space_that_is_not_aligned_has_raw_axes_only():
    outcome = evaluate_truth(FACTORS, Positions(TURNED.raw), HISTORIES, HELD_OUT)
    assert set(outcome.table["place"]) == {"raw", "ridge_z", "ridge_x"}
    assert any("not aligned" in note for note in outcome.notes)


def test_what_is_refused():
    with pytest.raises(InputError, match=r"no truth \(no column truth\.\*\).*lfd gen-data"):
        true_factors(pd.DataFrame({"user": [1]}))
    with pytest.raises(InputError, match=r"users, row 1, column truth\.year: nan is no strength"):
        true_factors(pd.DataFrame({"truth.year": [0.1, np.nan]}))
    assert not has_truth(pd.DataFrame({"user": [1]}))
    with pytest.raises(InputError, match="of 4000, 3999, 4000, 4000 users"):
        evaluate_truth(FACTORS, Positions(TURNED.raw[1:]), HISTORIES, HELD_OUT)
    with pytest.raises(InputError, match="no axis is active"):
        evaluate_truth(FACTORS, Positions(np.ones((USERS, 3))), HISTORIES, HELD_OUT)
    with pytest.raises(InputError, match="no user has interactions"):
        evaluate_truth(FACTORS, TURNED, sparse.csr_array((USERS, 3)), HELD_OUT)
    with pytest.raises(InputError, match="too few users with interactions: 3998 train and 2 are held out"):
        evaluate_truth(FACTORS, TURNED, HISTORIES, np.arange(USERS) < 2)
