"""`lfd info`: what is in a run, and the commands that made it."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import typer

from lfd.cli.command import Format as FormatOption
from lfd.cli.command import Quiet, RunArgument, check_format, epilog
from lfd.cli.console import Console
from lfd.cli.tables import JSON_SCHEMA, print_frame
from lfd.stages import STAGES, typed

if TYPE_CHECKING:
    import pandas as pd

    from lfd.run.folder import Snapshot
    from lfd.run.manifest import Manifest, StageRecord

EXAMPLES = ("lfd info movies", "lfd gen-data | lfd train | lfd info", "lfd info movies --format json")
POSITIONAL = "source"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("info", help=info.__doc__, epilog=epilog(EXAMPLES), short_help=info.__doc__)(info)


def info(run: RunArgument = None, format: FormatOption = "table", quiet: Quiet = False) -> None:
    """Show what is in a run, and the commands that make it again."""
    console = Console(quiet)
    check_format(format)
    from lfd.cli.places import reading

    with reading(run, "info", console) as snapshot:
        manifest = snapshot.manifest
        decided = _decided(snapshot)
    if format == "json":
        console.text(json.dumps(_facts(manifest) | {"auto": decided}, indent=1) + "\n")
        return
    print_frame(console, _members(manifest), format, title="Members")
    if format == "table":
        console.text("\nMade by\n" + "".join(f"  {line}\n" for line in commands(manifest)))
        if decided:
            console.text("\nDecided by the data\n" + "".join(f"  {said}\n" for said in decided))
        console.text(f"\nDigest  {manifest.digest()}\n")


def commands(manifest: Manifest, run: str = "RUN") -> list[str]:
    """The commands to type to make a run again: options that are not the defaults are spelt out."""
    return [_command(record, run) for record in manifest.stages]


def _command(record: StageRecord, run: str) -> str:
    given = {k: v for k, v in record.options.items() if record.origins.get(k) not in ("default", None)}
    given = {k: v for k, v in given.items() if not str(record.origins[k]).startswith("preset")}
    named = given.pop(POSITIONAL, [])
    source = list(map(str, named)) if isinstance(named, list) else [str(named)]
    stage = STAGES.get(record.stage)
    starts = stage is not None and stage.source
    words = ["lfd", record.stage, *source, "-o", run] if starts else [*typed(record.stage, run), *source]
    return shlex.join([*words, *(w for k, v in given.items() for w in flag(k, v))])


def flag(name: str, value: Any) -> list[str]:
    """An option with its value, as one types it."""
    option = "--" + name.replace("_", "-")
    if isinstance(value, bool):
        return [option if value else f"--no-{option[2:]}"]
    if isinstance(value, list) and not any(isinstance(v, dict | list) for v in value):
        return [option, ",".join(map(str, value))]
    return [option, json.dumps(value) if isinstance(value, dict | list) else str(value)]


def _decided(run: Snapshot) -> list[str]:
    """What auto stood for in training."""
    from lfd.run.model import NOTES, read_decided

    return list(read_decided(run)) if NOTES in run else []


def _members(manifest: Manifest) -> pd.DataFrame:
    import pandas as pd

    makers = {member: record.stage for record in manifest.stages for member in record.writes}
    rows = [(n, m.size, makers.get(n, ""), m.sha256[:12]) for n, m in manifest.members.items()]
    return pd.DataFrame(rows, columns=["member", "bytes", "made by", "sha256"])


def _facts(manifest: Manifest) -> dict[str, Any]:
    return {
        "schema": JSON_SCHEMA,
        "digest": manifest.digest(),
        "commands": commands(manifest),
        **{k: v for k, v in json.loads(manifest.dumps()).items() if k in ("stages", "members")},
    }
