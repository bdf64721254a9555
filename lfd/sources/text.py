"""Text as it arrives, made UTF-8: checked, decoded, `::` turned into one byte, lines found again.

Knows lines and encodings; refuses to know columns. The readers of pyarrow take UTF-8 and a delimiter of
one byte, and do not say in which line they failed: both are mended here, a block of whole lines at a time.
"""

from __future__ import annotations

import codecs
import io
from collections import deque
from collections.abc import Iterable, Iterator

from lfd.errors import InputError, UsageError, nearest
from lfd.sources.streams import as_file

DOUBLE = "::"
SINGLE = "\x1f"
"""Stands for `::` (MovieLens 1M and 10M) once the text has been read."""
LONGEST_LINE = 1 << 22
"""Bytes; above it a line of interactions is none."""
REMEMBERED = 32


class Lines:
    """Whole lines of UTF-8 from chunks of bytes, the last blocks remembered.

    Parameters
    ----------
    chunks : iterable of bytes
        The text as it is stored.
    shown : str
        The file's name in messages.
    encoding : str
        How it is stored.
    delimiter : str
        `::` is replaced by `SINGLE`; others stay.
    """

    def __init__(
        self, chunks: Iterable[bytes], shown: str, encoding: str = "utf-8", delimiter: str = ","
    ) -> None:
        self._chunks = chunks if encoding == "utf-8" else _recoded(chunks, shown, encoding)
        self._shown, self._double = shown, delimiter == DOUBLE
        self._line, self._byte = 1, 0
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=REMEMBERED)

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        for chunk in self._chunks:
            end = chunk.rfind(b"\n") + 1
            if end:
                yield self._checked(rest + chunk[:end])
                rest = chunk[end:]
            else:
                rest += chunk
            if len(rest) > LONGEST_LINE:
                raise InputError(
                    f"{self._shown}, line {self._line}, is longer than {LONGEST_LINE >> 20} MiB",
                    "is this a table with one interaction a line?",
                )
        if rest:
            yield self._checked(rest)

    def find(self, text: str) -> int | None:
        """Say which line (from 1) among the last blocks reads `text`."""
        wanted = text.encode()
        for first, block in self._recent:
            lines = block.splitlines()
            if wanted in lines:
                return first + lines.index(wanted)
        return None

    def _checked(self, block: bytes) -> bytes:
        if not block.isascii():
            self._check_utf8(block)
        if self._byte == 0 and block.startswith(codecs.BOM_UTF8):
            block = block[3:]
        if self._double:
            block = block.replace(DOUBLE.encode(), SINGLE.encode())
        self._recent.append((self._line, block))
        self._line += block.count(b"\n")
        self._byte += len(block)
        return block

    def _check_utf8(self, block: bytes) -> None:
        try:
            block.decode("utf-8")
        except UnicodeDecodeError as error:
            line = self._line + block.count(b"\n", 0, error.start)
            column = error.start - block.rfind(b"\n", 0, error.start)
            raise InputError(
                f"{self._shown} is not UTF-8: line {line}, byte {column} is 0x{block[error.start]:02x}",
                "say how it is encoded, for example --encoding latin-1",
            ) from None


def whole(data: bytes, shown: str, encoding: str, latin: bool) -> tuple[bytes, str]:
    """Return a small table's bytes as UTF-8, and the encoding they were in.

    Parameters
    ----------
    data : bytes
        The file as it is stored.
    shown : str
        Its name in messages.
    encoding : str
        `auto`, or how it is stored.
    latin : bool
        Whether `auto` takes what is not UTF-8 for Latin-1.
    """
    if encoding == "auto" and latin and not _is_utf8(data):
        encoding = "latin-1"
    name = named(encoding)
    return b"".join(Lines([data], shown, name)), name


def named(encoding: str) -> str:
    """Return the usual name of an encoding; `auto` is UTF-8."""
    try:
        found = codecs.lookup("utf-8" if encoding == "auto" else encoding).name
    except LookupError:
        known = ["utf-8", "latin-1", "cp1252", "utf-16", "shift-jis", "gb18030"]
        raise UsageError(f"unknown encoding {encoding}", f"{nearest(encoding, known)} (--encoding)") from None
    return {"iso8859-1": "latin-1", "utf-8-sig": "utf-8", "ascii": "utf-8"}.get(found, found)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _recoded(chunks: Iterable[bytes], shown: str, encoding: str) -> Iterator[bytes]:
    with io.TextIOWrapper(as_file(chunks), encoding, newline="") as reader:
        try:
            while text := reader.read(1 << 20):
                yield text.encode()
        except UnicodeDecodeError as error:
            raise InputError(
                f"{shown} is not {encoding}: {error.reason}", "name another with --encoding"
            ) from None
