"""Where training runs: devices, processes, precision and threads, all through Lightning Fabric."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from lfd.core.training.memory import kept
from lfd.core.training.products import fast_products
from lfd.errors import LfdError, UsageError
from lfd.settings.training import TrainSettings


def choose_device(settings: TrainSettings) -> str:
    """The kind of device to train on: cpu or cuda.

    Raises
    ------
    UsageError
        If a GPU is asked for where there is none, or more of them than there are.
    """
    gpus = torch.cuda.device_count()
    if settings.device == "auto":
        return "cuda" if gpus >= settings.devices else "cpu"
    if settings.device == "cuda" and gpus < settings.devices:
        raise UsageError(
            f"training asked for {settings.devices} GPU(s), and {gpus} can be used here",
            "train on the processor, --device cpu, or on what there is, --device auto",
        )
    return settings.device


SMALL_CATALOGUE = 1_000  # items


class _Outcome:
    """What a process came to. No dataclass: Fabric takes those apart on the way between processes."""

    def __init__(self, result: Any, error: LfdError | None) -> None:
        self.result = result
        self.error = error


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Compute with `count` threads, then as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def threads_for(settings: TrainSettings, n_items: int) -> int:
    """Threads of each process: what was asked for, else a number that does not depend on the machine.

    The last bits of a sum may depend on how it is split among threads. None of the sums of this training
    did (1, 2 and 3 threads gave the same bytes on x86-64 with MKL and with oneDNN), but no library promises
    it, so that the number of cores found never decides. Small catalogues gain nothing from a second thread.
    """
    if settings.threads is not None:
        return settings.threads
    return 1 if n_items < SMALL_CATALOGUE else 2


def launch(settings: TrainSettings, threads: int, work: Callable[..., Any], *arguments: Any) -> Any:
    """Run `work(fabric, *arguments)` on the devices asked for; gives what the first process returns.

    Several processes are forked, so that they inherit the data, the callback and the streams; nothing
    before touches a GPU, which a forked process could not use any more.
    """
    from lightning_fabric import Fabric

    device, strategy = choose_device(settings), settings.strategy
    if strategy == "auto" and settings.devices > 1:
        strategy = "ddp_fork"
    fabric = Fabric(
        accelerator=device, devices=settings.devices, strategy=strategy, precision=settings.precision
    )

    def run(fabric: Fabric) -> _Outcome:
        with _threads(threads), kept(), fast_products():
            try:
                return _Outcome(work(fabric, *arguments), None)
            except LfdError as error:
                return _Outcome(None, error)

    outcome: _Outcome = fabric.launch(run)
    if outcome.error:
        raise outcome.error
    return outcome.result
