"""`lfd report`: which factor each signed axis encodes."""

from __future__ import annotations

import typer

from lfd.cli.command import stage_command

EXAMPLES = (
    "lfd gen-data | lfd train | lfd report",
    "lfd report movies",
    "lfd report movies --format md > movies.md",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    stage_command(app, "report", EXAMPLES, prints=True)
