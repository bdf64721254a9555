"""The next batch is made while this one is computed. Knows nothing of what a batch is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def ahead(made: Iterable[T]) -> Iterator[T]:
    """The same values in the same order, each made by a second thread while the one before it is in use.

    Parameters
    ----------
    made : iterable
        Only that thread asks it, one value after another, so that what it draws at random is the same.

    Yields
    ------
    As `made` does; what it raises is raised here.
    """
    rest = iter(made)

    def one() -> list[T]:
        return list(islice(rest, 1))

    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(one)
        while found := coming.result():
            coming = thread.submit(one)
            yield found[0]
