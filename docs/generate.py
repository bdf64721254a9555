"""Write the parts of the docs that come from the program: the commands' table, their help, the picture.

usage: python docs/generate.py [RUN]     (RUN: a run with a report, for the picture; without it only text)
tests/docs checks that the text is what this writes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import typer

from lfd.cli.app import CONTEXT, program
from lfd.stages import commands

ROOT = Path(__file__).parents[1]
PIPE = "lfd gen-data | lfd train | lfd decode-mc | lfd decode-sample | lfd report"
MARK = re.compile(r"(<!-- commands: .*?-->\n).*?(<!-- /commands -->)", re.S)


def commands_table() -> str:
    """The commands with what they give, for the README."""
    lines = ["| command | what it does | gives |", "| --- | --- | --- |"]
    stages = commands()
    for command in program().registered_commands:
        made = (m.replace(f"/{s.part}.", "/WHAT.") for s in stages.get(command.name, ()) for m in s.gives)
        gives = ", ".join(f"`{member}`" for member in dict.fromkeys(made))
        lines.append(f"| `{command.name}` | {command.short_help} | {gives} |".replace("|  |", "| |"))
    return "\n".join(lines) + "\n"


def readme() -> str:
    """The README with its table of commands as they are."""
    return MARK.sub(rf"\g<1>{commands_table()}\g<2>", (ROOT / "README.md").read_text())


def help_pages() -> str:
    """Every command's help page, one after the other."""
    made = program()
    whole = typer.main.get_command(made)
    parts = ["# Every command and option\n\nWritten by docs/generate.py from the program's own help.\n"]
    for command in made.registered_commands:
        context = whole.make_context("lfd", [], resilient_parsing=True)
        found = whole.get_command(context, command.name)
        wide = CONTEXT | {"terminal_width": 100}
        inner = typer.Context(found, info_name=command.name, parent=context, **wide)
        page = found.get_help(inner).rstrip()
        parts.append(f"## {command.name}\n\n```\n{page}\n```\n")
    return "\n".join(parts)


def picture(run: Path) -> str:
    """A report as the terminal shows it, as SVG."""
    from rich.console import Console

    from lfd.report.findings import parse
    from lfd.report.terminal import render

    console = Console(record=True, width=92, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(f"[bold green]$[/] {PIPE}\n")
    for part in render(parse((run / "report/report.json").read_bytes())):
        console.print(part)
    return console.export_svg(title="lfd report", clear=True)


if __name__ == "__main__":
    (ROOT / "README.md").write_text(readme())
    (ROOT / "docs/commands.md").write_text(help_pages())
    if len(sys.argv) == 2:
        (ROOT / "docs/report.svg").write_text(picture(Path(sys.argv[1])))
