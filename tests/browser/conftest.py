"""Pages to open, and a browser to open them in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Browser, browser_path, chromium
from tests.shared import Made, Once
from tests.shell import SMALL


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One tab for all tests of a worker."""
    with chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture(scope="session")
def toys(once: Once) -> Made:
    """A small synthetic run and its page.html; without torch."""
    browser_path()
    data = f"lfd gen-data -q {SMALL} | lfd train -q --model svd --latent 4 | lfd align"
    return once("toys", f"{data} | lfd report -o run && lfd report run --html page.html")


@pytest.fixture(scope="session")
def films(once: Once) -> Made:
    """MovieLens 100K, a VAE of the size that `lfd train` chooses for it, and its page.html."""
    browser_path()
    root = os.environ.get("LFD_TEST_DATA")
    if root is None or not Path(root, "ml-100k").exists():
        pytest.skip("LFD_TEST_DATA names no folder that holds ml-100k/: the page of MovieLens is not tested")
    train = f"lfd load {root}/ml-100k -q -o run && lfd train run -q --latent 24 --epochs 12"
    return once(
        "films", f"{train} && lfd evaluate run -q --what continuity && lfd report run --html page.html"
    )
