"""Several processes: what one returns, how one that is lost ends all, what the others' training comes to."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import sparse

from lfd.core.training.engine import launch
from lfd.core.training.fit import fit
from lfd.core.training.machine import Machine
from lfd.core.training.machines import free_port
from lfd.core.training.processes import Tell, run_together
from lfd.core.training.state import Checkpoints, State
from lfd.core.training.watch import EpochRecord
from lfd.errors import InputError, LfdError, UsageError
from lfd.settings.training import PRESETS, TrainSettings

ROWS = sparse.csr_array((np.random.default_rng(1).random((131, 20)) < 0.3).astype(np.float32))
SMALL = TrainSettings(epochs=3, batch=40, latent=4, hidden=(12,), anneal=4, device="cpu")


def nothing(value: Any) -> None:
    pass


def test_the_first_ones_result_comes_back_however_large_and_what_is_told_arrives_here() -> None:
    told: list[Any] = []

    def work(rank: int, tell: Tell) -> Any:
        if rank == 0:
            tell("half")
        return np.full(1_000_000, rank)

    result = run_together(3, work, told.append)
    assert (result == 0).all()
    assert len(result) == 1_000_000
    assert told == ["half"]


def test_one_that_is_killed_ends_all_at_once() -> None:
    def work(rank: int, tell: Tell) -> None:
        if rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        tell(os.getpid())
        time.sleep(60)

    pids: list[int] = []
    began = time.monotonic()
    with pytest.raises(
        LfdError, match=r"process 2 of 2 was killed \(SIGKILL\), and so all were ended; .*--devices"
    ):
        run_together(2, work, pids.append)
    assert time.monotonic() - began < 10
    assert not multiprocessing.active_children()


def test_errors_keep_their_kind_and_a_fault_its_trace() -> None:
    def refuse(rank: int, tell: Tell) -> None:
        raise InputError("no", "yes")

    def fail(rank: int, tell: Tell) -> None:
        raise ZeroDivisionError("here")

    with pytest.raises(InputError, match="no; yes"):
        run_together(2, refuse, nothing)
    with pytest.raises(RuntimeError, match="ZeroDivisionError: here"):
        run_together(1, fail, nothing)


USED_BEFORE = """
import torch
from lfd.core.training.processes import run_together
def product():
    torch.set_num_threads(2)
    weight, rows = torch.ones(500, 64), torch.zeros(50_000, dtype=torch.int64)
    return float(torch.nn.functional.embedding_bag(rows, weight, torch.arange(0, 50_000, 10)).sum())
before = product()
print(before == run_together(2, lambda rank, tell: product(), print) == product())
"""


def test_openmp_s_threads_of_before_hang_no_process() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", USED_BEFORE], capture_output=True, text=True, timeout=100, check=True
    )
    assert ran.stdout == "True\n"


@pytest.mark.parametrize("devices", [1, 2])
def test_each_process_has_the_threads_that_it_was_given(devices: int, monkeypatch: Any) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)  # Fabric would set a number by itself
    settings = replace(SMALL, devices=devices)
    for threads in (1, 3):
        assert launch(settings, threads, lambda fabric, tell: torch.get_num_threads()) == threads


def test_none_outlives_a_parent_that_is_killed() -> None:
    receiver, sender = multiprocessing.Pipe(duplex=False)

    def parent() -> None:
        def work(rank: int, tell: Tell) -> None:
            sender.send(os.getpid())
            time.sleep(60)

        run_together(2, work, nothing)

    process = multiprocessing.get_context("fork").Process(target=parent)
    process.start()
    pids = [receiver.recv(), receiver.recv()]
    process.kill()
    process.join()
    limit = time.monotonic() + 10
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < limit
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie that nobody has waited for."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("preset", ["default", "recvae"])
def test_two_processes_of_one_machine_or_of_two_train_as_one_does(preset: str) -> None:
    settings = replace(SMALL, **PRESETS[preset])
    one = fit(ROWS, settings)
    seen: list[EpochRecord] = []
    two = fit(ROWS, replace(settings, devices=2), on_epoch=seen.append)
    assert [record.epoch for record in seen] == [0, 1, 2]
    port = free_port()
    second = multiprocessing.get_context("fork").Process(
        target=fit,
        args=(ROWS, replace(settings, num_nodes=2)),
        kwargs={"machine": Machine(1, "127.0.0.1", port)},
    )
    second.start()
    apart = fit(ROWS, replace(settings, num_nodes=2), machine=Machine(0, "127.0.0.1", port))
    second.join()
    assert second.exitcode == 0
    for other in (two, apart):
        np.testing.assert_allclose(other.history["loss"], one.history["loss"], rtol=1e-4)
        np.testing.assert_allclose(
            other.history["validation_loss"], one.history["validation_loss"], rtol=1e-4
        )
        for name, value in one.weights.items():
            np.testing.assert_allclose(other.weights[name], value, atol=1e-4)


def test_two_processes_go_on_from_a_state_as_if_nothing_had_happened(tmp_path: Any) -> None:
    from lfd.run.checkpoint import Asked, read_checkpoint, write_checkpoint

    settings = replace(SMALL, devices=2)

    def save(state: State) -> None:  # in the first process, whose memory this one does not see
        write_checkpoint(tmp_path / str(state.epochs), Asked("1", {}, {}), state)

    whole = fit(ROWS, settings, checkpoints=Checkpoints(save))
    later = fit(ROWS, settings, checkpoints=Checkpoints(save, lambda: read_checkpoint(tmp_path / "1")))
    assert later.history.equals(whole.history)
    for name, value in whole.weights.items():
        assert later.weights[name].tobytes() == value.tobytes()


def test_machines_with_different_data_are_refused_on_both() -> None:
    port, settings = free_port(), replace(SMALL, num_nodes=2)

    def second() -> None:
        with pytest.raises(InputError, match="different data"):
            fit(ROWS[:100], settings, machine=Machine(1, "127.0.0.1", port))

    other = multiprocessing.get_context("fork").Process(target=second)
    other.start()
    with pytest.raises(
        InputError, match="different data; give all of them the same command and the same run"
    ):
        fit(ROWS, settings, machine=Machine(0, "127.0.0.1", port))
    other.join()
    assert other.exitcode == 0


def test_a_strategy_that_would_split_the_network_is_refused() -> None:
    with pytest.raises(UsageError, match="--strategy: fsdp is none that keeps the whole network"):
        fit(ROWS, replace(SMALL, devices=2, strategy="fsdp"))
