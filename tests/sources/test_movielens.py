"""MovieLens in each of its formats, as folder, as zip, and with the folder inside another."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from lfd.errors import InputError
from lfd.settings.loading import LoadSettings
from lfd.sources import Loaded, load, movielens, recognise

Loader = Callable[..., Loaded]
Zipper = Callable[..., Path]
FORMATS = {
    "ml100k_like": "MovieLens 100K",
    "ml1m_like": "MovieLens 1M or 10M",
    "mlcsv_like": "MovieLens latest, 20M, 25M or 32M",
}


@pytest.fixture(params=FORMATS)
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


def check(got: Loaded, solo_year: float | None = None) -> None:
    """What the rows in conftest come to, worked out by hand: values of 4 and 5 count."""
    assert got.users["user"].tolist() == [1, 2]
    assert got.items["item"].tolist() == [1, 3]
    assert got.items["title"].tolist() == ["Toy Story (1995)", "Fawlty Towers (1975-1979)"]
    assert got.items["genre"].tolist() == [["Animation", "Comedy"], []]
    assert got.items["year"].tolist() == [1995, 1975]
    assert got.items["rating"].tolist() == [4.5, 4.0]
    assert got.items["popularity"].tolist() == [2, 1]
    assert got.matrix.toarray().tolist() == [[1, 0], [1, 1]]
    assert got.timestamp is not None
    assert got.timestamp.tolist() == [100, 120, 130]
    assert (got.scale.minimum, got.scale.maximum, got.scale.min_value) == (1, 5, 4)
    assert got.kinds == {"genre": "multi", "year": "numeric", "rating": "numeric", "popularity": "numeric"}
    assert got.bins == {"year": "decade", "rating": "quantiles", "popularity": "deciles"}


def test_every_format_comes_to_the_same(folder: Path, loaded: Loader) -> None:
    check(loaded(folder))


def test_every_format_comes_to_the_same_from_its_zip(folder: Path, loaded: Loader, zipped: Zipper) -> None:
    check(loaded(zipped(folder)))


def test_every_format_comes_to_the_same_from_its_zip_on_stdin(
    folder: Path, loaded: Loader, zipped: Zipper
) -> None:
    check(loaded(io.BytesIO(zipped(folder).read_bytes())))


def test_a_zip_needs_no_folder_inside_and_is_not_unpacked(
    folder: Path, loaded: Loader, zipped: Zipper
) -> None:
    path = zipped(folder, inside="")
    shutil.rmtree(folder)
    check(loaded(path))
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_around_the_folder_does_as_well(folder: Path, loaded: Loader) -> None:
    check(loaded(folder.parent))


def test_a_zip_is_recognised_whatever_its_name(folder: Path, loaded: Loader, zipped: Zipper) -> None:
    check(loaded(zipped(folder).rename(folder.parent / "films.dat")))


def test_the_format_is_named(request: pytest.FixtureRequest) -> None:
    for fixture, name in FORMATS.items():
        assert recognise(request.getfixturevalue(fixture)).format == name


def test_what_was_dropped_is_counted(ml1m_like: Path, loaded: Loader) -> None:
    assert loaded(ml1m_like).dropped == {
        "interactions with a value below 4": 2,
        "users with fewer than 1 items": 1,
        "items with fewer than 1 users": 1,
        f"items of {ml1m_like}/movies.dat without any interaction": 1,
    }


def test_films_that_nobody_has_are_kept_with_min_item_users_0(mlcsv_like: Path, loaded: Loader) -> None:
    got = loaded(mlcsv_like, min_item_users=0)
    assert got.items["item"].tolist() == [1, 2, 3, 4]
    assert got.items["popularity"].tolist() == [2, 0, 1, 0]
    assert got.items["rating"].tolist()[:3] == [4.5, 2.0, 4.0]
    assert pd.isna(got.items["rating"][3])
    assert got.matrix.shape == (2, 4)


def test_latin_1_is_found_and_said(ml100k_like: Path, ml1m_like: Path, loaded: Loader) -> None:
    for folder in (ml100k_like, ml1m_like):
        tables = {table.what: table for table in recognise(folder).tables()}
        assert tables["items"].encoding == "latin-1"
        assert tables["interactions"].encoding == "utf-8"
        titles = loaded(folder, min_value="off").items["title"]
        assert "Misérables, Les (1998)" in titles.tolist()


def test_utf8_is_kept_where_movielens_is_utf8(mlcsv_like: Path, loaded: Loader) -> None:
    assert "Misérables, Les (1998)" in loaded(mlcsv_like, min_value="off").items["title"].tolist()


def test_years_of_100k_are_those_of_titles_then_of_release_dates(ml100k_like: Path, loaded: Loader) -> None:
    years = loaded(ml100k_like, min_item_users=0).items["year"].tolist()
    assert years == [1995, 1998, 1975, 1990]


def test_users_keep_their_side_columns(ml100k_like: Path, ml1m_like: Path, loaded: Loader) -> None:
    users = loaded(ml100k_like).users
    assert users.columns.tolist() == ["user", "age", "gender", "occupation", "zip_code"]
    assert users["occupation"].tolist() == ["writer", "other"]
    assert loaded(ml1m_like).users["gender"].tolist() == ["F", "M"]


def test_the_genres_of_u_item_are_named_by_u_genre(ml100k_like: Path, loaded: Loader) -> None:
    renamed = (ml100k_like / "u.genre").read_text().replace("Animation|", "Cartoon|")
    (ml100k_like / "u.genre").write_text(renamed)
    assert loaded(ml100k_like).items["genre"].tolist()[0] == ["Cartoon", "Comedy"]


def test_without_u_genre_the_usual_names_stand(ml100k_like: Path, loaded: Loader) -> None:
    (ml100k_like / "u.genre").unlink()
    assert loaded(ml100k_like).items["genre"].tolist()[0] == ["Adventure", "Children's"]  # flags 2 and 4


@pytest.mark.parametrize("text", ["Action\n", "Action|1\n"])
def test_a_wrong_u_genre_is_refused(ml100k_like: Path, text: str) -> None:
    (ml100k_like / "u.genre").write_text(text)
    with pytest.raises(InputError, match=r"u\.genre"):
        recognise(ml100k_like)


def test_single_files_are_recognised_by_their_looks(ml100k_like: Path, loaded: Loader) -> None:
    for old, new in (("u.data", "a.txt"), ("u.item", "b.txt")):
        (ml100k_like / old).rename(ml100k_like / new)
    stream = io.BytesIO((ml100k_like / "a.txt").read_bytes())
    check(loaded(stream, items=str(ml100k_like / "b.txt")))


def test_ratings_dat_on_stdin(ml1m_like: Path, loaded: Loader) -> None:
    stream = io.BytesIO((ml1m_like / "ratings.dat").read_bytes())
    check(loaded(stream, items=str(ml1m_like / "movies.dat")))


def test_titles_keep_single_colons(ml1m_like: Path, loaded: Loader) -> None:
    films = (ml1m_like / "movies.dat").read_bytes().replace(b"Toy Story", b"2001: A:Story")
    (ml1m_like / "movies.dat").write_bytes(films)
    assert loaded(ml1m_like).items["title"].tolist()[0] == "2001: A:Story (1995)"


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("Toy Story (1995)", 1995),
        ("Land Before Time III: The Time of the Great Giving (1995) (V)", 1995),
        ("2001: A Space Odyssey (1968)", 1968),
        ("(500) Days of Summer (2009)", 2009),
        ("1941 (1979)", 1979),
        ("Fawlty Towers (1975-1979)", 1975),
        ("Series (2009– )", 2009),
        ("Class of 1984 (1982) (a.k.a. Guerrilla (1999 cut))", 1982),
        ("unknown", None),
        ("1984", None),
        ("Film (19951)", None),
        (None, None),
    ],
)
def test_years_in_titles(title: str | None, year: int | None) -> None:
    found = movielens.years_in_titles(pd.Series([title, "x"], dtype="str"))
    assert (None if pd.isna(found[0]) else found[0]) == year


def test_dry_run_shows_files_and_columns(ml100k_like: Path) -> None:
    shown = recognise(ml100k_like).as_dict()
    assert shown["format"] == "MovieLens 100K"
    files = {table["what"]: Path(table["file"]).name for table in shown["tables"]}
    assert files == {"interactions": "u.data", "items": "u.item", "users": "u.user"}
    columns = {c["name"]: c["becomes"] for c in shown["tables"][1]["columns"]}
    assert columns == {
        "movie_id": "item",
        "title": "title",
        "release_date": "year",
        "video_release_date": "",
        "imdb_url": "",
        "genre flags": "genre",
    }
    assert {c["name"]: c["note"] for c in shown["tables"][1]["columns"]}["imdb_url"] == "web addresses"


def test_links_and_tags_of_the_csv_format_are_left_alone(mlcsv_like: Path) -> None:
    assert [Path(table.file).name for table in recognise(mlcsv_like).tables()] == [
        "ratings.csv",
        "movies.csv",
    ]


def test_the_same_bytes_give_the_same_arrays(mlcsv_like: Path) -> None:
    settings = LoadSettings(min_user_items=1, min_item_users=1)
    one, two = (load(recognise(mlcsv_like, settings), settings) for _ in range(2))
    assert one.interactions.equals(two.interactions)
    pd.testing.assert_frame_equal(one.items, two.items)
    pd.testing.assert_frame_equal(one.users, two.users)
