"""Loggers: what TensorBoard and Weights & Biases find in their own files afterwards, all of it offline."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lfd.errors import UsageError
from lfd.report.logs import logger
from tests.shell import BIN, QUICK, Shell, environment

MEASURES = {"beta", "loss", "reconstruction", "kl", "validation_loss", "active_axes"}
SPEED = {"users_per_second", "seconds"}


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        find_spec(name) is None, reason=f"{name} is not installed here: pip install 'lfd[{name}]'"
    )


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard shows of a folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder)).Reload()
    return {tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def images(folder: Path) -> list[str]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    tags: list[str] = EventAccumulator(str(folder)).Reload().Tags()["images"]
    return tags


def texts(folder: Path) -> dict[str, str]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder)).Reload()
    tags = [t for t in found.Tags()["tensors"] if t.endswith("/text_summary")]
    return {
        t.split("/text_summary")[0]: found.Tensors(t)[0].tensor_proto.string_val[0].decode() for t in tags
    }


def records(folder: Path) -> list[Any]:
    """All records of the offline runs of W&B in a folder, in their order."""
    from wandb.proto.wandb_internal_pb2 import Record

    files = sorted(folder.glob("wandb/offline-run-*/run-*.wandb"))
    return [Record.FromString(data) for path in files for data in logged_bytes(path.read_bytes())]


def logged_bytes(content: bytes) -> list[bytes]:
    """The records of a file in LevelDB's log format, in blocks of 32 KiB, after a header of 7 bytes.

    A piece of a record has a checksum (4 bytes), its length (2) and its kind (1 whole, 2 first, 3, 4 last).
    """
    found, at, held = list[bytes](), 7, b""
    while at + 7 <= len(content):
        if (1 << 15) - at % (1 << 15) < 7:
            at += (1 << 15) - at % (1 << 15)
            continue
        length, kind = int.from_bytes(content[at + 4 : at + 6], "little"), content[at + 6]
        held += content[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            found.append(held)
            held = b""
    return found


def history(found: list[Any]) -> list[dict[str, Any]]:
    rows = [r.history for r in found if r.WhichOneof("record_type") == "history"]
    return [{i.key or ".".join(i.nested_key): json.loads(i.value_json) for i in row.item} for row in rows]


def test_an_unknown_logger_is_told_the_nearest(run: Path, sh: Shell) -> None:
    done = sh("lfd train run --logger csv --logger tensorbord")
    assert done.status == 2
    assert "'tensorbord'" in done.err
    assert "did you mean tensorboard?" in done.err


def test_a_missing_extra_is_answered_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logger, "find_spec", lambda name: None)
    logger.check_installed(("csv",))
    for name in ("tensorboard", "wandb"):
        with pytest.raises(UsageError, match=rf"--logger {name}: .*; pip install 'lfd\[{name}\]'$"):
            logger.check_installed(("csv", name))


def test_the_csv_is_always_there_and_asks_for_nothing(run: Path, sh: Shell, tmp_path: Path) -> None:
    before = json.loads(sh("lfd info run --format json").out)["digest"]
    done = sh(f"lfd train run --force {QUICK} --logger csv")
    assert done.status == 0, done
    assert json.loads(sh("lfd info run --format json").out)["digest"] == before
    assert not (tmp_path / "lfd-logs").exists()


@needs("tensorboard")
def test_tensorboard_shows_every_epoch_the_options_and_the_report(
    decoded: Path, sh: Shell, tmp_path: Path
) -> None:
    options = "--epochs 4 --latent 3"
    assert sh(f"lfd train run {options} --logger tensorboard").status == 0
    log = tmp_path / "lfd-logs/run/1"
    seen = scalars(log)
    with (decoded / "model/history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {tag.removeprefix("train/") for tag in seen if tag.startswith("train/")} == MEASURES | SPEED
    for name in MEASURES:
        assert seen[f"train/{name}"] == [
            (int(row["epoch"]), pytest.approx(float(row[name]), rel=1e-6)) for row in rows
        ]
    assert {tag.removeprefix("kept/") for tag in seen if tag.startswith("kept/")} >= MEASURES
    assert "| latent | 3 |" in texts(log)["options"]
    done = sh("lfd report run --logger tensorboard")
    assert done.status == 0, done
    assert texts(log)["report/report.md"] == (decoded / "report/report.md").read_text()
    if find_spec("matplotlib"):
        assert "report/training" in images(log)
    again = sh("lfd report run --logger tensorboard --log-dir elsewhere")
    assert "already done" in again.err
    assert "report/report.md" in texts(tmp_path / "elsewhere/run/1")


@needs("tensorboard")
def test_a_training_that_goes_on_logs_where_it_had_logged(run: Path, sh: Shell, tmp_path: Path) -> None:
    command = [
        "train",
        "run",
        "--epochs",
        "60",
        "--latent",
        "4",
        "--patience",
        "none",
        "--logger",
        "tensorboard",
    ]
    child = subprocess.Popen(
        [BIN / "lfd", *command], cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL
    )
    wait_for_checkpoint(run, child)
    child.kill()
    child.wait()
    done = sh("lfd train run --resume --logger tensorboard")
    assert done.status == 0, done
    assert [p.name for p in (tmp_path / "lfd-logs/run").iterdir()] == ["1"]
    assert [step for step, _ in scalars(tmp_path / "lfd-logs/run/1")["train/loss"]] == list(range(60))


@needs("wandb")
def test_weights_and_biases_has_options_epochs_and_the_report_as_an_artifact(
    decoded: Path, sh: Shell, tmp_path: Path
) -> None:
    offline = {"WANDB_MODE": "offline", "WANDB_DATA_DIR": str(tmp_path), "WANDB_CACHE_DIR": str(tmp_path)}
    done = sh("lfd train run --epochs 3 --latent 3 --logger wandb", **offline)
    assert done.status == 0, done
    log = tmp_path / "lfd-logs/run/1"
    found = records(log)
    rows = history(found)
    assert [row["epoch"] for row in rows] == [0, 1, 2]
    assert {k.removeprefix("train/") for k in rows[0] if k.startswith("train/")} == MEASURES | SPEED
    config = {u.key: json.loads(u.value_json) for r in found if r.HasField("config") for u in r.config.update}
    config |= {
        u.key: json.loads(u.value_json) for r in found if r.HasField("run") for u in r.run.config.update
    }
    assert (config["latent"], config["epochs"]) == (3, 3)
    assert [r.exit.exit_code for r in found if r.HasField("exit")] == [0]
    done = sh("lfd report run --logger wandb -q", **offline)
    assert done.status == 0, done
    artifacts = [r.request.log_artifact.artifact for r in records(log) if r.HasField("request")]
    artifacts += [r.artifact for r in records(log) if r.HasField("artifact")]
    sent = {entry.path for a in artifacts if a.type == "report" for entry in a.manifest.contents}
    assert sent >= {"report.json", "report.md"}
    if find_spec("matplotlib"):
        assert sent >= {"training.png", "training.svg"}
    ids = {r.run.run_id for r in records(log) if r.HasField("run")}
    assert ids == {(log / "wandb-id.txt").read_text()}


@needs("wandb")
def test_a_training_that_is_ended_closes_its_loggers(run: Path, tmp_path: Path) -> None:
    command = ["train", "run", "--epochs", "100000", "--patience", "none", "--logger", "wandb"]
    child = subprocess.Popen(
        [BIN / "lfd", *command],
        cwd=tmp_path,
        env=environment() | {"WANDB_MODE": "offline"},
        stderr=subprocess.PIPE,
    )
    wait_for_checkpoint(run, child)
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 143
    assert b"with --resume goes on after epoch" in said
    found = records(tmp_path / "lfd-logs/run/1")
    assert [r.exit.exit_code for r in found if r.HasField("exit")] == [1]
    assert history(found)


def wait_for_checkpoint(run: Path, child: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + 60
    while not (run / ".lfd/unfinished/train/checkpoint.safetensors").exists():
        assert time.monotonic() < limit
        assert child.poll() is None
        time.sleep(0.02)
