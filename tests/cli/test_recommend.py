"""`lfd recommend` as people type it: for users, histories, tables, nobody; knobs; what cannot be asked."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from lfd.run.folder import open_snapshot
from lfd.run.tables import read_frame
from tests.shared import Made, Once
from tests.shell import Done, Shell
from tests.structure.test_imports import modules_after

SAMPLE = "lfd gen-data --users 600 --items 30 --seed 3 -q | lfd train --model svd --latent 4 -q"


@pytest.fixture(scope="session")
def ready_run(once: Once) -> Made:
    """A small run that is aligned and encoded, and needs no torch."""
    return once("to-recommend", f"{SAMPLE} | lfd align -q | lfd encode -q -o run > /dev/null")


@pytest.fixture
def run(ready_run: Made, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ready_run.run, tmp_path / "run"))


def rows(done: Done) -> list[dict[str, Any]]:
    assert done.status == 0, done
    found: list[dict[str, Any]] = json.loads(done.out)["rows"]
    return found


def test_a_user_is_not_shown_what_they_have_unless_asked(run: Path, sh: Shell) -> None:
    with open_snapshot(run) as snapshot:
        interactions = read_frame(snapshot, "data/interactions.parquet")
    had = set(interactions.loc[interactions["user"] == 7, "item"])
    new = rows(sh("lfd recommend run --user 7 -k 20 --format json"))
    assert not had & {row["item"] for row in new}
    assert [row["rank"] for row in new] == list(range(1, len(new) + 1))
    scores = [row["score"] for row in new]
    assert scores == sorted(scores, reverse=True)
    everything = rows(sh("lfd recommend run --user 7 -k 30 --include-seen --format json"))
    assert had <= {row["item"] for row in everything}


def test_a_history_of_a_user_gives_the_users_own_list(run: Path, sh: Shell) -> None:
    with open_snapshot(run) as snapshot:
        interactions = read_frame(snapshot, "data/interactions.parquet")
    had = interactions.loc[interactions["user"] == 7, "item"]
    history = " ".join(f"--history {item}" for item in had)
    told = "--more genre=Horror --how both --format json"
    own, same = (rows(sh(f"lfd recommend run {who} {told}")) for who in ("--user 7", history))
    assert [row["item"] for row in own] == [row["item"] for row in same]
    (run.parent / "h.csv").write_text("user,item\n" + "".join(f"7,Item {item}\n" for item in had))
    table = rows(sh(f"lfd recommend run --users h.csv {told}"))
    assert [row["item"] for row in table] == [row["item"] for row in own]
    piped = rows(sh(f"lfd recommend run --history - {told}", stdin="\n".join(map(str, had)).encode()))
    assert [row["item"] for row in piped] == [row["item"] for row in own]


def test_many_users_get_the_lists_that_they_get_alone(run: Path, sh: Shell) -> None:
    (run.parent / "people.csv").write_text("user\n7\n9\n200\n")
    many = sh("lfd recommend run --users people.csv -k 3 --less genre=Horror --batch 2 --format jsonl")
    lines = [json.loads(line) for line in many.out.splitlines()]
    assert [line["user"] for line in lines] == [7, 7, 7, 9, 9, 9, 200, 200, 200]
    alone = rows(sh("lfd recommend run --user 9 -k 3 --less genre=Horror --format json"))
    assert [(r["item"], r["score"]) for r in alone] == [
        (line["item"], pytest.approx(line["score"])) for line in lines[3:6]
    ]
    piped = sh("lfd recommend run --users - -k 3 --format csv", stdin=b"user\n7\n9\n")
    assert len(piped.out.splitlines()) == 7, piped


@pytest.mark.parametrize("how", ["labels", "latent", "both"])
@pytest.mark.parametrize("who", ["--user 7", ""])
def test_more_of_a_value_brings_it_and_less_takes_it_away(run: Path, sh: Shell, who: str, how: str) -> None:
    def horror(knob: str) -> float:
        found = rows(sh(f"lfd recommend run {who} {knob} --how {how} -k 6 --strength 8 --format json"))
        return sum(row["genre"] == "Horror" for row in found)

    assert horror("--more genre=Horror") > horror("--less genre=Horror")


def test_a_wish_by_label_is_told_as_what_carried_the_item(run: Path, sh: Shell) -> None:
    found = rows(sh("lfd recommend run --more genre=Horror --how labels --strength 9 -k 1 --format json"))
    assert found[0]["genre"] == "Horror"
    assert found[0]["carried_by"][0]["factor"] == "your wish"
    assert found[0]["carried_by"][0]["nats"] > 0.5


def test_drawn_newcomers_are_the_same_again_and_differ_from_one_another(run: Path, sh: Shell) -> None:
    ask = "lfd recommend run --more genre=Horror --sample 8 -k 3 --format csv"
    first, again = sh(ask), sh(ask)
    assert first.out == again.out
    assert first.out.startswith("draw,rank,item")
    lists = [line.split(",")[2] for line in first.out.splitlines()[1:]]
    assert len({tuple(lists[i : i + 3]) for i in range(0, 24, 3)}) > 1
    assert sh(f"{ask} --seed 1").out != first.out


GOLDEN = """\
User 7, genre=Horror +2 by label

 rank  item  title    attributes               score  carried by
 ───────────────────────────────────────────────────────────────────────
    1    14  Item 14  1990s; 2 stars; Horror    #.##  z1- #.##, z0- #.##
    2    20  Item 20  1990s; 2 stars; Romance   #.##  z1- #.##, z0- #.##
"""


def test_the_table_as_people_see_it(run: Path, sh: Shell) -> None:
    done = sh("lfd recommend run --user 7 --more genre=Horror -k 2")
    assert done.status == 0, done
    seen = re.sub(r"\d\.\d\d", "#.##", done.out)  # the last digits of a training are the processor's
    assert "\n".join(line.rstrip() for line in seen.splitlines()).strip() == GOLDEN.strip()
    assert done.err == ""


def test_stages_that_a_run_lacks_are_run_first_and_kept_in_a_folder(sh: Shell, tmp_path: Path) -> None:
    assert sh(f"{SAMPLE} -o run").status == 0
    first = sh("lfd recommend run --user 7")
    assert first.status == 0, first
    assert "recommend needs align: running it with its defaults" in first.err
    assert "recommend needs encode" in first.err
    before = (tmp_path / "run/manifest.json").read_bytes()
    again = sh("lfd recommend run --user 7")
    assert (again.err, again.out) == ("", first.out)
    assert (tmp_path / "run/manifest.json").read_bytes() == before
    piped = sh("tar c -C run . | lfd recommend --user 7")
    assert piped.out == first.out, piped


def test_in_the_models_own_axes_the_same_lists_and_other_axes(run: Path, sh: Shell) -> None:
    ask = "lfd recommend run --user 7 --more genre=Horror --how latent --format json"
    before = rows(sh(ask))
    assert sh("lfd encode run --raw -q > /dev/null").status == 0
    after = rows(sh(ask))
    assert [row["item"] for row in after] == [row["item"] for row in before]
    assert rows(sh("lfd recommend run --user 7 --axis 0=3 --format json")) != rows(
        sh("lfd recommend run --user 7 --axis 0=-3 --format json")
    )


@pytest.mark.parametrize(
    ("ask", "status", "words"),
    [
        ("--user 70000", 2, ["there is no user 70000", "lfd cat RUN data/users.parquet"]),
        ("--history 'Itme 3'", 0, ["read 'Itme 3' as Item 3"]),
        ("--history Zebra", 2, ["there is no item Zebra"]),
        ("--history ''", 3, ["the history is empty"]),
        ("--more genre=Horor", 2, ["genre has no value Horor", "did you mean genre=Horror?"]),
        ("--more gerne=Horror", 2, ["there is no attribute gerne", "did you mean genre?"]),
        ("--axis 4=1", 2, ["there is no axis 4", "axes are 0 to 3"]),
        ("--axis 3", 2, ["no axis with an amount", "--axis 3=+1.5"]),
        ("--user 7 --axis 0=50", 0, ["warning: z0:", "beyond where users live (-", "--strength"]),
        (
            "--more genre=Horror --strength 40",
            0,
            ["warning: genre=Horror: +40.0", "beyond where users live"],
        ),
        ("-k 31", 2, ["longer than the catalogue of 30", "-k 30"]),
        ("--user 7 --history 3", 2, ["--user and --history name different people"]),
        ("--user 7 --sample 3", 2, ["--sample draws newcomers"]),
        ("--how labels --pure --more genre=Horror", 2, ["--how labels moves nothing along a direction"]),
        ("--pure --kind reading", 2, ["--pure and --kind reading"]),
        ("--how sideways", 2, ["--how: 'sideways'"]),
        ("--users nowhere.csv", 3, ["cannot read nowhere.csv"]),
        ("--users bad.csv", 3, ["bad.csv has no column user (columns: who)"]),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    run: Path, sh: Shell, ask: str, status: int, words: list[str]
) -> None:
    (run.parent / "bad.csv").write_text("who\n1\n")
    done = sh(f"lfd recommend run {ask}")
    assert done.status == status, done
    assert all(word in done.err for word in words), done
    assert len(done.err.strip().splitlines()) == 1, done


def test_a_direction_that_chance_explains_is_warned_about_with_its_q(run: Path, sh: Shell) -> None:
    with open_snapshot(run) as snapshot:
        concepts = read_frame(snapshot, "alignment/concepts.parquet")
    doubtful = concepts[concepts["q"] > 0.05].iloc[0]
    done = sh(f"lfd recommend run --user 7 --how latent --more '{doubtful['concept']}' --strength 0.1")
    assert done.status == 0, done
    assert f"warning: {doubtful['concept']}: decoding found no such direction" in done.err
    assert f"(q = {doubtful['q']:.2g})" in done.err
    assert "warning" not in sh(f"lfd recommend run --user 7 --more '{doubtful['concept']}'").err


def test_options_come_from_the_environment_and_a_file_too(run: Path, sh: Shell) -> None:
    (run.parent / "c.yaml").write_text("recommend:\n  k: 4\n")
    assert len(rows(sh("lfd recommend run --config c.yaml --format json"))) == 4
    assert len(rows(sh("lfd recommend run --format json", LFD_RECOMMEND_K="3"))) == 3
    assert "k: 4" in sh("lfd recommend run --config c.yaml --print-config").out


def test_an_answer_needs_no_pandas_and_without_a_network_no_torch(ready_run: Made) -> None:
    found = modules_after("recommend", str(ready_run.run), "--user", "7", "--more", "genre=Horror")
    assert not found & {"torch", "pandas", "sklearn"}


def test_coldstart_is_stored_printed_and_done_once(run: Path, sh: Shell) -> None:
    done = sh("lfd evaluate run --what coldstart --k 5 --statements 1,2 --resamples 50 --format json")
    assert done.status == 0, done
    found = json.loads(done.out)["evaluations"]["coldstart"]
    names = {measure["name"] for measure in found["measures"]}
    assert {"coldstart_popularity", "coldstart_full_history", "coldstart_leanings_reading_2"} <= names
    assert {row["told"] for row in found["table"]} == {None, "leanings", "history"}
    again = sh("lfd evaluate run --what coldstart --k 5 --statements 1,2 --resamples 50")
    assert "already done" in again.err
    assert "2 stated" in again.out
