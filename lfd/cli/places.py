"""Where a run comes from and where it goes: folder, tar file, or pipe.

Output goes where input came from, unless `-o` says otherwise. What is not a folder already is worked on
in a folder beside its destination (or among the temporary files, for a pipe) and delivered whole.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from lfd.cli.console import Console
from lfd.errors import InputError, RefusedError, UsageError
from lfd.run.folder import PRIVATE, Snapshot, Transaction, create, is_run, open_snapshot, writer_lock
from lfd.run.manifest import MANIFEST
from lfd.run.stream import read_stream, write_stream

DASH = "-"
DEFAULT_FOLDER = Path("lfd-run")
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Workspace:
    """A folder to work in, and whether the run will stand in a folder or go to stdout afterwards.

    `unfinished` is a folder for what is to outlive an interrupted command; None where the run goes nowhere
    that a later command could find.
    """

    folder: Path
    to_stdout: bool
    kept_in: Path | None
    unfinished: Path | None = None

    def of_unfinished(self, stage: str) -> Path | None:
        """Where a stage may keep what an interruption of it is not to lose."""
        return self.unfinished / stage if self.unfinished else None

    def forget(self, stage: str) -> None:
        """Remove what a stage kept, now that it is through."""
        if self.unfinished is not None:
            shutil.rmtree(self.unfinished / stage, ignore_errors=True)
            with contextlib.suppress(OSError):
                self.unfinished.rmdir()


def check_source(source: str | None, command: str, console: Console) -> str:
    """The run that is meant: the one named, or stdin where something is piped in.

    Raises
    ------
    UsageError : none named, and stdin is a terminal
    """
    if source is None and console.stdin_is_terminal():
        raise UsageError(
            f"{command}: no run given",
            f"name its folder: lfd {command} RUN; or pipe one in: ... | lfd {command}",
        )
    return source or DASH


@contextlib.contextmanager
def reading(source: str | None, command: str, console: Console) -> Iterator[Snapshot]:
    """A run to read from, wherever it is; nothing is written."""
    name = check_source(source, command, console)
    if name != DASH and Path(name).is_dir():
        with open_snapshot(Path(name)) as run:
            yield run
        return
    with (
        tempfile.TemporaryDirectory(prefix="lfd-") as folder,
        _open_stream(name, command, console) as stream,
        open_snapshot(read_stream(stream, Path(folder))) as run,
    ):
        yield run


@contextlib.contextmanager
def workspace(
    source: str | None, output: str | None, command: str, force: bool, console: Console, prints: bool = False
) -> Iterator[Workspace]:
    """A folder to run stages in, whose run is delivered when the block ends without an error.

    Parameters
    ----------
    source : folder, tar file or `-`; None for a command that starts a run
    output : folder, `.tar` file or `-`; None: where the input came from
    command : for messages and for the lock
    force : whether an existing run at `output` may be replaced
    console : where to talk, and which streams there are
    prints : whether the command's stdout is for people, so that the run never goes there unasked
    """
    if source not in (None, DASH) and Path(str(source)).is_dir() and _same(source, output):
        folder = Path(str(source))
        with open_snapshot(folder), writer_lock(folder, command):
            yield Workspace(folder, False, folder, unfinished_of(folder))
        return
    target = _target(source, output, console, prints)
    if target is not None and target != DASH:
        _check_free(Path(target), source, force, prints)
    with _temporary(target) as folder:
        run = _bring(source, folder, command, console)
        kept_in = Path(target) if target not in (None, DASH) else None
        yield Workspace(run, target == DASH, kept_in, kept_in and unfinished_of(kept_in))
        _deliver(run, target, command, console)


def _same(source: str | None, output: str | None) -> bool:
    return output is None or (output != DASH and Path(output).resolve() == Path(str(source)).resolve())


def _target(source: str | None, output: str | None, console: Console, prints: bool) -> str | None:
    """Path or `-` where the run goes; None where it is not kept."""
    if output == DASH and console.stdout_is_terminal():
        raise UsageError("stdout is a terminal, and a run is binary", "name a folder: -o RUN")
    if output is not None:
        return output
    if source not in (None, DASH):
        return source
    if console.stdout_is_terminal():
        return None if prints and DEFAULT_FOLDER.exists() else str(DEFAULT_FOLDER)
    return None if prints else DASH


def _check_free(target: Path, source: str | None, force: bool, prints: bool) -> None:
    if not target.exists() or (source is not None and _same(source, str(target))):
        return
    if target.is_dir() and not is_run(target):
        if any(target.iterdir()):
            raise RefusedError(f"{target} exists and is not an lfd run", "name a new folder: -o RUN")
    elif not force:
        raise RefusedError(f"{target} exists", "name another with -o, or replace it: --force")


def unfinished_of(kept_in: Path) -> Path:
    """Where an interrupted command's things are kept.

    That is inside a run that is there, beside one that is yet to come, and beside a tar file.
    """
    if is_run(kept_in):
        return kept_in / PRIVATE / "unfinished"
    return kept_in.with_name(f".{kept_in.name}.lfd-unfinished")


@contextlib.contextmanager
def _temporary(target: str | None) -> Iterator[Path]:
    """An empty folder, on the file system of a target folder so that it can be renamed there."""
    beside = target is not None and target != DASH and not target.endswith(".tar")
    place = Path(str(target)).resolve() if beside else None
    if place is not None and not place.parent.is_dir():
        raise UsageError(f"there is no folder {place.parent}", "make it first: mkdir -p")
    prefix = f".{place.name}.lfd-" if place else "lfd-"
    with tempfile.TemporaryDirectory(
        prefix=prefix, dir=place.parent if place else None, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder) / "run"


def _bring(source: str | None, folder: Path, command: str, console: Console) -> Path:
    """Put the input into an empty folder; gives the folder that holds the run."""
    if source is None:
        create(folder)
        return folder
    folder.mkdir()
    if source != DASH and Path(source).is_dir():
        with open_snapshot(Path(source)) as run:
            _copy(run, folder)
        return folder
    with _open_stream(source, command, console) as stream:
        return read_stream(stream, folder)


def _copy(run: Snapshot, folder: Path) -> None:
    for member in run.manifest.members:
        (folder / member).parent.mkdir(parents=True, exist_ok=True)
        (folder / member).write_bytes(run.buffer(member))
    for path in run.others():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(run.path / path, folder / path)
    (folder / MANIFEST).write_bytes(run.manifest.dumps())


def _deliver(run: Path, target: str | None, command: str, console: Console) -> None:
    if target is None:
        return
    if target == DASH:
        with open_snapshot(run) as snapshot:
            write_stream(snapshot, console.stdout)
        return
    if target.endswith(".tar"):
        _deliver_tar(run, Path(target))
    elif is_run(Path(target)):
        _replace(run, Path(target), command)
    else:
        shutil.rmtree(run / ".lfd", ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            Path(target).rmdir()
        os.chmod(run, 0o777 & ~_umask())
        os.rename(run, target)


def _deliver_tar(run: Path, target: Path) -> None:
    partial = target.with_name(f".{target.name}.lfd-{os.getpid()}")
    try:
        with open_snapshot(run) as snapshot, partial.open("wb") as file:
            write_stream(snapshot, file)
            os.fsync(file.fileno())
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def _replace(run: Path, target: Path, command: str) -> None:
    """Put a run in the place of another: only what the other's manifest lists is removed."""
    with open_snapshot(run) as new, writer_lock(target, command):
        transaction = Transaction(target)
        for member in new.manifest.members:
            shutil.move(run / member, transaction.place(member))
        transaction.adopt(new.manifest)


@contextlib.contextmanager
def _open_stream(source: str, command: str, console: Console) -> Iterator[BinaryIO]:
    """A tar stream, decompressed where it is gzipped; told by its first bytes, not by its name."""
    with contextlib.ExitStack() as stack:
        if source == DASH:
            raw: BinaryIO = console.stdin
        else:
            try:
                raw = stack.enter_context(Path(source).open("rb"))
            except FileNotFoundError:
                raise InputError(f"there is no run {source}", f"make one: lfd gen-data -o {source}") from None
        stream = cast(BinaryIO, io.BufferedReader(raw))
        start = cast(io.BufferedReader, stream).peek(2)[:2]
        if not start:
            if source == DASH:
                raise InputError(
                    f"{command}: nothing arrived on stdin",
                    "did the command before this one fail? look at what it said",
                )
            raise InputError(f"{source} is empty", "make the run again: lfd gen-data -o RUN")
        if start == GZIP_MAGIC:
            stream = cast(BinaryIO, stack.enter_context(gzip.GzipFile(fileobj=stream)))
        try:
            yield stream
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise InputError("the compressed stream is cut or damaged", "make it again") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
