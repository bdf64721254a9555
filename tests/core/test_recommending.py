"""Knobs turned, newcomers placed, lists made and told why: closed forms, references, planted factors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from lfd.core.attributes import AttributeSchema, value_levels
from lfd.core.explaining.leanings import along_axes
from lfd.core.explaining.standing import log_chances, rivals
from lfd.core.recommending.lists import best_lists, carried
from lfd.core.recommending.newcomers import DOUBT, EXACT, READING, drawn_around, placed
from lfd.core.recommending.region import region
from lfd.core.steering.turning import lifted, moved, smallest
from tests.core.alignment_models import Linear

RNG = np.random.default_rng(0)
UNIT = RNG.standard_normal((3, 6))
UNIT /= np.linalg.norm(UNIT, axis=1, keepdims=True)


def test_a_slider_adds_its_step_and_sliders_add_up_in_any_order() -> None:
    z, amounts = RNG.standard_normal((2, 6)), np.array([2.0, -1.0, 0.5])
    expected = z + 2 * UNIT[0] - UNIT[1] + 0.5 * UNIT[2]
    assert np.allclose(moved(z, UNIT, amounts), expected)
    assert np.allclose(moved(moved(z, UNIT[2:], amounts[2:]), UNIT[:2], amounts[:2]), expected)


def test_labels_lift_the_items_that_have_them() -> None:
    labels = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.5]])
    assert lifted(labels, np.array([2.0, -1.0]), 0.5).tolist() == [1.0, 0.5, -0.25]


def test_the_smallest_move_is_read_as_stated_and_none_shorter_is() -> None:
    stated = np.array([1.0, -1.0, 2.0])
    move = smallest(UNIT, stated)
    assert np.allclose(UNIT @ move, stated)
    free = np.eye(6) - np.linalg.pinv(UNIT) @ UNIT  # what changes no reading
    assert np.linalg.norm(move) < np.linalg.norm(move + free @ RNG.standard_normal(6))


def test_with_a_doubt_one_statement_is_met_and_the_same_twice_is_hardly_more() -> None:
    assert np.allclose(smallest(UNIT[:1], np.array([1.5]), DOUBT), 1.5 * UNIT[0])
    twice = smallest(UNIT[[0, 0]], np.array([1.0, 1.0]), DOUBT)
    assert np.allclose(twice, 4 / 3 * UNIT[0])  # (1 + 1) / (1 + 1 + 1) from each
    assert np.allclose(smallest(UNIT, np.ones(3), 1e-9), smallest(UNIT, np.ones(3)), atol=1e-6)


def test_with_a_doubt_a_newcomer_is_where_those_are_who_state_so() -> None:
    """Regression of normal users on their noisy statements, fitted on draws, at what is stated."""
    users = RNG.standard_normal((200_000, 6))
    said = users @ UNIT.T + np.sqrt(DOUBT) * RNG.standard_normal((len(users), 3))
    slope = np.linalg.lstsq(said, users, rcond=None)[0]
    stated = np.array([1.0, -1.0, 1.0])
    assert np.allclose(placed(UNIT, stated, READING), (1 + DOUBT) * stated @ slope, atol=0.03)


def test_other_kinds_step_for_each_statement() -> None:
    stated = np.array([1.0, -2.0, 0.0])
    assert np.allclose(placed(UNIT, stated, "steering"), stated @ UNIT)
    assert np.allclose(placed(UNIT, stated, EXACT), smallest(UNIT, stated))


def test_drawn_newcomers_state_the_same_and_differ_elsewhere() -> None:
    place = smallest(UNIT[:2], np.array([1.0, 1.0]))
    drawn = drawn_around(place, UNIT[:2], 0.5, 4000, RNG)
    assert np.allclose(drawn @ UNIT[:2].T, 1)
    values = np.linalg.eigvalsh(np.cov(drawn - place, rowvar=False))
    assert np.allclose(values, [0, 0, 0.25, 0.25, 0.25, 0.25], atol=0.03)


def test_nobody_is_beyond_until_farther_than_every_user() -> None:
    users = RNG.standard_normal((500, 2)) * [2.0, 1.0]
    steps = np.array([[2.0, 0.0], [0.0, 1.0]])
    far = users[:, 0].max()
    found = region(users, np.array([[far + 0.1, 0.0], [0.0, 0.0]]), steps)
    assert found.beyond.tolist() == [True, False]
    assert found.at[0] == pytest.approx((far + 0.1 - users[:, 0].mean()) / users[:, 0].std())
    assert not region(users, users[:3], steps).beyond.any()


def model() -> Linear:
    return Linear(RNG.standard_normal((3, 30)))


def test_lists_are_the_best_of_what_is_left() -> None:
    linear, z, gain = model(), RNG.standard_normal((5, 3)), np.zeros(30)
    gain[[3, 4]] = 2.0
    seen = sparse.csr_array((RNG.random((5, 30)) < 0.3).astype(np.float32))
    found = best_lists(linear, z, 4, gain, seen)
    scores = np.where(seen.toarray() > 0, -np.inf, linear.decode(z) + gain)
    assert (found.item == np.argsort(-scores, axis=1)[:, :4]).all()
    assert np.allclose(found.score, -np.sort(-scores, axis=1)[:, :4])


def test_a_list_ends_where_everything_is_seen() -> None:
    seen = sparse.csr_array(np.array([[1.0] * 28 + [0.0] * 2], dtype=np.float32))
    found = best_lists(model(), np.zeros((1, 3)), 5, np.arange(30.0), seen)
    assert found.item.tolist() == [[29, 28, -1, -1, -1]]
    assert np.isnan(found.score[0, 2:]).all()


def test_what_carried_an_item_adds_up_with_the_bonus() -> None:
    """Two axes and a bonus: all three parts are told, or too small, and add up to the whole difference."""
    linear = Linear(RNG.standard_normal((1, 30)))
    gain = np.zeros(30)
    gain[:10] = 1.5
    z = np.array([[1.2]])
    leanings = along_axes(np.zeros(1), np.ones(1))
    lists = best_lists(linear, z, 30, gain)
    told = carried(linear, z, lists, leanings, gain)
    everything = rivals(lists.item, None, 30)
    end = log_chances(linear.decode(z) + gain, everything)[0, lists.item[0]]
    start = log_chances(linear.decode(np.zeros((1, 1))), everything)[0, lists.item[0]]
    both = (told.part[0] >= 0).all(axis=1)
    assert both.any()
    assert np.allclose(told.nats[0].sum(axis=1)[both], (end - start)[both], atol=1e-3)


def test_an_item_is_carried_by_the_axis_that_alone_loads_it() -> None:
    linear = Linear(3 * np.eye(3, 30))
    z = np.array([[-1.0, 2.0, 0.0]])
    lists = best_lists(linear, z, 1, np.zeros(30))
    told = carried(linear, z, lists, along_axes(np.zeros(3), np.ones(3)), np.zeros(30))
    assert lists.item.tolist() == [[1]]
    assert (told.part[0, 0, 0], told.side[0, 0, 0]) == (1, 1)
    assert told.nats[0, 0, 0] > 1


def test_the_bonus_is_what_carried_an_item_of_a_mean_user() -> None:
    linear, gain = model(), np.zeros(30)
    gain[7] = 9.0
    lists = best_lists(linear, np.zeros((1, 3)), 2, gain)
    told = carried(linear, np.zeros((1, 3)), lists, along_axes(np.zeros(3), np.ones(3)), gain)
    assert lists.item[0, 0] == 7
    assert told.part[0].tolist() == [[3, -1], [-1, -1]]  # the bonus comes after the three axes


@pytest.mark.parametrize(
    ("column", "how", "value", "levels"),
    [
        (["a", None, "b"], AttributeSchema("nominal", ("a", "b")), "a", [1, 0, 0]),
        ([["a", "b"], [], None], AttributeSchema("multi", ("a", "b")), "b", [1, 0, 0]),
        (["low", "top", None], AttributeSchema("ordinal", ("low", "mid", "top")), None, [0, 1, 0]),
        (
            [1.0, float("nan"), 25.0],
            AttributeSchema("numeric", ("x", "y", "z"), (0, 10, 20, 30)),
            None,
            [0, 0, 1],
        ),
        ([1.0, None, 12.0], AttributeSchema("numeric", ("x", "y"), (0, 10, 20)), "y", [0, 0, 1]),
    ],
)
def test_levels_of_a_value_from_a_plain_column(column, how, value, levels) -> None:
    assert value_levels(column, how, value).tolist() == levels
