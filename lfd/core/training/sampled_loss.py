"""The multinomial loss with a sample of the items in place of the catalogue.

The sum over all items in the softmax of user u is replaced by

    Z_u = sum over i in x_u of exp l_i   +   sum over j in S, not in x_u, of exp(l_j) / pi_j

with the user's own items as they are, and the sampled ones, less those that are the user's own, for all
others: the importance sampling of Bengio and Senecal (2008) with the weights of Horvitz and Thompson
(1952), on a sample that the batch shares, as in Jean, Cho, Memisevic and Bengio (2015). Z_u is unbiased;
log Z_u, by Jensen's inequality, is too small in the mean, and with it the loss. Scores are taken of sampled
and own items only, and only their rows of the last layer have a gradient, which is sparse.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lfd.core.models.bags import Bags, sparse_rows
from lfd.core.training.loss import positions
from lfd.core.training.sampling import Sample


def sampled_reconstruction(
    hidden: Tensor, weight: Tensor, bias: Tensor, targets: Bags, sample: Sample
) -> Tensor:
    """Minus the log likelihood of the targets, summed over users, estimated.

    Parameters
    ----------
    hidden : torch.Tensor, users x width
        What the last layer reads.
    weight : torch.Tensor, items x width
    bias : torch.Tensor, items
    targets : Bags, users x items
    sample : Sample

    Returns
    -------
    torch.Tensor, scalar
    """
    loss: Tensor = _Sampled.apply(hidden, weight, bias, targets, sample)  # type: ignore[no-untyped-call]
    return loss


class _Sampled(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor, targets: Bags, sample: Sample
    ) -> Tensor:
        users, values = positions(targets, 1)[0], targets.values.to(hidden.dtype)
        total = hidden.new_zeros(len(hidden)).index_add_(0, users, values)
        near = weight.index_select(0, sample.items)
        scores = torch.addmm(bias[sample.items] + sample.log_weight.to(bias.dtype), hidden, near.t())
        scores.view(-1)[sample.own] = -torch.inf
        chosen = targets.dots(hidden, weight, users) + bias[targets.columns]
        top = scores.amax(dim=1).scatter_reduce(0, users, chosen, "amax")
        share, own = scores.sub_(top[:, None]).exp_(), torch.exp(chosen - top[users])
        norm = share.sum(dim=1).index_add_(0, users, own)
        slope = total / norm
        ctx.save_for_backward(hidden, weight, near, share.mul_(slope[:, None]), own * slope[users] - values)
        ctx.targets, ctx.sample = targets, sample
        return total @ (norm.log() + top) - (chosen * values).sum()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        hidden, weight, near, far_slope, own_slope = ctx.saved_tensors
        targets, sample = ctx.targets, ctx.sample
        of_hidden = torch.mm(far_slope, near).add_(targets._replace(values=own_slope).times(weight))
        by_item = sample.by_item._replace(values=own_slope[sample.by_item.values])
        of_rows = by_item.times(hidden)
        of_rows.index_add_(0, sample.places, far_slope.t() @ hidden)
        of_bias = weight.new_zeros(len(weight)).index_add_(0, targets.columns, own_slope)
        of_bias.index_add_(0, sample.items, far_slope.sum(dim=0))
        of_weight = sparse_rows(sample.touched, of_rows.mul_(gradient), weight.shape)
        return of_hidden.mul_(gradient), of_weight, of_bias.mul_(gradient), None, None
