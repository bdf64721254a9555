"""What describes an axis, against figures worked out by hand and by torch.distributions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from torch.distributions import Normal, kl_divergence

from lfd.core.models.axes import axis_statistics, encode_users, is_active


class TwoAxes:
    """A model by hand: z0 = number of items, z1 = 0; knows no torch."""

    n_items, n_latent = 3, 2

    def encode(
        self, interactions: sparse.csr_array
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        count = np.asarray(interactions.sum(axis=1), dtype=np.float64)
        return np.stack([count, np.zeros_like(count)], axis=1), np.full((len(count), 2), 0.5)

    def decode(self, latents: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.repeat(latents[:, :1], 3, axis=1)


def test_all_users_are_encoded_in_order_whatever_the_batch() -> None:
    rows = sparse.csr_array(np.tri(7, 3, dtype=np.float32))
    for batch in (1, 3, 7, 100):
        parts = list(encode_users(TwoAxes(), rows, batch))
        assert [first for first, _, _ in parts] == list(range(0, 7, batch))
        np.testing.assert_array_equal(
            np.concatenate([mean for _, mean, _ in parts])[:, 0], [1, 2, 3, 3, 3, 3, 3]
        )


def test_statistics_of_five_users_by_hand() -> None:
    mean = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0], [3.0, 1.0], [4.0, 1.0]])
    table = axis_statistics(mean, np.ones_like(mean))
    assert table["axis"].tolist() == [0, 1]
    assert table["mean"].tolist() == [2.0, 1.0]
    assert table["variance"].tolist() == [2.0, 0.0]
    assert table["active"].tolist() == [True, False]
    # deviation 1: KL is half the mean square, (0 + 1 + 4 + 9 + 16) / 5 / 2 and 1 / 2
    np.testing.assert_allclose(table["kl"], [3.0, 0.5])
    named = table.loc[0, ["min", "q02", "q25", "q50", "q75", "q98", "max"]].to_numpy(dtype=float)
    np.testing.assert_allclose(named, [0, 0.08, 1, 2, 3, 3.92, 4])


def test_kl_is_that_of_torch_distributions() -> None:
    generator = np.random.default_rng(0)
    mean, deviation = generator.normal(size=(50, 4)), generator.uniform(0.1, 2, size=(50, 4))
    posterior = Normal(torch.from_numpy(mean), torch.from_numpy(deviation))
    expected = kl_divergence(posterior, Normal(0.0, 1.0)).mean(dim=0)
    np.testing.assert_allclose(axis_statistics(mean, deviation)["kl"], expected.numpy())


def test_without_noise_there_is_no_kl_and_activity_is_relative() -> None:
    mean = np.array([[1.0, 10.0, 0.9], [-1.0, -10.0, -0.9]])
    table = axis_statistics(mean, np.zeros_like(mean))
    assert table["kl"].isna().all()
    assert table["active"].tolist() == [True, True, False]  # 1 and 0.81 against 0.01 of 100


def test_an_aligned_axis_is_active_where_users_differ_in_the_model_s_own_units_too() -> None:
    mean = np.array([[1.0, 1.0, 0.05], [-1.0, -1.0, -0.05]])  # each of unit variance, but for the last
    units = np.array([1.0, 0.05, 1.0])  # the second is a twentieth as long: 0.0025 of the first
    table = axis_statistics(mean, np.zeros_like(mean), units)
    np.testing.assert_allclose(table["spread"], [1.0, 0.0025, 0.0025])
    assert table["active"].tolist() == [True, False, False]
    assert axis_statistics(mean, np.zeros_like(mean))["active"].tolist() == [True, True, False]


def test_activity_with_noise_is_in_units_of_the_prior() -> None:
    variance = np.array([0.0, 0.0099, 0.01, 25.0])
    assert is_active(variance, noisy=True).tolist() == [False, False, True, True]
    assert is_active(np.zeros(3), noisy=False).tolist() == [False, False, False]


def test_without_noise_an_axis_of_chance_alone_is_not_active() -> None:
    variance, known = np.array([1.0, 0.5, 0.5, 0.001]), np.array([0.9, 0.1, 0.09, 0.9])
    assert is_active(variance, False, known).tolist() == [True, True, False, False]
    assert is_active(variance, False, np.full(4, np.nan)).tolist() == [True, True, True, False]  # not known
    # Noise shrinks chance itself.
    assert is_active(variance, True, known).tolist() == [True, True, True, False]
    mean = np.array([[1.0, 1.0], [-1.0, -1.0]])
    table = axis_statistics(mean, np.zeros_like(mean), reliability=np.array([0.9, 0.0]))
    assert table["active"].tolist() == [True, False]
    assert table["reliability"].tolist() == [0.9, 0.0]
    assert axis_statistics(mean, np.zeros_like(mean))["reliability"].isna().all()
