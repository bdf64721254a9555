"""RecBole's atomic files: typed headers, tabs, sequences with blanks."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from lfd.errors import InputError
from lfd.sources import Loaded, recognise

Writer = Callable[..., Path]
Loader = Callable[..., Loaded]

INTER = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
ROWS = "u1\t10\t5\t881250949\nu1\t20\t4\t881250950.0\nu2\t10\t4\t881250951\nu2\t30\t2\t881250952\n"
ITEM = (
    "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\tmood:token\tscore:float\tv:float_seq\n"
    '10\t"Great" Cats\t1995\tAnimation Comedy\tgood one\t0.5\t0.1 0.2\n'
    "20\tFilm Two\tV\tDrama\tgood one\t0.25\t0.3 0.4\n"
    "30\tFilm Three\t1998\tSci-Fi\tbad one\t\t0.5 0.6\n"
)
USER = "user_id:token\tage:token\tgender:token\nu1\t24\tM\nu2\t53\tF\n"


@pytest.fixture
def folder(write: Writer) -> Path:
    write("ml-100k/ml-100k.inter", INTER + ROWS)
    write("ml-100k/ml-100k.user", USER)
    return write("ml-100k/ml-100k.item", ITEM).parent


def test_a_folder_of_atomic_files(folder: Path, loaded: Loader) -> None:
    assert recognise(folder).format == "RecBole"
    got = loaded(folder)
    assert got.users.to_dict("list") == {"user": ["u1", "u2"], "age": ["24", "53"], "gender": ["M", "F"]}
    assert got.items["item"].tolist() == [10, 20]
    assert got.items["title"].tolist() == ['"Great" Cats', "Film Two"]
    assert got.items["genre"].tolist() == [["Animation", "Comedy"], ["Drama"]]
    assert got.matrix.toarray().tolist() == [[1, 1], [1, 0]]
    assert got.timestamp is not None
    assert got.timestamp.tolist() == [881250949, 881250950, 881250951]


def test_types_say_what_columns_become(folder: Path, loaded: Loader) -> None:
    got = loaded(folder, min_value="off")
    assert got.items["item"].tolist() == [10, 20, 30]
    assert got.items["year"].fillna(0).tolist() == [1995, 0, 1998]
    assert got.items["mood"].tolist() == ["good one", "good one", "bad one"]  # a token is one word
    assert got.items["score"].fillna(-1).tolist() == [0.5, 0.25, -1]
    assert got.kinds["mood"] == "nominal"
    assert got.kinds["genre"] == "multi"
    assert got.kinds["score"] == "numeric"
    assert "v" in got.skipped
    assert got.value.tolist() == pytest.approx([1, 0.8, 0.8, 0.4])


def test_columns_are_named_with_or_without_their_type(folder: Path, loaded: Loader) -> None:
    header = INTER.replace("user_id", "member").replace("rating", "liked")
    (folder / "ml-100k.inter").write_text(header + ROWS)
    one = loaded(folder, user="member", value="liked", users_id="user_id")
    two = loaded(folder, user="member:token", value="liked:float", users_id="user_id:token")
    assert one.interactions.equals(two.interactions)
    assert one.items["rating"].tolist() == [4.5, 4.0]


def test_from_its_zip_and_from_stdin(folder: Path, loaded: Loader, zipped: Callable[..., Path]) -> None:
    assert loaded(zipped(folder)).matrix.nnz == 3
    stream = io.BytesIO((folder / "ml-100k.inter").read_bytes())
    got = loaded(stream, items=str(folder / "ml-100k.item"), users=str(folder / "ml-100k.user"))
    assert got.items["genre"].tolist() == [["Animation", "Comedy"], ["Drama"]]
    assert got.users["gender"].tolist() == ["M", "F"]


def test_two_data_sets_in_one_folder_are_refused(folder: Path, write: Writer) -> None:
    write("ml-100k/other.inter", INTER + ROWS)
    with pytest.raises(
        InputError, match=r"several tables could be the interactions: ml-100k\.inter, other\.inter"
    ):
        recognise(folder)


def test_interactions_without_ratings_count_1(folder: Path, loaded: Loader) -> None:
    (folder / "ml-100k.inter").write_text("user_id:token\titem_id:token\nu1\t10\nu2\t20\n")
    got = loaded(folder)
    assert got.value.tolist() == [1, 1]
    assert "rating" not in got.items
    assert got.timestamp is None
