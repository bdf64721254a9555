"""Recognising by looking: delimiters, headers, usual names, values and scales."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from lfd.settings.loading import LoadSettings
from lfd.sources import Loaded, names, recognise

Writer = Callable[..., Path]
Loader = Callable[..., Loaded]


def columns(source: Path | io.BytesIO, settings: LoadSettings | None = None) -> dict[str, str]:
    return {c.name: c.becomes for c in recognise(source, settings).interactions.columns}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("user,item,rating\n1,2,3\n", {"user": "user", "item": "item", "rating": "value"}),
        ("user\titem\n1\t2\n", {"user": "user", "item": "item"}),
        ("user|item|score\n1|2|3\n", {"user": "user", "item": "item", "score": "value"}),
        ("user;item;note\n1;2;a,b\n3;4;c,d\n", {"user": "user", "item": "item", "note": ""}),
        ('user,item,note\n1,2,"a;b;c"\n3,4,"d;e;f"\n', {"user": "user", "item": "item", "note": ""}),
        ('"user","item"\n"1,5","2"\n', {"user": "user", "item": "item"}),
        ("userId::movieId::rating\n1::2::3\n", {"userId": "user", "movieId": "item", "rating": "value"}),
        ("user,item,item\n1,2,3\n", {"user": "user", "item": "item", "item.3": ""}),
        ("user,item,\n1,2,3\n", {"user": "user", "item": "item", "column 3": ""}),
        (
            "196\t242\t3\t881250949\n",
            {"user_id": "user", "movie_id": "item", "rating": "value", "timestamp": "timestamp"},
        ),
        ("user item\n1 2\n", None),
    ],
)
def test_looks(text: str, expected: dict[str, str] | None) -> None:
    if expected is None:
        found = columns(io.BytesIO(text.encode()), LoadSettings(delimiter="space"))
        assert found == {"user": "user", "item": "item"}
    else:
        assert columns(io.BytesIO(text.encode())) == expected


def test_delimiters_by_option() -> None:
    data = b"user\titem\n1\t2\n"
    for spelled in ("\t", "\\t", "tab"):
        assert columns(io.BytesIO(data), LoadSettings(delimiter=spelled)) == {"user": "user", "item": "item"}


def test_four_columns_of_numbers_that_are_no_ratings_are_not_u_data() -> None:
    text = b"1\t2\t9\t881250949\n"
    settings = LoadSettings(user="1", item="2")
    assert columns(io.BytesIO(text), settings) == {"1": "user", "2": "item", "3": "", "4": ""}


def test_an_option_beats_the_usual_name() -> None:
    text = b"user,customer,item,rating\n1,2,3,4\n"
    assert columns(io.BytesIO(text), LoadSettings(user="customer"))["customer"] == "user"
    assert columns(io.BytesIO(text), LoadSettings(value="none"))["rating"] == ""


@pytest.mark.parametrize("name", ["user_id", "userId", "User ID", "USERID", "user_id:token", "uid", "user"])
def test_one_name_in_many_spellings(name: str) -> None:
    assert names.usual("user", ["x", name, "item"]) == name


def test_the_first_usual_name_wins() -> None:
    assert names.usual("item", ["asin", "parent_asin", "item_id"]) == "item_id"
    assert names.usual("value", ["weight", "rating"]) == "rating"
    assert names.usual("genre", ["title"]) is None


def test_what_was_recognised_is_plain_data(write: Writer) -> None:
    found = recognise(write("r.csv", "user,item,rating\n1,2,3\n"))
    shown = json.loads(json.dumps(found.as_dict()))
    assert shown["format"] == "table"
    (table,) = shown["tables"]
    assert (table["what"], table["kind"], table["delimiter"]) == ("interactions", "text", ",")
    assert (table["encoding"], table["header"]) == ("utf-8", True)
    assert "name one with --items" in shown["notes"][0]


def test_a_missing_items_table_that_lies_beside_is_pointed_at(mlcsv_like: Path) -> None:
    note = recognise(mlcsv_like / "ratings.csv").notes[0]
    assert note.endswith("--items (movies.csv lies beside ratings.csv)")


@pytest.mark.parametrize(
    ("values", "cut"),
    [((5, 4, 3.5), 4.0), ((10, 4, 3), None), ((4.5, 4, 3), None), ((5, 4, 3.3), None), ((1, 1, 1), None)],
)
def test_auto_knows_stars(
    values: tuple[float, ...], cut: float | None, write: Writer, loaded: Loader
) -> None:
    text = "user,item,rating\n" + "".join(f"{k},{k},{value}\n" for k, value in enumerate(values))
    got = loaded(write("r.csv", text))
    assert got.scale.min_value == cut
    assert got.scale.maximum == max(values)
    expected = [v / max(values) for v in values] if cut is None else [1.0 for v in values if v >= cut]
    assert got.value.tolist() == pytest.approx(expected)


def test_values_are_cut_and_zeros_are_dropped_where_asked(write: Writer, loaded: Loader) -> None:
    path = write("r.csv", "user,item,rating\n1,1,0\n2,2,5\n3,3,10\n4,4,2.5\n")
    got = loaded(path, min_value="off")
    assert got.value.tolist() == pytest.approx([0.5, 1.0, 0.25])
    assert got.dropped["interactions of value 0"] == 1
    assert loaded(path, min_value=2.5).users["user"].tolist() == [2, 3, 4]


def test_settings_are_read_from_flags_and_yaml() -> None:
    adapter = TypeAdapter(LoadSettings)
    read = adapter.validate_python({"min_value": "3.5", "min_user_items": "2", "attributes": ["a", "b"]})
    assert (read.min_value, read.min_user_items, read.attributes) == (3.5, 2, ("a", "b"))
    assert adapter.validate_python({"min_value": "off"}).min_value == "off"
    for wrong in ({"min_value": "0"}, {"min_value": False}, {"min_user_items": 0}, {"duplicates": "sum"}):
        with pytest.raises(ValueError, match="validation error"):
            adapter.validate_python(wrong)
