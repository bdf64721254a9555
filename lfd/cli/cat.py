"""`lfd cat`: print any member of a run."""

from __future__ import annotations

from typing import Annotated

import typer

from lfd.cli.command import Format, Quiet, RunArgument, check_format, epilog
from lfd.cli.console import Console
from lfd.cli.tables import print_batches
from lfd.errors import InputError, nearest

EXAMPLES = (
    "lfd cat movies data/items.parquet --format csv",
    "lfd cat movies scores/mc.parquet --format jsonl | grep Horror",
    "lfd gen-data | lfd cat - data/schema.yaml",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("cat", help=cat.__doc__, epilog=epilog(EXAMPLES), short_help=cat.__doc__)(cat)


def cat(
    run: RunArgument = None,
    member: Annotated[
        str | None,
        typer.Argument(metavar="MEMBER", help="Which: a path in the run, such as data/items.parquet."),
    ] = None,
    format: Format = "table",
    quiet: Quiet = False,
) -> None:
    """Print a member of a run: tables in any format, other files as they are."""
    from lfd.run.tables import read_batches

    console = Console(quiet)
    check_format(format)
    from lfd.cli.places import reading

    with reading(run, "cat", console) as snapshot:
        name = member or ""
        if name not in snapshot:
            there = sorted(snapshot.manifest.members)
            raise InputError(f"the run has no member {name or '(none named)'}", nearest(name, there))
        if name.endswith(".parquet"):
            print_batches(console, read_batches(snapshot, name), format)
        else:
            console.stdout.write(bytes(snapshot.buffer(name)))
            console.stdout.flush()
