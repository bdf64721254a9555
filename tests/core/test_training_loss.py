"""Loss values and gradients against torch.distributions and dense autograd."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import sparse
from torch.distributions import Bernoulli, Multinomial, Normal, kl_divergence

from lfd.core.models.bags import bags, sparse_batch
from lfd.core.models.network import Network, NetworkConfig
from lfd.core.training.loss import kl_by_axis, reconstruction
from lfd.core.training.validation import held_out_batches, held_out_loss

CHOICES = np.array([[1, 0, 1, 0, 1], [0, 0, 0, 0, 0], [0, 1, 0, 0, 0]], dtype=np.float32)
VALUES = np.array([[0.5, 0, 1, 0, 0.25], [0, 0, 0, 0, 0], [0, 0.75, 0, 0, 0]], dtype=np.float32)


def scores() -> torch.Tensor:
    return torch.randn(3, 5, generator=torch.Generator().manual_seed(0)) * 3


def multinomial(logits: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Minus the log likelihood without the multinomial coefficient."""
    total = torch.zeros(())
    for row, choice in zip(logits, x, strict=True):
        n = int(choice.sum())
        coefficient = math.lgamma(n + 1) - sum(math.lgamma(int(c) + 1) for c in choice)
        if n:
            total = total - Multinomial(n, logits=row).log_prob(choice) + coefficient
    return total


def bernoulli(logits: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return -Bernoulli(logits=logits).log_prob(x).sum()


def gaussian(expected: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return -Normal(expected, 1.0).log_prob(x).sum() - x.numel() * 0.5 * math.log(2 * math.pi)


@pytest.mark.parametrize(
    ("likelihood", "reference", "x"),
    [
        ("multinomial", multinomial, CHOICES),
        ("bernoulli", bernoulli, CHOICES),
        ("gaussian", gaussian, VALUES),
    ],
)
def test_reconstruction_and_its_gradient(likelihood: str, reference, x) -> None:  # type: ignore[no-untyped-def]
    dense = scores().requires_grad_()
    expected = reference(dense, torch.from_numpy(x))
    expected.backward()
    ours = scores().requires_grad_()
    # the loss overwrites its input, as the last layer's output may be; a leaf may not
    loss = reconstruction(ours * 1.0, bags(sparse.csr_array(x)), likelihood)
    loss.backward()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(ours.grad, dense.grad)


def test_weighted_choices_weigh_in_the_multinomial_loss() -> None:
    targets = bags(sparse.csr_array(VALUES))
    expected = -(torch.from_numpy(VALUES) * torch.log_softmax(scores(), dim=1)).sum()
    torch.testing.assert_close(reconstruction(scores(), targets, "multinomial"), expected)


def test_loss_of_large_scores_is_finite() -> None:
    big = torch.tensor([[1e4, -1e4, 0.0]])
    one = bags(sparse.csr_array(np.array([[0, 1, 0]], np.float32)))
    assert reconstruction(big.clone(), one, "multinomial").item() == 2e4
    assert reconstruction(big.clone(), one, "bernoulli").item() == pytest.approx(2e4 + math.log(2))


def test_kl_by_axis_is_that_of_torch_distributions() -> None:
    generator = torch.Generator().manual_seed(1)
    mean, log_variance = torch.randn(9, 4, generator=generator), torch.randn(9, 4, generator=generator)
    expected = kl_divergence(Normal(mean, (0.5 * log_variance).exp()), Normal(0.0, 1.0)).sum(dim=0)
    torch.testing.assert_close(kl_by_axis(mean, log_variance), expected)
    assert kl_by_axis(mean, None).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("likelihood", ["multinomial", "bernoulli", "gaussian"])
def test_held_out_loss_is_over_the_items_that_were_not_shown(likelihood: str) -> None:
    net = Network(NetworkConfig("vae", likelihood, 30, 2, (4,)), seed=0)  # type: ignore[arg-type]
    rows = sparse.csr_array((np.random.default_rng(0).random((8, 30)) < 0.3).astype(np.float32))
    held = held_out_batches(rows, 3, np.random.default_rng(1))
    total = 0.0
    for inputs, shown, hidden in held.batches:
        with torch.no_grad():
            logits = net.decode(net.encode(inputs)[0])
        for row in range(len(shown.starts)):
            end = [*shown.starts.tolist(), len(shown.columns)][row + 1]
            seen = set(shown.columns[shown.starts[row] : end].tolist())
            end = [*hidden.starts.tolist(), len(hidden.columns)][row + 1]
            wanted = set(hidden.columns[hidden.starts[row] : end].tolist())
            assert wanted
            assert not seen & wanted
            rest = [item for item in range(30) if item not in seen]
            x = torch.tensor([float(item in wanted) for item in rest])
            reference = {"multinomial": multinomial, "bernoulli": bernoulli, "gaussian": gaussian}[likelihood]
            total += reference(logits[row : row + 1, rest], x[None]).item()
    assert held_out_loss(net, held, torch.device("cpu")) == pytest.approx(total / held.weight, rel=1e-5)


def test_held_out_users_without_interactions_have_no_loss() -> None:
    net = Network(NetworkConfig("ae", "multinomial", 4, 2, (3,)), seed=0)
    held = held_out_batches(sparse.csr_array((3, 4), dtype=np.float32), 2, np.random.default_rng(0))
    assert held_out_loss(net, held, torch.device("cpu")) == 0.0


def test_scores_of_an_empty_batch_of_users() -> None:
    net = Network(NetworkConfig("vae", "multinomial", 4, 2, (3,)), seed=0)
    mean, _ = net.encode(sparse_batch(sparse.csr_array((2, 4), dtype=np.float32)))
    torch.testing.assert_close(mean[0], mean[1])
