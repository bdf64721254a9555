"""How measures that take minutes say how far they are: by a callback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Progress = Callable[[str, int, int], None]
"""Called with the family of measures, how many steps are done, and how many there are."""

T = TypeVar("T")


def told(progress: Progress | None, family: str, steps: Sequence[T]) -> Iterator[T]:
    """The steps one by one; `progress` hears before each how many are done, and once after the last.

    Parameters
    ----------
    progress : the callback, or None
    family : what the steps are of
    steps : what is iterated
    """
    for done, step in enumerate(steps):
        if progress:
            progress(family, done, len(steps))
        yield step
    if progress:
        progress(family, len(steps), len(steps))
