"""Training that survives: where a checkpoint is kept, what it must have been asked for, what is said."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lfd import __version__
from lfd.cli.options import flag_value, taken_over
from lfd.errors import InputError, UsageError

if TYPE_CHECKING:
    from lfd.cli.console import Console
    from lfd.cli.frame import Part
    from lfd.cli.places import Workspace
    from lfd.cli.work import Work
    from lfd.core.training.state import Checkpoints, State

ANEW = "train from the start: leave out --resume"
DEFAULT = "default"
REST = 9.0  # times as long as a checkpoint took to write, until the next: at most a tenth of the time


def go_on(space: Workspace, console: Console, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """With `--resume`: the training with the options of the one that was interrupted.

    Options that were given must be the same; those that were not are taken from the checkpoint. Where none
    lies there, they are taken from the training that the run has, so that one that is through is told so.

    Raises
    ------
    UsageError : the checkpoint was asked for other options, or is another version's
    """
    (part,) = parts
    if not part.resolved.running.resume:
        return parts
    from lfd.run.checkpoint import found
    from lfd.run.folder import open_snapshot

    lying = found(space.of_unfinished(part.stage.name))
    if lying is not None:
        asked, _ = lying
        _check_same(part, asked.version, asked.options)
        return (replace(part, resolved=taken_over(part.stage, part.resolved, asked.options, "checkpoint")),)
    with open_snapshot(space.folder) as run:
        record = run.manifest.record(part.stage.name)
    if record is None or record.version != __version__ or _other(part, record.options):
        return parts
    return (replace(part, resolved=taken_over(part.stage, part.resolved, record.options, "the run")),)


@contextlib.contextmanager
def kept(work: Work, options: dict[str, Any]) -> Iterator[tuple[Checkpoints | None, int]]:
    """Where a training starts and who keeps its states; says what lies there, and how to go on if it ends.

    Call it once the data are read: a checkpoint goes on only for the same. Yields also how many epochs are
    done already.

    Raises
    ------
    InputError : the checkpoint is of other data, or damaged
    """
    from lfd.core.training.state import Checkpoints
    from lfd.run.checkpoint import Asked, found, read_checkpoint, write_checkpoint

    folder, lying = work.unfinished, found(work.unfinished)
    asked = Asked(__version__, options, dict(sorted(work.reads.items())))
    if work.running.resume and lying:
        _check_data(asked.data, lying[0].data)
    _say_where_it_starts(work, lying[1] if lying else None)
    if folder is None:
        yield None, 0
        return

    due = 0.0

    def save(state: State) -> None:
        nonlocal due
        begun = time.monotonic()
        if begun >= due:
            write_checkpoint(folder, asked, state)
            due = time.monotonic() + REST * (time.monotonic() - begun)

    try:
        start = partial(read_checkpoint, folder) if work.running.resume and lying else None
        done = lying[1] if lying and start else 0
        yield Checkpoints(save, start, work.running.checkpoint_every), done
    except BaseException:
        left = found(folder)  # perhaps by another process
        if left and left[0] == asked:
            work.console.note(f"train: stopped; the same command with --resume goes on after epoch {left[1]}")
        raise


def _check_same(part: Part, version: str, options: dict[str, Any]) -> None:
    if version != __version__:
        raise UsageError(
            f"the interrupted training is one of lfd {version}, and this is {__version__}",
            f"go on with the program that began it, or {ANEW}",
        )
    other = _other(part, options)
    if other:
        now = part.resolved.values
        said = ", ".join(
            f"{flag_value(n, options.get(n))} (now {flag_value(n, now[n], bare=True)})" for n in other
        )
        raise UsageError(
            f"the interrupted training was asked for other options: {said}",
            f"give the same, or none at all, or {ANEW}",
        )


def _other(part: Part, options: dict[str, Any]) -> list[str]:
    """Options that were given and are not those of another training."""
    values, origins = part.resolved.values, part.resolved.origins
    return [n for n, v in values.items() if origins[n] != DEFAULT and options.get(n, v) != v]


def _check_data(now: dict[str, str], then: dict[str, str]) -> None:
    other = [member for member, digest in then.items() if now.get(member) != digest]
    if other:
        raise InputError(
            f"the interrupted training was one on other data: {', '.join(other)} has changed since", ANEW
        )


def _say_where_it_starts(work: Work, epochs: int | None) -> None:
    resume, say = work.running.resume, work.console.note
    if resume and epochs is not None:
        work.varies["resumed_after"] = epochs
        say(f"train: going on after epoch {epochs}")
    elif resume and work.unfinished is None:
        say("train: nothing to resume, since on a pipe nothing is kept (with -o RUN it is): from the start")
    elif resume:
        say("train: nothing to resume: training from the start")
    elif epochs is not None:
        say(
            f"train: an interrupted training lies here, {epochs} epochs of it done; this one starts anew and"
            " takes its place (to go on with it instead, stop and give --resume)"
        )
