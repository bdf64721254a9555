"""The loss: minus the log likelihood of users' rows, and the KL term.

All three likelihoods are exponential families in the scores l of a user's row x:

    - log p(x | l) = A(l) - sum_i x_i l_i + terms without l,    d/dl = A'(l) - x

    multinomial   A = n log sum_i exp l_i    (n = sum_i x_i; Liang et al. 2018, equation 2)
    bernoulli     A = sum_i log(1 + exp l_i)
    gaussian      A = sum_i l_i^2 / 2        (unit variance; sum_i x_i^2 / 2 is added: half the squared error)

so the sparse target only enters by a gather at its non-zeros, forward, and a scatter, backward.
The KL term is that of Kingma and Welling (2014), appendix B.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lfd.core.models.bags import Bags


def positions(targets: Bags, n_items: int) -> tuple[Tensor, Tensor]:
    """Row of each non-zero, and its place in the flattened users x items scores."""
    ends = torch.cat([targets.starts[1:], targets.starts.new_tensor([len(targets.columns)])])
    rows = torch.repeat_interleave(ends - targets.starts, output_size=len(targets.columns))
    return rows, rows * n_items + targets.columns


def _partition(scores: Tensor, likelihood: str, total: Tensor) -> tuple[Tensor, Tensor]:
    """A(l) of each row, and A'(l); the scores' memory is reused for the latter."""
    if likelihood == "multinomial":
        top = scores.amax(dim=1)
        # row by row, so that on a processor, where it can be done in place, it is one pass over memory
        share = torch.softmax(scores, dim=1, out=scores if scores.device.type == "cpu" else None)
        # the largest share is 1 / sum_i exp(l_i - top)
        return total * (top - share.amax(dim=1).log()), share.mul_(total[:, None])
    if likelihood == "bernoulli":
        return F.softplus(scores).sum(dim=1), scores.sigmoid_()
    return 0.5 * scores.square().sum(dim=1), scores


class _Reconstruction(torch.autograd.Function):
    """Sum over users of A(l) - x l. Overwrites the scores: it must be their only reader."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor, targets: Bags, likelihood: str) -> Tensor:
        rows, places = positions(targets, scores.shape[1])
        values = targets.values.to(scores.dtype)
        total = scores.new_zeros(len(scores)).index_add_(0, rows, values)
        chosen = (scores.view(-1)[places] * values).sum()
        partition, slope = _partition(scores, likelihood, total)
        slope.view(-1).index_add_(0, places, values, alpha=-1)
        ctx.slope = slope
        return partition.sum() - chosen

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return ctx.slope.mul_(gradient), None, None


def reconstruction(scores: Tensor, targets: Bags, likelihood: str) -> Tensor:
    """Minus the log likelihood of the targets, summed over users.

    Parameters
    ----------
    scores : torch.Tensor, users x items
        Overwritten: the gradient takes the place of the scores, so that no second matrix is needed.
    targets : Bags, users x items
    likelihood : multinomial, bernoulli or gaussian
        Terms that do not depend on the scores (multinomial coefficient, log 2 pi / 2) are left out.

    Returns
    -------
    torch.Tensor, scalar
    """
    loss: Tensor = _Reconstruction.apply(scores.contiguous(), targets, likelihood)  # type: ignore[no-untyped-call]
    return loss + 0.5 * targets.values.square().sum() if likelihood == "gaussian" else loss


def plain_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL divergence of N(mean, exp(log_variance)) from N(0, 1).

    Parameters
    ----------
    mean, log_variance : torch.Tensor, users x latent

    Returns
    -------
    torch.Tensor, users x latent
        In nats.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


def kl_by_axis(mean: Tensor, log_variance: Tensor | None) -> Tensor:
    """KL divergence of N(mean, exp(log_variance)) from N(0, 1), summed over users, for each axis.

    Parameters
    ----------
    mean : torch.Tensor, users x latent
    log_variance : torch.Tensor, users x latent, or None
        None for a model without noise, which has no KL term: 0.

    Returns
    -------
    torch.Tensor, latent
        In nats.
    """
    if log_variance is None:
        return torch.zeros(mean.shape[1], device=mean.device)
    return plain_kl(mean, log_variance).sum(dim=0)
