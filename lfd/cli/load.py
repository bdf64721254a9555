"""`lfd load`: real interactions and items, from files or stdin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfd.cli.command import stage_command

if TYPE_CHECKING:
    import pandas as pd

    from lfd.cli.console import Console
    from lfd.cli.options import Resolved
    from lfd.cli.work import Work
    from lfd.settings.loading import LoadSettings
    from lfd.sources import Loaded, Recognised

EXAMPLES = (
    "lfd load ml-100k/ -o movies && lfd train movies && lfd decode-mc movies && lfd report movies",
    "cat ratings.csv | lfd load - --items movies.csv --user userId --item movieId --value rating -o movies",
    "lfd load ml-25m.zip --dry-run",
)
Source = Annotated[
    str | None,
    typer.Argument(
        metavar="SOURCE",
        help="A folder or zip of MovieLens or RecBole, a table, or - for stdin.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what is recognised, and stop.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    extras = [("source", Source, None), ("dry_run", DryRun, False)]
    stage_command(app, "load", EXAMPLES, extras=extras, before=_dry_run, show=lambda *_: None)


def compute(work: Work, settings: LoadSettings) -> str:
    """Read, filter and write the data; say what was recognised and what was dropped."""
    from lfd.core.attributes import infer_schema
    from lfd.run.dataset import write_interactions, write_items, write_users
    from lfd.sources import load

    recognised = _recognised(settings, work.console)
    _note_inputs(work, settings, recognised)
    _say_recognised(recognised, work.console)
    with work.console.progress("load", None):
        loaded = load(recognised, settings)
    schema, notes = infer_schema(loaded.items, loaded.kinds, loaded.bins)
    _say_dropped(loaded, notes, work.console)
    write_items(work.place, loaded.items, schema, _facts(recognised, loaded, notes))
    write_users(work.place, loaded.users)
    write_interactions(work.place, loaded.interactions)
    users, items, interactions = len(loaded.users), len(loaded.items), len(loaded.user)
    density = interactions / (users * items)
    return (
        f"{users:,} users, {items:,} items, {interactions:,} interactions (density {density:.2%}); "
        f"attributes {', '.join(schema)}"
    )


def _dry_run(resolved: Resolved, given: dict[str, Any], console: Console) -> bool:
    """Show what is recognised, where only that is asked for."""
    if not given["dry_run"]:
        return False
    from lfd.cli.tables import print_frame

    recognised = _recognised(resolved.settings, console)
    print_frame(console, _columns(recognised), given["format"], title=recognised.format)
    for note in recognised.notes:
        console.note(note)
    return True


def _recognised(settings: LoadSettings, console: Console) -> Recognised:
    from lfd.errors import UsageError
    from lfd.sources import recognise

    if settings.source == "-":
        if console.stdin_is_terminal():
            hint = "name a folder, a zip or a table: lfd load SOURCE; or pipe a table in: ... | lfd load -"
            raise UsageError("load: no source given", hint)
        return recognise(console.stdin, settings)
    return recognise(Path(settings.source), settings)


def _note_inputs(work: Work, settings: LoadSettings, recognised: Recognised) -> None:
    """Record the files that are read, so that the same ones need not be read again."""
    for table in recognised.tables():
        path = next((p for p in (Path(table.file), Path(settings.source)) if p.is_file()), None)
        if path is None:
            work.inputs["-"] = ""
        else:
            work.input(path)


def _columns(recognised: Recognised) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (table.what, table.file, table.encoding, column.name, column.becomes, column.note)
        for table in recognised.tables()
        for column in table.columns
    ]
    return pd.DataFrame(rows, columns=["table", "file", "encoding", "column", "becomes", "note"])


def _say_recognised(recognised: Recognised, console: Console) -> None:
    for table in recognised.tables():
        became = ", ".join(f"{c.name} -> {c.becomes}" for c in table.columns if c.becomes)
        console.note(f"load: {recognised.format}, {table.what} from {table.file}: {became}")
    for note in recognised.notes:
        console.note(f"load: {note}")


def _say_dropped(loaded: Loaded, notes: list[str], console: Console) -> None:
    console.note(f"load: {loaded.scale.said}")
    for what, count in loaded.dropped.items():
        console.note(f"load: dropped {count:,} {what}")
    for what, count in loaded.noted.items():
        console.note(f"load: {count:,} {what}")
    for column, why in loaded.skipped.items():
        console.note(f"load: column {column} left out: {why}")
    for note in notes:
        console.note(f"load: {note}")


def _facts(recognised: Recognised, loaded: Loaded, notes: list[str]) -> dict[str, Any]:
    scale = loaded.scale
    return {
        "source": recognised.format,
        "scale": {"minimum": scale.minimum, "maximum": scale.maximum, "min_value": scale.min_value},
        "dropped": dict(loaded.dropped),
        "noted": dict(loaded.noted),
        "left_out": {**loaded.skipped, **{f"note {n + 1}": note for n, note in enumerate(notes)}},
    }
