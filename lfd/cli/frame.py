"""The frame around every stage: input, options, missing stages, the work itself, output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from lfd.cli.console import Console
from lfd.cli.options import Resolved, resolve
from lfd.cli.places import Workspace, check_source, workspace
from lfd.cli.work import is_done, plan, run_stage
from lfd.errors import LfdError
from lfd.run.folder import Snapshot, is_run, open_snapshot
from lfd.run.manifest import StageRecord
from lfd.settings.alignment import Need
from lfd.stages import STAGES, Stage, commands

Show = Callable[[Snapshot, Console, str], None]
Finish = Callable[[Snapshot, Workspace, Resolved, Console], None]


@dataclass(frozen=True)
class Part:
    """One stage, and with what settings."""

    stage: Stage
    resolved: Resolved


@dataclass(frozen=True)
class Request:
    """What the user asked of one command.

    Attributes
    ----------
    command : what was typed
    parts : its stages, in the order in which they run; most commands are one stage
    source, output : where the run comes from and goes to, as typed
    config : the configuration file, for stages that have to run first
    force : whether to redo, and to replace
    forward : options for stages that this one needs, by stage
    format : of what is shown on stdout
    """

    command: str
    parts: tuple[Part, ...]
    source: str | None
    output: str | None
    config: Path | None
    force: bool
    forward: dict[str, dict[str, Any]]
    format: str = "table"

    @property
    def starts(self) -> bool:
        """Whether it starts a run rather than adding to one."""
        return self.parts[0].stage.source


Choose = Callable[[Workspace, Console, tuple[Part, ...]], tuple[Part, ...]]


def perform(
    request: Request,
    console: Console,
    show: Show | None = None,
    prints: bool = False,
    choose: Choose | None = None,
    after: Finish | None = None,
) -> None:
    """Run a command's stages, with those that they need before them, and deliver the run.

    Parameters
    ----------
    request : what is asked
    console : where to talk
    show : prints results from the finished run on stdout, where stdout is not taken by the run itself
    prints : whether stdout is always for people
    choose : says what is really to be done: leaves out parts that the run does not allow, takes options over
    after : what else is done with the finished run, wherever it goes, before it is shown
    """
    if request.starts and _already_there(request):
        console.note(f"{request.command}: already done in {request.output}; --force does it again")
        return
    source = None if request.starts else check_source(request.source, request.command, console)
    with workspace(source, request.output, request.command, request.force, console, prints) as space:
        _run_forwarded(space, request, console)
        parts = choose(space, console, request.parts) if choose else request.parts
        for part in parts:  # all that is missing first, since what comes later can make a part stale
            _run_ahead(space, part.stage, request, console)
            _align(space, part.resolved.settings, request, console)
        ran = [p for p in parts if run_stage(space, p.stage, p.resolved, console, request.force)]
        if after is not None:
            with open_snapshot(space.folder) as run:
                after(run, space, parts[0].resolved, console)
        if show is not None and not space.to_stdout:
            with open_snapshot(space.folder) as run:
                show(run, console, request.format)
    for part in ran:
        space.forget(part.stage.name)
    _say_where(space, request, console)


def bring_up(folder: Path, use: Stage, resolved: Resolved, config: Path | None, console: Console) -> None:
    """Give a run what a command that only reads it needs, by running what is missing, with notes.

    Parameters
    ----------
    folder : where the run is
    use : what is needed, for whom
    resolved : its options; they may ask for aligned axes
    config : the configuration file, for stages that have to run
    console : where to talk
    """
    request = Request(use.name, (), None, None, config, False, {})
    space = Workspace(folder, to_stdout=False, kept_in=None)
    _align(space, resolved.settings, request, console)
    _run_ahead(space, use, request, console)


def _already_there(request: Request) -> bool:
    """Whether a run that would be made anew stands at its destination, made by the same options."""
    if request.force or request.output is None or not is_run(Path(request.output)):
        return False
    with open_snapshot(Path(request.output)) as run:
        return all(is_done(run.manifest, part.stage, part.resolved.values) for part in request.parts)


def _run_forwarded(space: Workspace, request: Request, console: Console) -> None:
    """Run the stages that options were given for."""
    for name, options in request.forward.items():
        _run_ahead(space, STAGES[name], request, console)
        _run_for(space, STAGES[name], options, request, console)


def _run_ahead(space: Workspace, stage: Stage, request: Request, console: Console) -> None:
    """Run what a stage lacks; one at a time, since one that is run again can leave a later one without."""
    while True:
        with open_snapshot(space.folder) as run:
            ahead = plan(run.manifest, stage)
        if not ahead:
            return
        _run_for(space, ahead[0], None, request, console)


def _run_for(
    space: Workspace, stage: Stage, forwarded: dict[str, Any] | None, request: Request, console: Console
) -> None:
    """Run a stage on behalf of the command that was asked for."""
    with open_snapshot(space.folder) as run:
        given = _given(run.manifest.record(stage.name), forwarded)
    how = "its defaults" if forwarded is None else "these options"
    resolved = resolve(stage, given, request.config)
    _align(space, resolved.settings, request, console)
    console.note(f"{request.command} needs {stage.name}: running it with {how}")
    try:
        run_stage(space, stage, resolved, console, force=False)
    except LfdError as error:
        error.message = f"{stage.name} (needed by {request.command}): {error.message}"
        raise


def _align(space: Workspace, settings: Any, request: Request, console: Console) -> None:
    """Align the run first where a stage with these options wants aligned axes and the run has none.

    Where its defaults cannot do that (no attributes, few items, users who do not differ) and it is only
    wanted, the model's own axes have to do, and it is said.
    """
    need: Need = getattr(settings, "alignment", "none")
    with open_snapshot(space.folder) as run:
        if need == "none" or set(STAGES["align"].gives) <= set(run.manifest.members):
            return
    try:
        _run_for(space, STAGES["align"], None, request, console)
    except LfdError as error:
        chosen = set(resolve(STAGES["align"], {}, request.config).origins.values()) != {"default"}
        if need == "needed" or chosen:
            raise
        console.note(f"{error.message}: going on in the model's own axes")


def _given(record: StageRecord | None, forwarded: dict[str, Any] | None) -> dict[str, Any]:
    """Options of a stage that is run for another: those it was given before, then those given now."""
    if forwarded is None:
        return {}
    before = record.options if record is not None else {}
    chosen = {n: v for n, v in before.items() if record is not None and record.origins[n] != "default"}
    return chosen | forwarded


def _say_where(space: Workspace, request: Request, console: Console) -> None:
    if space.kept_in is None or (request.source and space.kept_in == Path(request.source)):
        return
    following = _next(request)
    console.note(
        f"saved in {space.kept_in}" + (f"; next: lfd {following} {space.kept_in}" if following else "")
    )


def _next(request: Request) -> str | None:
    names = [name for name, (first, *_) in commands().items() if not first.source and not first.instead]
    command = request.parts[0].stage.instead or request.command
    return "train" if request.starts else dict(pairwise(names)).get(command)
