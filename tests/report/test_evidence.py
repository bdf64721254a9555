"""What pictures are drawn from: grids of scores, walks along axes, and which values change on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lfd.core.attributes import Attribute
from lfd.core.decoding.traversal import Recommendations
from lfd.report.changing import changing
from lfd.report.evidence import Walk, placed, score_grid, smoothness, walks

NAN = float("nan")


def rows(*cells: tuple[int, int, str | None, str, str | None, float, float]) -> pd.DataFrame:
    names = ["axis", "side", "direction", "attribute", "value", "score", "q"]
    return pd.DataFrame(cells, columns=names).astype({"direction": object, "value": object})


def test_a_grid_has_a_row_a_signed_axis_and_a_column_an_attribute() -> None:
    table = rows(
        (1, 1, None, "year", None, 0.25, 0.001),
        (0, -1, None, "year", None, NAN, NAN),
        (0, -1, None, "genre", None, -0.1, 0.5),
        (0, -1, None, "genre", "Horror", 9.0, 0.5),
        (0, 1, "genre=Horror", "genre", None, 0.3, 0.01),
    )
    grid = score_grid("mc", table)
    assert [unit.name for unit in grid.units] == ["z0-", "z1+", "genre=Horror+"]
    assert grid.attributes == ("year", "genre")
    assert grid.score == ((None, -0.1), (0.25, None), (None, 0.3))
    assert grid.q == ((None, 0.5), (0.001, None), (None, 0.01))


def test_a_walk_tells_shares_among_items_that_have_the_attribute_and_titles_at_both_ends() -> None:
    genre = Attribute(
        "genre", ("Drama", "Horror", "War"), np.array([[1.0, 0, 0], [0.5, 0.5, 0], [0, 0, 0.0]])
    )
    chunk = Recommendations(
        user=None,
        axis=np.full(4, 3, np.int16),
        side=np.array([0, 0, 1, 1], np.int8),
        rank=np.array([1, 2, 2, 1], np.int32),
        item=np.array([0, 2, 1, 2], np.int32),
        weight=np.full(4, 0.5),
        z=np.array([-2.0, -2.0, 2.0, 2.0]),
    )
    (walk,) = walks([chunk], [genre], ["a", "b", "c"])
    assert (walk.name, walk.z) == ("z3", (-2.0, 2.0))
    assert walk.shares == {"genre": {"Drama": (1.0, 0.5), "Horror": (0.0, 0.5)}}
    assert (walk.low, walk.high) == (("a", "c"), ("c", "b"))


def test_what_changes_most_between_the_ends_comes_first_and_what_stays_is_left_out() -> None:
    shares = {"genre": {"Drama": (0.2, 0.2), "Horror": (0.0, 0.7)}, "year": {"1950s": (0.9, None, 0.1)}}
    found = changing(Walk(0, (0.0, 1.0), shares, (), ()))
    assert [(course.value, round(course.rise, 6)) for course in found] == [("1950s", -0.8), ("Horror", 0.7)]


def test_users_beside_their_truth_are_thinned_evenly() -> None:
    one = placed("genre", 2, False, np.arange(1000.0), -np.arange(1000.0))
    assert (len(one.z), one.strength[0], one.strength[-1], one.z[-1]) == (300, 0.0, 999.0, -999.0)


def test_continuity_is_told_by_axis() -> None:
    names = ["axis", "tv_mean", "tv_max", "side", "attribute", "value", "spearman", "monotone"]
    table = pd.DataFrame(
        [(0, 0.1, 0.3, "+", "genre", "Drama", 0.9, NAN), (1, 0.2, 0.4, None, None, None, NAN, NAN)],
        columns=names,
    )
    first, second = smoothness(table)
    assert (first.mean, first.largest, first.follows) == (0.1, 0.3, (("+", "genre", "Drama", 0.9, None),))
    assert second.follows == ()
