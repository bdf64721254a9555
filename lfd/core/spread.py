"""Work on many users in parts, by whoever does it: here in turn; elsewhere perhaps several at a time.

The parts, and so the bytes that come out, do not depend on who works on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol


class Spread(Protocol):
    """Whoever works on parts; the results come in the order of the parts."""

    def __call__(self, work: Callable[[Any, Any], Any], shared: Any, parts: Iterable[Any]) -> Iterator[Any]:
        """`work(shared, part)` of every part; `work` is a function of a module, and all can be pickled."""


def in_turn(work: Callable[[Any, Any], Any], shared: Any, parts: Iterable[Any]) -> Iterator[Any]:
    """One part after the other, in this process.

    Parameters
    ----------
    work : callable
    shared : anything
        What every part needs.
    parts : iterable

    Yields
    ------
    What `work(shared, part)` gives.
    """
    for part in parts:
        yield work(shared, part)
