"""What can go wrong, said in one sentence: message, hint and exit status.

Imports nothing, so that every layer can raise these. Messages are lower case and say what is wrong
and where; the hint says what to do, with the command that helps last.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit statuses of the program; signals give 128 + their number, as shells expect."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INPUT = 3
    REFUSED = 4


class LfdError(Exception):
    """An error that the user can act on; `exit` is the program's status."""

    exit = Exit.FAILED

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}"

    def __reduce__(self) -> tuple[type[LfdError], tuple[str, str]]:
        """On its way from one process to another it stays what it is."""
        return type(self), (self.message, self.hint)


class UsageError(LfdError):
    """Wrong options or configuration."""

    exit = Exit.USAGE


class InputError(LfdError):
    """Input that cannot be used: missing, malformed, truncated, altered."""

    exit = Exit.INPUT


class RefusedError(LfdError):
    """Refused to be safe: the output exists, the run is locked."""

    exit = Exit.REFUSED


def nearest(word: str, known: list[str]) -> str:
    """Say which of `known` is nearest to `word`, or list them; for hints."""
    import difflib

    match = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    if match:
        return f"did you mean {match[0]}?"
    shown = ", ".join(known[:20]) + (" ..." if len(known) > 20 else "")
    return f"known here: {shown}" if known else "there are none here"
