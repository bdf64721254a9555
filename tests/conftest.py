"""Fixtures for everything that runs the program."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.shell import QUICK, SMALL, Shell, shell_in


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
    return Path(shutil.copytree(trained, tmp_path / "run"))
