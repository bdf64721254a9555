"""Several processes at a shell: one is lost, or they are of two machines."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

from lfd.core.training.machines import free_port
from tests.shell import BIN, Shell, environment


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_process_that_is_killed_ends_the_training_with_one_sentence(run: Path, sh: Shell) -> None:
    before = sh("lfd info run --format json").out
    command = [BIN / "lfd", "train", run, "--devices", "2", "--epochs", "100000", "--patience", "none"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment())
    limit = time.monotonic() + 60
    while not (run / ".lfd/unfinished/train/checkpoint.safetensors").exists():
        assert time.monotonic() < limit
        time.sleep(0.02)
    subprocess.run(["kill", "-9", str(children(child.pid)[1])], check=True)
    _, said = child.communicate(timeout=30)
    assert child.returncode == 1
    *_, going_on, sentence = said.decode().splitlines()
    assert "with --resume goes on after epoch" in going_on
    assert sentence.startswith("lfd: process 2 of 2 was killed (SIGKILL), and so all were ended; ")
    assert sh("lfd info run --format json").out == before


def test_two_machines_are_the_same_command_twice_and_the_first_writes(
    run: Path, sh: Shell, tmp_path: Path
) -> None:
    shutil.copytree(run, tmp_path / "elsewhere")
    train = "lfd train {} --epochs 2 --latent 3 --num-nodes 2 --force"
    missing = sh(train.format("run"))
    assert missing.status == 2
    assert "MASTER_ADDR and NODE_RANK not set" in missing.err
    assert "NODE_RANK=5 is none of the 2" in sh(train.format("run"), MASTER_ADDR="here", NODE_RANK="5").err
    first, second = train.format("run"), train.format("elsewhere")
    done = sh(
        f"NODE_RANK=1 {second} & other=$!; NODE_RANK=0 {first} && wait $other",
        MASTER_ADDR="127.0.0.1",
        MASTER_PORT=str(free_port()),
    )
    assert done.status == 0, done
    assert "machine 2 of 2 is through; the first writes" in done.err
    options = [
        json.loads(sh(f"lfd info {r} --format json").out)["stages"][-1]["options"]
        for r in ("run", "elsewhere")
    ]
    assert [o["num_nodes"] for o in options] == [2, 1]
