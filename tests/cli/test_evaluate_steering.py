"""`lfd evaluate --what steering` as people type it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.shared import Made, Once
from tests.shell import Shell

ASK = "lfd evaluate run --what steering --k 5 --users 20 --strengths 1,2"


@pytest.fixture(scope="session")
def steered(once: Once, trained: Path) -> Made:
    """The small trained run with its evaluation of steering, and what making it said."""
    return once("steered", f"{ASK} --format json", trained)


@pytest.fixture
def run(steered: Made, tmp_path: Path) -> Path:
    """A copy of it, named `run` in the fresh folder."""
    return Path(shutil.copytree(steered.run, tmp_path / "run"))


def test_steering_is_stored_printed_and_done_once(run: Path, steered: Made, sh: Shell) -> None:
    done = steered.done
    assert done.status == 0, done
    found = json.loads(done.out)["evaluations"]["steering"]
    assert {row["knob"] for row in found["table"]} >= {"untouched", "steering", "raw axis", "re-ranking"}
    assert {row["strength"] for row in found["table"]} == {0, 1, 2}
    named = {measure["name"]: measure for measure in found["measures"]}
    assert named["steering_rose"]["parameters"]["strength"] == 2
    assert (run / "evaluation/steering.parquet").is_file()
    assert (run / "evaluation/steering.yaml").is_file()
    again = sh(ASK)
    assert "already done" in again.err
    assert "personal / segment at 2" in again.out


def test_the_leak_is_named_where_the_wish_is_taken_from_the_answer(svd: Path, sh: Shell) -> None:
    done = sh(f"{ASK} --wish held-out --format json")
    assert done.status == 0, done
    found = json.loads(done.out)["evaluations"]["steering"]
    assert {row["wish"] for row in found["table"]} == {"held-out"}
    assert any(note.startswith("leak:") for note in found["notes"])


def test_the_run_s_own_aligned_axes_are_the_ones_that_are_turned(run: Path, steered: Made, sh: Shell) -> None:
    before = json.loads(steered.done.out)["evaluations"]["steering"]
    aligned = sh(f"lfd align run --method varimax --permutations 99 && {ASK} --format json")
    assert aligned.status == 0, aligned
    after = json.loads(aligned.out[aligned.out.index('{\n "schema"') :])["evaluations"]["steering"]

    def rows(found: dict[str, list[dict[str, object]]], knob: str) -> list[dict[str, object]]:
        return [row for row in found["table"] if row["knob"] == knob]

    assert rows(before, "raw axis") == rows(after, "raw axis")
    assert rows(before, "aligned axis") != rows(after, "aligned axis")


def test_strengths_without_the_headline_one_are_one_sentence(run: Path, sh: Shell) -> None:
    done = sh("lfd evaluate run --what steering --strengths 1,3")
    assert done.status == 2, done
    assert "strength 2: strengths are 1, 3" in done.err
    assert "Traceback" not in done.err


def test_a_value_that_is_not_there_is_named_with_the_nearest(svd: Path, sh: Shell) -> None:
    done = sh(f"{ASK} --concepts gemre")
    assert done.status == 2, done
    assert "there is no gemre to steer to" in done.err
    assert "genre" in done.err
