"""Processes that work together: forked, listened to, and ended all together.

Forked, they inherit the data, so nothing before may touch a GPU, which a forked process could not use any
more. Nor do threads outlive a fork, and GNU's OpenMP would wait for its own for ever: it ends them before.
Knows nothing of training.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from threadpoolctl import ThreadpoolController

from lfd.errors import LfdError

TOLD, DONE, FAILED, CRASHED = range(4)
OMP_PAUSE_HARD = 2  # `omp_pause_resource_t` of OpenMP 5.0
SECONDS_FOR_THE_CAUSE = 5.0  # after one process lost another, until it is seen which one ended first

Tell = Callable[[Any], None]


class Lost(Exception):
    """In a process: it can no longer reach another one."""


def run_together(count: int, work: Callable[[int, Tell], Any], told: Tell) -> Any:
    """Run `work(rank, tell)` in processes; gives what the first one returns.

    Parameters
    ----------
    count : int
        How many processes; rank counts from 0.
    work : callable
        What each does.
    told : callable
        Gets, in this process, whatever a process passes to its `tell`.

    Returns
    -------
    What the first process returns.

    Raises
    ------
    LfdError
        If one of them fails, or ends unasked; the others are ended too. None outlives this call.
    """
    context = multiprocessing.get_context("fork")
    pipes, alive = [context.Pipe(duplex=False) for _ in range(count)], context.Pipe(duplex=False)
    processes = [
        context.Process(target=_child, args=(n, pipes, alive, work), daemon=True) for n in range(count)
    ]
    _end_waiting_threads()
    try:
        for process in processes:
            process.start()
        for _, sender in pipes:
            sender.close()
        return _listen(processes, [receiver for receiver, _ in pipes], told)
    finally:
        for process in processes:
            if process.is_alive():
                process.kill()
            if process.pid is not None:
                process.join()
        alive[1].close()


def _end_waiting_threads() -> None:
    """Have every OpenMP end the threads that it keeps for this one; it makes new ones when it needs them."""
    for library in ThreadpoolController().lib_controllers:
        if hasattr(library.dynlib, "omp_pause_resource_all"):
            library.dynlib.omp_pause_resource_all(OMP_PAUSE_HARD)


Ends = tuple[Connection, Connection]  # of a pipe: the receiving, the sending one


def _child(rank: int, pipes: Sequence[Ends], alive: Ends, work: Callable[[int, Tell], Any]) -> None:
    """What a process does; its parent heeds signals, and ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_DFL)
    sender = pipes[rank][1]
    for number, (receiver, other) in enumerate(pipes):
        receiver.close()
        if number != rank:
            other.close()
    alive[1].close()
    threading.Thread(target=_end_with_parent, args=(alive[0],), daemon=True).start()
    with contextlib.suppress(BrokenPipeError):  # the parent is gone
        sender.send(_outcome(rank, sender, work))


def _end_with_parent(alive: Connection) -> None:
    """Wait for the parent's end, of which it may not have told anybody, and end this process too."""
    wait([alive])
    os._exit(1)


def _outcome(rank: int, sender: Connection, work: Callable[[int, Tell], Any]) -> tuple[int, Any]:
    try:
        result = work(rank, lambda value: sender.send((TOLD, value)))
        return DONE, result if rank == 0 else None
    except BrokenPipeError:
        raise
    except LfdError as error:
        return FAILED, error
    except Lost as lost:
        return CRASHED, (True, str(lost))
    except Exception:
        return CRASHED, (False, traceback.format_exc())


def _listen(processes: Sequence[Any], receivers: Sequence[Connection], told: Tell) -> Any:
    """Pass on what is told until every process is done."""
    open_, result = dict(zip(receivers, processes, strict=True)), None
    while open_:
        for receiver in wait(list(open_)):
            assert isinstance(receiver, Connection)
            try:
                kind, value = receiver.recv()
            except EOFError:
                raise _ended(processes, open_[receiver]) from None
            if kind == TOLD:
                told(value)
            elif kind == FAILED:
                raise value
            elif kind == CRASHED:
                raise _crashed(processes, open_[receiver], *value)
            else:
                result = value if receiver is receivers[0] else result
                del open_[receiver]
    return result


def _ended(processes: Sequence[Any], process: Any) -> LfdError:
    """The sentence about a process that ended and did not say why."""
    process.join(SECONDS_FOR_THE_CAUSE)
    which = f"process {processes.index(process) + 1} of {len(processes)}"
    code = process.exitcode
    how = f"was killed ({signal.Signals(-code).name})" if code is not None and code < 0 else f"ended ({code})"
    return LfdError(
        f"{which} {how}, and so all were ended",
        "if memory ran out, use fewer --devices or a smaller --batch; the run is as it was",
    )


def _crashed(processes: Sequence[Any], process: Any, lost: bool, said: str) -> Exception:
    """Why a process crashed: where it lost another, that one's end is the cause, unless none here ended."""
    if not lost:
        return RuntimeError(f"process {processes.index(process) + 1} of {len(processes)}:\n{said}")
    limit = time.monotonic() + SECONDS_FOR_THE_CAUSE
    while time.monotonic() < limit:
        for other in processes:
            if other.exitcode:
                return _ended(processes, other)
        time.sleep(0.05)
    return LfdError(
        f"a process on another machine can no longer be reached ({said})",
        "see what was said there; the run is as it was",
    )
