"""What memory there is, as the kernel's files say it; and work that would not fit is refused beforehand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lfd.cli.memory import available_memory, refuse_too_large
from lfd.core.models.network import Network, NetworkConfig
from lfd.core.size import Need, number_of_weights, training_need
from lfd.errors import RefusedError
from lfd.settings.training import TrainSettings
from tests.shell import Shell

GB = 10**9
MEASURE = """
import pathlib, resource, sys
import numpy as np, torch, lightning_fabric, lfd.core.training.networks
from scipy import sparse
from lfd.core.training.fit import fit
from lfd.core.size import training_need
from lfd.settings.training import TrainSettings
items, hidden, batch = map(int, sys.argv[1:])
users = np.repeat(np.arange(1000), 20)
chosen = np.random.default_rng(0).integers(0, items, len(users))
X = sparse.csr_array((np.ones(len(users), np.float32), (users, chosen)))
X.resize((1000, items)); X.sum_duplicates(); X.data[:] = 1
settings = TrainSettings(hidden=(hidden,), latent=8, batch=batch, epochs=2, anneal=0, device="cpu", threads=1)
before = int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
fit(X, settings)
status = dict(line.split(":") for line in pathlib.Path("/proc/self/status").read_text().splitlines())
took = int(status["VmHWM"].split()[0]) * 1024 - before  # ru_maxrss may be the parent's
print(training_need(settings, 1000, items).total, took)
"""


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_the_machine_and_every_group_above_have_a_say(tmp_path: Path) -> None:
    assert available_memory(tmp_path) is None
    machine = {"proc/meminfo": "MemTotal: 9000000 kB\nMemAvailable: 8000000 kB\n"}
    assert available_memory(write(tmp_path, machine)) == 8_000_000 * 1024
    group = "sys/fs/cgroup/a"
    second = {
        "proc/self/cgroup": "0::/a/b\n",
        f"{group}/memory.max": str(4 * GB),
        f"{group}/memory.current": str(3 * GB),
        f"{group}/memory.stat": f"anon 5\ninactive_file {GB // 2}\n",
        f"{group}/b/memory.max": "max",
        f"{group}/b/memory.current": "0",
    }
    assert available_memory(write(tmp_path, second)) == 3 * GB // 2


def test_the_first_version_of_control_groups_too(tmp_path: Path) -> None:
    files = {
        "proc/meminfo": "MemAvailable: 8000000 kB\n",
        "proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/hidden/in/a/container\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": str(2 * GB),
        "sys/fs/cgroup/memory/memory.usage_in_bytes": str(3 * GB // 2),
    }
    assert available_memory(write(tmp_path, files)) == GB // 2
    write(tmp_path, {"sys/fs/cgroup/memory/memory.limit_in_bytes": str(2**63 - 4096)})
    assert available_memory(tmp_path) == 8_000_000 * 1024


def test_the_weights_are_counted_as_the_network_has_them() -> None:
    for model in ("vae", "ae"):
        for hidden in ((), (7,), (11, 5)):
            settings = TrainSettings(model=model, hidden=hidden, latent=3)
            network = Network(NetworkConfig(model, "multinomial", 20, 3, hidden))
            assert number_of_weights(settings, 20) == sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("sizes", [(20_000, 300, 100), (30_000, 50, 900)], ids=["weights", "scores"])
def test_the_estimate_is_what_a_training_takes(sizes: tuple[int, int, int]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, sizes)], capture_output=True, text=True, check=True
    )
    foreseen, took = map(int, done.stdout.split())
    assert 0.7 * took <= foreseen <= 1.05 * took  # at least: never more than it is


def test_what_does_not_fit_is_refused_with_what_to_reduce() -> None:
    need = Need(fixed=GB, each=4_000_000, batch=1000, processes=2, sharing=2)
    refuse_too_large(need, "this", "--devices", available=10 * GB)
    with pytest.raises(
        RefusedError,
        match=r"this needs at least 10\.0 GB .*2 processes, each 1\.0 GB, and 4\.0 GB for a batch of 1,000"
        r" users.*6\.0 GB are free; use a smaller batch \(--batch 1000\), or reduce --devices",
    ):
        refuse_too_large(need, "this", "--devices", available=6 * GB)
    with pytest.raises(RefusedError, match=r"1\.5 GB are free; reduce --hidden"):
        refuse_too_large(need, "this", "--hidden", available=3 * GB // 2)


def test_processes_share_a_batch_and_each_has_all_weights() -> None:
    one = training_need(TrainSettings(batch=100), 1000, 500)
    two = training_need(TrainSettings(batch=100, devices=2), 1000, 500)
    assert two.batch == one.batch / 2
    assert two.total > 2 * one.fixed
    assert training_need(TrainSettings(batch=10**9), 1000, 500).batch == 1000


def test_at_a_shell_it_is_refused_before_anything_is_done(run: Path, sh: Shell) -> None:
    before = (run / "manifest.json").read_bytes()
    done = sh("lfd train run --hidden 1000000000")
    assert done.status == 4
    assert done.err.startswith("lfd: this training (30 items) needs at least 1")
    assert "GB are free; reduce --hidden (it is 1000000000)" in done.err
    assert (run / "manifest.json").read_bytes() == before
