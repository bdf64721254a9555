"""AdamW that updates only the rows of a matrix that had a gradient.

A step on all rows of a large catalogue costs as much as the products that sampling saves. Rows without a
gradient keep their weights and their moments until they have one (as in torch.optim.SparseAdam; decay waits
too): an item's moments are those of the steps in which it took part. The bias correction counts all steps.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.optim.adamw import adamw


class LazyAdamW(torch.optim.AdamW):
    """AdamW for dense gradients, and by rows for sparse ones (coalesced, one sparse dimension)."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One step; `closure` is not called."""
        by_rows = [
            (group, weight, weight.grad)
            for group in self.param_groups
            for weight in group["params"]
            if weight.grad is not None and weight.grad.is_sparse
        ]
        for _, weight, _ in by_rows:
            weight.grad = None
        super().step()
        for group, weight, gradient in by_rows:
            self._step_rows(group, weight, gradient)

    def _step_rows(self, group: dict[str, Any], weight: Tensor, gradient: Tensor) -> None:
        state = self.state[weight]
        if not state:
            state["step"] = torch.zeros((), dtype=torch.float32, device=weight.device)
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(weight), torch.zeros_like(weight)
        rows, whole = gradient._indices()[0], (weight, state["exp_avg"], state["exp_avg_sq"])
        part = [matrix.index_select(0, rows) for matrix in whole]
        adamw(
            *([part[0]], [gradient._values()], [part[1]], [part[2]], [], [state["step"]]),
            fused=True,
            amsgrad=False,
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            lr=group["lr"],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            maximize=False,
        )
        for matrix, changed in zip(whole, part, strict=True):
            matrix.index_copy_(0, rows, changed)
