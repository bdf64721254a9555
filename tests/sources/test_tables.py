"""Tables of any kind: CSV, TSV and other delimiters, Parquet, JSON lines, gzip, standard input."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lfd.settings.loading import LoadSettings
from lfd.sources import Loaded, batches, recognise

Writer = Callable[..., Path]
Loader = Callable[..., Loaded]

ROWS = pd.DataFrame(
    {
        "user_id": ["ann", "ann", "bob", "bob", "cyd"],
        "asin": ["B2", "B1", "B2", "B3", "B1"],
        "rating": [5.0, 4.5, 1.0, 4.0, 4.0],
        "timestamp": [30, 20, 10, 40, 50],
    }
)
ITEMS = pd.DataFrame(
    {
        "asin": ["B1", "B2", "B3"],
        "name": ["One, two", 'A "b" c', "Three"],
        "release_year": [1999, 2003, 1987],
        "tags": ["x|y", "y", "z|x"],
        "colour": ["red", "red", "blue"],
        "url": ["http://a", "http://b", "https://c"],
        "price": [1.5, 2.5, 3.5],
        "stock": [True, False, True],
    }
)


def csv(frame: pd.DataFrame, sep: str = ",") -> bytes:
    return frame.to_csv(index=False, sep=sep).encode()


def jsonl(frame: pd.DataFrame) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in frame.to_dict("records")).encode()


def parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


WAYS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "csv": csv,
    "crlf": lambda frame: csv(frame).replace(b"\n", b"\r\n"),
    "bom": lambda frame: b"\xef\xbb\xbf" + csv(frame),
    "semicolons": lambda frame: csv(frame, ";"),
    "no newline at the end": lambda frame: csv(frame).rstrip(b"\n"),
    "jsonl": jsonl,
    "parquet": parquet,
    "csv.gz": lambda frame: gzip.compress(csv(frame)),
    "jsonl.gz": lambda frame: gzip.compress(jsonl(frame)),
}


def check(got: Loaded) -> None:
    """Likes (4 and more) by hand: ann B1 B2, bob B3, cyd B1."""
    assert got.users["user"].tolist() == ["ann", "bob", "cyd"]
    assert got.items["item"].tolist() == ["B1", "B2", "B3"]
    assert got.matrix.toarray().tolist() == [[1, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert got.items["rating"].tolist() == [4.25, 3.0, 4.0]
    assert got.items["popularity"].tolist() == [2, 1, 1]
    assert got.timestamp is not None
    assert got.timestamp.tolist() == [20, 30, 40, 50]


def check_items(got: Loaded) -> None:
    assert got.items["title"].tolist() == ["One, two", 'A "b" c', "Three"]
    assert got.items["year"].tolist() == [1999, 2003, 1987]
    assert got.items["tags"].tolist() == [["x", "y"], ["y"], ["z", "x"]]
    assert got.items["colour"].tolist() == ["red", "red", "blue"]
    assert got.items["price"].tolist() == [1.5, 2.5, 3.5]
    assert got.items["stock"].tolist() == ["yes", "no", "yes"]
    assert got.skipped == {"url": "web addresses"}
    kinds = {"year": "numeric", "rating": "numeric", "popularity": "numeric", "tags": "multi"}
    assert got.kinds == kinds | {"colour": "nominal", "price": "numeric", "stock": "nominal"}


@pytest.mark.parametrize("way", WAYS)
def test_files_whatever_they_are_called(way: str, write: Writer, loaded: Loader) -> None:
    got = loaded(write("a.table", WAYS[way](ROWS)), items=str(write("b.table", WAYS[way](ITEMS))))
    check(got)
    check_items(got)


@pytest.mark.parametrize("way", WAYS)
def test_standard_input(way: str, write: Writer, loaded: Loader) -> None:
    got = loaded(io.BytesIO(WAYS[way](ROWS)), items=str(write("items.csv", csv(ITEMS))))
    check(got)
    check_items(got)


def test_standard_input_that_comes_in_drops(loaded: Loader) -> None:
    class Drops(io.RawIOBase):
        """A pipe that hands over three bytes at a time."""

        def __init__(self, data: bytes) -> None:
            self.rest = io.BytesIO(data)

        def read(self, size: int = -1) -> bytes:
            return self.rest.read(min(3, size) if size >= 0 else 3)

    check(loaded(Drops(csv(ROWS))))
    check(loaded(Drops(gzip.compress(csv(ROWS)))))
    check(loaded(Drops(parquet(ROWS))))


def test_tabs_and_bars(write: Writer, loaded: Loader) -> None:
    for sep in ("\t", "|"):
        check(loaded(write("rows.csv", csv(ROWS, sep))))


def test_many_batches_are_one_table(write: Writer, loaded: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pd.DataFrame({"user": range(3000), "item": [f"i{k % 70}" for k in range(3000)], "value": 1.5})
    monkeypatch.setattr(batches, "BLOCK", 4096)
    monkeypatch.setattr(batches, "ROWS", 100)
    for way in ("csv", "jsonl", "parquet"):
        got = loaded(write("rows", WAYS[way](rows)))
        frame = got.interactions.to_pandas()
        assert frame["user"].tolist() == rows["user"].tolist()
        assert frame["item"].astype(str).tolist() == rows["item"].tolist()


def test_columns_named_by_options(write: Writer, loaded: Loader) -> None:
    names = {"user_id": "wer", "asin": "was", "rating": "wie", "timestamp": "wann"}
    path = write("rows.csv", csv(ROWS.rename(columns=names)[["wann", "wie", "was", "wer"]]))
    check(loaded(path, user="wer", item="was", value="wie", timestamp="wann"))


def test_the_items_id_may_have_another_name(write: Writer, loaded: Loader) -> None:
    rows = write("rows.csv", csv(ROWS))
    check_items(loaded(rows, items=str(write("a.csv", csv(ITEMS.rename(columns={"asin": "id"}))))))
    other = str(write("b.csv", csv(ITEMS.rename(columns={"asin": "wa"}))))
    check_items(loaded(rows, items=other, items_id="wa"))


def test_no_header_and_columns_by_number(write: Writer, loaded: Loader) -> None:
    path = write("rows.csv", csv(ROWS).split(b"\n", 1)[1])
    check(loaded(path, user="1", item="2", value="3", timestamp="4"))


def test_a_header_is_taken_at_its_word(write: Writer, loaded: Loader) -> None:
    """A first line of words that mean nothing is a row where --header no says so."""
    path = write("rows.csv", "ann,B1\nbob,B2\n")
    assert loaded(path, header="no", user="1", item="2").users["user"].tolist() == ["ann", "bob"]


def test_without_values_every_row_counts_1(write: Writer, loaded: Loader) -> None:
    bare = write("bare.csv", csv(ROWS[["user_id", "asin"]]))
    assert "no column of values: every interaction counts 1" in recognise(bare).notes
    rated = write("rated.csv", csv(ROWS))
    for got in (loaded(bare), loaded(rated, value="none", timestamp="none")):
        assert got.value.tolist() == [1] * 5
        assert got.scale.said == "no values: every interaction counts 1"
        assert got.timestamp is None
        assert got.items.columns.tolist() == ["item", "title", "popularity"]


def test_a_folder_of_tables_is_sorted_out_by_columns(write: Writer, loaded: Loader) -> None:
    write("set/b.csv", csv(ITEMS))
    write("set/c.csv", csv(pd.DataFrame({"user_id": ["ann", "bob", "cyd"], "age": [20, 30, 40]})))
    write("set/README.md", "# user_id, asin and rating are explained here\n")
    folder = write("set/a.jsonl", jsonl(ROWS)).parent
    got = loaded(folder)
    check(got)
    check_items(got)
    assert got.users["age"].tolist() == [20, 30, 40]


def test_the_table_with_values_is_taken_for_the_interactions(write: Writer, loaded: Loader) -> None:
    write("set/views.csv", csv(ROWS[["user_id", "asin"]]))
    check(loaded(write("set/scores.csv", csv(ROWS)).parent))


def test_tables_inside_a_folder_are_named_by_options(write: Writer, loaded: Loader) -> None:
    write("set/a.csv", csv(ROWS))
    write("set/old.csv", csv(ITEMS.head(1)))
    folder = write("set/new.csv", csv(ITEMS)).parent
    check_items(loaded(folder, items="new.csv"))
    assert "title" in loaded(folder, items="none").items
    assert loaded(folder, items="none").items["title"].tolist() == ["B1", "B2", "B3"]


def test_lists_in_json_and_parquet_are_several_values(write: Writer, loaded: Loader) -> None:
    frame = ITEMS.assign(tags=[["x", "y"], [], ["z", "x"]])[["asin", "tags"]]
    rows = write("rows.csv", csv(ROWS))
    for way in (jsonl, parquet):
        got = loaded(rows, items=str(write("items", way(frame))))
        assert got.items["tags"].tolist() == [["x", "y"], [], ["z", "x"]]
        assert got.kinds["tags"] == "multi"


def test_ids_are_numbers_only_where_all_are(write: Writer, loaded: Loader) -> None:
    whole = loaded(write("a.csv", "user,item\n10,7\n9,-3\n"))
    assert whole.users["user"].tolist() == [9, 10]
    assert whole.items["item"].tolist() == [-3, 7]
    text = loaded(write("b.csv", "user,item\n10,7\n9,007\n"))
    assert text.users["user"].tolist() == [9, 10]
    assert text.items["item"].tolist() == ["007", "7"]
    long = loaded(write("c.csv", "user,item\n1,99999999999999999999\n"))
    assert long.items["item"].tolist() == ["99999999999999999999"]


def test_ids_match_across_types(write: Writer, loaded: Loader) -> None:
    """Numbers in one table, text in the other."""
    rows = write("rows.parquet", parquet(pd.DataFrame({"user": [1, 2], "item": [5, 7]})))
    items = write("items.jsonl", '{"item": "5", "title": "five"}\n{"item": "7", "title": "seven"}\n')
    assert loaded(rows, items=str(items)).items["title"].tolist() == ["five", "seven"]
    mixed = write("mixed.csv", "item,title\n5,five\n7,seven\nx,ten\n")
    got = loaded(rows, items=str(mixed))
    assert got.items["item"].tolist() == ["5", "7"]
    assert got.items["title"].tolist() == ["five", "seven"]


def test_ids_with_gaps_in_parquet_floats(write: Writer, loaded: Loader) -> None:
    rows = pd.DataFrame({"user": [1.0, 2.0], "item": [3.0, 4.0]})
    assert loaded(write("rows", parquet(rows))).items["item"].tolist() == [3, 4]


def test_dictionaries_and_large_strings_of_arrow(write: Writer, loaded: Loader) -> None:
    columns = {
        "user": pa.array(["a", "b", "a"]).dictionary_encode(),
        "item": pa.array(["x", "x", "y"], pa.large_string()),
        "rating": pa.array([5, 4, 3], pa.int8()),
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    got = loaded(write("rows", buffer.getvalue()), min_value=3)
    assert got.matrix.toarray().tolist() == [[1, 1], [1, 0]]


def test_times_of_every_kind(write: Writer, loaded: Loader) -> None:
    expected = [0, 90061]
    for cells in (("0", "90061"), ("0.0", "90061.7"), ("1970-01-01", "1970-01-02T01:01:01Z")):
        path = write("rows.csv", f"user,item,timestamp\n1,1,{cells[0]}\n2,2,{cells[1]}\n")
        got = loaded(path).timestamp
        assert got is not None
        assert got.tolist() == expected
    rows = pd.DataFrame({"user": [1, 2], "item": [1, 2], "time": pd.to_datetime(expected, unit="s")})
    got = loaded(write("rows", parquet(rows))).timestamp
    assert got is not None
    assert got.tolist() == expected


def test_words_called_a_time_are_not_used_unless_asked_for(write: Writer, loaded: Loader) -> None:
    path = write("rows.csv", "user,item,date\n1,1,Monday\n2,2,Tuesday\n")
    assert loaded(path).timestamp is None


def test_quoted_cells_and_newlines_in_items(write: Writer, loaded: Loader) -> None:
    items = 'item,title,note\n1,"One\nline, more",a\n2,"Two ""x""",b\n'
    rows = write("rows.csv", '"user","item","rating"\n"a, b","1","5"\n"c","2","4"\n')
    got = loaded(rows, items=str(write("items.csv", items)))
    assert got.users["user"].tolist() == ["a, b", "c"]
    assert got.items["title"].tolist() == ["One\nline, more", 'Two "x"']


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8"])
def test_encodings_by_option(encoding: str, write: Writer, loaded: Loader) -> None:
    rows = write("rows.csv", "user,item,rating\nRené,1,5\nZoë,2,4\n", encoding)
    items = write("items.csv", "item,title\n1,Café\n2,Über\n", encoding)
    got = loaded(rows, items=str(items), encoding=encoding)
    assert got.users["user"].tolist() == ["René", "Zoë"]
    assert got.items["title"].tolist() == ["Café", "Über"]
    (table,) = recognise(rows, LoadSettings(encoding=encoding)).tables()
    assert table.encoding == encoding


def test_interactions_keep_text_ids_once(write: Writer, loaded: Loader) -> None:
    table = loaded(write("rows.csv", csv(ROWS))).interactions
    assert table.column_names == ["user", "item", "value", "timestamp"]
    assert pa.types.is_dictionary(table.schema.field("user").type)
    assert table.schema.field("value").type == pa.float32()
    numbers = loaded(write("n.csv", "user,item\n1,2\n")).interactions
    assert numbers.schema.field("user").type == pa.int64()


@pytest.mark.parametrize(
    "names", ["userId,movieId,score", "uid,iid,value", "User ID,Item ID,Rating", "reviewerID,asin,overall"]
)
def test_usual_names(names: str, write: Writer, loaded: Loader) -> None:
    got = loaded(write("rows.csv", f"{names}\n1,2,4\n2,3,5\n"))
    assert got.items["item"].tolist() == [2, 3]
    assert got.scale.maximum == 5
