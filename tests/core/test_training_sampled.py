"""Sampled softmax: who is drawn, that the estimate is right in the mean, and exact where all are drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from lfd.core.models.bags import Bags, bags, sparse_batch, sparse_product, sparse_rows
from lfd.core.training.batches import epoch_batches
from lfd.core.training.fit import fit
from lfd.core.training.lazy import LazyAdamW
from lfd.core.training.loss import reconstruction
from lfd.core.training.sampled_loss import sampled_reconstruction
from lfd.core.training.sampling import Sample, Sampler, inclusion
from lfd.errors import UsageError
from lfd.settings.training import DecidedSettings, TrainSettings

SMALL = TrainSettings(hidden=(16,), latent=4, epochs=8, batch=64, anneal=10, threads=1, device="cpu")
Layer = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def rows_of(seed: int, users: int = 9, items: int = 30, density: float = 0.2) -> sparse.csr_array:
    generator = np.random.default_rng(seed)
    chosen = generator.random((users, items)) < density
    return sparse.csr_array((chosen * generator.uniform(0.2, 1, chosen.shape)).astype(np.float32))


def layer(seed: int, users: int = 9, items: int = 30, width: int = 5) -> Layer:
    """What the last layer reads, its weights and its biases, in float64."""
    generator = torch.Generator().manual_seed(seed)
    shapes = ((users, width), (items, width), (items,))
    hidden, weight, bias = (torch.randn(*s, generator=generator, dtype=torch.float64) for s in shapes)
    return hidden.requires_grad_(), weight.requires_grad_(), bias.requires_grad_()


def sampler(rows: sparse.csr_array, number: int, seed: int = 0) -> Sampler:
    popularity = np.bincount(rows.indices, minlength=rows.shape[1])
    return Sampler(popularity, number, np.random.default_rng(seed))


def plain(own: Layer, rows: sparse.csr_array, sample: Sample) -> torch.Tensor:
    """The module's formula, user by user, on dense matrices."""
    hidden, weight, bias = own
    x = torch.from_numpy(rows.toarray()).double()
    scores, total = hidden @ weight.T + bias, torch.zeros((), dtype=torch.float64)
    chance = torch.exp(-sample.log_weight.double())
    for user, choice in enumerate(x):
        others = [n for n, item in enumerate(sample.items.tolist()) if not choice[item]]
        partition = torch.exp(scores[user, choice > 0]).sum()
        partition = partition + (torch.exp(scores[user, sample.items[others]]) / chance[others]).sum()
        total = total + choice.sum() * torch.log(partition) - (choice * scores[user]).sum()
    return total


@given(seed=st.integers(0, 50), number=st.integers(1, 30), density=st.floats(0.05, 0.9))
@settings(deadline=None, max_examples=30)
def test_loss_and_gradients_are_those_of_the_formula(seed: int, number: int, density: float) -> None:
    rows, own = rows_of(seed, density=density), layer(seed)
    sample = sampler(rows, number, seed).sample(rows)
    ours = sampled_reconstruction(*own, bags(rows), sample)
    expected = plain(own, rows, sample)
    torch.testing.assert_close(ours, expected)
    both = (torch.autograd.grad(3 * loss, own) for loss in (ours, expected))
    for mine, theirs in zip(*both, strict=True):
        torch.testing.assert_close(mine.to_dense() if mine.is_sparse else mine, theirs)


@pytest.mark.parametrize("seed", range(3))
def test_a_sample_of_all_items_is_the_whole_softmax(seed: int) -> None:
    rows, own = rows_of(seed), layer(seed)
    hidden, weight, bias = own
    ours = sampled_reconstruction(*own, bags(rows), sampler(rows, 30).sample(rows))
    whole = reconstruction(hidden @ weight.T + bias, bags(rows), "multinomial")
    torch.testing.assert_close(ours, whole)
    for mine, theirs in zip(
        torch.autograd.grad(ours, own), torch.autograd.grad(whole, (hidden, weight, bias)), strict=True
    ):
        torch.testing.assert_close(mine.to_dense(), theirs)


def test_the_partition_is_right_in_the_mean_and_the_loss_a_little_low() -> None:
    rows, own = rows_of(1, users=1, density=0.1), layer(1, users=1)
    total = float(rows.sum())
    whole = float(plain(own, rows, sampler(rows, 30).sample(rows)).detach())
    generator = np.random.default_rng(5)
    popularity = np.bincount(rows.indices, minlength=30)
    losses = np.array(
        [
            float(plain(own, rows, Sampler(popularity, 8, generator).sample(rows)).detach())
            for _ in range(3_000)
        ]
    )
    partition = np.exp((losses - whole) / total)  # of the true one: the rest of the loss is the same
    assert partition.mean() == pytest.approx(1, abs=4 * partition.std() / np.sqrt(len(partition)))
    assert losses.mean() < whole


@given(seed=st.integers(0, 50), items=st.integers(1, 40), share=st.floats(0.01, 1))
@settings(deadline=None)
def test_probabilities_add_up_and_follow_the_weights(seed: int, items: int, share: float) -> None:
    weight = np.random.default_rng(seed).pareto(1.0, items) + 0.01
    number = max(1, round(share * items))
    chance = inclusion(weight, number)
    assert chance.sum() == pytest.approx(number)
    assert (chance <= 1).all()
    assert (chance > 0).all()
    free = chance < 1
    if free.any():
        np.testing.assert_allclose(chance[free] / weight[free], chance[free].sum() / weight[free].sum())


def test_items_are_drawn_once_each_and_as_often_as_they_should() -> None:
    popularity = np.arange(40) ** 2
    chance = inclusion((popularity + 1.0) ** 0.5, 10)
    times = np.zeros(40)
    for seed in range(2_000):
        drawn = Sampler(popularity, 10, np.random.default_rng(seed)).draw()
        assert len(np.unique(drawn)) == 10
        times[drawn] += 1
    np.testing.assert_allclose(times / 2_000, chance, atol=0.05)


def test_gradients_have_rows_of_items_that_took_part_and_of_no_others() -> None:
    rows = rows_of(2, items=200, density=0.02)
    options = DecidedSettings(batch=9, latent=2, sampled_items=10)
    (batch,) = epoch_batches(rows, np.arange(9), options, np.random.default_rng(0))
    assert batch.sample is not None
    chosen = np.union1d(rows.indices, batch.sample.items.numpy())
    np.testing.assert_array_equal(batch.sample.touched, chosen)
    assert len(chosen) < 60
    weight = torch.randn(200, 3, requires_grad=True)
    sparse_product(batch.inputs, weight).square().sum().backward()
    assert weight.grad is not None
    assert weight.grad.is_sparse
    assert batch.inputs.by_item is not None
    dense = torch.randn(200, 3)
    dense.copy_(weight.detach()).requires_grad_()
    thinned = bags_as_matrix(batch.inputs.by_user, (9, 200))
    sparse_product(sparse_batch(thinned, gradient=True), dense).square().sum().backward()
    torch.testing.assert_close(weight.grad.to_dense(), dense.grad)


def bags_as_matrix(rows: Bags, shape: tuple[int, int]) -> sparse.csr_array:
    ends = np.append(rows.starts.numpy(), len(rows.columns))
    return sparse.csr_array((rows.values.numpy(), rows.columns.numpy(), ends), shape=shape)


def test_lazy_adam_is_adam_on_rows_with_a_gradient_and_leaves_the_others() -> None:
    first, target = torch.randn(6, 3), torch.randn(6, 3)
    lazy, whole = (first.clone().requires_grad_() for _ in range(2))
    mine = LazyAdamW([lazy], lr=0.1, weight_decay=0.01, fused=True)
    theirs = torch.optim.AdamW([whole], lr=0.1, weight_decay=0.01, fused=True)
    some = torch.tensor([1, 4])
    for _ in range(5):
        gradient = lazy.detach() - target
        lazy.grad = sparse_rows(some, gradient[some], lazy.shape)
        whole.grad = whole.detach() - target
        mine.step()
        theirs.step()
    torch.testing.assert_close(lazy[some], whole[some])
    others = torch.tensor([0, 2, 3, 5])
    assert torch.equal(lazy[others], first[others])


def test_dense_gradients_are_adam_s_own_and_the_state_can_be_kept() -> None:
    weight = torch.ones(4, 2, requires_grad=True)
    optimizer = LazyAdamW([weight], lr=0.1, fused=True)
    weight.grad = sparse_rows(torch.tensor([2]), torch.ones(1, 2), weight.shape)
    optimizer.step()
    again = LazyAdamW([weight], lr=0.1, fused=True)
    again.load_state_dict(optimizer.state_dict())
    assert again.state[weight]["exp_avg"].count_nonzero() == 2
    weight.grad = torch.ones(4, 2)
    again.step()
    assert (weight != 1).all()


@pytest.mark.parametrize("model", ["vae", "ae"])
def test_sampled_training_finds_what_the_whole_finds_and_repeats_itself(model: str) -> None:
    generator = np.random.default_rng(0)
    group = generator.integers(2, size=300)
    chosen = generator.permuted(np.tile(np.arange(10), (300, 1)), axis=1)[:, :4] + 10 * group[:, None]
    where = (np.repeat(np.arange(300), 4), chosen.ravel())
    rows = sparse.csr_array((np.ones(1200, np.float32), where), shape=(300, 20))
    options = replace(SMALL, model=model, epochs=40, learning_rate=0.01, patience=None)  # type: ignore[arg-type]
    whole = fit(rows, options)
    one, two = (fit(rows, replace(options, sampled_items=6)) for _ in range(2))
    assert all((one.weights[name] == two.weights[name]).all() for name in one.weights)
    best = [fitted.history["validation_loss"].min() for fitted in (whole, one)]
    assert best[1] == pytest.approx(best[0], abs=0.15)
    same = fit(rows, replace(options, sampled_items=20, epochs=2, dropout=0.0))
    close = fit(rows, replace(options, epochs=2, dropout=0.0))
    np.testing.assert_allclose(same.history["loss"], close.history["loss"], rtol=1e-4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"sampled_items": 31},
            r"a sample of 31 items is more than there are: 30; leave --sampled-items out",
        ),
        (
            {"sampled_items": 5, "likelihood": "bernoulli"},
            "the bernoulli likelihood has none; use --likelihood multinomial",
        ),
        (
            {"sampled_items": 5, "devices": 2},
            "sampled on one device, and training asked for 2; use --devices 1",
        ),
    ],
)
def test_what_cannot_be_sampled_is_refused_in_one_sentence(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        fit(rows_of(0), replace(SMALL, **options))  # type: ignore[arg-type]
