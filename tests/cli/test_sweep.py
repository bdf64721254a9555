"""`lfd sweep` as it is typed: what it makes, how it goes on, what it says of failures."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.shared import Once
from tests.shell import BIN, Shell, environment, heed_interrupts

GRID = """
data: {gen-data: {users: 200, items: 30}}
train: {model: svd, latent: [2, 3], seed: [0, 1]}
"""


@pytest.fixture(scope="session")
def swept(once: Once) -> Path:
    """A finished sweep of four runs, two at a time; copy it before writing to it."""
    grid = f"cat > grid.yaml <<'END'\n{GRID}\nEND\n"
    made = once("swept", f"{grid}lfd sweep grid.yaml -o out --jobs 2 --format json > said.json")
    assert "4 configurations, 0 already done; 2 at a time" in made.done.err
    return made.folder


@pytest.fixture
def copy(swept: Path, tmp_path: Path) -> Path:
    shutil.copytree(swept, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_it_makes_a_run_for_each_and_ends_in_the_comparison(swept: Path) -> None:
    runs = sorted(path.name for path in (swept / "out").iterdir() if path.is_dir())
    expected = [f"svd-latent{latent}-seed{seed}" for latent in (2, 3) for seed in (0, 1)]
    assert runs == ["data", *expected]
    body = json.loads((swept / "said.json").read_text())
    assert [row["name"] for row in body["rows"]] == expected
    assert body["recommendation"]["configuration"] in ("svd-latent2", "svd-latent3")
    assert "one standard error" in body["recommendation"]["rule"]
    assert [row["seeds"] for row in body["recommendation"]["table"]] == [2, 2]


def test_the_same_again_does_nothing_and_says_the_same(copy: Path, sh: Shell) -> None:
    before = {path: path.stat().st_mtime_ns for path in copy.glob("out/*/manifest.json")}
    done = sh("lfd sweep grid.yaml -o out --format json")
    assert done.status == 0, done
    assert "4 already done" in done.err
    assert json.loads(done.out) == json.loads((copy / "said.json").read_text())
    assert {path: path.stat().st_mtime_ns for path in copy.glob("out/*/manifest.json")} == before


def test_it_goes_on_where_it_was_interrupted_with_the_same_result(copy: Path, sh: Shell) -> None:
    shutil.rmtree(copy / "out/svd-latent3-seed0")
    done = sh("lfd sweep grid.yaml -o out")
    assert done.status == 0, done
    assert "3 already done" in done.err
    assert "4 of 4: svd-latent3-seed0 done" in done.err
    assert "recommended: svd-latent" in " ".join(done.out.split())
    again = sh("lfd sweep grid.yaml -o out --format json -q")
    assert json.loads(again.out) == json.loads((copy / "said.json").read_text())


def test_a_stage_that_is_added_is_run_on_what_is_trained(copy: Path, sh: Shell) -> None:
    (copy / "grid.yaml").write_text(GRID.replace("[2, 3]", "2").replace("[0, 1]", "0") + "then: [encode]\n")
    shutil.move(copy / "out/svd-latent2-seed0", copy / "out/svd")
    trained = (copy / "out/svd/model/weights.safetensors").stat().st_mtime_ns
    done = sh("lfd sweep grid.yaml -o out --format csv")
    assert done.status == 0, done
    assert (copy / "out/svd/latents/axes.parquet").exists()
    assert (copy / "out/svd/model/weights.safetensors").stat().st_mtime_ns == trained


def test_a_configuration_that_fails_does_not_end_the_others(copy: Path, sh: Shell) -> None:
    text = GRID.replace("[2, 3]", "[30, 2]").replace("[0, 1]", "[0]")
    (copy / "grid.yaml").write_text(text)
    done = sh("lfd sweep grid.yaml -o out --format csv")
    assert done.status == 1, done
    assert "warning: svd-latent30-seed0 failed (2): 30 axes cannot come from the SVD" in done.err
    assert "1 of 2 configurations failed: svd-latent30-seed0; read out/svd-latent30-seed0.log" in done.err
    assert [line.split(",")[0] for line in done.out.splitlines()] == ["run", "svd-latent2-seed0"]
    assert "30 axes cannot come" in (copy / "out/svd-latent30-seed0.log").read_text()


def test_the_data_of_a_run_can_be_swept_and_other_data_train_anew(copy: Path, sh: Shell) -> None:
    text = "train: {model: svd, latent: 2}"
    (copy / "grid.yaml").write_text(text)
    assert sh("lfd sweep grid.yaml out/data -o mine --format csv").status == 0
    done = sh(
        "lfd gen-data --users 210 --items 30 -q -o more && lfd sweep grid.yaml more -o mine --format csv"
    )
    assert done.status == 0, done
    assert "1 of 1: svd done" in done.err
    assert json.loads(sh("lfd info mine/svd --format json").out)["commands"][0].startswith(
        "lfd gen-data -o RUN --items 30 --users 210"
    )


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("lfd sweep", 2, "no grid or no folder given"),
        ("lfd sweep grid.yaml", 2, "no grid or no folder given"),
        ("lfd sweep nowhere.yaml -o out", 2, "cannot read nowhere.yaml"),
        ("lfd sweep grid.yaml out/data -o out", 2, "two places"),
        ("lfd sweep grid.yaml -o out/data", 4, "out/data is no folder for runs"),
        ("lfd sweep grid.yaml -o out --jobs 0", 2, "--jobs: 0"),
    ],
)
def test_wrong_use_is_one_sentence(copy: Path, sh: Shell, command: str, status: int, said: str) -> None:
    done = sh(command)
    assert done.status == status, done
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_data_by_other_options_are_not_replaced_unasked(copy: Path, sh: Shell) -> None:
    (copy / "grid.yaml").write_text(GRID.replace("200", "210"))
    done = sh("lfd sweep grid.yaml -o out")
    assert done.status == 4
    assert "--force" in done.err


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_all_and_leaves_no_half_made_run(
    copy: Path, sh: Shell, number: signal.Signals, status: int
) -> None:
    (copy / "grid.yaml").write_text("train: {epochs: 100000, patience: null, seed: [0, 1, 2]}")
    child = subprocess.Popen(
        [BIN / "lfd", "sweep", "grid.yaml", "out/data", "-o", "mine", "--jobs", "2"],
        cwd=copy,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
        preexec_fn=heed_interrupts,
    )
    try:
        limit = time.monotonic() + 60
        while len(list((copy / "mine").glob(".vae*/run/.lfd/staging"))) < 2:
            assert time.monotonic() < limit
            time.sleep(0.05)
        child.send_signal(number)
        _, said = child.communicate(timeout=60)
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
    assert child.returncode == status
    assert b"Traceback" not in said
    assert sorted(path.name for path in (copy / "mine").iterdir()) == ["vae-seed0.log", "vae-seed1.log"]
