"""The network of `vae` and of `ae`: one module, read from top to bottom.

    x -> x / |x| -> hidden layers (tanh) -> mean, log variance of z     encode
    z -> hidden layers, mirrored (tanh)  -> one score an item           decode

Multinomial VAE of Liang, Krishnan, Hoffman and Jebara (2018), section 2; the autoencoder is the same
without the log variance. Knows nothing of losses, training or files, and draws nothing at random but
its first weights: the noise of z comes in as an argument.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from lfd.core.models.bags import SparseBatch, sparse_product
from lfd.core.models.tanh import tanh


@dataclass(frozen=True)
class NetworkConfig:
    """All that is needed to build the network again; the weights apart.

    Attributes
    ----------
    model : vae or ae
    likelihood : multinomial, bernoulli or gaussian
        What the scores mean: logits of one choice, of one choice an item, or expected values.
    n_items, n_latent : int
    hidden : tuple of int
        Widths of the encoder's hidden layers, from the items on; the decoder has them in reverse.
    """

    model: Literal["vae", "ae"]
    likelihood: Literal["multinomial", "bernoulli", "gaussian"]
    n_items: int
    n_latent: int
    hidden: tuple[int, ...]


class _Linear(nn.Linear):
    """A layer without values yet, so that nothing is drawn from torch's global generator.

    As torch.nn.utils.skip_init makes them, which takes longer to import than a model to read.
    """

    def reset_parameters(self) -> None:
        """Leave weights as they lie in memory; the network draws them."""


class Network(nn.Module):
    """Encoder and decoder; `seed` draws the first weights (Glorot normal, as in Mult-VAE), None none."""

    def __init__(self, config: NetworkConfig, seed: int | None = 0) -> None:
        super().__init__()
        self.config = config
        code = config.n_latent * (2 if config.model == "vae" else 1)
        down = (config.n_items, *config.hidden, code)
        up = (config.n_latent, *reversed(config.hidden), config.n_items)
        self.first = nn.Parameter(torch.empty(down[0], down[1]))  # items x width: a row an item
        self.first_bias = nn.Parameter(torch.empty(down[1]))
        self.down = nn.ModuleList(_Linear(a, b) for a, b in pairwise(down[1:]))
        self.up = nn.ModuleList(_Linear(a, b) for a, b in pairwise(up))
        if seed is not None:
            self._draw_weights(seed)

    def _draw_weights(self, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        for parameter in self.parameters():
            deviation = math.sqrt(2 / sum(parameter.shape)) if parameter.ndim == 2 else 0.001
            nn.init.normal_(parameter, 0.0, deviation, generator=generator)

    def encode(self, batch: SparseBatch) -> tuple[Tensor, Tensor | None]:
        """Mean and log variance of z (batch x latent); no log variance for `ae`."""
        h = sparse_product(batch, self.first) + self.first_bias
        for layer in self.down:
            h = layer(tanh(h))
        if self.config.model == "ae":
            return h, None
        mean, log_variance = h.chunk(2, dim=1)
        return mean, log_variance

    def decode(self, z: Tensor) -> Tensor:
        """Scores (batch x items) at z (batch x latent)."""
        scores: Tensor = self.up[-1](self.before_scores(z))
        return scores

    def before_scores(self, z: Tensor) -> Tensor:
        """What the last layer reads (batch x width) at z (batch x latent)."""
        *inner, _ = self.up
        for layer in inner:
            z = tanh(layer(z))
        return z

    def forward(
        self, batch: SparseBatch, noise: Tensor, scored: bool = True
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Scores, mean and log variance at z = mean + deviation * noise (noise: batch x latent).

        Not `scored`, what the last layer reads stands in place of the scores.
        """
        mean, log_variance = self.encode(batch)
        z = mean if log_variance is None else mean + torch.exp(0.5 * log_variance) * noise
        return self.decode(z) if scored else self.before_scores(z), mean, log_variance
