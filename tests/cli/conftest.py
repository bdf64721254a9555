"""Commands as people type them: real processes, real pipes, a fresh folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
SMALL = "--users 600 --items 30"  # trains in a second
QUICK = "--epochs 3 --latent 4"


@dataclass(frozen=True)
class Done:
    """What a shell command left: status and both streams."""

    command: str
    status: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"$ {self.command}\n[{self.status}]\n{self.out}\n--- stderr\n{self.err}"


Shell = Callable[..., Done]


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LFD_")}
    return kept | {"PATH": f"{BIN}:{os.environ['PATH']}", "COLUMNS": "100", "OMP_NUM_THREADS": "1"}


def shell_in(folder: Path, command: str, stdin: bytes | None = None, **variables: str) -> Done:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment() | variables,
        input=stdin,
        stdin=None if stdin is not None else subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )
    return Done(
        command, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )


@pytest.fixture
def sh(tmp_path: Path) -> Shell:
    """Run a shell line in a fresh folder."""
    return lambda command, stdin=None, **variables: shell_in(tmp_path, command, stdin, **variables)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small trained run; copy it before writing to it."""
    folder = tmp_path_factory.mktemp("trained")
    done = shell_in(folder, f"lfd gen-data {SMALL} | lfd train {QUICK} -o run")
    assert done.status == 0, done
    return folder / "run"


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy of the small trained run, named `run` in the fresh folder."""
    import shutil

    return Path(shutil.copytree(trained, tmp_path / "run"))
