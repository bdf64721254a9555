"""Where bytes come from: a file, a folder, a zip, gzip or standard input, each file read from its start.

Knows names and how to open; refuses to know what the bytes mean.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipInfo

from lfd.errors import InputError
from lfd.sources import streams

HEAD = 1 << 18
"""Bytes that are looked at to recognise a file."""
LARGEST_IN_MEMORY = 4 << 30
"""Bytes above which a file that must be held whole is refused."""
MOST_FILES = 10_000
GZIP, ZIP, PARQUET = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06"), b"PAR1"


@dataclass(frozen=True)
class Entry:
    """One file that can be read from its start.

    Attributes
    ----------
    name : as messages show it, with the folder or archive before it
    opener : gives the bytes in chunks, none of them empty
    start : the first bytes where they were read already (standard input), else None
    path : where it is an ordinary file on disk, else None
    """

    name: str
    opener: Callable[[], Iterator[bytes]] = field(repr=False, compare=False)
    start: bytes | None = field(default=None, repr=False, compare=False)
    path: Path | None = None

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes; a damaged archive or disk is an InputError."""
        try:
            yield from self.opener()
        except streams.DAMAGE as error:
            raise InputError(
                f"{self.name} cannot be read: {streams.reason(error)}",
                "fetch it again, or check its permissions",
            ) from error

    def head(self) -> bytes:
        """Return the first `HEAD` bytes, without using up standard input."""
        return _first(self.chunks())[0][:HEAD] if self.start is None else self.start[:HEAD]

    def read(self) -> bytes:
        """Return all bytes, for files that must be held whole."""
        parts, size = [], 0
        for chunk in self.chunks():
            size += len(chunk)
            if size > LARGEST_IN_MEMORY:
                raise InputError(
                    f"{self.name} is larger than {LARGEST_IN_MEMORY >> 30} GiB and would be held in memory",
                    "interactions in CSV are streamed: convert it, or unpack it and name the file",
                )
            parts.append(chunk)
        return b"".join(parts)


def standard_input(stream: BinaryIO) -> Entry | dict[str, Entry]:
    """Return what arrives on `stream`: a file (gzip is undone), or the files of a zip."""
    raw = Entry("stdin", partial(streams.joined, b"", stream)).chunks()
    start, raw = _first(raw)
    if not start:
        raise InputError("nothing arrived on stdin", "did the command before this one fail?")
    if start.startswith(GZIP):
        start, raw = _first(Entry("stdin", partial(streams.unpacked, "stdin", raw)).chunks())
    if start.startswith((*ZIP, PARQUET)):  # both are read from their end, so they are held whole
        data = Entry("stdin", lambda: raw).read()
        return (
            _zip("stdin", data)
            if start.startswith(ZIP)
            else Entry("stdin", lambda: iter([data]), data[:HEAD])
        )
    return Entry("stdin", lambda: raw, start)


def located(path: Path) -> Entry | dict[str, Entry]:
    """Return the file at `path`, or the files of the folder or zip there, by their names inside.

    Parameters
    ----------
    path : pathlib.Path
        A file, a folder or a zip.

    Raises
    ------
    InputError
        Where there is nothing, nothing readable, or an archive that is damaged or absurdly large.
    """
    if path.is_dir():
        return _folder(path)
    if not path.exists():
        raise InputError(f"no such file or folder: {path}", "check the path")
    start = Entry(str(path), partial(_plain, path)).head()
    if start.startswith(ZIP) or path.suffix.lower() == ".zip":
        return _zip(str(path), path)
    if not start:
        raise InputError(f"{path} is empty", "did the program that wrote it fail?")
    return _file(path, start.startswith(GZIP))


def _file(path: Path, packed: bool) -> Entry:
    if packed:
        return Entry(str(path), lambda: streams.unpacked(str(path), _plain(path)))
    return Entry(str(path), partial(_plain, path), path=path)


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from streams.joined(b"", file)


def _folder(folder: Path) -> dict[str, Entry]:
    """Files in the folder and one folder below, in the order of their names."""
    found: dict[str, Entry] = {}
    for path in itertools.chain(sorted(folder.glob("*")), sorted(folder.glob("*/*"))):
        if path.is_file() and not path.name.startswith("."):
            found[path.relative_to(folder).as_posix()] = _file(path, path.suffix == ".gz")
        if len(found) > MOST_FILES:
            raise InputError(f"{folder} holds more than {MOST_FILES} files", "name the table itself")
    return found


def _zip(shown: str, file: Path | bytes) -> dict[str, Entry]:
    members = streams.zip_members(shown, file, MOST_FILES)
    names = [f"{shown}/{info.filename}" for info in members]
    return {
        info.filename: Entry(name, partial(_member, name, file, info))
        for name, info in zip(names, members, strict=True)
    }


def _member(name: str, file: Path | bytes, info: ZipInfo) -> Iterator[bytes]:
    with streams.zip_member(name, file, info) as member:
        yield from streams.joined(b"", member)


def _first(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Take at least `HEAD` bytes, or all there are, and give them back as the first chunk."""
    start = b""
    for chunk in chunks:
        start += chunk
        if len(start) >= HEAD:
            break
    return start, itertools.chain([start] if start else [], chunks)
