"""What memory there is, and the refusal of work that would not fit, before it begins."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from lfd.core.size import Need
from lfd.errors import RefusedError

ROOT = Path("/")
UNLIMITED = 1 << 60  # what the kernel says where there is no limit


def available_memory(root: Path = ROOT) -> int | None:
    """Bytes that this process may still take: what the machine has free, and what its control groups allow.

    Parameters
    ----------
    root : of the file system, for tests

    Returns
    -------
    int, or None where the system does not say (it has no /proc)
    """
    found = [*_machine(root), *_groups(root)]
    return max(0, min(found)) if found else None


def refuse_too_large(need: Need, what: str, reduce: str, available: int | None = None) -> None:
    """Refuse what would not fit.

    Parameters
    ----------
    need : at least so much
    what : the work, as a sentence begins
    reduce : options that make it smaller, where a smaller batch does not do it alone
    available : bytes; asked of the machine where it is not given

    Raises
    ------
    RefusedError : says how much is needed, how much there is, and what to reduce
    """
    free = available_memory() if available is None else available
    if free is None or need.total <= free:
        return
    batch = need.largest_batch(free)
    smaller = f"use a smaller batch (--batch {batch}), or " if batch else ""
    each = f"{need.processes} processes, each " if need.processes > 1 else ""
    of_batch, further = need.batch * need.each, f"for a batch of {need.batch:,} users"
    if need.between > of_batch:
        of_batch, further = need.between, "for the epochs that are kept"
    raise RefusedError(
        f"{what} needs at least {gigabytes(need.total)} of memory ({each}{gigabytes(need.fixed)}, and"
        f" {gigabytes(of_batch)} {further}), and {gigabytes(free)} are free",
        f"{smaller}reduce {reduce}",
    )


def gigabytes(number: int) -> str:
    """Bytes as people say them."""
    return f"{number / 1e9:.1f} GB" if number >= 1e8 else f"{number / 1e6:.1f} MB"


def _machine(root: Path) -> Iterator[int]:
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in (root / "proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                yield int(line.split()[1]) * 1024


def _groups(root: Path) -> Iterator[int]:
    """What each control group that this process is in still allows, of both versions."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, names, path = line.split(":", 2)
        if names == "":
            yield from _up(root / "sys/fs/cgroup", path, "memory.max", "memory.current", "inactive_file")
        elif "memory" in names.split(","):
            base = root / "sys/fs/cgroup/memory"
            files = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            yield from _up(base, path, *files)


def _up(base: Path, path: str, limit: str, usage: str, reclaimed: str) -> Iterator[int]:
    """From a group up to the root; in a container its path may be hidden, and the root is its own."""
    group = base / path.strip("/")
    while group != base.parent:
        with contextlib.suppress(OSError, ValueError):
            most, used = int((group / limit).read_text()), int((group / usage).read_text())
            if most < UNLIMITED:
                yield most - used + _reclaimed(group, reclaimed)
        group = group.parent


def _reclaimed(group: Path, name: str) -> int:
    """Bytes of files in memory that the kernel lets go of when asked."""
    with contextlib.suppress(OSError, ValueError):
        for line in (group / "memory.stat").read_text().splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    return 0
