"""What is said of factors: intervals, reliability, attributes, growth, description; all of it together."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from lfd.core.attributes import Attribute, read_attributes
from lfd.core.complexity import growth, planted, spiked
from lfd.core.complexity.description import describe, gini, normalised_entropy, quantiles
from lfd.core.complexity.explained import explained_by_attributes
from lfd.core.complexity.factors import find_factors
from lfd.core.complexity.growth import grow, users_for_the_next
from lfd.core.complexity.intervals import interval, resample
from lfd.core.complexity.measure import Complexity, measure_complexity
from lfd.core.complexity.reliability import split_half_correlation
from lfd.core.complexity.spectrum import Spectrum
from lfd.errors import InputError, UsageError
from lfd.settings.complexity import ComplexitySettings
from tests.core.complexity_data import bipolar, find, found, skewed

FEW_DRAWS = ComplexitySettings(draws=4, resamples=100, permutations=99)


# Intervals


def width(users: int) -> float:
    """Mean relative width of the main factors' intervals."""
    factors = found(3, users=users, items=100)
    low, high = interval(resample(factors, 400, np.random.default_rng(0)).strength)[:, :3]
    assert (low < factors.strength[:3]).all()
    assert (factors.strength[:3] < high).all()
    return float(((high - low) / factors.strength[:3]).mean())


def test_four_times_the_users_halve_the_interval():
    assert width(1000) / width(4000) == pytest.approx(2, abs=0.5)


def test_intervals_cover_the_strength():
    """Thirty samples of the same population; what all of them together say is the truth."""
    whole = bipolar(1, 30 * 600, 60).interactions
    strengths, ends = [], []
    for number, rows in enumerate(np.split(np.arange(whole.shape[0]), 30)):
        factors = find(whole[rows], number, draws=3, values=4)
        drawn = resample(factors, 200, np.random.default_rng(number))
        # in units of the singular value, since the edge is drawn too
        strengths.append(factors.spectrum.values[0])
        ends.append(interval(drawn.strength)[:, 0] * factors.edge.value)
    covered = [low <= np.mean(strengths) <= high for low, high in ends]
    assert 25 <= sum(covered) <= 30
    spread = np.mean([high - low for low, high in ends]) / (2 * 1.96)
    assert spread == pytest.approx(np.std(strengths, ddof=1), rel=0.35)


def test_resamples_count_factors():
    factors = found(3)
    drawn = resample(factors, 300, np.random.default_rng(0))
    assert drawn.strength.shape == (300, factors.number + 5)
    assert (np.diff(drawn.strength, axis=1) <= 0).all()
    assert drawn.strength.mean(axis=0) == pytest.approx(factors.strength[: factors.number + 5], abs=5e-3)
    assert (drawn.factors == (drawn.strength > 1).sum(axis=1)).all()
    assert (drawn.main <= drawn.factors).all()
    assert np.median(drawn.main) == 3
    sure = replace(factors, harmonics=replace(factors.harmonics, errors=np.zeros(factors.number)))
    assert (resample(sure, 300, np.random.default_rng(0)).main == 3).all()


def test_ends_of_an_interval():
    drawn = np.stack([np.arange(1001.0), np.zeros(1001)], axis=1)
    assert interval(drawn) == pytest.approx(np.array([[25, 0], [975, 0]]))
    assert interval(drawn, 0.5)[:, 0] == pytest.approx([250, 750])


# Reliability


@pytest.mark.parametrize(("interactions", "strength"), [(30, 2.0), (12, 1.0), (75, 0.6)])
def test_split_halves_tell_the_correlation_with_the_truth(interactions: int, strength: float):
    """Factors are turned against the generator's, so the truth of one is what best fits its positions.

    The last has every user choose half of the items, where one half of a history excludes the other.
    """
    data = bipolar(3, interactions=interactions, strength=strength)
    factors = found(3, interactions=interactions, strength=strength)
    items = factors.spectrum.items[:, factors.main]
    assert items.shape[1] == 3
    told = split_half_correlation(
        factors.choices.matrix, factors.null, factors.scale, items, np.random.default_rng(0)
    )
    truth = data.users.filter(like="truth.").to_numpy(np.float64)[factors.choices.users]
    truth = truth - truth.mean(axis=0)
    for k in range(3):
        position = factors.spectrum.users[:, k]
        fitted = truth @ np.linalg.lstsq(truth, position, rcond=None)[0]
        correlation = np.corrcoef(position, fitted)[0, 1]
        assert told[k] == pytest.approx(correlation, abs=0.04)
        assert factors.correlation[k] == pytest.approx(correlation, abs=0.05)


@pytest.mark.parametrize("taste", [True, False])
def test_chance_is_not_reliable(taste: bool):
    """Vectors that fit the noise of their own users say nothing of others."""
    interactions = bipolar(3).interactions if taste else skewed(3000, 100, 0.2)
    factors = find(interactions, draws=3, values=16)
    given = factors.choices.matrix, factors.null, factors.scale
    told = split_half_correlation(*given, factors.spectrum.items, np.random.default_rng(0))
    assert told.shape == (16,)
    assert (told[: factors.number] > 0.5).all()
    assert np.mean(told[factors.number :] ** 2) < 0.1
    assert (factors.number >= 3) == taste
    none = split_half_correlation(*given, factors.spectrum.items[:, :0], np.random.default_rng(0))
    assert none.shape == (0,)


# Attributes


def labels(value: np.ndarray, names: str = "abcd", labelled: np.ndarray | None = None) -> Attribute:
    membership = np.eye(len(names))[value]
    if labelled is not None:
        membership[~labelled] = 0
    return Attribute("genre", tuple(names), membership)


def explain(items: np.ndarray, attribute: Attribute, popularity=None, permutations: int = 199, seed: int = 0):
    popularity = np.arange(len(items), dtype=float) if popularity is None else popularity
    return explained_by_attributes(items, [attribute], popularity, permutations, np.random.default_rng(seed))[
        0
    ]


def test_what_made_a_factor_explains_it():
    rng = np.random.default_rng(0)
    value = rng.integers(0, 4, 300)
    made = np.array([-2.0, -1.0, 1.0, 2.5])[value] + rng.normal(0, 0.5, 300)
    items = np.stack([made, rng.normal(size=300)], axis=1)
    share = explain(items, labels(value))
    means = np.array([made[value == v].mean() for v in range(4)])[value]
    r2 = 1 - ((made - means) ** 2).sum() / ((made - made.mean()) ** 2).sum()
    assert share.explained[0] == pytest.approx(1 - (1 - r2) * 299 / 296)
    assert share.explained[0] > 0.85
    assert share.explained[1] == pytest.approx(0, abs=0.05)
    assert share.p[0] == 1 / 200
    assert share.p[1] > 0.01
    assert (share.name, share.known) == ("genre", 1.0)


def test_shuffled_labels_explain_nothing():
    """p is uniform: 60 shuffles of one attribute, four factors each."""
    rng = np.random.default_rng(0)
    value = rng.integers(0, 4, 80)
    p, r2 = [], []
    for seed in range(60):
        share = explain(rng.normal(size=(80, 4)), labels(rng.permutation(value)), permutations=99, seed=seed)
        p += share.p.tolist()
        r2 += share.explained.tolist()
    assert stats.kstest(p, "uniform").pvalue > 0.01
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.045)
    assert np.mean(r2) == pytest.approx(0, abs=0.01)


def test_popularity_alone_explains_no_factor():
    """Popular items load higher, and popular items are of one genre more often: no news of the genre."""
    rng = np.random.default_rng(0)
    popularity = rng.permutation(np.arange(400.0))
    stratum = popularity // 40
    value = (rng.random(400) < (stratum + 0.5) / 10).astype(int)
    share = explain((stratum + rng.normal(0, 0.1, 400))[:, None], labels(value, "ab"), popularity)
    assert share.explained[0] > 0.2
    assert share.p[0] > 0.05


def test_items_without_a_label_do_not_count():
    rng = np.random.default_rng(0)
    value, labelled = rng.integers(0, 4, 300), rng.random(300) < 0.6
    items = rng.normal(size=(300, 2)) + value[:, None]
    share = explain(items, labels(value, labelled=labelled))
    alone = explain(items[labelled], labels(value[labelled]))
    assert share.known == pytest.approx(labelled.mean())
    assert share.explained == pytest.approx(alone.explained)


@pytest.mark.parametrize("number", [0, 1, 4])
def test_too_few_labels(number: int):
    share = explain(
        np.random.default_rng(0).normal(size=(50, 2)),
        labels(np.arange(50) % 4, labelled=np.arange(50) < number),
    )
    assert np.isnan(share.explained).all()
    assert np.isnan(share.p).all()
    assert share.known == number / 50


def test_a_single_value_explains_nothing():
    share = explain(np.random.default_rng(0).normal(size=(50, 2)), labels(np.zeros(50, dtype=int)))
    assert np.isnan(share.explained).all()


# Description


def test_figures_of_counts_by_hand():
    assert gini(np.array([1.0, 1.0, 1.0, 1.0])) == 0
    assert gini(np.array([8.0, 0.0, 0.0, 0.0])) == pytest.approx(0.75)
    assert gini(np.array([3.0, 1.0])) == pytest.approx(0.25)  # half the mean difference over the mean
    assert gini(np.zeros(3)) == 0
    assert normalised_entropy(np.array([5.0, 5.0, 5.0])) == pytest.approx(1)
    assert normalised_entropy(np.array([2.0, 1.0, 1.0, 0.0])) == pytest.approx(0.75)
    assert normalised_entropy(np.array([4.0])) == 0
    assert normalised_entropy(np.zeros(3)) == 0
    expected = {"min": 0, "q25": 25, "median": 50, "q75": 75, "q95": 95, "max": 100}
    assert quantiles(np.arange(101.0)) == pytest.approx(expected)


def test_description_by_hand():
    m = sparse.csr_array(np.array([[1, 0.5, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0.0]]))
    m.data[-1] = 0  # stored, but no interaction
    half = Attribute("genre", ("a", "b"), np.array([[1.0, 0], [0.5, 0.5], [0, 0], [0, 0]]))
    whole = Attribute("year", ("x",), np.ones((4, 1)))
    said = {measure.name: measure for measure in describe(m, [half, whole])}
    values = {name: measure.value for name, measure in said.items()}
    assert values == pytest.approx(
        {
            "users": 3,
            "items": 4,
            "interactions": 5,
            "density": 5 / 12,
            "popularity_gini": 11 / 20,  # counts 0, 0, 2, 3: (1 * 2 + 3 * 3) / (4 * 5)
            "popularity_entropy": -(0.4 * np.log(0.4) + 0.6 * np.log(0.6)) / np.log(4),
            "per_user": 5 / 3,
            "per_item": 5 / 4,
            "attributes_known": 0.75,
        }
    )
    assert said["attributes_known"].parts == {"genre": 0.5, "year": 1.0}
    assert (said["per_user"].parts["min"], said["per_user"].parts["median"]) == (1, 2)
    assert (said["per_item"].parts["min"], said["per_item"].parts["max"]) == (0, 3)
    assert all(measure.definition for measure in said.values())
    assert {measure.name: measure for measure in describe(m, [])}["attributes_known"].value is None


# Growth


def test_parts_of_the_users_are_as_predicted():
    data, whole = bipolar(3, 4000), found(3, users=4000)
    quarter, half, last = grow(data.interactions, whole, ComplexitySettings(), np.random.default_rng(0))
    assert (quarter.users, half.users, last.users) == (1000, 2000, 4000)
    assert half.strength == pytest.approx(half.predicted, abs=0.05)
    assert quarter.strength == pytest.approx(quarter.predicted, abs=0.1)
    assert last.strength == pytest.approx(whole.strength[: whole.number])
    assert last.predicted == pytest.approx(last.strength)
    assert quarter.expected <= half.expected <= last.expected == last.factors == whole.number
    assert abs(half.factors - half.expected) <= 1.5
    for part in (quarter, half, last):
        assert part.main == 3
        assert part.strength.shape == part.predicted.shape == (whole.number,)
        assert (part.strength >= 1).all()
        assert part.next_users > part.users
    assert quarter.next_users == pytest.approx(
        users_for_the_next(quarter.strength[: quarter.factors], 1000, whole.items)
    )


def test_each_part_holds_the_one_before(monkeypatch: pytest.MonkeyPatch):
    data, whole = bipolar(3), found(3)
    interactions, seen = data.interactions.copy(), []
    interactions.data[:] = np.repeat(np.arange(1, 2001), np.diff(interactions.indptr)) / 2000  # who it was

    def note(some, *rest):
        seen.append({round(2000 * value) for value in some.data.tolist()})
        return find_factors(some, *rest)

    monkeypatch.setattr(growth, "find_factors", note)
    grow(interactions, whole, FEW_DRAWS, np.random.default_rng(0))
    assert [len(users) for users in seen] == [500, 1000]
    assert seen[0] < seen[1]


def test_a_planted_signal_is_found_again_from_what_is_seen_of_it():
    whole = found(3, users=4000)
    rng = np.random.default_rng(0)
    sides = [np.linalg.qr(rng.standard_normal((size, 3)))[0] for size in (whole.users, whole.items)]
    true = np.array([90.0, 70.0, 60.0])
    drawn = planted.seen(Spectrum(true, *sides), whole.null, whole.scale, 3, rng)[0]
    again = planted.signal_of(
        Spectrum(drawn, *sides), whole.null, whole.scale, whole.edge.of_noise, np.random.default_rng(1)
    )
    assert again.values == pytest.approx(true, rel=0.05)  # one draw was seen
    assert drawn[2] > whole.edge.of_noise  # and noise adds to what is seen
    assert (drawn > true).all()


def test_the_next_factor_of_a_straight_line():
    users, items = 5000, 400
    k = 8.0 * 0.7 ** np.arange(7)  # what a user knows of each factor
    d2 = users * k
    strength = np.sqrt((d2 + users) * (d2 + items) / d2) / spiked.edge(users, items)
    assert (strength > 1).all()
    ratio = 1 / 0.7**2  # of the users that a factor needs to those that the one before needed
    assert users_for_the_next(strength, users, items) == pytest.approx(users * ratio**0.5)
    k = 0.5 * 0.9 ** np.arange(6)
    d2 = 5000 * k
    strength = np.sqrt((d2 + 5000) * (d2 + 400) / d2) / spiked.edge(5000, 400)
    assert users_for_the_next(strength[strength > 1][:4], 5000, 400) >= 5000
    assert np.isnan(users_for_the_next(strength[:3], 5000, 400))
    assert np.isnan(users_for_the_next(np.zeros(0), 5000, 400))


# All of it


def measured(seed: int = 0, **settings) -> Complexity:
    data = bipolar(2, 800, 100)
    attributes = read_attributes(data.items, data.schema)
    return measure_complexity(data.interactions, attributes, replace(FEW_DRAWS, seed=seed, **settings))


def test_the_table():
    complexity = measured()
    table, factors = complexity.table, complexity.factors
    assert table["factor"].tolist() == list(range(1, len(table) + 1))
    kinds = ["main", "main", *["harmonic"] * (factors.number - 2)]
    assert table["kind"].tolist() == kinds + ["chance"] * (len(table) - factors.number)
    above = table[: factors.number]
    for name in ("strength", "correlation"):
        assert (above[f"{name}_low"] <= above[name]).mean() > 0.9
        assert (above[name] <= above[f"{name}_high"]).mean() > 0.9
    for name in ("split_half", "harmonic", "users_needed", "explained.year", "p.year"):
        assert above[name].notna().all()
        assert table[name][factors.number :].isna().all()
    assert (table["users_needed"][: factors.number] < factors.users).all()
    assert (table["disagrees"] == ((table["correlation"] - table["split_half"]).abs() > 0.1)).all()
    assert table[["p.year", "p.rating"]][:2].min(axis=1).tolist() == [0.01, 0.01]


def test_the_headlines():
    complexity = measured()
    said = {measure.name: measure for measure in complexity.measures}
    assert said["main_factors"].value == 2
    assert said["factors"].value == complexity.factors.number
    for name in ("factors", "main_factors"):
        assert said[name].parts["low"] <= said[name].value <= said[name].parts["high"]
    assert said["strongest"].value == complexity.table["strength"][0]
    assert said["weakest_main"].value == complexity.table["strength"][1]
    assert said["weakest_correlation"].value == complexity.table["correlation"][1]
    assert said["strongest"].parameters["edge"] == complexity.factors.edge.value
    assert said["strongest"].formula == "null_parallel"
    assert said["interactions"].family == "data"
    assert complexity.growth == ()


def test_same_seed_same_result():
    one, same, other = measured(grow=True), measured(grow=True), measured(seed=1)
    pd.testing.assert_frame_equal(one.table, same.table, check_exact=True)
    assert one.measures == same.measures
    assert [vars(part).__repr__() for part in one.growth] == [vars(part).__repr__() for part in same.growth]
    assert (one.table["strength"] != other.table["strength"]).all()


def test_growing_changes_nothing_else():
    pd.testing.assert_frame_equal(measured(grow=True).table, measured().table, check_exact=True)


def test_labels_go_with_their_items():
    """An item that nobody has is left out, and its label with it."""
    data = bipolar(2, 800, 100)
    attributes = read_attributes(data.items, data.schema)
    wider = sparse.csr_array(np.insert(data.interactions.toarray(), 10, 0, axis=1))
    with_it = [replace(a, membership=np.insert(a.membership, 10, 0, axis=0)) for a in attributes]
    complexity = measure_complexity(wider, with_it, FEW_DRAWS)
    pd.testing.assert_frame_equal(complexity.table, measured().table)
    assert complexity.notes[0].endswith(
        "nothing can be told from them: 1 items without users (of those left)"
    )


def test_an_attribute_of_left_out_items_only():
    data = bipolar(2, 800, 100)
    wider = sparse.csr_array(np.pad(data.interactions.toarray(), ((0, 0), (0, 1))))
    lonely = Attribute("genre", ("a", "b"), np.pad(np.array([[1.0, 0.0]]), ((100, 0), (0, 0))))
    table = measure_complexity(wider, [lonely], FEW_DRAWS).table
    assert table["explained.genre"].isna().all()


def test_no_taste_has_no_main_factor():
    complexity = measure_complexity(skewed(800, 100), [], FEW_DRAWS)
    said = {measure.name: measure.value for measure in complexity.measures}
    assert (said["factors"], said["main_factors"]) == (0, 0)
    assert said["weakest_main"] is said["weakest_correlation"] is said["next_factor_users"] is None
    assert said["strongest"] < 1
    assert set(complexity.table["kind"]) == {"chance"}


def test_all_values_above_the_edge():
    complexity = measured(values=2)
    assert len(complexity.table) == 2
    assert any(
        "all 2 values are above the edge" in note and "--values 4" in note for note in complexity.notes
    )
    assert not any("above the edge" in note for note in measured().notes)


def test_where_predictions_disagree(monkeypatch: pytest.MonkeyPatch):
    def halves(*_):
        return np.array([0.5, 0.99, 0.5])

    monkeypatch.setattr("lfd.core.complexity.measure.split_half_correlation", halves)
    complexity = measured(values=3)
    assert complexity.table["disagrees"].tolist() == [True, False, True]
    assert (
        "factors 1, 3: predicted correlation and split-half differ by more than 0.1" in complexity.notes[-1]
    )


def test_biwhitening():
    complexity = measured(null="biwhitening", draws=ComplexitySettings().draws)
    said = {measure.name: measure for measure in complexity.measures}
    assert said["main_factors"].value == 2
    assert said["strongest"].parameters["edge"] == pytest.approx(np.sqrt(800) + np.sqrt(100))
    assert said["strongest"].parameters["draws"] == 0
    assert said["strongest"].formula == "null_biwhitening"


@pytest.mark.parametrize("idle", [{"draws": 5}, {"level": 0.05}, {"tau": 0.0}])
def test_biwhitening_has_no_use_for_draws(idle: dict):
    settings = ComplexitySettings(null="biwhitening", **idle)
    with pytest.raises(UsageError, match=f"{next(iter(idle))} means nothing to the biwhitening null"):
        measure_complexity(bipolar(2, 800, 100).interactions, [], settings)


def test_refusals():
    interactions = bipolar(2, 800, 100).interactions
    with pytest.raises(UsageError, match="100 singular values are more than 800 users x 100 items have"):
        measure_complexity(interactions, [], replace(FEW_DRAWS, values=100))
    with pytest.raises(InputError, match="19 users and"):
        measure_complexity(interactions[:19], [], FEW_DRAWS)
    with pytest.raises(InputError, match="too few to measure complexity"):
        measure_complexity(interactions[:60], [], replace(FEW_DRAWS, grow=True))


def test_never_an_array_of_users_times_items():
    """Not even one of a byte each."""
    users, items = 20_000, 3_000
    rng = np.random.default_rng(0)
    taste, side = rng.integers(0, 2, users), rng.permutation(items) % 2
    item = np.minimum((items * rng.random((users, 40)) ** 2).astype(int), items - 1)
    liked = (side[item] == taste[:, None]) | (rng.random(item.shape) < 0.3)
    row = np.repeat(np.arange(users), 40).reshape(item.shape)
    pair = np.unique(row[liked] * items + item[liked])
    interactions = sparse.csr_array(
        (np.ones(len(pair), dtype=np.float32), (pair // items, pair % items)), shape=(users, items)
    )
    settings = ComplexitySettings(draws=2, resamples=20, permutations=19, values=3)
    tracemalloc.start()
    complexity = measure_complexity(interactions, [], settings)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert complexity.factors.number == 1
    assert peak < users * items
