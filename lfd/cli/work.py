"""One stage at work on a run in a folder: what it reads is recorded, what it writes is staged."""

from __future__ import annotations

import os
import platform
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from mmap import mmap
from pathlib import Path
from typing import Any

from lfd import __version__
from lfd.cli.console import Console
from lfd.cli.options import Resolved
from lfd.cli.places import Workspace
from lfd.errors import InputError
from lfd.run.folder import Snapshot, Transaction, measure, open_snapshot
from lfd.run.manifest import ABSENT, Manifest, StageRecord, differs
from lfd.stages import STAGES, Stage, giver

STDIN = "-"
LIBRARIES = ("numpy", "pandas", "pyarrow", "scipy")


@dataclass
class Work:
    """What a stage is given: the run to read from, places to write to, and somebody to talk to.

    `running` are options that leave no trace in the run; `unfinished` is a folder for what outlives an
    interruption of the stage, None on a pipe; `known_as` is where people find the run, None on a pipe.
    """

    run: Snapshot
    console: Console
    place: Callable[[str], Path]
    running: Any = None
    unfinished: Path | None = None
    known_as: Path | None = None
    reads: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    varies: dict[str, Any] = field(default_factory=dict)

    def __contains__(self, member: str) -> bool:
        """Whether a member is there; that it is not is noted, since the result depends on it."""
        there = member in self.run
        if not there:
            self.reads[member] = ABSENT
        return there

    def buffer(self, member: str) -> bytes | mmap:
        """The bytes of a member, noted as read."""
        content = self.run.buffer(member)
        self.reads[member] = self.run.manifest.members[member].sha256
        return content

    def input(self, path: Path) -> Path:
        """A file outside the run, noted as read."""
        self.inputs[str(path)] = file_digest(path)
        return path


def run_stage(space: Workspace, stage: Stage, resolved: Resolved, console: Console, force: bool) -> bool:
    """Run one stage on a run, unless it is already done with the same inputs, options and version.

    Returns
    -------
    bool : whether it was run
    """
    with open_snapshot(space.folder) as run:
        if not force and is_done(run.manifest, stage, resolved.values):
            console.note(f"{stage.name}: already done with these options; --force does it again")
            return False
        transaction = Transaction(space.folder)
        try:
            beside = (resolved.running, space.of_unfinished(stage.name), space.kept_in)
            work = Work(run, console, transaction.place, *beside)
            begun = time.time()
            sentence = _function(stage.compute)(work, resolved.settings)
            stale = transaction.commit(_record(stage, resolved, work, begun))
        except BaseException:
            transaction.abandon()
            raise
    console.note(f"{stage.name}: {sentence}")
    console.detail(f"{stage.name}: {time.time() - begun:.1f} s; wrote {', '.join(stage.gives)}")
    if stale:
        console.note(f"{stage.name}: dropped what is stale now: {', '.join(stale)}")
    return True


def plan(manifest: Manifest, stage: Stage) -> list[Stage]:
    """The stages to run before `stage`, in order, so that it has what it needs.

    Raises
    ------
    InputError : data or a model is missing, which no stage can make on its own account
    """
    ahead: list[Stage] = []
    _collect(set(manifest.members), stage, ahead)
    return ahead


def is_done(manifest: Manifest, stage: Stage, values: dict[str, Any]) -> bool:
    """Whether a stage stands in the manifest with this version, these options and today's inputs."""
    record = manifest.record(stage.name)
    if record is None or record.version != __version__ or record.options != values or STDIN in record.inputs:
        return False
    members = manifest.members
    unchanged = not any(differs(members.get(n), d) for n, d in record.reads.items())
    return unchanged and all(n in members for n in record.writes) and _same_inputs(record)


def _collect(members: set[str], stage: Stage, ahead: list[Stage]) -> None:
    for member in stage.needs:
        if member in members:
            continue
        maker = giver(member)
        if maker is None or maker.name == "train":
            raise _cannot_make(member, stage)
        _collect(members, maker, ahead)
        members.update(maker.gives)
        ahead.append(maker)


def _cannot_make(member: str, stage: Stage) -> InputError:
    if member.startswith("model/"):
        return InputError(
            f"{stage.name}: the run has no model ({member})",
            "train one: lfd train RUN, or load one: lfd load-model RUN FILE",
        )
    hint = "start with data: lfd gen-data -o RUN, or lfd load SOURCE -o RUN"
    return InputError(f"{stage.name}: the run has no {member}", hint)


def _same_inputs(record: StageRecord) -> bool:
    return all(Path(path).is_file() and file_digest(Path(path)) == d for path, d in record.inputs.items())


def _record(stage: Stage, resolved: Resolved, work: Work, begun: float) -> StageRecord:
    libraries = (*LIBRARIES, "torch") if stage.torch else LIBRARIES
    varies = {
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begun)),
        "seconds": round(time.time() - begun, 2),
        "host": socket.gethostname(),
        "cpus": os.cpu_count(),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in libraries},
        **work.varies,
    }
    return StageRecord(
        stage=stage.name,
        version=__version__,
        options=resolved.values,
        origins=resolved.origins,
        reads=dict(sorted(work.reads.items())),
        inputs=work.inputs,
        writes=STAGES[stage.name].gives,
        varies=varies,
    )


def _function(dotted: str) -> Callable[[Work, Any], str]:
    module, _, name = dotted.partition(":")
    found: Callable[[Work, Any], str] = getattr(import_module(module), name)
    return found


def file_digest(path: Path) -> str:
    """SHA-256 of a file outside the run.

    Raises
    ------
    InputError : it cannot be read
    """
    try:
        return measure(path).sha256
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "check the path") from None
