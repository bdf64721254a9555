"""Finished runs that many tests ask something of; copy them before writing to them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.shared import Made, Once
from tests.shell import QUICK, SMALL


@pytest.fixture(scope="session")
def whole(once: Once) -> Made:
    """The small run after a whole pipe, and the table in which that ends."""
    stages = f"lfd train {QUICK} | lfd decode-mc | lfd decode-sample | lfd report -o run"
    return once("whole", f"lfd gen-data {SMALL} | {stages}")


@pytest.fixture
def decoded(whole: Made, tmp_path: Path) -> Path:
    """A copy of it, named `run` in the fresh folder."""
    return Path(shutil.copytree(whole.run, tmp_path / "run"))


@pytest.fixture(scope="session")
def factored(once: Once, stream: Path) -> Made:
    """An SVD of the small data that finds all their factors: aligned, decoded, reported; without torch."""
    return once("factored", f"lfd train --model svd --latent 4 < {stream} | lfd align | lfd report -o run")


@pytest.fixture(scope="session")
def linear(once: Once, stream: Path) -> Made:
    """An SVD of the small data, only trained: for all that is about runs and not about their models."""
    return once("linear", f"lfd train --model svd --latent 4 -o run < {stream}")


@pytest.fixture
def svd(linear: Made, tmp_path: Path) -> Path:
    """A copy of it, named `run` in the fresh folder."""
    return Path(shutil.copytree(linear.run, tmp_path / "run"))


@pytest.fixture(scope="session")
def collapsed(once: Once, stream: Path) -> Made:
    """A training in which every axis dies, and its report."""
    return once(
        "collapsed", f"lfd train --latent 4 --beta 50 --epochs 40 -o run < {stream} && lfd report run"
    )
