"""Large blocks of memory stay with the process while it trains.

glibc hands freed blocks of some megabytes back to the kernel, as it happens to find them, and the kernel
clears them page by page when the next step asks for them again: up to a twelfth of a step on MovieLens
100K, and a sixth with 60,000 items. The price there is a peak that is 15 to 30 % higher, since what lies in
pieces is kept too. Without glibc nothing changes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # their numbers in malloc.h
LARGEST = 2**31 - 1  # bytes: what the call can say


@contextmanager
def kept() -> Iterator[None]:
    """Keep what is freed, and at the end hand it back; glibc's own thresholds hold again from then on."""
    try:
        libc = ctypes.CDLL(None)
        set_option, trim = libc.mallopt, libc.malloc_trim
    except (AttributeError, OSError, TypeError):  # no glibc
        yield
        return
    set_option(MMAP_THRESHOLD, LARGEST) or set_option(MMAP_THRESHOLD, 2**25)  # the most that older ones take
    set_option(TRIM_THRESHOLD, LARGEST)
    try:
        yield
    finally:
        set_option(MMAP_THRESHOLD, 2**17)
        set_option(TRIM_THRESHOLD, 2**17)
        trim(0)
