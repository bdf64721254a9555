"""A run as a plain tar stream, written and read in bounded memory.

What lfd writes is sealed twice: the manifest holds every member's digest, and a comment in the extended
header of the last entry (`manifest.json`) holds the SHA-256 of all bytes before it; from there on the
bytes are compared with what they must be. A stream made by `tar c` has only the manifest's digests.

tarfile's own reader is not used, since it takes extended headers of any size into memory and hides the
bytes that the seal is over; its block codec (TarInfo) is.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lfd.errors import InputError
from lfd.run.folder import PRIVATE, Snapshot
from lfd.run.manifest import MANIFEST, MARKER, MARKER_BYTES, Member, check_version, loads

BLOCK = tarfile.BLOCKSIZE
CHUNK = 1 << 20
LARGEST_HEADER = 1 << 16
LARGEST_MANIFEST = 1 << 26
LARGEST_RUN = 1 << 42
MOST_ENTRIES = 100_000
COMMENT = "lfd sha256 "
END = bytes(2 * BLOCK)
WHOLE = "make the stream again, and look at what the command before this one said"
NOT_A_RUN = InputError(
    "this is not an lfd run (a run comes as a tar stream)",
    "look at what the command before this one wrote; runs start with lfd gen-data or lfd load",
)


@dataclass(frozen=True)
class Entry:
    """One entry of a stream.

    Attributes
    ----------
    name, size, kind : path, bytes of content, tar type flag
    comment : of the extended header, empty without one
    raw : the entry's header blocks as they came
    before : SHA-256 of the stream up to them
    """

    name: str
    size: int
    kind: bytes
    comment: str
    raw: bytes
    before: str


def write_stream(run: Snapshot, out: BinaryIO) -> None:
    """Write a run as tar: lfd.json first, then its members, then other files of the folder, the seal last."""
    digest = hashlib.sha256()
    for piece in _body(run):
        digest.update(piece)
        out.write(piece)
    out.write(_tail(run.manifest.dumps(), digest.hexdigest()))
    out.flush()


def read_stream(source: BinaryIO, folder: Path) -> Path:
    """Unpack a stream into an empty folder and check it against its seal.

    Parameters
    ----------
    source : the stream, decompressed
    folder : where it goes; after an error, what is there is not a run

    Returns
    -------
    Path : the run: `folder`, or the one folder in it where the archive was made from outside the run

    Raises
    ------
    InputError : truncated, altered, not a run, or not safe to unpack
    """
    reader = _Reader(source)
    found: dict[str, Member] = {}
    total = 0
    while (entry := reader.header()) is not None:
        name = _safe_name(entry)
        total += entry.size
        if total > LARGEST_RUN or len(found) > MOST_ENTRIES:
            raise _refused(f"it holds more than {LARGEST_RUN >> 40} TiB or {MOST_ENTRIES:,} files")
        if entry.kind == tarfile.DIRTYPE or PRIVATE in name.split("/"):
            for _ in reader.content(entry.size):
                pass
            continue
        if name in found:
            raise _refused(f"{name} comes twice")
        content = iter([reader.sealed(entry)]) if name == MANIFEST else reader.content(entry.size)
        found[name] = _write_file(folder / name, content)
        if name == MARKER:
            _check_marker(folder / MARKER)
    reader.finish()
    return _checked_root(folder, found)


class _Reader:
    """Blocks of a tar stream, hashed as they pass."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._digest = hashlib.sha256()
        self._first: bytes | None = None

    def header(self) -> Entry | None:
        """The next entry, or None at the end of the archive."""
        before, raw = self._digest.hexdigest(), b""
        extended: dict[str, str] = {}
        while True:
            block = self._take(BLOCK)
            raw += block
            if block == bytes(BLOCK) and len(raw) == BLOCK:
                return None
            info = self._parse(block)
            if info.type not in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME):
                name, size = extended.get("path", info.name), int(extended.get("size", info.size))
                return Entry(name, size, info.type, extended.get("comment", ""), raw, before)
            if info.size > LARGEST_HEADER or len(raw) > LARGEST_HEADER:
                raise _refused("it has an oversized header")
            body = self._take(info.size + -info.size % BLOCK)
            raw += body
            extended |= _extended(info.type, body[: info.size])

    def content(self, size: int) -> Iterator[bytes]:
        """The bytes of an entry, in pieces; the padding after them is passed over."""
        left = size
        while left:
            piece = self._take(min(CHUNK, left))
            left -= len(piece)
            yield piece
        self._take(-size % BLOCK)

    def sealed(self, entry: Entry) -> bytes:
        """The manifest; where lfd wrote the stream, everything from here on is as it must be."""
        if entry.size > LARGEST_MANIFEST:
            raise _refused("its manifest is too large")
        text = self._take(entry.size)
        padding = self._take(-entry.size % BLOCK)
        if self._first == _header(MARKER, len(MARKER_BYTES)) or entry.comment:
            self._first = None
            if entry.raw + text + padding + self._take(len(END)) != _tail(text, entry.before):
                raise _altered("its seal does not fit")
            if self._source.read(1):
                raise _altered("something follows its end")
            self._source = io.BytesIO(END)
        elif padding.strip(b"\0"):
            raise _altered("its padding is not empty")
        return text

    def finish(self) -> None:
        """Read what follows the end of the archive, so that the writer is not cut off: only zeros may."""
        if self._first == _header(MARKER, len(MARKER_BYTES)):
            raise InputError("the stream ends before its seal", WHOLE)
        while rest := self._source.read(CHUNK):
            if rest.strip(b"\0"):
                raise _altered("something follows its end")

    def _parse(self, block: bytes) -> tarfile.TarInfo:
        first, self._first = self._first is None, self._first or block
        try:
            return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            if first:
                raise NOT_A_RUN from None
            raise _altered("a header is damaged") from None

    def _take(self, size: int) -> bytes:
        data = self._source.read(size)
        while len(data) < size and (more := self._source.read(size - len(data))):
            data += more
        if len(data) < size:
            ours = _header(MARKER, len(MARKER_BYTES)).startswith(data)
            raise InputError("the stream ends in the middle", WHOLE) if self._first or ours else NOT_A_RUN
        self._digest.update(data)
        return data


def _body(run: Snapshot) -> Iterator[bytes | memoryview]:
    """All of a stream but its tail."""
    for name in (MARKER, *(m for m in run.manifest.members if m != MARKER)):
        content = memoryview(run.buffer(name))
        yield _header(name, len(content))
        yield from (content[at : at + CHUNK] for at in range(0, len(content), CHUNK))
        yield bytes(-len(content) % BLOCK)
    for path in run.others():
        with (run.path / path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            yield _header(path.as_posix(), size)
            yield from iter(lambda: file.read(CHUNK), b"")
            yield bytes(-size % BLOCK)


def _header(name: str, size: int, comment: str = "") -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    info.pax_headers = {"comment": comment} if comment else {}
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _tail(manifest: bytes, digest: str) -> bytes:
    """The end of a stream, from the extended header of the manifest on."""
    padding = bytes(-len(manifest) % BLOCK)
    return _header(MANIFEST, len(manifest), COMMENT + digest) + manifest + padding + END


def _extended(kind: bytes, body: bytes) -> dict[str, str]:
    """Keywords of an extended header: records `LENGTH KEY=VALUE\\n` (POSIX pax), or a GNU long name."""
    if kind == tarfile.GNUTYPE_LONGNAME:
        return {"path": body.rstrip(b"\0").decode("utf-8", "surrogateescape")}
    fields = {}
    while body:
        length, _, _ = body.partition(b" ")
        if not length.isdigit() or not 0 < int(length) <= len(body):
            raise _altered("an extended header is damaged")
        key, _, value = body[len(length) + 1 : int(length) - 1].partition(b"=")
        fields[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        body = body[int(length) :]
    if not fields.get("size", "0").isdigit():
        raise _altered("an extended header is damaged")
    return {} if kind == tarfile.XGLTYPE else fields


def _safe_name(entry: Entry) -> str:
    parts = [p for p in entry.name.split("/") if p not in ("", ".")]
    if entry.name.startswith("/") or ".." in parts or "\0" in entry.name:
        raise _refused(f"{entry.name!r} points outside the run")
    if entry.kind not in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE):
        raise _refused(f"{entry.name!r} is neither a file nor a folder")
    if entry.size < 0 or (entry.kind != tarfile.DIRTYPE and not parts):
        raise _altered("a header is damaged")
    return "/".join(parts)


def _write_file(path: Path, content: Iterator[bytes]) -> Member:
    digest, size = hashlib.sha256(), 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("xb")
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise _refused(f"{path.name!r} is both a file and a folder") from None
    with file:
        for piece in content:
            digest.update(piece)
            size += len(piece)
            file.write(piece)
    return Member(size, digest.hexdigest())


def _check_marker(path: Path) -> None:
    try:
        check_version(json.loads(path.read_bytes()), "the stream")
    except ValueError:
        raise _altered(f"{MARKER} is not JSON") from None


def _checked_root(folder: Path, found: dict[str, Member]) -> Path:
    """Where the run is, once every member is there and is what the manifest says."""
    top = {name.split("/")[0] for name in found}
    prefix = "" if MARKER in found or len(top) != 1 else f"{top.pop()}/"
    if prefix + MARKER not in found:
        raise InputError("the stream holds no lfd run", "make one: lfd gen-data -o RUN")
    if prefix + MANIFEST not in found:
        raise InputError(f"the stream ends before its seal ({MANIFEST})", WHOLE)
    _check_marker(folder / prefix / MARKER)
    manifest = loads((folder / prefix / MANIFEST).read_bytes(), "the stream")
    for name, member in manifest.members.items():
        if found.get(prefix + name) != member:
            raise _altered(f"{name} is not what the manifest says")
    return folder / prefix


def _altered(how: str) -> InputError:
    return InputError(f"the stream was altered or damaged: {how}", WHOLE)


def _refused(why: str) -> InputError:
    return InputError(f"the stream is not safe to unpack: {why}", "take runs only from whom you trust")
