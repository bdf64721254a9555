"""What a user's place in latent space costs: the KL term, plain or as RecVAE has it.

Shenbin, Alekseev, Tutubalina, Malykh and Nikolenko (2020, arXiv 1912.11160) change the term in two ways, each
an option here, around the network as it is:

- the composite prior, p(z | x) = w_1 N(0, 1) + w_2 q_old(z | x) + w_3 N(0, e^10) on each axis, holds users
  near where the encoder had them an epoch ago; its KL has no closed form and is taken at the drawn z;
- the weight of a user's term is gamma |x_u|, since the likelihood too grows with the length of a history.

Their third change, encoder and decoder trained in turn, is in `loop`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from lfd.core.models.bags import Bags
from lfd.core.training.loss import positions

MIXTURE = (3 / 20, 3 / 4, 1 / 10)  # as in the authors' code
WIDE = 10.0  # log variance of the widest part, which lets users go far

Place = tuple[Tensor, Tensor]
"""Mean and log variance of z, each users x latent."""


def composite_kl(place: Place, former: Place, noise: Tensor) -> Tensor:
    """log q(z | x) - log p(z | x) under the composite prior, at z = mean + deviation * noise.

    Parameters
    ----------
    place : (mean, log variance)
        Of q, as the encoder gives it.
    former : (mean, log variance)
        As the former encoder gives it, of the whole history.
    noise : torch.Tensor, users x latent

    Returns
    -------
    torch.Tensor, users x latent
        One draw of what is the KL divergence in the mean, in nats; so it may be negative.
    """
    mean, log_variance = place
    z = mean + torch.exp(0.5 * log_variance) * noise
    nothing = torch.zeros_like(mean)
    parts = ((nothing, nothing), former, (nothing, torch.full_like(mean, WIDE)))
    prior = [math.log(w) + _log_density(z, *part) for w, part in zip(MIXTURE, parts, strict=True)]
    return -0.5 * (log_variance + noise.square()) - torch.logsumexp(torch.stack(prior), dim=0)


def by_length(kl: Tensor, targets: Bags, gamma: float | None) -> Tensor:
    """The term of all users: each one's KL, times gamma |x_u| where gamma is given.

    Parameters
    ----------
    kl : torch.Tensor, users x latent
    targets : Bags, users x items
        The histories: |x_u| is the sum of the values.
    gamma : float or None

    Returns
    -------
    torch.Tensor, scalar
    """
    if gamma is None:
        return kl.sum()
    user, _ = positions(targets, 1)
    length = torch.zeros(len(kl), device=kl.device).index_add_(0, user, targets.values)
    return gamma * (kl.sum(dim=1) @ length)


def _log_density(z: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Of a normal distribution, but for log 2 pi / 2, which q has as well."""
    return -0.5 * (log_variance + (z - mean).square() / log_variance.exp())
