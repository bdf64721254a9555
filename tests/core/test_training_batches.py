"""Who is held out, what is folded in, and what a batch holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from lfd.core.training.batches import Batch, drop, epoch_batches
from lfd.core.training.split import TEST, TRAIN, VALIDATION, fold_in, hold_out, part_users
from lfd.errors import UsageError
from lfd.settings.training import DecidedSettings


def rows_of(seed: int, users: int = 30, items: int = 20, density: float = 0.3) -> sparse.csr_array:
    generator = np.random.default_rng(seed)
    return sparse.csr_array((generator.random((users, items)) < density).astype(np.float32))


def dense(batch: Batch) -> np.ndarray:  # type: ignore[type-arg]
    """A batch's input, as a dense matrix."""
    bags, (users, _) = batch.inputs.by_user, batch.noise.shape
    indptr = np.append(bags.starts.numpy(), len(bags.columns))
    return sparse.csr_array((bags.values.numpy(), bags.columns.numpy(), indptr), shape=(users, 20)).toarray()


@given(users=st.integers(1, 200), share=st.floats(0, 0.99), seed=st.integers(0, 5))
def test_hold_out_takes_its_share_and_leaves_somebody(users: int, share: float, seed: int) -> None:
    held = hold_out(users, share, np.random.default_rng(seed))
    assert held.shape == (users,)
    assert not held.all()
    assert abs(held.sum() - share * users) <= 1
    assert held.any() == (share > 0 and users > 1)


@given(users=st.integers(1, 200), holdout=st.floats(0, 0.5), test=st.floats(0, 0.49), seed=st.integers(0, 5))
def test_test_users_are_kept_apart_and_change_nobody_s_validation(
    users: int, holdout: float, test: float, seed: int
) -> None:
    one, other = np.random.default_rng(seed), np.random.default_rng(seed)
    part = part_users(users, holdout, test, one)
    np.testing.assert_array_equal(part == VALIDATION, hold_out(users, holdout, other))
    assert one.random() == other.random()
    assert (part == TRAIN).any()
    assert abs((part == TEST).sum() - test * users) <= 1
    assert set(part) <= {TRAIN, VALIDATION, TEST}


def test_nobody_left_to_train_on_is_refused() -> None:
    with pytest.raises(UsageError, match=r"holdout of 0\.5 and a test of 0\.5"):
        part_users(10, 0.5, 0.5, np.random.default_rng(0))


@given(seed=st.integers(0, 99), density=st.floats(0, 1))
@settings(deadline=None)
def test_fold_in_parts_every_history(seed: int, density: float) -> None:
    rows = rows_of(seed, density=density)
    shown, hidden = fold_in(rows, np.random.default_rng(seed))
    np.testing.assert_array_equal((shown + hidden).toarray(), rows.toarray())
    assert shown.multiply(hidden).nnz == 0
    count = np.diff(rows.indptr)
    np.testing.assert_array_equal(
        np.diff(hidden.indptr), np.where(count > 0, np.maximum(1, np.rint(count / 5)), 0)
    )


def test_an_epoch_visits_every_user_once_and_no_other() -> None:
    rows, users = rows_of(0), np.array([1, 4, 5, 9, 20, 29, 3])
    batches = list(epoch_batches(rows, users, DecidedSettings(batch=3, dropout=0), np.random.default_rng(0)))
    assert [batch.n_users for batch in batches] == [3, 3, 1]
    got = np.concatenate([dense(batch) for batch in batches]) > 0
    expected = rows.toarray()[users] > 0
    assert sorted(map(tuple, got.tolist())) == sorted(map(tuple, expected.tolist()))


def test_targets_are_whole_rows_and_inputs_are_thinned() -> None:
    rows = rows_of(1)
    options = DecidedSettings(batch=30, dropout=0.5, latent=2)
    (batch,) = epoch_batches(rows, np.arange(30), options, np.random.default_rng(0))
    assert len(batch.targets.columns) == rows.nnz
    assert 0.35 * rows.nnz < len(batch.inputs.by_user.columns) < 0.65 * rows.nnz
    assert batch.noise.shape == (30, 2)
    by_item = batch.inputs.by_item
    assert by_item is not None
    assert by_item.values.sum() == batch.inputs.by_user.values.sum()


def test_dropout_keeps_the_expected_input() -> None:
    rows = sparse.csr_array(np.ones((1, 40_000), dtype=np.float32))
    thinned = drop(rows, 0.3, np.random.default_rng(0))
    assert abs(thinned.nnz / 40_000 - 0.7) < 0.01
    np.testing.assert_allclose(thinned.data, 1 / 0.7, rtol=1e-6)
    assert drop(rows, 0.0, np.random.default_rng(0)) is rows


def test_processes_share_a_batch_and_see_the_same_random_numbers() -> None:
    rows = rows_of(2)
    options = DecidedSettings(batch=8, latent=2)

    def epoch(rank: int, world_size: int) -> list[Batch]:
        users = np.arange(30)
        return list(epoch_batches(rows, users, options, np.random.default_rng(0), rank, world_size))

    for whole, even, odd in zip(epoch(0, 1), epoch(0, 2), epoch(1, 2), strict=True):
        assert whole.n_users == even.n_users == odd.n_users
        for part, rank in ((even, 0), (odd, 1)):
            np.testing.assert_array_equal(dense(part), dense(whole)[rank::2])
            np.testing.assert_array_equal(part.noise, whole.noise[rank::2])


def test_dropout_and_noise_differ_from_epoch_to_epoch() -> None:
    rows, options = rows_of(3), replace(DecidedSettings(), batch=30)
    first, second = (
        next(epoch_batches(rows, np.arange(30), options, np.random.default_rng([0, 1, epoch])))
        for epoch in (0, 1)
    )
    assert not np.array_equal(first.noise, second.noise)
    assert not np.array_equal(dense(first), dense(second))
