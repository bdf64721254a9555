"""Walks through latent space: where they go, what they write down, what they refuse."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from scipy import sparse

from lfd.core.decoding import traversal
from lfd.core.decoding.positions import PlannedMove, choose_users, frame, moved, plan_moves, prior_fit
from lfd.core.decoding.traversal import Recommendations, traverse_grid, traverse_users
from lfd.core.models.intercept import Intercepted
from lfd.core.models.scores import item_scores
from lfd.errors import InputError, UsageError
from lfd.settings.decoding import (
    DecodeSampleSettings,
    Move,
    TraverseSettings,
    Weighting,
    parse_move,
    parse_weighting,
)


class Linear:
    """scores = z W; remembers every z that it decoded."""

    def __init__(self, loadings: np.ndarray) -> None:
        self.loadings = loadings
        self.decoded: list[np.ndarray] = []

    @property
    def n_latent(self) -> int:
        return self.loadings.shape[0]

    @property
    def n_items(self) -> int:
        return self.loadings.shape[1]

    def encode(self, interactions):
        mean = interactions @ self.loadings.T
        return mean, np.zeros_like(mean)

    def decode(self, latents):
        self.decoded.append(np.array(latents))
        return latents @ self.loadings


@pytest.fixture
def model() -> Linear:
    return Linear(np.random.default_rng(0).normal(size=(3, 40)))


@pytest.fixture
def means() -> np.ndarray:
    return np.random.default_rng(1).normal([0, 5, -2], [1, 2, 0.1], size=(50, 3))


def walk(model, means, seen=None, directions=None, **options) -> list[Recommendations]:
    settings = TraverseSettings(**{"users": 0, "weights": "top:4", **options})
    rng = np.random.default_rng(settings.seed)
    return list(traverse_users(model, means, settings, rng, seen=seen, directions=directions))


def joined(chunks: list[Recommendations]) -> dict[str, np.ndarray]:
    names = [f.name for f in fields(Recommendations) if getattr(chunks[0], f.name) is not None]
    return {name: np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in names}


# Moves


def test_quantile_move_goes_to_the_users_quantiles(means):
    moves = plan_moves(means, Move("quantile", 0.1))
    assert [(m.axis, m.side, m.relative) for m in moves] == [(j, s, False) for j in range(3) for s in (-1, 1)]
    assert [m.amount for m in moves[:2]] == pytest.approx(np.quantile(means[:, 0], [0.1, 0.9]))


def test_shift_move_goes_by_standard_deviations(means):
    moves = plan_moves(means, Move("shift", 2))
    assert moves[3] == PlannedMove(1, 1, pytest.approx(2 * means[:, 1].std()), True)
    assert moves[2].amount == -moves[3].amount
    after = moved(means, np.eye(3)[1], moves[3])
    assert after[:, 1] - means[:, 1] == pytest.approx(2 * means[:, 1].std())
    assert (after[:, [0, 2]] == means[:, [0, 2]]).all()


def test_extreme_move_is_half_of_the_larger_end_on_one_side():
    coordinates = np.array([[-4.0, 1.0, 2.0], [3.0, -1.0, 6.0]])
    moves = plan_moves(coordinates, Move("extreme"))
    assert moves == [
        PlannedMove(0, -1, -2, False),
        PlannedMove(1, 1, 0.5, False),
        PlannedMove(2, 1, 3, False),
    ]


def test_a_move_along_a_direction_leaves_what_is_orthogonal(means):
    direction = np.array([0.6, 0.0, 0.8])
    after = moved(means, direction, PlannedMove(0, 1, 7.0, False))
    assert after @ direction == pytest.approx(7.0)
    across = np.array([[0.0, 1, 0], [0.8, 0, -0.6]])
    assert after @ across.T == pytest.approx(means @ across.T)


# Users


def test_rows_are_whole_users_in_order(model, means):
    chunks = walk(model, means, batch=20)
    assert [len(np.unique(chunk.user)) for chunk in chunks] == [20, 20, 10]
    rows = joined(chunks)
    assert len(rows["user"]) == 50 * (1 + 6) * 4
    key = list(zip(rows["user"], rows["axis"], rows["side"], rows["rank"], strict=True))
    assert key == sorted(key)
    assert set(zip(rows["axis"].tolist(), rows["side"].tolist(), strict=True)) == {
        (-1, 0), *((j, s) for j in range(3) for s in (-1, 1))
    }  # fmt: skip
    assert (rows["weight"] == 0.25).all()


def test_rows_hold_what_the_decoder_ranks_highest(model, means):
    rows = joined(walk(model, means, move="quantile:0.05"))
    at = means[7].copy()
    at[2] = np.quantile(means[:, 2], 0.95)
    mine = (rows["user"] == 7) & (rows["axis"] == 2) & (rows["side"] == 1)
    assert rows["rank"][mine].tolist() == [1, 2, 3, 4]
    assert rows["item"][mine].tolist() == np.argsort(-(at @ model.loadings))[:4].tolist()
    as_is = (rows["user"] == 7) & (rows["axis"] == -1)
    assert rows["item"][as_is].tolist() == np.argsort(-(means[7] @ model.loadings))[:4].tolist()


@pytest.mark.parametrize("weights", ["top:4", "softmax:0.5"])
def test_the_batch_changes_nothing(model, means, weights, monkeypatch):
    whole = joined(walk(model, means, weights=weights))
    for batch in (1, 7, 49):
        pieces = joined(walk(model, means, weights=weights, batch=batch))
        assert all((pieces[name] == whole[name]).all() for name in whole if name != "weight")
        assert pieces["weight"] == pytest.approx(whole["weight"], rel=1e-12)
    monkeypatch.setattr(traversal, "MOST_ROWS", 1)
    assert len(walk(model, means, weights=weights)) == 50  # never less than a whole user


def test_users_are_drawn_with_the_seed(model, means):
    def users(**options):
        return np.unique(joined(walk(model, means, users=10, **options))["user"]).tolist()

    assert users(seed=3) == users(seed=3)
    assert users(seed=3) != users(seed=4)
    assert len(users()) == 10
    assert choose_users(5, 9, np.random.default_rng(0)).tolist() == [0, 1, 2, 3, 4]


def test_moves_are_measured_on_all_users_whoever_is_walked(model, means):
    rows, every = joined(walk(model, means, users=10)), joined(walk(model, means))
    kept = np.isin(every["user"], np.unique(rows["user"]))
    assert (rows["item"] == every["item"][kept]).all()


def test_seen_items_are_left_out(model, means):
    seen = sparse.random_array((50, 40), density=0.5, rng=np.random.default_rng(2), format="csr")
    seen = sparse.csr_array(seen)
    rows = joined(walk(model, means, seen=seen, exclude_seen=True, batch=13))
    assert not seen.toarray()[rows["user"], rows["item"]].any()
    without = joined(walk(model, means, seen=seen))
    assert seen.toarray()[without["user"], without["item"]].any()


def test_a_user_who_has_everything_gets_nothing(model, means):
    seen = sparse.csr_array((np.arange(50)[:, None] == 3) * np.ones((1, 40)))
    rows = joined(walk(model, means, seen=seen, exclude_seen=True))
    assert 3 not in rows["user"]
    assert len(np.unique(rows["user"])) == 49


def test_directions_are_walked_as_axes_are(model, means):
    rotation, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))
    turned = Linear(rotation.T @ model.loadings)  # the same model in rotated coordinates
    by_axis = joined(walk(turned, means @ rotation))
    by_direction = joined(walk(model, means, directions=rotation.T))
    assert all((by_axis[name] == by_direction[name]).all() for name in by_axis)
    fewer = joined(walk(model, means, directions=rotation.T[1:]))
    assert set(fewer["axis"].tolist()) == {-1, 0, 1}


def test_an_axis_without_variance_moves_nobody(model, means):
    means[:, 1] = 4.0
    rows = joined(walk(model, means, move="shift:3"))
    still = rows["item"][rows["axis"] == 1].reshape(50, 2, 4)
    as_is = rows["item"][rows["axis"] == -1].reshape(50, 1, 4)
    assert (still == as_is).all()


def test_an_intercepted_model_decodes_what_the_function_makes_of_z(model, means):
    shrunk = Intercepted(model, lambda z: z * np.array([1, 0, 1]))
    walk(shrunk, means)
    assert all((z[:, 1] == 0).all() for z in model.decoded)


# The grid


def test_grid_of_the_original_in_the_priors_units(model, means):
    settings = TraverseSettings(scale="prior", weights="top:3")
    chunks = list(traverse_grid(model, means, settings))
    assert [chunk.axis[0] for chunk in chunks] == [0, 1, 2]
    assert chunks[1].user is None
    assert chunks[1].side.tolist() == np.repeat(np.arange(15), 3).tolist()
    assert chunks[1].z[::3] == pytest.approx(np.arange(-3.5, 3.6, 0.5))
    assert (model.decoded[1][:, [0, 2]] == 0).all()


def test_grid_around_the_users_in_their_deviations(model, means):
    list(traverse_grid(model, means, TraverseSettings(reach=2, steps=5, weights="top:3")))
    centre, deviation = means.mean(axis=0), means.std(axis=0)
    assert model.decoded[1][:, 1] == pytest.approx(centre[1] + deviation[1] * np.array([-2, -1, 0, 1, 2]))
    assert (model.decoded[1][:, [0, 2]] == centre[[0, 2]]).all()


def test_frame(means):
    centre, unit = frame(means, np.eye(3), "prior")
    assert centre.tolist() == [0, 0, 0]
    assert unit.tolist() == [1, 1, 1]


def test_prior_fit_says_which_axes_are_far_from_the_prior(means):
    fit = prior_fit(means, np.full_like(means, 0.01))
    assert fit.far.tolist() == [1, 2]
    # KL of N(5, 2^2) from N(0, 1) is (4 + 25 - 1 - log 4) / 2 = 13.3
    assert prior_fit(np.array([[3.0], [7.0]])).divergence == pytest.approx((28 - np.log(4)) / 2)
    # An axis that a VAE has switched off is the prior itself: mean 0, deviation 1.
    assert prior_fit(np.zeros((9, 1)), np.ones((9, 1))).divergence.tolist() == [0]
    assert prior_fit(np.zeros((9, 1))).far.tolist() == [0]


# What is refused


def test_more_items_than_there_are_is_refused_before_decoding(model, means):
    settings = TraverseSettings(weights="top:41")
    with pytest.raises(UsageError, match="top:41"):
        traverse_users(model, means, settings, np.random.default_rng(0))
    with pytest.raises(UsageError, match="top:41"):
        traverse_grid(model, means, settings)
    assert model.decoded == []


def test_latents_must_be_finite_and_fit_the_model(model, means):
    with pytest.raises(InputError, match=r"shape \(50, 2\) do not fit a model with 3 latents"):
        walk(model, means[:, :2])
    with pytest.raises(InputError, match="shape"):
        walk(model, means[:0])
    means[11, 2] = np.nan
    with pytest.raises(InputError, match="user row 11: z2 is not finite"):
        walk(model, means)


def test_directions_must_have_length_one(model, means):
    for wrong in (np.ones((1, 3)), np.array([1.0, 0, 0]), np.eye(2)):
        with pytest.raises(InputError, match="rows of length 1"):
            walk(model, means, directions=wrong)


def test_seen_items_are_needed_where_they_are_left_out(model, means):
    with pytest.raises(InputError, match="50 users x 40 items; nothing is given"):
        walk(model, means, exclude_seen=True)
    with pytest.raises(InputError, match="a table of 2 users x 40 items"):
        walk(model, means, exclude_seen=True, seen=sparse.csr_array((2, 40)))


def test_a_decoder_of_the_wrong_shape(means):
    class Short(Linear):
        def decode(self, latents):
            return latents @ self.loadings[:, 1:]

    with pytest.raises(InputError, match=r"decodes 2 positions to shape \(2, 4\) for 5 items"):
        item_scores(Short(np.ones((3, 5))), means[:2])


# Settings


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("quantile:0.02", Move("quantile", 0.02)),
        ("shift:1.5", Move("shift", 1.5)),
        ("extreme", Move("extreme")),
    ],
)
def test_moves_are_read(text, move):
    assert parse_move(text) == move


@pytest.mark.parametrize(
    "text",
    ["quantile:0.5", "quantile:0", "quantile", "shift:-1", "shift:nan", "shift:inf", "extreme:2", "max", ""],
)
def test_unknown_moves_are_named_with_the_forms(text):
    with pytest.raises(
        UsageError, match=r"--move .* is not a form that lfd knows; .*quantile:0\.02 .* extreme"
    ):
        TraverseSettings(move=text)


def test_a_slip_of_the_pen_is_recognised():
    with pytest.raises(UsageError, match="did you mean quantile\\?"):
        parse_move("quantil:0.02")


def test_weightings_are_read():
    assert parse_weighting("top:10") == Weighting("top", 10)
    assert parse_weighting("softmax:0.5") == Weighting("softmax", 0.5)


@pytest.mark.parametrize("text", ["top:0", "top:2.5", "top", "top:inf", "softmax:0", "softmax:x", "best:3"])
@pytest.mark.parametrize("settings", [TraverseSettings, DecodeSampleSettings])
def test_unknown_weightings_are_named_with_the_forms(text, settings):
    with pytest.raises(UsageError, match=r"--weights .* write one of: top:10 .* softmax:1\.0"):
        settings(weights=text)
