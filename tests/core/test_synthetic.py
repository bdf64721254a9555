"""Synthetic data as a whole: sizes, structure, reproducibility, invariants, memory."""

from __future__ import annotations

import hashlib
import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lfd.core.synthetic import Synthetic, UserChunk, generate
from lfd.settings.synthetic import FactorSpec, GenDataSettings

SMALL = GenDataSettings(users=300, items=24)
BIPOLAR = GenDataSettings(generator="bipolar", users=300, items=24, interactions=5)


def whole(data: Synthetic) -> UserChunk:
    (chunk,) = replace(data, chunk_users=data.n_users).chunks()
    return chunk


def digest(data: Synthetic) -> str:
    state = hashlib.sha256(data.items.to_csv().encode())
    for chunk in data.chunks():
        state.update(chunk.users.to_csv(header=False, index=False).encode())
    for column in ("user", "item", "value"):
        for chunk in data.chunks():
            state.update(getattr(chunk, column).tobytes())
    return state.hexdigest()


def test_defaults_are_the_originals_sizes() -> None:
    data = generate(GenDataSettings())
    chunk = whole(data)
    assert data.n_users == len(chunk.users) == 18_000
    assert list(data.items.columns) == ["item", "title", "year", "rating", "genre"]
    assert np.bincount(data.catalogue.block).tolist() == [20, 20, 20]
    assert data.schema["year"].values == ("1970s", "1980s", "1990s", "2000s", "2010s")
    assert data.schema["rating"].values == ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
    assert data.schema["genre"].values == ("Action", "Comedy", "Drama", "Horror", "Romance")
    assert [attribute.kind for attribute in data.schema.values()] == ["ordinal", "ordinal", "nominal"]
    number = np.bincount(np.bincount(chunk.user))
    assert number[:4].sum() == 0
    assert len(number) == 8
    assert stats.chisquare(number[4:]).pvalue > 1e-4  # 4 to 7 equally likely
    assert chunk.value.dtype == np.float32
    assert set(chunk.value.tolist()) == {1.0}


def test_exclusive_users_stay_in_the_block_of_their_factor() -> None:
    data = generate(GenDataSettings())
    chunk = whole(data)
    names = np.array(list(data.schema))
    factor = chunk.users["truth.factor"].to_numpy()
    assert (names[data.catalogue.block[chunk.item]] == factor[chunk.user]).all()
    assert pd.Series(factor).value_counts().tolist() == [6000, 6000, 6000]
    assert abs(np.mean(factor[1:] != factor[:-1]) - 2 / 3) < 0.02  # in random order


def test_exclusive_blocks_share_the_value_that_truth_names() -> None:
    data = generate(GenDataSettings(items=600, seed=3))
    for block, name in enumerate(data.schema):
        own = data.truth[(data.truth.factor == name) & (data.truth.coefficient == 1)]
        inside = data.items[data.catalogue.block == block]
        assert set(inside[name]) == set(own.value)
        assert len(own) == 1
        assert (data.truth[data.truth.factor == name].coefficient == 0).sum() == 4
        for other in set(data.schema) - {name}:  # the other attributes are random over all values
            assert (
                stats.chisquare(inside[other].value_counts().reindex(data.schema[other].values)).pvalue > 1e-4
            )


def test_bipolar_truth_says_which_side_of_a_strength_chooses_which_value() -> None:
    data = generate(GenDataSettings(generator="bipolar", users=4000, items=200, strength=1.5, factors=4))
    chunk = whole(data)
    for name in data.schema:
        strength = chunk.users[f"truth.{name}"].to_numpy()[chunk.user]
        value = data.items[name].to_numpy()[chunk.item]
        truth = data.truth[data.truth.factor == name].set_index("value").coefficient
        assert sorted(truth) == [-1, -0.5, 0, 0.5, 1]
        mean = pd.Series(strength).groupby(value).mean()  # strength of those who choose the value
        assert (mean[truth.sort_values().index].diff().dropna() > 0).all()
    ordered = data.truth[data.truth.factor == "year"]
    assert ordered.coefficient.tolist() == [-1, -0.5, 0, 0.5, 1]
    assert ordered.value.tolist() == ["1970s", "1980s", "1990s", "2000s", "2010s"]


@pytest.mark.parametrize("distribution", ["uniform", "normal", "laplace"])
@pytest.mark.parametrize("correlation", [0.0, 0.5, -0.3])
def test_strengths_have_the_distribution_and_correlation_asked_for(
    distribution: str, correlation: float
) -> None:
    asked = GenDataSettings(
        generator="bipolar",
        users=20_000,
        items=6,
        interactions="1-1",
        strength=3.0,
        strength_distribution=distribution,  # type: ignore[arg-type]
        strength_correlation=correlation,
    )
    strength = whole(generate(asked)).users.filter(like="truth.").to_numpy()
    frozen = {
        "uniform": stats.uniform(-np.sqrt(27), 2 * np.sqrt(27)),
        "normal": stats.norm(0, 3),
        "laplace": stats.laplace(0, 3 / np.sqrt(2)),
    }[distribution]
    assert frozen.std() == pytest.approx(3)
    for column in strength.T:
        assert stats.kstest(column, frozen.cdf).pvalue > 1e-4
    ranks = stats.spearmanr(strength).statistic
    assert np.abs(ranks[np.triu_indices(3, 1)] - correlation).max() < 5 / np.sqrt(20_000)


def test_a_user_chooses_by_softmax() -> None:
    """One choice each: the share of each item among users is the mean of their softmax."""
    asked = GenDataSettings(
        generator="bipolar", users=60_000, items=6, factors=2, values=3, interactions="1-1", popularity=0.5
    )
    data = generate(asked)
    chunk = whole(data)
    strength = chunk.users.filter(like="truth.").to_numpy()
    score = strength @ data.catalogue.loadings.T + data.catalogue.log_popularity
    expected = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)
    taken = np.zeros_like(expected)
    taken[chunk.user, chunk.item] = 1
    for some in (strength[:, 0] > 1, strength[:, 0] < -1, strength[:, 1] > 0, np.ones(len(strength), bool)):
        gap = (taken - expected)[some].sum(axis=0)
        deviation = np.sqrt((expected * (1 - expected))[some].sum(axis=0))
        assert (np.abs(gap) < 4.5 * deviation).all()


@pytest.mark.parametrize("asked", [SMALL, BIPOLAR])
def test_popularity_follows_zipf(asked: GenDataSettings) -> None:
    strength = {"strength": 0.0} if asked.generator == "bipolar" else {}
    asked = replace(asked, users=60_000, interactions="1-1", popularity=1.2, factors=1, **strength)
    data = generate(asked)
    rank = np.exp(data.catalogue.log_popularity / -1.2)
    assert sorted(rank.round(9)) == list(range(1, 25))
    share = rank**-1.2 / (rank**-1.2).sum()
    assert stats.chisquare(np.bincount(whole(data).item, minlength=24), share * 60_000).pvalue > 1e-4


def test_normal_choice_prefers_the_middle_of_the_block() -> None:
    data = generate(replace(SMALL, users=60_000, factors=2, choice="normal", interactions="1-1"))
    density = np.exp(-0.5 * ((np.arange(12) - 5.5) / 3) ** 2)
    expected = np.tile(density / density.sum(), 2) * 30_000
    assert stats.chisquare(np.bincount(whole(data).item, minlength=24), expected).pvalue > 1e-4


@pytest.mark.parametrize("factors", [2, 3, 5])
def test_noise_is_the_share_that_reaches_into_neighbouring_blocks(factors: int) -> None:
    data = generate(GenDataSettings(users=20_000, items=100, factors=factors, noise=0.2, interactions=8))
    chunk = whole(data)
    names = list(data.schema)
    own = np.array([names.index(name) for name in chunk.users["truth.factor"]])[chunk.user]
    step = (data.catalogue.block[chunk.item] - own) % factors
    assert abs(np.mean(step != 0) - 0.2) < 4 * np.sqrt(0.16 / len(step))
    assert set(step.tolist()) == {0, 1, factors - 1}
    if factors > 2:
        assert abs(np.mean(step == 1) - 0.1) < 4 * np.sqrt(0.09 / len(step))


@pytest.mark.parametrize("generator", ["exclusive", "bipolar"])
def test_density_is_the_mean_share_of_items(generator: str) -> None:
    asked = GenDataSettings(generator=generator, users=5000, items=200, density=0.1)  # type: ignore[arg-type]
    number = np.bincount(whole(generate(asked)).user)
    assert abs(number.mean() - 20) < 4 * np.sqrt(20 / 5000)
    assert abs(number.var() / 20 - 1) < 0.1  # Poisson


def test_continuous_values_are_uniform_and_leave_the_choices_alone() -> None:
    binary = whole(generate(SMALL))
    continuous = whole(generate(replace(SMALL, interaction_value="continuous")))
    assert (binary.item == continuous.item).all()
    assert stats.kstest(continuous.value, "uniform", (0.33, 0.67)).pvalue > 1e-4
    assert continuous.value.min() >= np.float32(0.33)
    assert continuous.value.max() <= 1


def test_the_dataset_is_all_chunks_together() -> None:
    data = generate(BIPOLAR)
    chunk, dataset = whole(data), data.dataset()
    assert dataset.interactions.shape == (300, 24)
    assert (dataset.interactions[chunk.user, chunk.item] == chunk.value).all()
    assert dataset.interactions.nnz == len(chunk.item)
    assert dataset.users.equals(chunk.users)
    assert dataset.users["user"].tolist() == list(range(1, 301))
    assert dataset.schema == data.schema


@pytest.mark.parametrize("asked", [SMALL, BIPOLAR, GenDataSettings(), replace(BIPOLAR, users=9000, noise=0)])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(asked: GenDataSettings) -> None:
    once = generate(asked)
    assert digest(once) == digest(once) == digest(generate(asked, chunk_users=5000))
    assert digest(once) != digest(generate(replace(asked, seed=1)))


@given(chunk_users=st.integers(1, 400), generator=st.sampled_from([SMALL, BIPOLAR]))
@settings(deadline=None, max_examples=20)
def test_chunks_do_not_change_what_is_drawn(chunk_users: int, generator: GenDataSettings) -> None:
    chunks = list(generate(generator, chunk_users).chunks())
    assert [len(chunk.users) for chunk in chunks[:-1]] == [chunk_users] * (len(chunks) - 1)
    for chunk in chunks:
        assert (np.unique(chunk.user) + 1 == chunk.users["user"]).all()
    assert digest(generate(generator, chunk_users)) == digest(generate(generator))


@st.composite
def small_settings(draw: st.DrawFn) -> GenDataSettings:
    generator = draw(st.sampled_from(["exclusive", "bipolar"]))
    factors = draw(st.integers(1, 4))
    items = draw(st.integers(factors, 40))
    limit = items // factors if generator == "exclusive" else items
    low = draw(st.integers(1, limit))
    high = draw(st.integers(low, limit))
    if generator == "bipolar":
        only = {"strength": draw(st.sampled_from([0.0, 2.0, 500.0]))}
    else:
        only = {"noise": draw(st.sampled_from([0.0, 0.3, 1.0])) if factors > 1 else 0.0}
    return GenDataSettings(
        generator=generator,
        users=draw(st.integers(1, 60)),
        items=items,
        factors=factors,
        interactions=draw(st.sampled_from([f"{low}-{high}", low, high - 0.5])),
        popularity=draw(st.sampled_from([0.0, 1.0, 200.0])),
        missing_labels=draw(st.sampled_from([0.0, 0.5])),
        hidden_factors=draw(st.integers(0, factors)),
        seed=draw(st.integers(0, 3)),
        **only,
    )


@given(asked=small_settings())
@settings(deadline=None, max_examples=150)
def test_whatever_is_asked_interactions_are_distinct_sorted_and_in_range(asked: GenDataSettings) -> None:
    data = generate(asked)
    chunk = whole(data)
    key = chunk.user * asked.items + chunk.item
    assert (np.diff(key) > 0).all()
    assert chunk.item.min() >= 0
    assert chunk.item.max() < asked.items
    number = np.bincount(chunk.user, minlength=asked.users)
    assert number.min() >= 1
    if isinstance(asked.interactions, str):
        low, high = map(int, asked.interactions.split("-"))
        assert number.min() >= low
        assert number.max() <= high
    assert len(data.schema) == asked.factors - asked.hidden_factors == len(data.items.columns) - 2
    assert data.items["title"].is_unique
    truth = 1 if asked.generator == "exclusive" else asked.factors
    assert len(chunk.users.columns) == 1 + truth


def test_memory_is_bounded_by_the_chunk_not_by_the_users() -> None:
    def peak(users: int) -> int:
        asked = GenDataSettings(generator="bipolar", users=users, items=2000)
        tracemalloc.start()
        for chunk in generate(asked, chunk_users=4000).chunks():
            del chunk
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(40_000) < 1.2 * peak(8000) < 200e6


def test_factors_spelt_out() -> None:
    factors = (
        FactorSpec("mood", ("dark", "light")),
        FactorSpec("length", (90, 120, 150), ordered=True),
        FactorSpec("year", 7),
        FactorSpec("secret", metadata=False),
    )
    data = generate(replace(BIPOLAR, factors=factors, values=6))
    assert list(data.schema) == ["mood", "length", "year"]
    assert data.schema["mood"].kind == "nominal"
    assert (data.schema["length"].kind, data.schema["length"].values) == ("ordinal", ("90", "120", "150"))
    assert (data.schema["year"].kind, data.schema["year"].values[0]) == ("ordinal", "1950s")
    assert (data.truth.factor == "secret").sum() == 6
    assert "truth.secret" in whole(data).users
