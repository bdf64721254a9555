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

    def dots(self, left: Tensor, right: Tensor, rows: Tensor) -> Tensor:
        """left[row] . right[column] of each non-zero; `rows` are their rows. Values are not read."""
        dots: Tensor = torch.ops.aten._embedding_bag_per_sample_weights_backward(
            left, right, self.columns, self.starts, rows, 0, -1
        )
        return dots

    def to(self, device: torch.device) -> Bags:
        """The same rows on another device."""
        return Bags(self.columns.to(device), self.starts.to(device), self.values.to(device))


class SparseBatch(NamedTuple):
    """A users x items batch by user, and by item where a gradient will be asked for.

    With `items`, `by_item` has only those, which are all that anybody chose, and the gradient is sparse.
    """

    by_user: Bags
    by_item: Bags | None = None
    items: Tensor | None = None

    def to(self, device: torch.device) -> SparseBatch:
        """The same batch on another device."""
        by_item = self.by_item.to(device) if self.by_item else None
        items = self.items.to(device) if self.items is not None else None
        return SparseBatch(self.by_user.to(device), by_item, items)


def bags(matrix: sparse.csr_array | sparse.csc_array) -> Bags:
    """The rows of a CSR matrix, or the columns of a CSC matrix, as bags."""
    return Bags(
        torch.from_numpy(matrix.indices.astype(np.int64)),
        torch.from_numpy(matrix.indptr[:-1].astype(np.int64)),
        torch.from_numpy(matrix.data.astype(np.float32)),
    )


def sparse_rows(rows: Tensor, values: Tensor, shape: torch.Size) -> Tensor:
    """A sparse matrix of that shape with `values` in its `rows` (ascending, each once)."""
    return torch.sparse_coo_tensor(rows[None], values, shape, is_coalesced=True, check_invariants=False)


def sparse_batch(rows: sparse.csr_array, gradient: bool = False, by_rows: bool = False) -> SparseBatch:
    """A batch from sparse rows.

    Parameters
    ----------
    rows : scipy.sparse.csr_array, batch x items
    gradient : bool, default False
        Also keep the batch by item, which the gradient with respect to the weights needs.
    by_rows : bool, default False
        That gradient is to be sparse: rows of items that somebody chose.
    """
    if not gradient:
        return SparseBatch(bags(rows))
    by_item = rows.tocsc()
    if not by_rows:
        return SparseBatch(bags(rows), bags(by_item))
    chosen, every = torch.from_numpy(np.flatnonzero(np.diff(by_item.indptr))), bags(by_item)
    return SparseBatch(bags(rows), every._replace(starts=every.starts[chosen]), chosen)


class _Product(torch.autograd.Function):
    """batch @ weight; the gradient with respect to weight is batch' @ gradient."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, batch: SparseBatch) -> Tensor:
        ctx.batch, ctx.shape = batch, weight.shape
        return batch.by_user.times(weight)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        product = ctx.batch.by_item.times(gradient.contiguous())
        if ctx.batch.items is None:
            return product, None
        return sparse_rows(ctx.batch.items, product, ctx.shape), None


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
