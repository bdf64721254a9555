"""Processes of this machine that share the users of a stage: the same parts, in the same order, sooner."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any

from lfd.core.spread import Spread, in_turn
from lfd.errors import LfdError

AHEAD = 2  # parts for each process that are worked on or wait for their turn to be written

Work = Callable[[Any, Any], Any]
_given: tuple[Work, Any] | None = None  # in a process: what it does, and what every part needs


def spread_over(processes: int) -> Spread:
    """Whoever works on parts: this process for 1, else so many of their own.

    A process that is killed ends all with an error.
    """
    if processes == 1:
        return in_turn

    def spread(work: Work, shared: Any, parts: Iterable[Any]) -> Iterator[Any]:
        pool = ProcessPoolExecutor(
            processes,
            multiprocessing.get_context("spawn"),  # forked ones could hang in a library's threads
            _begin,
            (work, shared, max(1, (os.cpu_count() or 1) // processes)),
        )
        try:
            yield from _in_order(pool, parts, AHEAD * processes)
        except BrokenProcessPool:
            raise LfdError(
                f"one of {processes} processes was killed, and so all were ended",
                "if memory ran out, use fewer --devices or a smaller --batch; the run is as it was",
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)

    return spread


def _in_order(pool: ProcessPoolExecutor, parts: Iterable[Any], ahead: int) -> Iterator[Any]:
    waiting: deque[Future[Any]] = deque()
    for part in parts:
        waiting.append(pool.submit(_one, part))
        if len(waiting) == ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _begin(work: Work, shared: Any, threads: int) -> None:
    """In a process, before its first part: whoever started it heeds interrupts, and is not outlived."""
    global _given
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _given = work, shared
    import torch

    torch.set_num_threads(threads)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _one(part: Any) -> Any:
    assert _given is not None
    work, shared = _given
    return work(shared, part)
