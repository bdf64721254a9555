"""`lfd explain` and `lfd evaluate --what explanations` as people type them."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.shared import Made, Once
from tests.shell import Shell, shell_in

GENRES = ("Horror", "Comedy", "Western")
FILMS = [f"{genre} {number}" for genre in GENRES for number in "ABCDEFGH"]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 24 films in three genres with an axis each, and of users with tastes; factors, no training."""
    folder = tmp_path_factory.mktemp("films")
    rng = np.random.default_rng(0)
    level, order = np.repeat(np.arange(3), 8), np.tile(np.arange(8), 3)
    items = np.eye(3)[level] * (1 + 0.05 * order)[:, None]
    tastes = rng.standard_normal((120, 3))
    scores = tastes @ items.T * 2 + 0.8 * rng.gumbel(size=(120, 24))
    rows = [(f"u{u}", f"f{i}") for u in range(120) for i in np.sort(np.argsort(-scores[u])[:6])]
    pd.DataFrame(rows, columns=["u", "i"]).to_csv(folder / "t.csv", index=False)
    names = {"i": [f"f{i}" for i in range(24)], "title": FILMS, "genre": [GENRES[g] for g in level]}
    pd.DataFrame(names).to_csv(folder / "films.csv", index=False)
    np.savez(folder / "m.npz", item_factors=items)
    load = "lfd load -q t.csv --items films.csv --user u --item i --title title --genre genre -o run"
    model = "lfd load-model -q run m.npz --units given && lfd align -q run --permutations 999"
    done = shell_in(folder, f"{load} && {model} && lfd encode -q run")
    assert done.status == 0, done
    return folder / "run"


def test_the_table_is_what_it_was(films: Path, sh: Shell) -> None:
    """The whole output, in the terminal's width; every number is checked by hand-made figures in core."""
    done = sh(f"lfd explain {films} --user u3 -k 1 --leanings 2 --entries 2")
    assert done.status == 0, done
    assert [line.rstrip() for line in done.out.rstrip().splitlines()] == GOLDEN, done


def test_contributions_add_up_and_the_counterfactual_is_told(films: Path, sh: Shell) -> None:
    for by in ("axes", "concepts"):
        body = json.loads(sh(f"lfd explain {films} --user u3 --by {by} --format json").out)
        assert (body["schema"], body["user"], body["by"]) == (1, "u3", by)
        assert len(body["explanations"]) == 3
        for found in body["explanations"]:
            difference = found["log_probability"] - found["mean_log_probability"]
            total = sum(one["contribution"] for one in found["contributions"])
            assert total == pytest.approx(difference, abs=found["tolerance"] * max(abs(difference), 0.1))
            assert total == pytest.approx(found["sum"])
            sizes = [abs(one["contribution"]) for one in found["contributions"]]
            assert sizes == sorted(sizes, reverse=True)
            assert any(one["place_without"] != found["place"] for one in found["contributions"])


@pytest.mark.parametrize("form", ["csv", "md"])
def test_every_format_reads_back(films: Path, sh: Shell, form: str) -> None:
    out = sh(f"lfd explain {films} --user u3 --item 'horror b' --item f9 --format {form}").out
    if form == "md":
        assert out.startswith("# Why these items for user u3\n\n## Horror B")
        assert "| leaning | how far | contribution | place without |" in out
        return
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {row["title"] for row in rows} == {"Horror B", "Comedy B"}
    assert {row["leaning"] for row in rows} >= {"genre=Comedy", "remainder"}


def test_a_new_history_is_read_as_recommend_reads_it(films: Path, sh: Shell) -> None:
    done = sh(f"lfd explain {films} --history 'Horror A' --history 'Horor C' --item 'Horror D' --format json")
    assert done.status == 0, done
    assert "Horor C" in done.err
    assert "Horror C" in done.err
    body = json.loads(done.out)
    assert body["user"] is None
    (found,) = body["explanations"]
    titles = {one["title"] for c in found["contributions"] for one in c["history"]}
    assert titles <= {"Horror A", "Horror C"}
    assert titles


def test_an_item_that_the_user_has_is_explained_and_it_is_said(films: Path, sh: Shell) -> None:
    own = pd.read_parquet(films / "data/interactions.parquet")
    item = own.loc[own["user"] == "u3", "item"].iloc[0]
    done = sh(f"lfd explain {films} --user u3 --item {item}")
    assert done.status == 0, done
    assert ", which the user has already: place" in " ".join(done.out.split())


def test_named_concepts_are_what_it_is_explained_by(films: Path, sh: Shell) -> None:
    done = sh(f"lfd explain {films} --user u3 --concepts genre=western --format json")
    names = {
        one["leaning"] for found in json.loads(done.out)["explanations"] for one in found["contributions"]
    }
    assert names == {"genre=Western", "remainder"}


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        ("--user u33333", 2, "there is no user u33333; did you mean u33"),
        ("--user u3 --item 'Horor Z'", 2, "there is no item Horor Z; did you mean Horror"),
        (
            "",
            2,
            "explain needs to know to whom: a user of the run, or a history, and not both; name one: --user",
        ),
        ("--user u3 --history f1", 2, "and not both"),
        ("--history ''", 3, "the history is empty"),
        ("--user u3 --concepts genre=Horor", 2, "genre has no value Horor; did you mean genre=Horror"),
        ("--user u3 --by axes --concepts genre=Horror", 2, "it is by axes; leave out --by axes"),
        ("--user u3 --by axes -k 0", 2, "--k: '0'"),
    ],
)
def test_what_cannot_be_explained_is_one_sentence(
    films: Path, sh: Shell, arguments: str, status: int, sentence: str
) -> None:
    done = sh(f"lfd explain {films} {arguments}")
    assert done.status == status, done
    assert sentence in done.err, done
    assert done.err.count("\n") == 1, done
    assert done.out == ""


def test_a_pipe_makes_what_it_lacks_and_says_so(small: Made, sh: Shell) -> None:
    done = sh(f"lfd explain --user 7 -k 1 < {small.folder / 'data.tar'}")
    assert done.status == 3
    assert "the run has no model" in done.err
    done = sh(
        f"lfd train -q --model svd --latent 4 < {small.folder / 'data.tar'} | lfd explain --user 7 -k 1"
    )
    assert done.status == 0, done
    assert "explain needs align: running it with its defaults" in done.err
    assert "explain needs encode" in done.err
    assert "for the mean user" in " ".join(done.out.split())


def test_a_run_in_its_own_axes_is_explained_by_them(svd: Path, sh: Shell) -> None:
    assert sh("lfd encode -q run --raw && lfd align -q run && lfd encode -q run --raw").status == 0
    body = json.loads(sh("lfd explain run --user 7 -k 2 --by axes --format json").out)
    for found in body["explanations"]:
        assert {one["leaning"] for one in found["contributions"]} == {"z0", "z1", "z2", "z3"}
        assert found["gap"] < 1e-4
    aligned = json.loads(sh("lfd explain run --user 7 -k 2 --by concepts --format json").out)
    ends = [[one[end] for one in body["explanations"]] for end in ("log_probability", "mean_log_probability")]
    for own, end in zip(ends, ("log_probability", "mean_log_probability"), strict=True):
        np.testing.assert_allclose([one[end] for one in aligned["explanations"]], own, atol=1e-5)


def test_titles_from_strangers_are_no_markup(films: Path, sh: Shell, tmp_path: Path) -> None:
    shutil.copytree(films.parent, tmp_path / "f")
    code = "p='f/films.csv'; t=open(p).read().replace('Horror B', '<b>|*Horror*'); open(p,'w').write(t)"
    load = "lfd load -q t.csv --items films.csv --user u --item i --title title --genre genre -o again"
    model = "lfd load-model -q again m.npz --units given"
    assert sh(f'python -c "{code}"; cd f && {load} && {model}').status == 0
    out = sh("lfd explain -q f/again --user u3 --item f1 --by axes --format md").out
    assert "## \\<b\\>\\|\\*Horror\\*" in out


ASK = "lfd evaluate run --what explanations --least 4 --remove 2 --k 10 --users 40 --resamples 50"


@pytest.fixture(scope="session")
def judged(once: Once, linear: Made) -> Made:
    """A small run with its explanations judged, and what that said."""
    return once("judged", f"{ASK} --format json", linear.run)


def test_faithfulness_is_stored_printed_and_done_once(judged: Made, sh: Shell, tmp_path: Path) -> None:
    done = judged.done
    assert done.status == 0, done
    found = json.loads(done.out)["evaluations"]["explanations"]
    assert {row["by"] for row in found["table"]} == {"axes", "concepts"}
    assert {row["test"] for row in found["table"]} == {"history", "leaning"}
    named = {measure["name"]: measure for measure in found["measures"]}
    assert named["history_named_for_the_item"]["value"] > named["history_random"]["value"]
    assert named["axes_leaning_named"]["parts"].keys() == {"low", "high"}
    shutil.copytree(judged.run, tmp_path / "run")
    again = sh(ASK)
    assert "already done" in again.err
    assert "random, as near to the mean" in " ".join(again.out.split())
    assert (tmp_path / "run/evaluation/explanations.parquet").is_file()


def test_evaluation_refuses_what_leaves_nothing(judged: Made, sh: Shell, tmp_path: Path) -> None:
    shutil.copytree(judged.run, tmp_path / "run")
    done = sh("lfd evaluate run --what explanations --least 4 --remove 3")
    assert done.status == 2
    assert "leave less than half; ask for longer histories: --least 6" in done.err


GOLDEN = [
    "Western E: place 1, for the mean user 7",
    "",
    " leaning                    how far   contribution   place without",
    " ─────────────────────────────────────────────────────────────────",
    " to Western                 1.0 sd    +0.67          7",
    " away from Comedy (z0-)     1.1 sd    +0.21          1",
    " what no concept explains             +0.18          1",
    " sum                                  +1.06",
    "",
    "Your leaning to Western lifted it from place 7 to 1.",
    "What speaks most for it in your history: Western G and Western F.",
    "",
    "What put you there",
    "",
    " leaning                  items of your history, furthest first",
    " ──────────────────────────────────────────────────────────────",
    " away from Comedy (z0-)   Comedy B; Western H",
    " to Western               Western G; Western F",
]
