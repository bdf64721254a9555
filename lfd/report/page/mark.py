"""How a page is told from any other file; imports nothing."""

from __future__ import annotations

from pathlib import Path

MARK = b'<meta name="generator" content="lfd report">'
WITHIN = 2_000  # bytes from the start


def is_page(path: Path) -> bool:
    """Whether a file is a page that lfd wrote.

    Parameters
    ----------
    path : pathlib.Path
    """
    with path.open("rb") as file:
        return MARK in file.read(WITHIN)
