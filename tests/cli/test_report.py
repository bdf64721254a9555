"""`lfd report` of one run with its flags, and of several side by side."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.shared import Made, Once
from tests.shell import Shell

MIG = {
    "name": "mig",
    "family": "mig",
    "value": 0.25,
    "formula": "mig",
    "definition": "gap",
    "parameters": {"bins": 20},
    "parts": {},
    "note": "",
}


@pytest.fixture(scope="session")
def three(once: Once, stream: Path, whole: Made, linear: Made) -> Path:
    """A vae, an ae and an svd of the same data; the vae is decoded."""
    copies = f"cp -r {whole.run} vae && cp -r {linear.run} svd && mkdir data && tar xf {stream} -C data"
    return once("three", f"{copies} && lfd train -q data --model ae --latent 4 --epochs 5 -o ae").folder


def test_runs_stand_side_by_side_with_differences_to_the_autoencoder(three: Path, sh: Shell) -> None:
    done = sh(f"cd {three}; lfd report vae ae svd")
    assert done.status == 0, done
    assert "in brackets: difference to the autoencoder" in " ".join(done.out.split())
    assert "decoded mc aligned" in " ".join(done.out.split())
    assert "no decoding of ae, svd: lfd decode-mc RUN" in " ".join(done.out.split())
    body = json.loads(sh(f"cd {three}; lfd report vae ae svd --format json").out)
    assert [row["name"] for row in body["rows"]] == ["vae", "ae", "svd"]
    assert [row["baseline"] for row in body["rows"]] == [["ae"], [], ["ae"]]
    cells = body["rows"][2]["cells"]
    assert 0 < cells["recommendation.ndcg@20"]["value"] <= 1
    assert cells["recommendation.validation_loss"]["difference"] is not None


@pytest.mark.parametrize("form", ["csv", "jsonl", "md"])
def test_side_by_side_for_programs_nothing_is_run_and_nothing_written(
    three: Path, sh: Shell, form: str
) -> None:
    before = (three / "ae/manifest.json").read_bytes()
    done = sh(f"cd {three}; lfd report vae ae data --format {form}")
    assert done.status == 0, done
    assert (three / "ae/manifest.json").read_bytes() == before
    assert not (three / "ae/report").exists()
    assert "data has no model: left out" in done.err
    if form == "md":
        assert done.out.startswith("# Runs side by side\n\n## Runs\n\n| run | model |")
        return
    rows = list(csv.DictReader(io.StringIO(done.out))) if form == "csv" else None
    rows = rows or [json.loads(line) for line in done.out.splitlines()]
    assert [row["run"] for row in rows] == ["vae", "ae"]
    assert float(rows[0]["recommendation.ndcg@20"]) > 0
    assert rows[0]["baseline"] == "ae"


def test_a_tar_file_stands_beside_a_folder(three: Path, sh: Shell) -> None:
    done = sh(f"tar cf copy.tar -C {three}/svd . && lfd report {three}/svd copy.tar --format jsonl")
    assert done.status == 0, done
    assert [json.loads(line)["run"] for line in done.out.splitlines()] == [f"{three}/svd", "copy.tar"]


def test_stored_evaluations_are_shown_and_flagged_where_taken_otherwise(three: Path, sh: Shell) -> None:
    from lfd.run.folder import Transaction
    from lfd.run.manifest import StageRecord

    done = sh(f"cp -r {three}/vae {three}/ae . ")
    folder = Path(sh("pwd").out.strip())
    for name, bins in (("vae", 20), ("ae", 5)):
        work = Transaction(folder / name)
        member = "evaluation/disentanglement.yaml"
        work.place(member).write_text(yaml.safe_dump({"measures": [MIG | {"parameters": {"bins": bins}}]}))
        work.commit(StageRecord("evaluate-disentanglement", "1", {}, {}, {}, {}, (member,)))
    done = sh("lfd report vae ae --format json")
    assert done.status == 0, done
    body = json.loads(done.out)
    assert body["rows"][1]["cells"]["disentanglement.mig"]["flagged"]
    assert "† mig of ae: taken with bins 5 (the others: bins 20), so not comparable" in body["notes"]


@pytest.mark.parametrize("option", ["--raw", "--force", "--one-to-one", "-o elsewhere"])
def test_what_means_nothing_to_several_runs_is_refused(three: Path, sh: Shell, option: str) -> None:
    done = sh(f"lfd report {three}/vae {three}/ae {option}")
    assert done.status == 2
    assert "means nothing there" in done.err


def test_runs_without_any_model_are_one_sentence(three: Path, sh: Shell) -> None:
    done = sh(f"lfd report {three}/data {three}/data/")
    assert done.status == 3
    assert "none of the runs has a model to compare" in done.err
    assert sh(f"lfd report {three}/vae nowhere").status == 3


def test_one_to_one_gives_every_factor_one_axis_of_its_own(factored: Made, tmp_path: Path, sh: Shell) -> None:
    shutil.copytree(factored.run, tmp_path / "run")
    free = mapped(sh, "lfd report run --format csv")
    single = mapped(sh, "lfd report run --one-to-one --format csv")
    for method in ("mc", "sample"):
        axes = [row["axis"] for row in single if row["method"] == method]
        assert len(axes) == len(set(axes)) == len({r["attribute"] for r in single if r["method"] == method})
    assert 0 < len(single) <= len(free)
    assert all(0 <= float(row["q"]) < 0.05 for row in free)


def mapped(sh: Shell, command: str) -> list[dict[str, str]]:
    done = sh(command)
    assert done.status == 0, done
    return list(csv.DictReader(io.StringIO(done.out)))
