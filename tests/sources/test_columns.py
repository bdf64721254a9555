"""What columns of an items table become: by their values, and for small tables by hand."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lfd.sources import Loaded
from lfd.sources.columns import becomes, split

Writer = Callable[..., Path]
Loader = Callable[..., Loaded]
N = 60
WORDS = [f"w{k}" for k in range(N)]


def column(values: Any, name: str = "c") -> pd.Series:
    return pd.Series(values, name=name)


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["a", "b", "a"], "nominal", ["a", "b", "a"]),
        ([" a ", "", "a"], "nominal", ["a", None, "a"]),
        (["a|b", "c", None], "multi", [["a", "b"], ["c"], []]),
        (["b | a|b", "|", "(no genres listed)|x"], "multi", [["b", "a"], [], ["x"]]),
        ([["a", "b"], [], None], "multi", [["a", "b"], [], []]),
        ([np.array(["a"]), None, np.array(["b", "a", "b"])], "multi", [["a"], [], ["b", "a"]]),
        ([[1, 2], [2], [3]], "multi", [["1", "2"], ["2"], ["3"]]),
        ([1, 2, 3], "numeric", [1, 2, 3]),
        ([1.5, None, 3], "numeric", [1.5, None, 3.0]),
        ([0, 1, 1], "nominal", ["no", "yes", "yes"]),
        ([1.0, None, 0.0], "nominal", ["yes", None, "no"]),
        ([True, False, True], "nominal", ["yes", "no", "yes"]),
        ([True, None, False], "nominal", ["yes", None, "no"]),
        (["a", 1, "a"], "nominal", ["a", "1", "a"]),
    ],
)
def test_kinds(values: list[Any], kind: str, expected: list[Any]) -> None:
    found = becomes(column(values), "|", asked=False)
    assert found.kind == kind
    assert found.values is not None
    got = [None if not isinstance(v, list) and pd.isna(v) else v for v in found.values]
    assert got == expected


@pytest.mark.parametrize(
    ("values", "why", "asked_for"),
    [
        (WORDS, "different for every item", "nominal"),
        (["x"] * (N // 3) + WORDS[: 2 * N // 3], f"{2 * N // 3 + 1} values for {N} items", "nominal"),
        (["a" * 150, "b" * 150] * (N // 2), "long text", "nominal"),
        (
            [f"{a}|{b}" for a, b in zip(WORDS, reversed(WORDS), strict=True)],
            f"{N} values for {N} items",
            "multi",
        ),
        (["https://a.b/c", "http://x"] * (N // 2), "web addresses", None),
        (["", " "] * (N // 2), "empty", None),
        ([None] * N, "empty", None),
        ([[]] * N, "empty", None),
        ([{"a": 1}] * N, "nested", None),
        ([[["a"]]] * N, "nested", None),
        ([datetime.date(2000, 1, k % 28 + 1) for k in range(N)], "dates", None),
        (pd.date_range("2000-01-01", periods=N), "dates", None),
    ],
)
def test_what_is_left_out_and_why(values: Any, why: str, asked_for: str | None) -> None:
    found = becomes(column(values), "|", asked=False)
    assert found.kind is None
    assert found.note.startswith(why)
    assert becomes(column(values), "|", asked=True).kind == asked_for


def test_identifiers_are_numbers_that_differ_and_are_called_so() -> None:
    assert becomes(column(range(N), "imdbId"), "|", asked=False).note == "an identifier"
    assert becomes(column(range(N), "imdbId"), "|", asked=True).kind == "numeric"
    assert becomes(column(range(N), "price"), "|", asked=False).kind == "numeric"
    assert becomes(column([7] * N, "shopId"), "|", asked=False).kind == "numeric"


def test_words_are_split_at_any_separator() -> None:
    assert split(column(["a; b", "c"]).astype("str"), ";").tolist() == [["a", "b"], ["c"]]
    assert becomes(column(["a|b", "c", "c"]), None, asked=False).kind == "nominal"
    assert becomes(column(["a", "c"]), "|", asked=False, several=True).values.tolist() == [["a"], ["c"]]  # type: ignore[union-attr]


ROWS = "user,item,rating\n" + "".join(
    f"{u},{i},{(u + i * i) % 5 + 1}\n" for u in range(1, 5) for i in range(1, 5)
)


def test_genres_are_lists_however_they_are_separated(write: Writer, loaded: Loader) -> None:
    rows = write("r.csv", ROWS)
    cases = {
        "Drama|War,Drama,War,Comedy": {},
        '"Drama, War","Drama","War, Comedy","Sci-Fi"': {},
        "Drama;War,Drama,War,Comedy": {"separator": ";"},
        "Drama,War,War,Comedy": {},
    }
    for cells, options in cases.items():
        genres = pd.read_csv(pd.io.common.StringIO(cells), header=None).iloc[0]
        frame = pd.DataFrame({"item": range(1, 5), "genres": genres})
        items = write("i.csv", frame.to_csv(index=False))
        got = loaded(rows, items=str(items), min_value="off", **options)
        assert got.kinds["genre"] == "multi"
        assert all(isinstance(words, list) for words in got.items["genre"])
        assert {word for words in got.items["genre"] for word in words} <= {
            "Drama",
            "War",
            "Comedy",
            "Sci-Fi",
        }
        assert got.items["genre"][0][0] == "Drama"


def test_attributes_are_picked_in_their_order(write: Writer, loaded: Loader) -> None:
    rows = write("r.csv", ROWS)
    items = write(
        "i.csv",
        "item,genre,year,colour,code\n1,a|b,1990,red,x1\n2,a,1991,blue,x2\n3,b,1992,red,x3\n4,b,1993,red,x4\n",
    )
    everything = loaded(rows, items=str(items), min_value="off")
    assert everything.items.columns.tolist() == ["item", "title", "genre", "year", "rating", "colour"]
    assert everything.skipped == {
        "code": "different for every item",
        "popularity": "the same for all items that are kept (4)",
    }
    some = loaded(rows, items=str(items), min_value="off", attributes=("code", "year"))
    assert some.items.columns.tolist() == ["item", "title", "code", "year"]
    assert some.kinds == {"code": "nominal", "year": "numeric"}
    assert some.bins == {"year": "decade"}
    assert some.skipped["colour"] == "not asked for"


def test_years_from_columns_then_from_titles(write: Writer, loaded: Loader) -> None:
    rows = write("r.csv", ROWS)
    text = "item,title,release_date\n1,A (1950),1990-05-01\n2,B (1951),\n3,C (1952),30-Oct-1992\n4,D,1993.0\n"
    got = loaded(rows, items=str(write("i.csv", text)), min_value="off")
    assert got.items["year"].tolist() == [1990, 1951, 1992, 1993]
    got = loaded(rows, items=str(write("i.csv", text)), min_value="off", year="none")
    assert "year" not in got.items
    got = loaded(rows, items=str(write("i.csv", text)), min_value="off", title="none")
    assert got.items["title"].tolist() == ["1", "2", "3", "4"]


def test_columns_whose_names_lfd_uses_are_renamed(write: Writer, loaded: Loader) -> None:
    rows = write("r.csv", ROWS)
    items = write("i.csv", "item,rating,popularity\n1,8,10\n2,7,20\n3,6,10\n4,5,30\n")
    got = loaded(rows, items=str(items), min_value="off")
    assert got.items["table_rating"].tolist() == [8, 7, 6, 5]
    assert got.items["rating"].tolist() == [3.25, 2.5, 2.5, 3.25]
    assert got.items["table_popularity"].tolist() == [10, 20, 10, 30]


def test_users_columns_stay_as_they_are(write: Writer, loaded: Loader) -> None:
    users = write("u.csv", "user,item,home town\n1,5,x\n2,6,y\n3,7,z\n4,8,w\n")
    got = loaded(write("r.csv", ROWS), users=str(users))
    assert got.users.columns.tolist() == ["user", "table_item", "home_town"]
