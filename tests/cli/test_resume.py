"""Training killed in the middle and taken up again, at a shell."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from lfd.cli.console import Console
from lfd.cli.work import Work
from lfd.core.training.state import State
from lfd.core.training.watch import Best
from lfd.run.folder import open_snapshot
from lfd.settings.running import TrainRunning
from tests.shared import Made, Once
from tests.shell import BIN, Shell, environment

OPTIONS = "--epochs 60 --latent 4 --patience none"
KEPT = ".lfd/unfinished/train/checkpoint.safetensors"


@pytest.fixture(scope="session")
def whole(once: Once, stream: Path) -> Made:
    """A training that nothing interrupted."""
    return once("uninterrupted", f"lfd train {OPTIONS} -o run < {stream} && lfd info run --format json")


def digest(sh: Shell, run: str) -> str:
    return str(json.loads(sh(f"lfd info {run} --format json").out)["digest"])


def kill_once_there(command: str, folder: Path, checkpoint: Path, stdin: Path | None = None) -> None:
    """Kill a training that has written a checkpoint, and is not through."""
    with (stdin or Path("/dev/null")).open("rb") as given:
        child = subprocess.Popen(
            [BIN / "lfd", *command.split()],
            cwd=folder,
            stdin=given,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        limit = time.monotonic() + 60
        while not checkpoint.exists():
            assert time.monotonic() < limit
            assert child.poll() is None
            time.sleep(0.01)
        child.kill()
        child.wait()


def test_a_killed_training_that_goes_on_ends_as_one_that_was_not(
    whole: Made, trained: Path, sh: Shell, tmp_path: Path
) -> None:
    shutil.copytree(trained, tmp_path / "run")
    before = digest(sh, "run")
    kill_once_there(f"train run {OPTIONS}", tmp_path, tmp_path / "run" / KEPT)
    assert digest(sh, "run") == before
    other = sh("lfd train run --resume --latent 6 --beta 0.5")
    assert other.status == 2
    assert "--latent 4 (now 6), --beta 1.0 (now 0.5); give the same" in other.err
    done = sh("lfd train run --resume")
    assert done.status == 0, done
    assert "going on after epoch" in done.err
    assert digest(sh, "run") == json.loads(whole.done.out)["digest"] != before
    assert not (tmp_path / "run" / KEPT).exists()
    again = sh("lfd train run --resume")
    assert "already done" in again.err
    anew = sh("lfd train run --resume --latent 3 --epochs 2")
    assert "nothing to resume: training from the start" in anew.err


def test_on_the_way_from_a_pipe_to_a_folder_it_goes_on_too(
    whole: Made, stream: Path, sh: Shell, tmp_path: Path
) -> None:
    beside = tmp_path / ".run.lfd-unfinished"
    kill_once_there(
        f"train {OPTIONS} -o run", tmp_path, beside / "train/checkpoint.safetensors", stdin=stream
    )
    assert not (tmp_path / "run").exists()
    done = sh(f"lfd train --resume -o run < {stream}")
    assert done.status == 0, done
    assert digest(sh, "run") == json.loads(whole.done.out)["digest"]
    assert not beside.exists()


def test_other_data_are_refused_and_starting_anew_is_said(trained: Path, sh: Shell, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "run")
    kill_once_there(f"train run {OPTIONS}", tmp_path, tmp_path / "run" / KEPT)
    kept = tmp_path / "run" / KEPT
    assert sh("lfd gen-data --users 300 --items 30 -o run --force -q").status == 0
    assert kept.exists()
    done = sh("lfd train run --resume")
    assert done.status == 3
    assert "data/interactions.parquet" in done.err
    assert "leave out --resume" in done.err
    anew = sh("lfd train run --epochs 2 --latent 3")
    assert "an interrupted training lies here" in anew.err
    assert "--resume" in anew.err
    assert not kept.exists()


def test_on_a_pipe_there_is_nothing_to_resume(stream: Path, sh: Shell) -> None:
    done = sh(f"lfd train --resume --epochs 2 --latent 3 < {stream} | lfd info --format json")
    assert done.status == 0, done
    assert "on a pipe nothing is kept" in done.err


def test_checkpoints_take_a_tenth_of_the_time_at_most(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Epochs of a second; writing takes none, then a second."""
    from lfd.cli import resume
    from lfd.run import checkpoint

    now, takes, written = 0.0, 0.0, list[int]()

    def write(folder: Path, asked: object, state: State) -> None:
        nonlocal now
        written.append(state.epochs)
        now += takes

    monkeypatch.setattr(resume.time, "monotonic", lambda: now)
    monkeypatch.setattr(checkpoint, "write_checkpoint", write)
    with open_snapshot(run) as snapshot:
        work = Work(snapshot, Console(quiet=True), Path, TrainRunning(), run / ".lfd/unfinished/train")
        with resume.kept(work, {}) as (checkpoints, done):
            assert checkpoints is not None
            assert done == 0
            for epoch in range(1, 25):
                now, takes = now + 1.0, float(epoch > 3)
                checkpoints.save(State(epoch, epoch, False, (), Best(None), {}, {}))
    assert written == [1, 2, 3, 4, 13, 22]
