"""`lfd complexity` in real pipes: what it prints, writes and refuses, and where else its figures turn up."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.shell import Shell, shell_in

DATA = "--generator bipolar --factors 2 --users 800 --items 60 --seed 3"


def table(has: Callable[[int, int], bool], size: int = 30) -> str:
    """Users and items by number, where `has` says who has what."""
    pairs = [(u, i) for u in range(size) for i in range(size) if has(u, i)]
    return "u,i\n" + "".join(f"{u},{i}\n" for u, i in pairs)


RING = table(lambda u, i: (i - u) % 9 < 2, size=9)
FULL = table(lambda u, i: True)
NESTED = table(lambda u, i: i <= u)
SOME = table(lambda u, i: (u * 7 + i * i) % 5 < 2)
QUICK = "--draws 3 --resamples 50 --permutations 99"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bipolar data of two factors, measured."""
    folder = tmp_path_factory.mktemp("measured")
    done = shell_in(folder, f"lfd gen-data {DATA} | lfd complexity {QUICK} --grow -o run")
    assert done.status == 0, done
    assert "2 of them main ones" in done.err
    return folder / "run"


def test_a_pipe_tells_the_factors_without_torch(sh: Shell) -> None:
    spy = "PYTHONPROFILEIMPORTTIME=1"
    done = sh(f"lfd gen-data -q {DATA} | {spy} lfd complexity {QUICK} -o run")
    assert done.status == 0, done
    assert "import time:" in done.err
    assert "torch" not in done.err
    told = sh(f"lfd complexity run {QUICK}").out
    assert "factors stand out of chance, 2 of them main" in " ".join(told.split())
    assert "1 main" in told
    assert "█┃█" in told


def test_table_and_summary_are_ordinary_files(measured: Path, sh: Shell) -> None:
    rows = list(
        csv.DictReader(io.StringIO(sh(f"lfd cat {measured} scores/complexity.parquet --format csv").out))
    )
    assert [row["kind"] for row in rows[:2]] == ["main", "main"]
    assert rows[-1]["kind"] == "chance"
    for row in rows[:2]:
        assert float(row["strength_low"]) < float(row["strength"]) < float(row["strength_high"])
        assert 0.5 < float(row["correlation"]) < 1
        explained = max(float(row[f"explained.{name}"]) for name in ("year", "rating"))
        assert explained > 0.2
    summary = yaml.safe_load((measured / "scores/complexity.yaml").read_text())
    figures = {m["name"]: m for m in summary["measures"]}
    assert figures["main_factors"]["value"] == 2
    assert figures["density"]["definition"] == "interactions / (users x items)"
    assert [part["share"] for part in summary["growth"]] == [0.25, 0.5, 1.0]


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "md"])
def test_every_format_reads_back(measured: Path, sh: Shell, form: str) -> None:
    out = sh(f"lfd complexity {measured} {QUICK} --grow --format {form}").out
    if form == "json":
        body = json.loads(out)
        assert body["factors"][0]["kind"] == "main"
        assert body["growth"][0]["users"] < body["growth"][2]["users"]
    elif form == "jsonl":
        assert json.loads(out.splitlines()[0])["factor"] == 1
    elif form == "csv":
        assert out.splitlines()[0].startswith("factor,kind,strength")
    else:
        assert "| 1 main |" in out


def test_asked_again_it_is_done_and_the_same_seed_gives_the_same_bytes(measured: Path, sh: Shell) -> None:
    assert "already done" in sh(f"lfd complexity {measured} {QUICK} --grow").err
    before = [(measured / f"scores/complexity.{end}").read_bytes() for end in ("parquet", "yaml")]
    assert sh(f"lfd complexity {measured} {QUICK} --grow --force").status == 0
    assert [(measured / f"scores/complexity.{end}").read_bytes() for end in ("parquet", "yaml")] == before


def test_report_and_comparison_show_it(measured: Path, sh: Shell) -> None:
    train = "--model svd --latent 4"
    assert (
        sh(f"lfd train -q {measured} {train} -o one; lfd train -q {measured} {train} --seed 1 -o two").status
        == 0
    )
    for form in ("table", "md"):
        told = sh(f"lfd report one --format {form}").out
        assert "Factors of the data" in told
        assert "of them main" in " ".join(told.split())
    assert json.loads(sh("lfd report one --format json").out)["complexity"]["main"] == 2
    row = json.loads(sh("lfd report one two --format json").out)["rows"][0]
    assert row["cells"]["complexity.main_factors"]["value"] == 2


def test_training_leaves_the_measurement_and_the_measurement_the_model(measured: Path, sh: Shell) -> None:
    sh(f"lfd train -q {measured} --model svd --latent 4 -o run")
    done = sh(f"lfd complexity run {QUICK} --seed 5")
    assert done.status == 0
    assert "dropped" not in done.err
    assert "model/config.yaml" in sh("lfd info run").out


@pytest.mark.parametrize(
    ("table", "options", "status", "sentence"),
    [
        (RING, "", 3, "9 users and 9 items tell something"),
        (FULL, "", 3, "users have the same items"),
        (NESTED, "", 3, "nobody tells anything"),
        (
            SOME,
            "--values 30",
            2,
            "ask for fewer: --values 23",
        ),
        (
            SOME,
            "--null biwhitening --draws 5",
            2,
            "draws means nothing to the biwhitening null",
        ),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(
    sh: Shell, tmp_path: Path, table: str, options: str, status: int, sentence: str
) -> None:
    (tmp_path / "t.csv").write_text(table)
    assert sh("lfd load -q t.csv --user u --item i --min-user-items 1 --min-item-users 1 -o run").status == 0
    done = sh(f"lfd complexity -q run {options}")
    assert done.status == status, done
    assert sentence in done.err, done
    assert "Traceback" not in done.err
    assert not (tmp_path / "run/scores").exists()


def test_who_tells_nothing_is_left_out_and_counted(sh: Shell, tmp_path: Path) -> None:
    choices = [(u, (u * 7 + i * i) % 30) for u in range(40) for i in range(6)]
    choices += [(40, item) for item in range(30)]
    lines = "".join(f"{u},{i},{1 if u % 2 else 0.5}\n" for u, i in dict.fromkeys(choices))
    (tmp_path / "t.csv").write_text("u,i,v\n" + lines)
    assert sh("lfd load -q t.csv --user u --item i --value v -o run").status == 0
    done = sh(f"lfd complexity run {QUICK}")
    assert done.status == 0, done
    assert "left out, since nothing can be told from them: 1 users with every item" in done.err
    assert "have values other than 1 and count like the others" in done.err


def test_an_edge_that_chance_passes_is_said(sh: Shell) -> None:
    popular = "--generator bipolar --users 1000 --items 500 --popularity 1.2 --interactions 10 --strength 0"
    done = sh(f"lfd gen-data -q {popular} | lfd complexity --null biwhitening -o run")
    assert done.status == 0, done
    assert "the null does not calibrate: chance reaches" in done.err
    assert "users have; use --null parallel" in done.err
