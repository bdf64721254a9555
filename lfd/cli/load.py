"""`lfd load`: real interactions and items, from files or stdin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from lfd.cli.command import stage_command

if TYPE_CHECKING:
    from lfd.cli.work import Work
    from lfd.settings.loading import LoadSettings

EXAMPLES = (
    "lfd load ml-100k/ -o movies && lfd train movies && lfd decode-mc movies && lfd report movies",
    "cat ratings.csv | lfd load - --items movies.csv --user userId --item movieId --value rating -o movies",
    "lfd load ml-25m.zip --dry-run",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    stage_command(app, "load", EXAMPLES)


def compute(work: Work, settings: LoadSettings) -> str:
    """Read, filter and write the data; say what was recognised and what was dropped."""
    return ""
