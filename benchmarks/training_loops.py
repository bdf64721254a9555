"""Mult-VAE (Liang et al. 2018) in plain PyTorch: what a good engineer writes in an hour, and the same tuned.

Both yield after each epoch a function from histories (a CSR matrix) to scores. `training_speed.py` times
them. Tuned means: an embedding bag for the first layer, the likelihood gathered at the non-zeros, a fused
Adam.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy import sparse
from torch import nn

Scores = Callable[[Any], Any]


class Plain(nn.Module):
    def __init__(self, n_items: int, hidden: int, latent: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(n_items, hidden), nn.Tanh(), nn.Linear(hidden, 2 * latent))
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.Tanh(), nn.Linear(hidden, n_items))
        for layer in (*self.encoder, *self.decoder):
            if isinstance(layer, nn.Linear):
                nn.init.xavier_normal_(layer.weight)
                nn.init.normal_(layer.bias, std=0.001)

    def encode(self, x: torch.Tensor, dropout: float) -> tuple[torch.Tensor, ...]:
        return self.encoder(F.dropout(F.normalize(x), dropout)).chunk(2, dim=1)


class Tuned(Plain):
    def __init__(self, n_items: int, hidden: int, latent: int) -> None:
        super().__init__(n_items, hidden, latent)
        self.bag = nn.EmbeddingBag(n_items, hidden, mode="sum")
        self.bias = nn.Parameter(torch.randn(hidden) * 0.001)
        nn.init.normal_(self.bag.weight, std=(2 / (n_items + hidden)) ** 0.5)
        self.encoder = self.encoder[1:]

    def encode(self, x: torch.Tensor, dropout: float) -> tuple[torch.Tensor, ...]:
        items, starts, counts = x
        values = F.dropout(torch.repeat_interleave(counts.clamp(min=1).rsqrt(), counts), dropout)
        return self.encoder(self.bag(items, starts, per_sample_weights=values) + self.bias).chunk(2, dim=1)


def bag_of(rows: sparse.csr_array) -> tuple[torch.Tensor, ...]:
    items, starts = (
        torch.from_numpy(rows.indices.astype(np.int64)),
        torch.from_numpy(rows.indptr.astype(np.int64)),
    )
    return items, starts[:-1], starts.diff()


def dense(rows: sparse.csr_array) -> torch.Tensor:
    return torch.from_numpy(rows.toarray())


def loop(train: sparse.csr_array, asked: Any, tuned: bool = False) -> Iterator[Scores]:
    """Train for as long as it is asked to."""
    torch.manual_seed(asked.seed)
    net = (Tuned if tuned else Plain)(train.shape[1], asked.hidden, asked.latent)
    read = bag_of if tuned else dense
    optimizer = torch.optim.Adam(net.parameters(), lr=asked.learning_rate, fused=True if tuned else None)
    step = 0
    while True:
        order = np.random.default_rng([asked.seed, step]).permutation(train.shape[0])
        for start in range(0, len(order), asked.batch):
            x = read(train[order[start : start + asked.batch]])
            mean, log_variance = net.encode(x, asked.dropout)
            scores = net.decoder(mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean))
            nll = gathered(scores, *x) if tuned else -(F.log_softmax(scores, dim=1) * x).sum(dim=1).mean()
            kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()
            loss = nll + asked.beta * min(1.0, step / asked.anneal) * kl
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        yield lambda rows: net.decoder(net.encode(read(rows), 0.0)[0]).numpy()


def gathered(
    scores: torch.Tensor, items: torch.Tensor, _: torch.Tensor, counts: torch.Tensor
) -> torch.Tensor:
    """The likelihood from the non-zeros: chosen scores, less the log of the sum of all for each choice."""
    users = torch.repeat_interleave(torch.arange(len(counts)), counts)
    return (counts.float() @ torch.logsumexp(scores, dim=1) - scores[users, items].sum()) / len(counts)
