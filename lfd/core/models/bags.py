"""A batch of sparse rows, and its product with a weight matrix, without a dense users x items batch.

A row of a sparse matrix times W is a weighted sum of rows of W: an embedding bag. The gradient is one
too, with users and items exchanged, so it is computed by the same kernel on the transposed batch:
several times faster on a CPU than the kernel's own backward pass, and without atomic additions, so that
the same batch always gives the same bytes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from scipy import sparse
from torch import Tensor


class Bags(NamedTuple):
    """Rows of a sparse matrix: row r holds `values` at `columns`, from `starts[r]` on."""

    columns: Tensor  # int64, non-zeros
    starts: Tensor  # int64, rows
    values: Tensor  # float32, non-zeros

    def times(self, weight: Tensor) -> Tensor:
        """The product with `weight` (columns x width): rows x width."""
        return F.embedding_bag(
            self.columns, weight, self.starts, mode="sum", per_sample_weights=self.values.to(weight.dtype)
        )

    def to(self, device: torch.device) -> Bags:
        """The same rows on another device."""
        return Bags(self.columns.to(device), self.starts.to(device), self.values.to(device))


class SparseBatch(NamedTuple):
    """A users x items batch by user, and by item where a gradient will be asked for."""

    by_user: Bags
    by_item: Bags | None = None

    def to(self, device: torch.device) -> SparseBatch:
        """The same batch on another device."""
        return SparseBatch(self.by_user.to(device), self.by_item.to(device) if self.by_item else None)


def bags(matrix: sparse.csr_array | sparse.csc_array) -> Bags:
    """The rows of a CSR matrix, or the columns of a CSC matrix, as bags."""
    return Bags(
        torch.from_numpy(matrix.indices.astype(np.int64)),
        torch.from_numpy(matrix.indptr[:-1].astype(np.int64)),
        torch.from_numpy(matrix.data.astype(np.float32)),
    )


def sparse_batch(rows: sparse.csr_array, gradient: bool = False) -> SparseBatch:
    """A batch from sparse rows.

    Parameters
    ----------
    rows : scipy.sparse.csr_array, batch x items
    gradient : bool, default False
        Also keep the batch by item, which the gradient with respect to the weights needs.
    """
    return SparseBatch(bags(rows), bags(rows.tocsc()) if gradient else None)


class _Product(torch.autograd.Function):
    """batch @ weight; the gradient with respect to weight is batch' @ gradient."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, batch: SparseBatch) -> Tensor:
        ctx.batch = batch
        return batch.by_user.times(weight)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return ctx.batch.by_item.times(gradient.contiguous()), None


def sparse_product(batch: SparseBatch, weight: Tensor) -> Tensor:
    """The product of a sparse batch and a dense matrix, differentiable in the matrix.

    Parameters
    ----------
    batch : SparseBatch, users x items
    weight : torch.Tensor, items x width

    Returns
    -------
    torch.Tensor, users x width
    """
    if batch.by_item is None:
        return batch.by_user.times(weight.detach())
    product: Tensor = _Product.apply(weight, batch)  # type: ignore[no-untyped-call]
    return product
