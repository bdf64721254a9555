"""The network behind its numpy protocol: sparse product, encoding, interception, and back from arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from lfd.core.models.bags import sparse_batch, sparse_product
from lfd.core.models.intercept import Intercepted
from lfd.core.models.network import Network, NetworkConfig
from lfd.core.models.protocol import LatentModel
from lfd.core.models.rows import check_interactions, unit_rows
from lfd.core.models.wrapper import NetworkModel, build_model, plain_config, weights_of
from lfd.errors import InputError


def random_rows(users: int, items: int, seed: int = 0, density: float = 0.2) -> sparse.csr_array:
    generator = np.random.default_rng(seed)
    dense = generator.random((users, items)) * (generator.random((users, items)) < density)
    return sparse.csr_array(dense.astype(np.float32))


def network(
    model: str = "vae", hidden: tuple[int, ...] = (7, 5), items: int = 12, latent: int = 3
) -> Network:
    config = NetworkConfig(model, "multinomial", items, latent, hidden)  # type: ignore[arg-type]
    return Network(config, seed=1)


@given(users=st.integers(1, 9), items=st.integers(1, 9), seed=st.integers(0, 99), density=st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_sparse_product_is_the_dense_one_and_so_is_its_gradient(
    users: int, items: int, seed: int, density: float
) -> None:
    rows = random_rows(users, items, seed, density)
    weight = torch.randn(items, 4, generator=torch.Generator().manual_seed(seed), requires_grad=True)
    slope = torch.randn(users, 4, generator=torch.Generator().manual_seed(seed + 1))
    product = sparse_product(sparse_batch(rows, gradient=True), weight)
    (gradient,) = torch.autograd.grad(product, weight, slope)
    dense = torch.from_numpy(rows.toarray())
    torch.testing.assert_close(product, dense @ weight)
    torch.testing.assert_close(gradient, dense.T @ slope)


def test_product_of_a_batch_without_its_transpose_asks_for_no_gradient() -> None:
    weight = torch.ones(12, 2, requires_grad=True)
    assert not sparse_product(sparse_batch(random_rows(3, 12)), weight).requires_grad


def by_hand(net: Network, dense: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The encoder as a formula on a dense matrix, in numpy."""
    w = {name: value.astype(np.float64) for name, value in weights_of(net).items()}
    length = np.linalg.norm(dense, axis=1, keepdims=True)
    h = dense / np.where(length > 0, length, 1) @ w["first"] + w["first_bias"]
    for layer in range(len(net.down)):
        h = np.tanh(h) @ w[f"down.{layer}.weight"].T + w[f"down.{layer}.bias"]
    return h[:, : net.config.n_latent], np.exp(h[:, net.config.n_latent :] / 2)


@pytest.mark.parametrize("hidden", [(), (7,), (7, 5)])
def test_encode_is_the_formula_also_for_users_without_interactions(hidden: tuple[int, ...]) -> None:
    net, dense = network(hidden=hidden), random_rows(6, 12).toarray()
    dense[2] = 0
    rows = sparse.csr_array(dense)
    mean, deviation = NetworkModel(net).encode(rows)
    expected_mean, expected_deviation = by_hand(net, rows.toarray().astype(np.float64))
    np.testing.assert_allclose(mean, expected_mean, atol=1e-6)
    np.testing.assert_allclose(deviation, expected_deviation, atol=1e-6)
    assert mean.dtype == deviation.dtype == np.float64


def test_decode_is_the_formula() -> None:
    net, z = network(hidden=(7,)), np.random.default_rng(0).normal(size=(4, 3))
    w = weights_of(net)
    expected = np.tanh(z @ w["up.0.weight"].T + w["up.0.bias"]) @ w["up.1.weight"].T + w["up.1.bias"]
    np.testing.assert_allclose(NetworkModel(net).decode(z), expected, atol=1e-5)


def test_input_does_not_depend_on_the_scale_of_a_history() -> None:
    rows = random_rows(5, 12, density=0.6)
    model = NetworkModel(network())
    np.testing.assert_allclose(
        model.encode(rows)[0], model.encode(sparse.csr_array(rows * 0.25))[0], atol=1e-6
    )
    np.testing.assert_allclose(np.linalg.norm(unit_rows(rows).toarray(), axis=1), 1, atol=1e-6)


def test_order_of_users_does_not_change_what_is_encoded() -> None:
    model, rows = NetworkModel(network()), random_rows(40, 12)
    order = np.random.default_rng(3).permutation(40)
    for before, after in zip(model.encode(rows), model.encode(rows[order]), strict=True):
        np.testing.assert_allclose(after, before[order], atol=1e-6)


def test_an_autoencoder_has_no_deviation() -> None:
    mean, deviation = NetworkModel(network("ae")).encode(random_rows(5, 12))
    assert np.all(deviation == 0)
    assert np.all(mean.std(axis=0) > 0)


def test_a_model_of_another_width_is_refused() -> None:
    with pytest.raises(InputError, match="have 11 items, the model knows 12"):
        NetworkModel(network()).encode(random_rows(2, 11))


@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_a_model_comes_back_from_its_configuration_and_weights(kind: str) -> None:
    net = network(kind)
    again = build_model(plain_config(net.config), weights_of(net))
    rows, z = random_rows(5, 12), np.ones((2, 3))
    model = NetworkModel(net)
    np.testing.assert_array_equal(again.encode(rows)[0], model.encode(rows)[0])
    np.testing.assert_array_equal(again.encode(rows)[1], model.encode(rows)[1])
    np.testing.assert_array_equal(again.decode(z), model.decode(z))
    assert isinstance(again, LatentModel)


def test_the_model_does_not_share_memory_with_the_weights_it_came_from() -> None:
    weights = weights_of(network())
    model = build_model(plain_config(network().config), weights)
    before = model.decode(np.ones((1, 3)))
    for value in weights.values():
        value[:] = 0
    np.testing.assert_array_equal(model.decode(np.ones((1, 3))), before)


def test_configurations_and_weights_that_do_not_fit_are_refused() -> None:
    net = network()
    config, weights = plain_config(net.config), weights_of(net)
    with pytest.raises(InputError, match="unknown key: hiden; did you mean hidden"):
        build_model({**config, "hiden": [1]}, weights)
    with pytest.raises(InputError, match="lacks n_latent"):
        build_model({k: v for k, v in config.items() if k != "n_latent"}, weights)
    with pytest.raises(InputError, match="do not fit its configuration: first"):
        build_model(config, {k: v for k, v in weights.items() if k != "first"})
    with pytest.raises(InputError, match=r"first has shape \(3, 3\) where \(12, 7\)"):
        build_model(config, {**weights, "first": np.zeros((3, 3), np.float32)})
    with pytest.raises(InputError, match="values that are not finite"):
        build_model(config, {**weights, "first": weights["first"] * np.nan})


def test_interception_is_applied_once_and_only_to_decoding() -> None:
    model, calls = NetworkModel(network()), []

    def double(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        calls.append(len(z))
        z *= 2  # in place: the caller's z must not change
        return z

    wrapped, z = Intercepted(model, double), np.random.default_rng(0).normal(size=(4, 3))
    kept = z.copy()
    np.testing.assert_array_equal(wrapped.decode(z), model.decode(2 * z))
    assert calls == [4]
    np.testing.assert_array_equal(z, kept)
    rows = random_rows(5, 12)
    np.testing.assert_array_equal(wrapped.encode(rows)[0], model.encode(rows)[0])
    assert calls == [4]
    assert isinstance(wrapped, LatentModel)


def test_interceptions_nest() -> None:
    model, z = NetworkModel(network()), np.ones((1, 3))
    outer_first = Intercepted(Intercepted(model, lambda z: z + 1), lambda z: 3 * z)
    np.testing.assert_array_equal(outer_first.decode(z), model.decode(3 * z + 1))


def test_a_transformation_must_keep_shape_and_finiteness() -> None:
    model = NetworkModel(network())
    with pytest.raises(InputError, match=r"turned shape \(2, 3\) into \(2, 1\)"):
        Intercepted(model, lambda z: z[:, :1]).decode(np.ones((2, 3)))
    with pytest.raises(InputError, match="not finite"):
        Intercepted(model, lambda z: z * np.nan).decode(np.ones((2, 3)))


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (1.5, "1.5"), (-1.0, "-1"), (np.inf, "inf")])
def test_values_outside_0_to_1_are_refused_with_their_place(value: float, shown: str) -> None:
    matrix = sparse.csr_array(([0.5, value, 1.0], ([0, 2, 2], [1, 3, 4])), shape=(4, 5))
    with pytest.raises(InputError, match=rf"user 2 \(row\), item 3 \(column\): the value is {shown}, not"):
        check_interactions(matrix)


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(InputError, match="3 users, 4 items, 0 interactions"):
        check_interactions(sparse.csr_array((3, 4), dtype=np.float32))
