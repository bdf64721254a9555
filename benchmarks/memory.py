"""Memory of a training: what is reckoned from sizes beside what it takes, each size in a process of its own.

usage: python benchmarks/memory.py
"""

from __future__ import annotations

import multiprocessing
import resource
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

PER_USER = 40


@dataclass(frozen=True)
class Size:
    users: int
    items: int
    hidden: int
    batch: int
    likelihood: Any = "multinomial"


SIZES = (
    Size(3_000, 20_000, 600, 500),
    Size(3_000, 60_000, 600, 500),
    Size(3_000, 60_000, 200, 1_500),
    Size(3_000, 60_000, 100, 1_500, "bernoulli"),
)


def interactions(size: Size) -> sparse.csr_array:
    user = np.repeat(np.arange(size.users), PER_USER)
    item = np.random.default_rng(0).integers(0, size.items, len(user))
    rows = sparse.csr_array((np.ones(len(user), np.float32), (user, item)), shape=(size.users, size.items))
    rows.sum_duplicates()
    rows.data[:] = 1
    return rows


def held() -> int:
    """Bytes of this process in memory now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def measured(size: Size) -> tuple[int, int]:
    """Bytes that are reckoned, and that three epochs take on top of what is held before them."""
    import lightning_fabric  # noqa: F401  what training imports is held before

    from lfd.core.size import training_need
    from lfd.core.training import networks  # noqa: F401
    from lfd.core.training.fit import fit
    from lfd.settings.training import TrainSettings

    settings = TrainSettings(
        hidden=(size.hidden,),
        latent=32,
        batch=size.batch,
        likelihood=size.likelihood,
        epochs=3,
        anneal=0,
        device="cpu",
    )
    rows = interactions(size)
    before = held()
    fit(rows, settings)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return training_need(settings, size.users, size.items).total, peak - before


if __name__ == "__main__":
    print("users x items, hidden, batch, likelihood: reckoned, measured, ratio")
    context = multiprocessing.get_context("spawn")
    for size in SIZES:
        with context.Pool(1) as pool:
            reckoned, took = pool.apply(measured, (size,))
        words = f"{size.users:,} x {size.items:,}, {size.hidden}, {size.batch:,}, {size.likelihood}"
        print(f"{words}: {reckoned / 1e9:.2f} GB, {took / 1e9:.2f} GB, {reckoned / took:.2f}", flush=True)
