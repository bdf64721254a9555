"""The parts of synthetic data against known answers: sampling, correlations, labels, settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import yaml
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from lfd.core.synthetic import generate, sampling
from lfd.core.synthetic.correlation import level_correlation, normals_for_levels
from lfd.core.synthetic.sampling import Groups, choose
from lfd.errors import UsageError
from lfd.settings.synthetic import FactorSpec, GenDataSettings, parse_interactions

ADAPTER = TypeAdapter(GenDataSettings)


@dataclass
class OneTaste:
    """Every row has the same weights."""

    weight: npt.NDArray[np.float64]

    def draw(self, row: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
        return rng.choice(len(self.weight), size=len(row), p=self.weight)

    def log_weights(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        return np.tile(np.log(self.weight), (len(rows), 1))


def set_probabilities(weight: npt.NDArray[np.float64], size: int) -> dict[tuple[int, ...], float]:
    """Probability of each set under successive sampling, summed over the orders it can come in."""
    chance: dict[tuple[int, ...], float] = {}
    for order in permutations(range(len(weight)), size):
        left, p = 1.0, 1.0
        for item in order:
            p, left = p * weight[item] / left, left - weight[item]
        chance[tuple(sorted(order))] = chance.get(tuple(sorted(order)), 0.0) + p
    return chance


@pytest.mark.parametrize("weight", [[0.25] * 4, [0.4, 0.3, 0.2, 0.1], [0.97, 0.02, 0.005, 0.005]])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_choose_is_successive_sampling(
    weight: list[float], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last weights leave most rows short after the first draws, so both ways of drawing are met."""
    monkeypatch.setattr(sampling, "BATCH", 4000)
    rows = 50_000
    key = choose(OneTaste(np.array(weight)), np.full(rows, size), 4, np.random.default_rng(7))
    sets = (key % 4).reshape(rows, size)
    assert (key.reshape(rows, size) // 4 == np.arange(rows)[:, None]).all()
    expected = set_probabilities(np.array(weight), size)
    seen = [(sets == list(chosen)).all(axis=1).sum() for chosen in expected]
    assert sum(seen) == rows
    assert stats.chisquare(seen, np.array(list(expected.values())) * rows).pvalue > 1e-4


def test_choose_gives_each_row_its_own_number() -> None:
    counts = np.array([1, 4, 2, 3])
    key = choose(OneTaste(np.array([0.9, 0.05, 0.04, 0.01])), counts, 4, np.random.default_rng(0))
    assert (np.bincount(key // 4) == counts).all()
    assert set(key[1:5] % 4) == {0, 1, 2, 3}


def test_groups_draw_in_proportion_even_where_weights_underflow() -> None:
    group = np.array([1, 0, 1, 0])
    groups = Groups(group, np.array([-1000.0, 0.0, -1000.0 + np.log(3), 0.0]))
    assert groups.log_total == pytest.approx([np.log(2), -1000 + np.log(4)])
    drawn = groups.draw(np.full(40_000, 1), np.random.default_rng(0))
    assert set(drawn) == {0, 2}
    assert np.mean(drawn == 2) == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("r", [-0.9, -0.2, 0.3, 0.8, 0.99])
def test_level_correlation_has_its_closed_forms(r: float) -> None:
    """Two levels: Sheppard's 2/pi asin r. Many levels: Pearson's 6/pi asin(r/2)."""
    assert level_correlation(r, 2, 2) == pytest.approx(2 / np.pi * np.arcsin(r), abs=1e-9)
    assert level_correlation(r, 100, 100) == pytest.approx(6 / np.pi * np.arcsin(r / 2), abs=2e-3)
    assert level_correlation(r, 3, 5) == pytest.approx(level_correlation(r, 5, 3))
    assert normals_for_levels(level_correlation(r, 3, 5), 3, 5) == pytest.approx(r, abs=1e-6)


@pytest.mark.parametrize("generator", ["exclusive", "bipolar"])
@pytest.mark.parametrize("correlation", [0.0, 0.5, -0.25, 0.8])
def test_attributes_correlate_as_asked(generator: str, correlation: float) -> None:
    factors = tuple(FactorSpec(name, n, ordered=True) for name, n in [("a", 2), ("b", 5), ("c", 3)])
    asked = GenDataSettings(
        generator=generator,  # type: ignore[arg-type]
        items=30_000,
        factors=factors,
        attribute_correlation=correlation,
    )
    catalogue = generate(asked).catalogue
    for f, g, free in [(0, 1, 2), (0, 2, 1), (1, 2, 0)]:
        some = catalogue.block == free if generator == "exclusive" else slice(None)
        seen = np.corrcoef(catalogue.level[some, f], catalogue.level[some, g])[0, 1]
        assert abs(seen - correlation) < 4.5 / np.sqrt(len(catalogue.level[some]))
    assert stats.chisquare(np.bincount(catalogue.level[catalogue.block == 0, 1])).pvalue > 1e-4


def test_loadings_of_nominal_factors_correlate_as_asked() -> None:
    data = generate(GenDataSettings(generator="bipolar", items=30_000, factors=4, attribute_correlation=0.5))
    seen = np.corrcoef(data.catalogue.loadings.T)[np.triu_indices(4, 1)]
    assert np.abs(seen - 0.5).max() < 4.5 / np.sqrt(30_000)
    genre = data.truth[data.truth.factor == "genre"].coefficient
    assert sorted(genre) == [-1, -0.5, 0, 0.5, 1]
    assert genre.tolist() != sorted(genre)


def test_labels_go_wrong_and_missing_in_the_share_asked_for_and_nothing_else_changes() -> None:
    clean = GenDataSettings(generator="bipolar", users=200, items=1000, values=3)
    dirty = replace(clean, wrong_labels=0.3, missing_labels=0.25)
    before, after = generate(clean), generate(dirty)
    for factor, level in zip(before.catalogue.factors, before.catalogue.level.T, strict=True):
        true = np.array(factor.values, dtype=object)[level]
        assert (before.items[factor.name] == true).all()
        label = after.items[factor.name]
        missing = np.array([value is None for value in label])
        assert missing.sum() == 250
        wrong = np.mean(label[~missing] != true[~missing])
        assert abs(wrong - 0.3) < 4 * np.sqrt(0.21 / 750)
        assert set(label[~missing]) == set(factor.values)
    assert (generate(replace(clean, wrong_labels=0.3)).items["year"] != before.items["year"]).sum() == 300
    one, other = next(before.chunks()), next(after.chunks())
    assert (one.item == other.item).all()
    assert one.users.equals(other.users)


def test_hidden_factors_have_truth_but_no_attribute() -> None:
    data = generate(GenDataSettings(generator="bipolar", users=50, hidden_factors=1))
    assert list(data.schema) == ["year", "rating"]
    assert list(data.items.columns) == ["item", "title", "year", "rating"]
    assert "truth.genre" in next(data.chunks()).users
    assert not data.truth[data.truth.factor == "genre"].metadata.any()


@pytest.mark.parametrize(
    ("text", "read"), [("4-7", (4, 7)), ("20", 20.0), (20, 20.0), (2.5, 2.5), ("5-5", (5, 5))]
)
def test_interactions_are_a_range_or_a_mean(text: str | float, read: object) -> None:
    assert parse_interactions(text) == read


@pytest.mark.parametrize("text", ["", "x", "7-4", "0-3", "-3", 0, "4-", "nan", "inf", "1-2-3"])
def test_interactions_of_another_form_are_refused(text: str | float) -> None:
    with pytest.raises(UsageError, match="interactions cannot be"):
        GenDataSettings(interactions=text)


def test_settings_come_from_yaml_and_from_text() -> None:
    text = """
    generator: bipolar
    interactions: 20-30
    density: null
    factors:
      - {name: era, values: [1970, 1980s], ordered: true}
      - {name: mood, values: 4, metadata: false}
      - {name: genre}
    """
    read = ADAPTER.validate_python(yaml.safe_load(text))
    assert read.factors == (
        FactorSpec("era", (1970, "1980s"), True),
        FactorSpec("mood", 4, metadata=False),
        FactorSpec("genre"),
    )
    assert read.interactions == "20-30"
    words = {"factors": "3", "interactions": "20", "noise": "0.1", "users": "7"}
    assert ADAPTER.validate_python(words) == GenDataSettings(factors=3, interactions="20", noise=0.1, users=7)
    assert generate(GenDataSettings(interactions="20")).source.wanted == 20.0
    assert ADAPTER.validate_python(ADAPTER.dump_python(read, mode="json")) == read


B = {"generator": "bipolar"}
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"users": 0}, "users is 0", "--users"),
    ({"items": 0}, "items is 0", "--items"),
    ({"items": 2}, "2 items are fewer than 3 factors", "--items"),
    ({"factors": 0}, "there are 0 factors", "--factors"),
    ({"factors": ()}, "there are 0 factors", "--factors"),
    ({"values": 1}, "values is 1", "--values"),
    ({"items": 9}, "7 interactions per user are more than the 3 items of a factor's block", "--interactions"),
    ({"interactions": 21}, "21 interactions per user are more than the 20 items", "--items"),
    ({"interactions": "5-61", **B}, "61 interactions per user are more than the 60 items", "--items"),
    ({"density": 0.5}, "30 interactions per user are more than the 20", "--density"),
    ({"density": 0.1, "interactions": 3}, "interactions and density both", "--density"),
    ({"density": 0.0}, "density is 0.0", "--density"),
    ({"density": float("nan")}, "density is nan", "--density"),
    ({"attribute_correlation": 1.0}, "attribute_correlation is 1.0", "--attribute-correlation"),
    ({"attribute_correlation": -0.6}, "3 factors cannot all have attribute correlation -0.6", "semidefinite"),
    ({"strength_correlation": -1.5, **B}, "strength_correlation is -1.5", "--strength-correlation"),
    ({"strength_correlation": -0.6, **B}, "3 factors cannot all have strength correlation -0.6", "semidef"),
    (
        {"attribute_correlation": 0.9, "factors": (FactorSpec("a", 2), FactorSpec("b", 5))},
        "attributes of 5 and of 2 values cannot have correlation 0.9",
        "at most 0.849",
    ),
    ({"factors": (FactorSpec("a"), FactorSpec("a"))}, "two factors are called a", "--factors"),
    ({"hidden_factors": 4}, "4 hidden factors are more than the 3", "--hidden-factors"),
    ({"wrong_labels": 1.5}, "wrong_labels is 1.5", "--wrong-labels"),
    ({"missing_labels": 1.0}, "missing_labels is 1.0", "below 1"),
    ({"popularity": -1}, "popularity is -1", "--popularity"),
    ({"seed": -1}, "seed is -1", "--seed"),
    ({"generator": "bipolr"}, 'generator cannot be "bipolr"', "bipolar"),
    ({"noise": 0.1, **B}, "noise means nothing to the bipolar generator", "--generator exclusive"),
    ({"strength": 1.0}, "strength means nothing to the exclusive generator", "--generator bipolar"),
    ({"noise": 0.1, "factors": 1}, "a single factor", "--noise"),
]


@pytest.mark.parametrize(("options", "message", "hint"), BAD, ids=[message for _, message, _ in BAD])
def test_bad_settings_are_one_sentence_with_a_hint(options: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        generate(GenDataSettings(**options))
    assert caught.value.message.startswith(message) or message in caught.value.message
    assert hint in caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"name": "a", "values": ("x",)}, "factor a has 1 value"),
        ({"name": "a", "values": ()}, "factor a has 0 value"),
        ({"name": "a", "values": 1}, "factor a has 1 value"),
        ({"name": "a", "values": (1, "1")}, "factor a has a value twice"),
        ({"name": "title"}, 'a factor cannot be called "title"'),
        ({"name": ""}, 'a factor cannot be called ""'),
    ],
)
def test_bad_factors_are_one_sentence(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        FactorSpec(**spec)
    with pytest.raises(UsageError, match=message):
        ADAPTER.validate_python({"factors": [spec]})


def test_chunks_without_users_are_refused() -> None:
    with pytest.raises(UsageError, match="chunks of 0 users hold nobody"):
        generate(GenDataSettings(), chunk_users=0)


def test_unknown_types_are_refused_by_pydantic() -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python({"factors": "many"})
    with pytest.raises(ValidationError):
        ADAPTER.validate_python({"users": "0"})
