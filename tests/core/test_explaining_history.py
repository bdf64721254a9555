"""What entries of a history do: gradients against numerical ones, and against leaving entries out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from lfd.core.alignment.rotated import AlignedModel, Rotation
from lfd.core.explaining.gradients import history_pulls, left_out, score_gradients
from lfd.core.models.factors import FactorModel
from lfd.core.models.protocol import Differentiable
from lfd.core.models.svd import fit_svd, svd_model
from tests.core.explained_models import Seen, histories, linear, network


def factors(alpha=0.0, seed=0, items=40, latent=4):
    rng = np.random.default_rng(seed)
    own = rng.standard_normal((items, latent))
    nobody = np.zeros((0, latent)), np.zeros(0, np.uint64)
    fold = np.vstack([rng.standard_normal((1, latent)), rng.standard_normal((latent, latent))])
    return FactorModel(own, rng.standard_normal(items), *nobody, fold, own, 1.3, alpha, 0.5)


def svd():
    return svd_model(fit_svd(histories(users=80), 4)[1])


def directions(users, number=3, latent=4):
    return np.random.default_rng(9).standard_normal((users, number, latent))


MODELS = {
    "ae": network,
    "vae": lambda: network(model="vae", hidden=(9, 7)),
    "no hidden layer": lambda: network(hidden=()),
    "svd": svd,
    "factors": factors,
    "factors, alpha": lambda: factors(alpha=3.0),
}


@pytest.mark.parametrize("name", MODELS)
def test_history_gradients_are_those_of_encode(name):
    model, rows = MODELS[name](), histories(users=4, binary=False)
    along = directions(4)
    assert isinstance(model, Differentiable)
    found = model.history_gradients(rows, along)
    step, user = 1e-2, np.repeat(np.arange(4), np.diff(rows.indptr))
    for entry in range(rows.nnz):
        ends = []
        for side in (1, -1):
            moved = rows.copy().astype(np.float64)
            moved.data[entry] += side * step
            ends.append(model.encode(moved)[0][user[entry]])
        slope = along[user[entry]] @ (ends[0] - ends[1]) / (2 * step)
        np.testing.assert_allclose(found[:, entry], slope, rtol=0.02, atol=5e-3)


@pytest.mark.parametrize("name", MODELS)
def test_score_gradients_are_those_of_decode(name):
    model, rng = MODELS[name](), np.random.default_rng(1)
    z, weights = 0.5 * rng.standard_normal((3, 4)), rng.standard_normal((3, 2, 40))
    own = score_gradients(model, z, weights, np.ones(4))
    other = score_gradients(Seen(model), z, weights, np.ones(4))
    np.testing.assert_allclose(own, other, rtol=1e-2, atol=2e-3)


def test_an_aligned_model_knows_its_derivatives_through_its_axes():
    rng = np.random.default_rng(2)
    to_aligned = rng.standard_normal((4, 4))
    rotation = Rotation(rng.standard_normal(4), to_aligned, np.linalg.inv(to_aligned), 4, ("",) * 4, "test")
    model = AlignedModel(network(), rotation)
    rows, along = histories(users=3, density=0.7), directions(3)
    pulls = history_pulls(model, rows, along)
    raw = network().history_gradients(rows, along @ to_aligned.T)
    np.testing.assert_allclose(pulls, raw * rows.data, atol=1e-5)
    weights = rng.standard_normal((2, 1, 40))
    z = 0.1 * rng.standard_normal((2, 4))
    np.testing.assert_allclose(
        score_gradients(model, z, weights, np.ones(4)),
        score_gradients(Seen(model), z, weights, np.full(4, 0.3)),
        rtol=1e-3,
        atol=2e-2,
    )


def test_on_a_linear_model_a_pull_is_what_leaving_the_entry_out_takes_away():
    model, rows = factors(), histories(users=5, binary=False)
    along = directions(5)
    np.testing.assert_allclose(
        history_pulls(model, rows, along), left_out(model, rows, along), rtol=1e-9, atol=1e-9
    )
    plain = linear(items=40, latent=4)
    entries = np.einsum(
        "el,ekl->ke", plain.encoder[rows.indices], along[np.repeat(range(5), np.diff(rows.indptr))]
    )
    np.testing.assert_allclose(history_pulls(plain, rows, along), entries * rows.data, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["svd", "ae", "no hidden layer"])
def test_where_histories_are_divided_by_their_length_pulls_are_against_the_rest(name):
    model, rows = MODELS[name](), histories(users=5)
    pulls = history_pulls(model, rows, directions(5))
    by_user = np.add.reduceat(pulls, rows.indptr[:-1], axis=1)
    np.testing.assert_allclose(by_user, 0, atol=1e-4)


def test_on_choices_svd_s_pulls_order_entries_as_leaving_them_out_does():
    model, rows = svd(), histories(users=5)
    along = directions(5)
    pulls, alone = history_pulls(model, rows, along), left_out(model, rows, along)
    for user in range(5):
        own = slice(rows.indptr[user], rows.indptr[user + 1])
        for k in range(3):
            assert np.argsort(pulls[k, own]).tolist() == np.argsort(alone[k, own]).tolist()


def test_a_user_without_a_history_has_no_entries():
    rows = sparse.csr_array((2, 40), dtype=np.float32)
    for name, make in MODELS.items():
        assert history_pulls(make(), rows, directions(2)).shape == (3, 0), name
