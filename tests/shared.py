"""What several tests start from is made once, by whichever worker comes first.

A start of `lfd` with torch takes seconds, so runs that are only read, or copied, are shared.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.shell import Done, shell_in

SAID = "said-by-the-command.json"  # written last: the folder is complete


@dataclass(frozen=True)
class Made:
    """A folder in which a command has run, and what it said. Nobody writes to it."""

    folder: Path
    done: Done

    @property
    def run(self) -> Path:
        return self.folder / "run"


Once = Callable[..., Made]


def once_for_all_workers(base: Path) -> Once:
    """Make folders beside those of the workers, each under a lock, so that only one worker makes it.

    `once(name, command, start)` copies the run `start` as `run` into the folder first.
    """
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def once(name: str, command: str, start: Path | None = None) -> Made:
        folder = root / f"shared-{name}"
        with (root / f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / SAID).exists():
                _make(folder, command, start)
        return Made(folder, Done(**json.loads((folder / SAID).read_text())))

    return once


def _make(folder: Path, command: str, start: Path | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
    folder.mkdir()
    if start is not None:
        shutil.copytree(start, folder / "run")
    done = shell_in(folder, command)
    assert done.status == 0, done
    (folder / SAID).write_text(json.dumps(asdict(done)))
