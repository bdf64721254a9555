"""Where training runs: devices, processes, precision and threads, all through Lightning Fabric."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from lfd.core.training.machine import Machine
from lfd.core.training.memory import kept
from lfd.core.training.processes import Tell, run_together
from lfd.core.training.products import fast_products
from lfd.errors import LfdError, UsageError, nearest
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
STRATEGIES = ("auto", "ddp", "ddp_fork")  # all the same: distributed data parallel, in forked processes


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Compute with `count` threads, then as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _gpu_memory() -> Iterator[None]:
    """Say what a GPU without memory left is about."""
    try:
        yield
    except torch.OutOfMemoryError:
        raise LfdError(
            "the GPU has not enough memory for this training", "reduce --batch or --hidden"
        ) from None


def threads_for(settings: TrainSettings, n_items: int) -> int:
    """Threads of each process: what was asked for, else a number that does not depend on the machine.

    The last bits of a sum may depend on how it is split among threads. None of the sums of this training
    did (1, 2 and 3 threads gave the same bytes on x86-64 with MKL and with oneDNN), but no library promises
    it, so that the number of cores found never decides. Small catalogues gain nothing from a second thread.
    """
    if settings.threads is not None:
        return settings.threads
    return 1 if n_items < SMALL_CATALOGUE else 2


def launch(
    settings: TrainSettings,
    threads: int,
    work: Callable[[Any, Tell | None], Any],
    told: Tell | None = None,
    machine: Machine | None = None,
) -> Any:
    """Run `work(fabric, tell)` on the devices asked for; gives what the first process returns.

    Several processes are forked, so that they inherit the data; what they tell is told here.

    Parameters
    ----------
    settings : TrainSettings
    threads : int
        Of each process.
    work : callable
    told : callable, optional
        Gets whatever a process passes to `tell`.
    machine : Machine, optional
        Which one this is of `settings.num_nodes`; needed where there are several.

    Raises
    ------
    UsageError
        If the device is not there, or a strategy is none that works here.
    LfdError
        If a process fails, is killed, or does not answer for ten minutes.
    """
    device, several = choose_device(settings), settings.devices * settings.num_nodes > 1
    if settings.strategy not in STRATEGIES:
        raise UsageError(
            f"--strategy: {settings.strategy} is none that keeps the whole network on each device",
            nearest(settings.strategy, list(STRATEGIES)),
        )
    if not several:
        from lightning_fabric import Fabric

        with _threads(threads), kept(), fast_products(), _gpu_memory():
            return work(Fabric(accelerator=device, devices=1, precision=settings.precision), told)
    from lfd.core.training.machines import free_port, joined, noticing_loss

    place = machine or Machine(0, "127.0.0.1", free_port())

    def part(rank: int, tell: Tell) -> Any:
        with kept(), fast_products(), _gpu_memory(), noticing_loss():
            fabric = joined(settings, device, place, rank)
            with _threads(threads):  # only now: Fabric sets a number of its own
                return work(fabric, tell if told else None)

    return run_together(settings.devices, part, told or (lambda value: None))
