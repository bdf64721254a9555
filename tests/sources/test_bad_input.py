"""Bad input: each kind gives one sentence that names the place, and what to do."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lfd.errors import Exit, InputError, LfdError, UsageError
from lfd.settings.loading import LoadSettings
from lfd.sources import Loaded

Writer = Callable[..., Path]
Loader = Callable[..., Loaded]

HEADER = "user,item,rating,timestamp\n"
GOOD = HEADER + "1,1,5,10\n1,2,4,20\n2,1,4,30\n"
FILMS = "item,title,genre\n1,One,Drama|War\n2,Two,Comedy\n"


def sentence(loaded: Loader, source: Any, kind: type[LfdError] = InputError, **options: Any) -> str:
    """The error, checked for manners: one sentence, lower case, a hint, no bits of Python."""
    with pytest.raises(kind) as caught:
        loaded(source, **options)
    error = caught.value
    assert error.exit == (Exit.INPUT if kind is InputError else Exit.USAGE)
    text = str(error)
    assert "\n" not in text
    assert error.hint.strip()
    assert not any(word in text for word in ("Error", "Traceback", "0x7f", "pyarrow", "ArrowInvalid", "None"))
    start = error.message.split(" ")[0]
    assert "/" in start or start == start.lower()
    return text


@pytest.mark.parametrize(
    ("row", "said", "hint"),
    [
        ("3,1,good,1", "row 5, column rating: 'good' is not a number", "--value none"),
        ("3,1,,1", "row 5, column rating holds no value (empty)", "--value none"),
        ("3,1,NaN,1", "row 5, column rating holds no value (NaN)", "--value none"),
        ("3,1,inf,1", "row 5, column rating: inf is infinite, or too large", "--value none"),
        ("3,1,1e60,1", "row 5, column rating: 1e60 is infinite, or too large", "--value none"),
        ("3,1,-1,1", "row 5, column rating: -1 is negative", "shift the scale"),
        ("3,1,-inf,1", "row 5, column rating: -inf is infinite, or too large", "--value none"),
        (",1,5,1", "row 5, column user is empty", "drop it"),
        ("3, ,5,1", "row 5, column item is empty", "drop it"),
        ("3,1,5,soon", "row 5, column timestamp: 'soon' is neither a number nor a date", "--timestamp none"),
        ("3,1,5,", "row 5, column timestamp: '' is neither a number nor a date", "--timestamp none"),
        ("3,1,5", "line 5 has 3 columns, not 4: 3,1,5", "--delimiter"),
        ("3,1,5,1,9", "line 5 has 5 columns, not 4: 3,1,5,1,9", "--delimiter"),
        ("2,1,3,40", "rows 4 and 5, both have user 2 and item 1 (1 such repetitions in all)", "--duplicates"),
    ],
)
def test_rows_that_cannot_be_used(row: str, said: str, hint: str, write: Writer, loaded: Loader) -> None:
    path = write("ratings.csv", GOOD + row + "\n")
    text = sentence(loaded, path)
    assert text.startswith(f"{path}, {said}")
    assert hint in text
    assert sentence(loaded, io.BytesIO(path.read_bytes())).startswith(f"stdin, {said}")


def test_rows_are_counted_across_batches(
    write: Writer, loaded: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lfd.sources.batches.BLOCK", 1000)
    many = HEADER + "".join(f"{k},{k},3,{k}\n" for k in range(2000))
    assert "row 2002, column rating: 'x'" in sentence(loaded, write("a.csv", many + "1,9,x,1\n"))
    assert "line 2002 has 2 columns" in sentence(loaded, write("b.csv", many + "1,9\n"))
    assert "rows 102 and 2002" in sentence(loaded, write("c.csv", many + "100,100,3,1\n"))


def test_rows_without_a_header_are_counted_from_1(write: Writer, loaded: Loader) -> None:
    path = write("u.data", "1\t1\t5\t1\n2\t1\t4\t2\n1\t2\t-2\t3\n")
    text = sentence(loaded, path, user="1", item="2", value="3")
    assert text.startswith(f"{path}, row 3, column 3: -2 is negative")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {"user": 3, "item": 1, "rating": "x"},
            'line 4, column rating: "x" is neither number nor text as others are',
        ),
        ({"user": 3, "item": 1}, "row 4, column rating holds no value (empty)"),
        ({"item": 1, "rating": 2}, "row 4, column user is empty"),
        ({"user": 3, "item": 1, "rating": -2}, "row 4, column rating: -2 is negative"),
    ],
)
def test_json_lines(row: dict[str, Any], said: str, write: Writer, loaded: Loader) -> None:
    good = [{"user": u, "item": i, "rating": 5} for u, i in ((1, 1), (1, 2), (2, 1))]
    text = "".join(json.dumps(one) + "\n" for one in good)
    filler = "".join(json.dumps({"user": k, "item": 9, "rating": 5}) + "\n" for k in range(100, 250))
    path = write("rows.jsonl", text + json.dumps(row) + "\n" + filler)
    assert said in sentence(loaded, path)


def test_json_that_changes_late(write: Writer, loaded: Loader) -> None:
    text = "".join(json.dumps({"user": k, "item": 9, "rating": 5}) + "\n" for k in range(250))
    path = write("rows.jsonl", text + '{"user": 9, "item": 1, "rating": "x"}\n')
    said = f"{path}, line 251, cannot be read: Column(/rating) changed from number to string"
    assert said in sentence(loaded, path)
    path = write("cut.jsonl", text + '{"user": 9, "item"')
    assert f"{path}, line 251" in sentence(loaded, path)


def test_json_that_is_none(write: Writer, loaded: Loader) -> None:
    assert "line 2, is not a JSON object" in sentence(
        loaded, write("a.jsonl", '{"user": 1, "item": 2}\n[1]\n')
    )
    assert "is one JSON array, not JSON lines" in sentence(loaded, write("b.json", '[{"user": 1}]'))
    nested = write("c.jsonl", '{"user": {"id": 1}, "item": 2}\n')
    assert 'line 1, column user: {"id": 1} is neither number nor text' in sentence(loaded, nested)


def test_parquet_rows(write: Writer, loaded: Loader) -> None:
    frame = pd.DataFrame({"user": ["a", None], "item": [1, 2], "rating": [5.0, float("nan")]})
    frame.to_parquet(path := write("rows.parquet", b""), index=False)
    assert "row 2, column user is empty" in sentence(loaded, path)
    frame.assign(user="a").to_parquet(path, index=False)
    assert "row 2, column rating holds no value (empty)" in sentence(loaded, path)
    path.write_bytes(path.read_bytes()[:-20])
    assert "is not Parquet that can be read" in sentence(loaded, path)


@pytest.mark.parametrize("way", ["first", "last", "max", "mean"])
def test_duplicates_by_policy(way: str, write: Writer, loaded: Loader) -> None:
    """User 1 rated item 1 with 2, 5, 3 at times 30, 10, 20."""
    path = write("r.csv", HEADER + "1,1,2,30\n1,1,5,10\n1,1,3,20\n2,1,5,5\n")
    got = loaded(path, duplicates=way, min_value="off")
    value = {"first": 5, "last": 2, "max": 5, "mean": 10 / 3}[way]
    assert got.value.tolist() == pytest.approx([value / 5, 1])
    kept = "their mean" if way == "mean" else f"the {way}"
    assert got.dropped == {f"repeated rows of a user and an item ({kept} counts)": 2}


def test_duplicates_in_the_order_of_the_file_where_there_are_no_times(write: Writer, loaded: Loader) -> None:
    path = write("r.csv", "user,item,rating\n1,1,2\n2,1,5\n1,1,3\n")
    assert loaded(path, duplicates="first", min_value="off").value.tolist() == pytest.approx([0.4, 1])
    assert loaded(path, duplicates="last", min_value="off").value.tolist() == pytest.approx([0.6, 1])


def test_columns_that_are_not_there(write: Writer, loaded: Loader) -> None:
    path = write("r.csv", "userId,film,stars\n1,1,5\n")
    text = sentence(loaded, path, user="userid")
    assert text == (
        f"{path} has no column userid; its columns are userId, film, stars; did you mean userId? (--user)"
    )
    path = write("s.csv", "who,film,stars\n1,1,5\n")
    text = sentence(loaded, path)
    assert "no column of" in text
    assert "looks like the user; its columns are who, film, stars" in text
    assert "--user COLUMN" in text
    assert "--timestamp" in sentence(loaded, path, user="who", timestamp="when")
    good = write("g.csv", GOOD)
    items = write("i.csv", "key,title\n1,One\n")
    assert "--items-id COLUMN" in sentence(loaded, good, items=str(items))
    assert "--items-id" in sentence(loaded, good, items=str(items), items_id="kye")
    assert "cannot be user and item" in sentence(loaded, write("o.csv", "user,x\n1,1\n"), item="user")


def test_a_table_without_a_header_asks_for_numbers(write: Writer, loaded: Loader) -> None:
    text = sentence(loaded, write("r.csv", "A1,B1,5\nA2,B1,4\n"))
    assert "its columns are 1, 2, 3" in text
    assert "--user COLUMN" in text


def test_nothing_there(tmp_path: Path, write: Writer, loaded: Loader) -> None:
    text = sentence(loaded, tmp_path / "none.csv")
    assert text == f"no such file or folder: {tmp_path}/none.csv; check the path"
    assert "nothing arrived on stdin" in sentence(loaded, io.BytesIO(b""))
    assert "is empty" in sentence(loaded, write("empty.csv", ""))
    assert "is empty" in sentence(loaded, write("blank.csv", "\n\n"))
    assert "has no rows" in sentence(loaded, write("header.csv", HEADER))
    write("set/more.txt", "hello\n")
    text = sentence(loaded, write("set/notes.txt", "hello\n").parent)
    assert (
        "set holds no table with a column for users and one for items; it holds more.txt, notes.txt" in text
    )
    (tmp_path / "void").mkdir()
    assert "it holds nothing" in sentence(loaded, tmp_path / "void")
    assert "no such file" in sentence(loaded, write("r.csv", GOOD), items="nowhere.csv")
    assert "is a folder or an archive" in sentence(loaded, write("r.csv", GOOD), items=str(tmp_path))


def test_what_is_no_table(write: Writer, loaded: Loader, tmp_path: Path) -> None:
    assert "is a binary file" in sentence(loaded, write("x.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9))
    assert "single column" in sentence(loaded, write("y.csv", "user\n1\n2\n"))
    assert "--encoding utf-16" in sentence(loaded, write("z.csv", GOOD, "utf-16"))
    with tarfile.open(tmp_path / "t.tar", "w") as archive:
        archive.add(write("r.csv", GOOD), "r.csv")
    assert "is a tar archive" in sentence(loaded, tmp_path / "t.tar")
    long = write("long.csv", b"user,item\n1," + b"1" * (5 << 20))
    assert "line 2, is longer than 4 MiB" in sentence(loaded, long)


def test_what_is_not_utf8(write: Writer, loaded: Loader) -> None:
    path = write("r.csv", "user,item\nann,1\nRené,2\n", "latin-1")
    text = sentence(loaded, path)
    assert text == (
        f"{path} is not UTF-8: line 3, byte 4 is 0xe9; say how it is encoded, for example --encoding latin-1"
    )
    items = write("i.csv", "item,title\n1,Café\n", "latin-1")
    assert "line 2, byte 6 is 0xe9" in sentence(loaded, write("g.csv", GOOD), items=str(items))
    far = write("far.csv", b"user,item\n" + b"ann,1\n" * 300_000 + b"b\xff,1\n")
    assert "line 300002, byte 2 is 0xff" in sentence(loaded, far, duplicates="last")
    assert "r.csv is not shift_jis: illegal multibyte sequence" in sentence(
        loaded, path, encoding="shift-jis"
    )
    text = sentence(loaded, path, UsageError, encoding="latin1x")
    assert text.startswith("unknown encoding latin1x; did you mean latin-1?")


def test_items_tables(write: Writer, loaded: Loader) -> None:
    rows = write("r.csv", GOOD)
    twice = write("a.csv", FILMS + "1,Again,War\n")
    assert f"{twice}, rows 2 and 4, both have item 1" in sentence(loaded, rows, items=str(twice))
    gone = write("b.csv", FILMS + ",Nameless,War\n")
    assert f"{gone}, row 4, has no item" in sentence(loaded, rows, items=str(gone))
    other = write("c.csv", "item,title\ntt1,One\ntt2,Two\n")
    text = sentence(loaded, rows, items=str(other))
    assert f"none of the 2 items of {rows} is in {other}, for example 1" in text
    assert "--items-id" in text
    short = write("d.csv", FILMS + "3,Three\n")
    assert f"{short}, line 4 has 2 columns, not 3" in sentence(loaded, rows, items=str(short))
    infinite = write("e.csv", "item,price\n1,inf\n2,3\n")
    assert "column price of the items table holds an infinity" in sentence(loaded, rows, items=str(infinite))
    users = write("u.csv", "user,age\n1,2\n2,3\n1,4\n")
    assert f"{users}, rows 2 and 4, both have user 1" in sentence(loaded, rows, users=str(users))


def test_unknown_items_by_policy(write: Writer, loaded: Loader) -> None:
    rows, items = write("r.csv", GOOD), write("i.csv", FILMS.replace("2,Two,Comedy", "9,Nine,Comedy"))
    text = sentence(loaded, rows, items=str(items), unknown_items="error")
    assert f"1 items of {rows} are not in {items}, for example 2" in text
    assert "--unknown-items" in text
    kept = loaded(rows, items=str(items))
    assert kept.items["title"].tolist() == ["One", "2"]
    assert kept.items["genre"].tolist() == [["Drama", "War"], []]
    assert kept.noted == {
        f"items that are not in {items} (kept, without attributes)": 1,
        "items without any attribute in their table (kept)": 1,
    }
    gone = loaded(rows, items=str(items), unknown_items="drop")
    assert gone.items["item"].tolist() == [1]
    assert gone.dropped[f"items that are not in {items}"] == 1
    assert gone.dropped["interactions with them"] == 1


def test_users_that_no_table_has_are_kept_and_counted(write: Writer, loaded: Loader) -> None:
    users = write("u.csv", "user,age\n1,20\n7,3\n")
    got = loaded(write("r.csv", GOOD), users=str(users))
    assert got.users["age"].fillna(-1).tolist() == [20, -1]
    assert got.noted == {f"users that are not in {users} (kept)": 1}


def test_nothing_is_left(write: Writer, loaded: Loader) -> None:
    path = write("r.csv", GOOD)
    text = sentence(loaded, path, min_value=6.0)
    assert "no interaction of" in text
    assert "has a value of 6 or more: the largest is 5; lower --min-value" in text
    text = sentence(loaded, path, min_user_items=3)
    assert text == "no user has 3 items: the most is 2; lower it: --min-user-items 2"
    text = sentence(loaded, path, min_item_users=3)
    assert text == "no item has 3 users: the most is 2; lower it: --min-item-users 2"
    text = sentence(loaded, path, min_user_items=2, min_item_users=2)
    assert "no user is left once users with fewer than 2 items and items with fewer than 2 users" in text
    zeros = write("z.csv", "user,item,rating\n1,1,0\n2,1,0\n")
    assert "all values of" in sentence(loaded, zeros)


def test_attributes_that_cannot_be(write: Writer, loaded: Loader) -> None:
    rows = write("r.csv", GOOD)
    items = write("i.csv", "item,title,genre,link,one\n1,One,Drama|War,http://a,x\n2,Two,Comedy,http://b,x\n")
    text = sentence(loaded, rows, UsageError, items=str(items), attributes=("genres",))
    assert text == "there is no attribute genres; did you mean genre? (--attributes)"
    text = sentence(loaded, rows, items=str(items), attributes=("link",))
    assert "column link of" in text
    assert "cannot be an attribute: web addresses" in text
    text = sentence(loaded, rows, items=str(items), attributes=("genre", "one"))
    assert "attribute one is the same for all items that are kept (x)" in text
    text = sentence(loaded, rows, UsageError, value="none", attributes=("rating",))
    assert "there is no attribute rating" in text


def test_options_that_make_no_sense(write: Writer, loaded: Loader) -> None:
    path = write("r.csv", "user,item\n1,1\n")
    assert "--min-value 4 needs values" in sentence(loaded, path, UsageError, min_value=4.0)
    for options in ({"user": "a", "item": "a"}, {"value": "none", "min_value": 3.0}, {"separator": ""}):
        with pytest.raises(UsageError):
            LoadSettings(**options)  # type: ignore[arg-type]


def test_tables_that_cannot_be_told_apart(write: Writer, loaded: Loader) -> None:
    write("set/a.csv", GOOD)
    folder = write("set/b.csv", GOOD).parent
    assert "several tables could be the interactions" in sentence(loaded, folder)
    (folder / "b.csv").write_text(FILMS)
    write("set/c.csv", FILMS)
    text = sentence(loaded, folder)
    assert "several tables could be that of items" in text
    assert "--items" in text
    write("two/x/ratings.csv", GOOD)
    two = write("two/y/ratings.csv", GOOD).parent.parent
    assert "several data sets: x, y" in sentence(loaded, two)


def test_files_that_may_not_be_read(write: Writer, loaded: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the system's answer is played."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write("r.csv", GOOD)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        assert "cannot be read: permission denied" in sentence(loaded, path)
