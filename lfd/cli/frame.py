"""The frame around every stage: input, options, missing stages, the work itself, output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lfd.cli.console import Console
from lfd.cli.options import Resolved, resolve
from lfd.cli.places import Workspace, check_source, workspace
from lfd.cli.work import is_done, plan, run_stage
from lfd.errors import LfdError
from lfd.run.folder import Snapshot, is_run, open_snapshot
from lfd.stages import STAGES, Stage

Show = Callable[[Snapshot, Console, str], None]


@dataclass(frozen=True)
class Request:
    """What the user asked of one stage.

    Attributes
    ----------
    stage, resolved : which, and with what settings
    source, output : where the run comes from and goes to, as typed
    config : the configuration file, for stages that have to run first
    force : whether to redo, and to replace
    format : of what is shown on stdout
    """

    stage: Stage
    resolved: Resolved
    source: str | None
    output: str | None
    config: Path | None
    force: bool
    format: str = "table"


def perform(request: Request, console: Console, show: Show | None = None, prints: bool = False) -> None:
    """Run a stage, with the stages that it needs before it, and deliver the run.

    Parameters
    ----------
    request : what is asked
    console : where to talk
    show : prints results from the finished run on stdout, where stdout is not taken by the run itself
    prints : whether stdout is always for people
    """
    stage = request.stage
    if stage.source and _already_there(request):
        console.note(f"{stage.name}: already done in {request.output}; --force does it again")
        return
    source = None if stage.source else check_source(request.source, stage.name, console)
    with workspace(source, request.output, stage.name, request.force, console, prints) as space:
        _run_missing(space.folder, request, console)
        run_stage(space.folder, stage, request.resolved, console, request.force)
        if show is not None and not space.to_stdout:
            with open_snapshot(space.folder) as run:
                show(run, console, request.format)
    _say_where(space, request, console)


def _already_there(request: Request) -> bool:
    """Whether a run that would be made anew stands at its destination, made by the same options."""
    if request.force or request.output is None or not is_run(Path(request.output)):
        return False
    with open_snapshot(Path(request.output)) as run:
        return is_done(run.manifest, request.stage, request.resolved.values)


def _run_missing(folder: Path, request: Request, console: Console) -> None:
    with open_snapshot(folder) as run:
        ahead = plan(run.manifest, request.stage)
    for stage in ahead:
        console.note(f"{request.stage.name} needs {stage.name}: running it with its defaults")
        try:
            run_stage(folder, stage, resolve(stage, {}, request.config), console, force=False)
        except LfdError as error:
            error.message = f"{stage.name} (needed by {request.stage.name}): {error.message}"
            raise


def _say_where(space: Workspace, request: Request, console: Console) -> None:
    if space.kept_in is None or (request.source and space.kept_in == Path(request.source)):
        return
    following = _next(request.stage)
    console.note(
        f"saved in {space.kept_in}" + (f"; next: lfd {following} {space.kept_in}" if following else "")
    )


def _next(stage: Stage) -> str | None:
    names = [name for name, s in STAGES.items() if not s.source]
    return "train" if stage.source else dict(pairwise(names)).get(stage.name)
