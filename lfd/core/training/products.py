"""How a processor multiplies matrices: by which library, and whether it can do so in bfloat16.

On AMD processors oneDNN takes a tenth less time than MKL, with the same error. PyTorch goes there when it
is allowed less than float32; processors with units for such products (AMX) would then use the permission,
so what comes out is tried first.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager

import torch

EXACT = 1e-5  # error of a sum of 256 products about 1 in size; of bfloat16 it is 1000 times as much


@contextmanager
def fast_products() -> Iterator[None]:
    """Multiply by oneDNN where that is exact; then as before."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    if not _is_exact():
        torch.set_float32_matmul_precision(before)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def _is_exact() -> bool:
    a = torch.randn(256, 256, generator=torch.Generator().manual_seed(0))
    exact = a.double() @ a.double()
    return bool((a @ a - exact).abs().max() <= EXACT * exact.abs().max())


def slow_precision(precision: str, device: str) -> str | None:
    """The sentence about a precision for which the processor has no products, or None.

    Parameters
    ----------
    precision : str
        As in `TrainSettings`.
    device : cpu or cuda
    """
    if device != "cpu" or precision == "32-true" or (precision == "bf16-mixed" and _multiplies_bfloat16()):
        return None
    return (
        f"--precision {precision}: this processor has no instructions for such products, so that training"
        " took longer than with 32-true, and was less exact"
    )


def _multiplies_bfloat16() -> bool:
    """Whether the processor does, as far as PyTorch can tell: it knows those of Intel's and AMD's kind."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    known = [getattr(torch.cpu, name) for name in names if hasattr(torch.cpu, name)]
    return not known or any(has() for has in known)
