"""Several processes as Lightning Fabric sees them: on one machine, or on several that name a first one."""

from __future__ import annotations

import hashlib
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from lightning_fabric.strategies.ddp import DDPStrategy
from scipy import sparse

from lfd.core.training.machine import Machine
from lfd.core.training.processes import Lost
from lfd.errors import InputError, LfdError
from lfd.settings.training import TrainSettings

PATIENCE = timedelta(minutes=10)  # with a process that neither answers nor ends
LOST = ("gloo", "nccl", "connection", "timed out")  # words of what torch says of it


class _Environment(LightningEnvironment):
    """The processes are there already; which this one is, it is told."""

    def __init__(self, machine: Machine, rank: int) -> None:
        super().__init__()
        self._machine, self._rank = machine, rank

    @property
    def creates_processes_externally(self) -> bool:
        return True

    @property
    def main_address(self) -> str:
        return self._machine.address

    @property
    def main_port(self) -> int:
        return self._machine.port

    def local_rank(self) -> int:
        return self._rank

    def node_rank(self) -> int:
        return self._machine.rank


def free_port() -> int:
    """A port of this machine that nothing listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def joined(settings: TrainSettings, device: str, machine: Machine, rank: int) -> Fabric:
    """This process, connected with all others.

    Parameters
    ----------
    settings : TrainSettings
    device : cpu or cuda
    machine : Machine
        This one, and where the first is.
    rank : int
        Of this process among those of this machine.

    Raises
    ------
    LfdError
        If the others do not come.
    """
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    fabric = Fabric(
        accelerator=device,
        devices=settings.devices,
        num_nodes=settings.num_nodes,
        strategy=DDPStrategy(timeout=PATIENCE),
        precision=settings.precision,
        plugins=[_Environment(machine, rank)],
    )
    try:
        fabric.launch()
    except RuntimeError as error:
        raise LfdError(
            f"the {settings.devices * settings.num_nodes} processes of this training did not find each other"
            f" at {machine.address}:{machine.port} ({_first_line(error)})",
            "start the same command on every machine, each with its own NODE_RANK",
        ) from None
    return fabric


@contextmanager
def noticing_loss() -> Iterator[None]:
    """Tell the loss of another process from a fault of this one.

    Raises
    ------
    Lost
        If another process can no longer be reached.
    """
    try:
        yield
    except RuntimeError as error:
        said = str(error).lower()
        if any(word in said for word in LOST):
            raise Lost("timed out" if "timed out" in said else "connection closed") from None
        raise


def check_same(fabric: Fabric, interactions: sparse.csr_array, settings: TrainSettings) -> None:
    """See that all machines train the same: on each the command and the run are given anew.

    Parameters
    ----------
    fabric : Fabric
    interactions : scipy.sparse.csr_array, users x items
    settings : TrainSettings

    Raises
    ------
    InputError
        If options or data differ; on every machine.
    """
    digest = hashlib.sha256()
    for part in (interactions.indptr, interactions.indices, interactions.data):
        digest.update(np.ascontiguousarray(part).data)
    data = digest.hexdigest()
    first_options, first_data = fabric.broadcast((repr(settings), data))
    other = torch.tensor([float(first_options != repr(settings)), float(first_data != data)])
    everywhere: Any = fabric.all_reduce(other.to(fabric.device), reduce_op="sum")
    differ = [what for what, number in zip(("options", "data"), everywhere.tolist(), strict=True) if number]
    if differ:
        raise InputError(
            f"the machines of this training were given different {' and '.join(differ)}",
            "give all of them the same command and the same run",
        )


def _first_line(error: Any) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
