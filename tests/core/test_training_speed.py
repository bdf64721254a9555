"""What makes training fast does not change what it computes: batches ahead, tanh, products, the loss."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from lfd.core.models.bags import bags
from lfd.core.models.tanh import tanh
from lfd.core.training import loop, memory, products
from lfd.core.training.ahead import ahead
from lfd.core.training.fit import fit
from lfd.core.training.loss import reconstruction
from lfd.settings.training import TrainSettings

SMALL = TrainSettings(hidden=(16,), latent=4, epochs=4, batch=32, anneal=10, threads=1, device="cpu")
ROWS = sparse.csr_array((np.random.default_rng(0).random((200, 40)) < 0.15).astype(np.float32))


@given(seed=st.integers(0, 99), density=st.floats(0, 1), scale=st.floats(0.1, 30))
@settings(deadline=None, max_examples=40)
def test_the_fused_loss_is_the_plain_formula_s(seed: int, density: float, scale: float) -> None:
    generator = np.random.default_rng(seed)
    x = (generator.random((6, 11)) < density) * generator.uniform(0.1, 1, (6, 11))
    target = sparse.csr_array(x.astype(np.float32))
    scores = torch.from_numpy(generator.normal(size=(6, 11)) * scale).requires_grad_()
    expected = -(torch.from_numpy(target.toarray()).double() * torch.log_softmax(scores, dim=1)).sum()
    (theirs,) = torch.autograd.grad(7 * expected, scores)
    ours = reconstruction(scores * 1.0, bags(target), "multinomial")
    (mine,) = torch.autograd.grad(7 * ours, scores)
    torch.testing.assert_close(ours, expected)
    torch.testing.assert_close(mine, theirs)


def test_values_come_in_order_and_are_made_by_one_other_thread() -> None:
    makers = set[int]()

    def numbers() -> Iterator[int]:
        for number in range(50):
            makers.add(threading.get_ident())
            yield number

    assert list(ahead(numbers())) == list(range(50))
    assert len(makers) == 1
    assert threading.get_ident() not in makers
    assert list(ahead([])) == []


def test_only_one_value_is_made_ahead() -> None:
    made = list[int]()

    def numbers() -> Iterator[int]:
        for number in range(9):
            made.append(number)
            yield number

    for number in ahead(numbers()):
        assert len(made) <= number + 2


def test_an_error_in_making_is_raised_in_using_and_no_thread_is_left() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    before = threading.active_count()
    with pytest.raises(ValueError, match="no more"):
        list(ahead(broken()))
    early = ahead(iter(range(9)))
    next(early)
    early.close()
    assert threading.active_count() == before


def test_batches_made_ahead_train_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    with_thread = fit(ROWS, SMALL)
    monkeypatch.setattr(loop, "ahead", iter)
    without = fit(ROWS, SMALL)
    for name, value in with_thread.weights.items():
        assert value.tobytes() == without.weights[name].tobytes()


def test_tanh_and_its_gradient_are_pytorch_s() -> None:
    x = torch.cat([torch.linspace(-12, 12, 999), torch.tensor([0.0, 1e-20, torch.inf, -torch.inf])])
    ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    torch.testing.assert_close(tanh(ours), torch.tanh(theirs))
    for leaf, function in ((ours, tanh), (theirs, torch.tanh)):
        function(leaf).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-6, rtol=1e-4)
    assert tanh(x.bfloat16()).dtype == torch.bfloat16
    assert torch.autograd.gradcheck(tanh, torch.randn(5, dtype=torch.float64, requires_grad=True))


def test_fast_products_are_exact_and_leave_no_trace() -> None:
    before = torch.get_float32_matmul_precision()
    with products.fast_products():
        a, b = torch.randn(300, 200), torch.randn(200, 100)
        torch.testing.assert_close(a @ b, (a.double() @ b.double()).float(), atol=1e-4, rtol=1e-4)
    assert torch.get_float32_matmul_precision() == before


def test_products_that_are_not_exact_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_float32_matmul_precision()
    monkeypatch.setattr(products, "EXACT", 1e-12)
    with products.fast_products():
        assert torch.get_float32_matmul_precision() == before


def test_memory_is_kept_or_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    with memory.kept():
        assert torch.ones(10).sum() == 10
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    with memory.kept():
        assert torch.ones(10).sum() == 10


def test_a_processor_without_products_in_bfloat16_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_multiplies_bfloat16", lambda: False)
    told = products.slow_precision("bf16-mixed", "cpu")
    assert told is not None
    assert told.startswith("--precision bf16-mixed: this processor has no instructions")
    assert products.slow_precision("bf16-mixed", "cuda") is None
    assert products.slow_precision("32-true", "cpu") is None
    assert products.slow_precision("16-mixed", "cpu") is not None
    monkeypatch.setattr(products, "_multiplies_bfloat16", lambda: True)
    assert products.slow_precision("bf16-mixed", "cpu") is None
