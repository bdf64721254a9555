"""Fixtures for everything that runs the program."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.shared import Made, Once, once_for_all_workers
from tests.shell import QUICK, SMALL, Shell, shell_in

LONGEST = "docs"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first, so that in the end no worker is left alone with one."""
    items.sort(key=lambda item: item.path.parent.name != LONGEST)


@pytest.fixture
def sh(tmp_path: Path) -> Shell:
    """Run a shell line in a fresh folder."""
    return lambda command, stdin=None, **variables: shell_in(tmp_path, command, stdin, **variables)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Run a shell line in a folder of its own once for the whole suite: the folder, and what it said."""
    return once_for_all_workers(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def small(once: Once) -> Made:
    """The small data on their way to a training: `data.tar` is the stream, `run` the trained run."""
    return once("small", f"lfd gen-data -q {SMALL} | tee data.tar | lfd train -q {QUICK} -o run")


@pytest.fixture(scope="session")
def stream(small: Made) -> Path:
    """The small data as `lfd gen-data` streams them."""
    return small.folder / "data.tar"


@pytest.fixture(scope="session")
def trained(small: Made) -> Path:
    """A small trained run; copy it before writing to it."""
    return small.run


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy of the small trained run, named `run` in the fresh folder."""
    return Path(shutil.copytree(trained, tmp_path / "run"))
