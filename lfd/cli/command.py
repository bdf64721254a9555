"""Typer commands made from the stages' table and their settings: every stage is asked for alike."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfd.cli.console import Console
from lfd.cli.fields import flags
from lfd.cli.options import Resolved, plain, resolve
from lfd.errors import UsageError, nearest
from lfd.stages import STAGES, Stage

if TYPE_CHECKING:
    from lfd.cli.frame import Choose, Finish, Show

FORMATS = ("table", "json", "jsonl", "csv", "md")
Extra = tuple[str, Any, Any]  # name, typer annotation, default
Before = Callable[[Resolved, dict[str, Any], Console], bool]
After = Callable[[dict[str, Any]], "Finish"]


def complete_format(incomplete: str) -> list[str]:
    """Formats that begin so, for tab completion."""
    return [f for f in FORMATS if f.startswith(incomplete)]


RunArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN", help="Run to work on: a folder, a .tar file, or - for stdin.", show_default=False
    ),
]
RunsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RUN...",
        help="Run to work on: a folder, a .tar file, or - for stdin; several are compared.",
        show_default=False,
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but warnings and errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="|".join(FORMATS),
        help="Format of what is printed.",
        autocompletion=complete_format,
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", metavar="PATH", help="Where the run goes: a folder, a .tar file, or - for stdout."
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Do it again, and replace what stands at the output.")]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Options from a YAML file with a section for each stage."),
]
PrintConfig = Annotated[bool, typer.Option("--print-config", help="Print the options as resolved, and stop.")]


def stage_command(
    app: typer.Typer,
    name: str,
    examples: Sequence[str],
    *,
    extras: Sequence[Extra] = (),
    before: Before | None = None,
    choose: Choose | None = None,
    show: Show | None = None,
    shows: Callable[[dict[str, Any]], Show] | None = None,
    after: After | None = None,
    prints: bool = False,
    several: bool = False,
    forwards: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Add a stage to the app.

    Parameters
    ----------
    app : the program
    name : the stage
    examples : lines for the help page, pipes first
    extras : arguments and options beside the settings; those named like a setting set it
    before : called with the resolved settings and the extras before the run is opened; True: all is done
    choose : says what is really to be done, once the run is there
    show : prints results from the finished run
    shows : in the place of `show`, where it hangs on the extras: called with them, gives what prints
    after : called with the extras; gives what else is done with the finished run, before it is shown
    prints : whether stdout is always for people
    several : whether several runs can be named; `before` then gets the list as `runs`
    forwards : options of stages that this one needs, which can be given here as well
    """
    stage = STAGES[name]
    if only_the_overview_is_asked():
        app.command(name, short_help=stage.help)(lambda: None)
        return
    own = flags(stage)
    passed = {s: [f for f in flags(STAGES[s]) if f[0] in names] for s, names in (forwards or {}).items()}
    argument: Extra = ("runs", RunsArgument, None) if several else ("run", RunArgument, None)
    parameters: list[Extra] = [] if stage.source else [argument]
    parameters += [*extras, *((n, a, None) for n, a in own if n not in {e[0] for e in extras})]
    parameters += [(n, a, None) for found in passed.values() for n, a in found]

    def call(**given: Any) -> None:
        from lfd.cli.frame import Part, Request, perform

        console = Console(given["quiet"], given["verbose"])
        check_format(given.get("format", "table"))
        resolved = resolve(stage, {n: given[n] for n, _ in own}, given["config"])
        if given["print_config"]:
            print_config([(stage, resolved)], console)
            return
        if before is not None and before(resolved, given, console):
            return
        forward = {s: {n: given[n] for n, _ in names if given[n] is not None} for s, names in passed.items()}
        request = Request(
            name,
            (Part(stage, resolved),),
            (given["runs"] or [None])[0] if several else given.get("run"),
            given["output"],
            given["config"],
            given["force"],
            {s: f for s, f in forward.items() if f},
            given.get("format", "table"),
        )
        shown = show if shows is None else shows(given)
        perform(request, console, shown, prints, choose, None if after is None else after(given))

    parameters += run_options(shows=show is not None or shows is not None)
    add_command(app, name, stage.help, _page(stage), examples, parameters, call)


def add_command(
    app: typer.Typer,
    name: str,
    summary: str,
    page: str,
    examples: Sequence[str],
    parameters: Sequence[Extra],
    call: Callable[..., None],
) -> None:
    """Add a command whose arguments and options are made rather than written out.

    Parameters
    ----------
    app : the program
    name : what is typed
    summary : a line for the overview
    page : what the help page says above the options
    examples : lines at its foot, pipes first
    parameters : arguments and options, in the order of the page
    call : takes their values by name
    """
    signature = [
        inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for n, annotation, default in parameters
    ]
    call.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in signature}
    app.command(name, help=page, epilog=epilog(examples), short_help=summary)(call)


def run_options(shows: bool) -> list[Extra]:
    """The options of every command that works on a run; `shows`: whether it prints a table."""
    options: list[Extra] = [("output", Output, None), ("force", Force, False), ("config", Config, None)]
    options += [("print_config", PrintConfig, False)]
    options += [("format", Format, "table")] if shows else []
    return [*options, ("quiet", Quiet, False), ("verbose", Verbose, False)]


def print_config(resolved: Sequence[tuple[Stage, Resolved]], console: Console) -> None:
    """Print options as resolved, a section a stage, so that `--config` reads them back."""
    import yaml

    sections = {
        stage.name: found.values | (plain(found.running) if found.running else {})
        for stage, found in resolved
    }
    console.text(str(yaml.safe_dump(sections, sort_keys=False)))


def only_the_overview_is_asked() -> bool:
    """Whether no command's options are needed, so that `lfd --help` does not wait for all of them."""
    program, *arguments = sys.argv
    return Path(program).name == "lfd" and arguments[:1] in (["-h"], ["--help"], ["--version"])


def check_format(name: str) -> None:
    """Refuse a format that is not known.

    Raises
    ------
    UsageError
    """
    if name not in FORMATS:
        raise UsageError(f"unknown format {name}", nearest(name, list(FORMATS)))


def epilog(examples: Sequence[str]) -> str:
    """Examples at the foot of a help page, a line each."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in examples)


def _page(stage: Stage) -> str:
    needs = ", ".join(stage.needs) if stage.needs else "nothing, it starts a run"
    return f"{stage.help}\n\nNeeds {needs}.\n\nGives {', '.join(stage.gives)}."
