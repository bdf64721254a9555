"""Commands that read a run and give it nothing but the stages that it lacks: one of `USES` made a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer

from lfd.cli.command import (
    Config,
    Extra,
    Format,
    PrintConfig,
    Quiet,
    RunArgument,
    Verbose,
    add_command,
    check_format,
    only_the_overview_is_asked,
    print_config,
)
from lfd.cli.console import Console
from lfd.cli.fields import flags
from lfd.cli.options import Resolved, resolve
from lfd.stages import Stage

Check = Callable[[dict[str, Any], Any], None]
Call = Callable[[dict[str, Any], Resolved, Console], None]


def use_command(
    app: typer.Typer,
    use: Stage,
    page: str,
    examples: Sequence[str],
    call: Call,
    *,
    first: Sequence[Extra] = (),
    last: Sequence[Extra] = (),
    own: Mapping[str, Any] | None = None,
    check: Check | None = None,
) -> None:
    """Add a use to the app.

    Parameters
    ----------
    app : the program
    use : one of `USES`
    page : what the help page says above the options
    examples : lines for the help page, pipes first
    call : does it; called with all that was given, the resolved options, and where to talk
    first, last : options beside the settings, before and after them
    own : annotations for settings whose flags are not as their fields would make them, by name
    check : called with all that was given and the settings, before anything is printed or done
    """
    if only_the_overview_is_asked():
        app.command(use.name, short_help=use.help)(lambda: None)
        return
    options = flags(use)
    parameters: list[Extra] = [("run", RunArgument, None), *first]
    parameters += [(name, (own or {}).get(name, annotation), None) for name, annotation in options]
    parameters += [*last, ("config", Config, None), ("print_config", PrintConfig, False)]
    parameters += [("format", Format, "table"), ("quiet", Quiet, False), ("verbose", Verbose, False)]

    def perform(**given: Any) -> None:
        console = Console(given["quiet"], given["verbose"])
        check_format(given["format"])
        resolved = resolve(use, {name: given[name] for name, _ in options}, given["config"])
        if check is not None:
            check(given, resolved.settings)
        if given["print_config"]:
            print_config([(use, resolved)], console)
            return
        call(given, resolved, console)

    add_command(app, use.name, use.help, page, examples, parameters, perform)
