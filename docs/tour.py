"""Fill docs/tour.md with what its commands print, each block of commands followed by a block of output.

usage: python docs/tour.py     (LFD_TEST_DATA: the folder that holds ml-100k)
tests/docs runs the page's commands on fewer epochs, so it does not compare what they print.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

PAGE = Path(__file__).parent / "tour.md"
STEP = re.compile(r"^```sh\n(.*?)^```\n\n```\n.*?^```$", re.S | re.M)
PASSING = re.compile(r"users/s$")  # progress, which comes now and then


def filled(text: str, folder: Path) -> str:
    """The page with output from real runs in a folder, one block after the other."""
    return STEP.sub(lambda step: f"```sh\n{step[1]}```\n\n```\n{printed(step[1], folder)}\n```", text)


def printed(commands: str, folder: Path) -> str:
    """What commands print, notes first, without blanks at line ends and without two empty lines in a row."""
    done = subprocess.run(
        ["sh", "-e", "-c", commands],
        cwd=folder,
        env=os.environ | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
    )
    said = [line for line in done.stderr.splitlines() if not PASSING.search(line)]
    lines = [line.rstrip() for line in (*said, *done.stdout.strip("\n").splitlines())]
    lines = [line.replace(os.environ["LFD_TEST_DATA"], "$LFD_TEST_DATA") for line in lines]
    return "\n".join(line for n, line in enumerate(lines) if line or (n and lines[n - 1])).rstrip()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        PAGE.write_text(filled(PAGE.read_text(), Path(made)))
