"""Processes that share the users: the same bytes as from one, and an end that is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from lfd.cli.shares import spread_over
from lfd.errors import InputError, LfdError
from tests.shell import Shell


def doubled(shared: int, part: int) -> int:
    return shared * part


def killed(shared: int, part: int) -> None:
    if part == shared:
        os.kill(os.getpid(), signal.SIGKILL)


def refused(shared: int, part: int) -> None:
    raise InputError("no", "yes")


@pytest.mark.parametrize("processes", [1, 3])
def test_results_come_in_the_order_of_the_parts(processes: int) -> None:
    assert list(spread_over(processes)(doubled, 2, range(20))) == list(range(0, 40, 2))


def test_a_process_that_is_killed_ends_all_and_an_error_keeps_its_kind() -> None:
    with pytest.raises(LfdError, match=r"one of 2 processes was killed, and so all were ended; .*--devices"):
        list(spread_over(2)(killed, 5, range(20)))
    with pytest.raises(InputError, match="no; yes"):
        list(spread_over(2)(refused, 5, range(20)))


def test_two_processes_give_the_same_run_as_one(run: Path, sh: Shell, tmp_path: Path) -> None:
    assert sh("lfd align run -q").status == 0
    shutil.copytree(run, tmp_path / "shared")
    found: list[dict[str, Any]] = []
    for name, devices in (("run", ""), ("shared", "--devices 2")):
        done = sh(
            f"lfd encode {name} --batch 100 {devices} -q > table && lfd traverse {name} --batch 64"
            f" --users 0 --on both --exclude-seen -q {devices} && lfd info {name} --format json"
        )
        assert done.status == 0, done
        found.append(json.loads(done.out))
    assert found[0]["digest"] == found[1]["digest"]
    assert found[0]["members"]["traversals/users.parquet"] == found[1]["members"]["traversals/users.parquet"]
