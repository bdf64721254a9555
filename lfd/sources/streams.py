"""Byte streams put together and taken apart: joined, unzipped, and bounded.

Knows gzip and zip; refuses to know what the bytes mean. What an archive claims to hold is checked before
it is read, and nothing is unpacked to disk.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from lfd.errors import InputError

LARGEST = 64 << 30
"""Bytes above which the contents of an archive are refused."""
LARGEST_RATIO = 200
"""Text compresses 3 to 20 times; from `RATIO_FROM` bytes on, what claims more than this is refused."""
RATIO_FROM = 256 << 20

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
"""What reading a broken archive or disk raises."""


class Readable(io.RawIOBase):
    """A file made of the chunks that an iterator yields, for readers that want a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self._left = iter(chunks), b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer what there is, as `io.RawIOBase` defines it."""
        if not self._left:
            self._left = next(self._chunks, b"")
        part, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Close what the chunks came from."""
        if isinstance(self._chunks, Iterator) and hasattr(self._chunks, "close"):
            self._chunks.close()
        super().close()


def as_file(chunks: Iterable[bytes]) -> BinaryIO:
    """Return a binary file that reads what `chunks` yields; empty chunks would end it."""
    return cast(BinaryIO, io.BufferedReader(Readable(chunks), 1 << 20))


def joined(start: bytes, rest: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes that were read already, then the rest of their stream."""
    if start:
        yield start
    while chunk := rest.read(1 << 20):
        yield chunk


def unpacked(name: str, packed: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what a gzip stream holds; refuse it once it outgrows its packed size as no table does."""
    consumed = size = 0

    def counted() -> Iterator[bytes]:
        nonlocal consumed
        for chunk in packed:
            consumed += len(chunk)
            yield chunk

    with gzip.GzipFile(fileobj=as_file(counted())) as plain:
        while chunk := plain.read(1 << 20):
            size += len(chunk)
            check_size(name, size, consumed)
            yield chunk


def zip_members(name: str, file: Path | bytes, most: int) -> list[zipfile.ZipInfo]:
    """List the files of a zip, the hidden ones left out; more than `most` are refused."""
    try:
        with _archive(file) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
    except DAMAGE as error:
        raise InputError(
            f"{name} is not a zip file that can be read: {reason(error)}",
            "fetch it again, and check its size",
        ) from error
    if len(members) > most:
        raise InputError(f"{name} holds more than {most} files", "take out the tables and name them")
    return [m for m in members if not m.filename.startswith("__MACOSX/") and "/." not in f"/{m.filename}"]


def zip_member(name: str, file: Path | bytes, info: zipfile.ZipInfo) -> BinaryIO:
    """Open one file of a zip; zipfile never reads past the size that is checked here."""
    check_size(name, info.file_size, info.compress_size)
    if info.flag_bits & 1:
        raise InputError(f"{name} is encrypted", "unpack it with its password and name the folder")
    with _archive(file) as archive:  # the member keeps the file open for as long as it is read
        return cast(BinaryIO, archive.open(info))


def check_size(name: str, size: int, packed: int) -> None:
    """Refuse what unpacks to an absurd size."""
    if size > LARGEST or (size > RATIO_FROM and size > LARGEST_RATIO * max(packed, 1)):
        raise InputError(
            f"{name} unpacks to {size:,} bytes or more from {packed:,}, as no table does",
            "if you trust it, unpack it yourself and name the file",
        )


def reason(error: BaseException) -> str:
    """Say what an exception of the system says, as part of a sentence."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text[:1].lower() + text[1:].rstrip(".")


def _archive(file: Path | bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(file) if isinstance(file, bytes) else file)
