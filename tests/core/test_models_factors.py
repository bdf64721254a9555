"""Factors that another program trained as a model: encode, fold-in, units, scale, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from lfd.core.models.build import build_model
from lfd.core.models.factors import FactorModel
from lfd.core.models.folding import fold_histories
from lfd.core.models.histories import history_keys
from lfd.core.models.imported import import_factors
from lfd.core.models.protocol import LatentModel
from lfd.errors import InputError

USERS, ITEMS, LATENT = 300, 40, 3


def truth(seed=0):
    """Users who choose the 8 best of their own scores, and the factors that made the scores."""
    rng = np.random.default_rng(seed)
    users, items = rng.standard_normal((USERS, LATENT)), rng.standard_normal((ITEMS, LATENT))
    scores = users @ items.T + rng.gumbel(size=(USERS, ITEMS))
    chosen = np.argsort(-scores, axis=1)[:, :8]
    rows = np.zeros((USERS, ITEMS), np.float32)
    np.put_along_axis(rows, chosen, 1, axis=1)
    return sparse.csr_array(rows), users, items


def model_of(imported):
    return build_model(imported.config, imported.weights)


@pytest.mark.parametrize("units", ["given", "scores"])
def test_the_scores_of_the_runs_users_are_those_of_the_given_factors(units):
    rows, users, items = truth()
    bias = np.random.default_rng(1).standard_normal(ITEMS)
    imported = import_factors(rows, items, bias, users, units=units)
    model = model_of(imported)
    assert isinstance(model, LatentModel)
    mean, deviation = model.encode(rows)
    assert (deviation == 0).all()
    scores = model.decode(mean) / imported.config["temperature"]
    assert np.allclose(scores, users @ items.T + bias, atol=1e-4)
    if units == "given":
        assert np.allclose(mean, users, atol=1e-5)


def test_by_scores_every_step_changes_the_scores_by_as_much_and_any_gauge_gives_the_same_space():
    rows, users, items = truth()
    gauge = np.random.default_rng(2).standard_normal((LATENT, LATENT))
    spread = []
    for p, q in ((users, items), (users @ gauge, items @ np.linalg.inv(gauge).T)):
        model = model_of(import_factors(rows, q, np.zeros(ITEMS), p))
        steps = model.decode(np.eye(LATENT)) - model.decode(np.zeros((1, LATENT)))
        steps -= steps.mean(axis=1, keepdims=True)
        assert np.allclose(steps @ steps.T, model.temperature**2 * np.eye(LATENT), atol=1e-4)
        spread.append(np.linalg.eigvalsh(np.cov(model.encode(rows)[0].T)))
    assert np.allclose(*spread, rtol=1e-4)


def test_factors_that_are_never_negative_keep_their_axes():
    rows, users, items = truth()
    assert import_factors(rows, abs(items), np.zeros(ITEMS), abs(users)).config["units"] == "given"
    assert import_factors(rows, items, np.zeros(ITEMS), abs(users)).config["units"] == "scores"


@pytest.mark.parametrize("alpha", [0.0, 4.0])
def test_folding_in_is_the_least_squares_solution_of_each_user(alpha):
    rows, _, items = truth()
    rows.data[:] = np.random.default_rng(3).uniform(0.2, 1, rows.nnz)
    found = fold_histories(rows[:5], items, alpha, 0.7)
    for x, z in zip(rows[:5].toarray().astype(float), found, strict=True):
        c = np.diag(1 + alpha * x)
        assert np.allclose(z, np.linalg.solve(items.T @ c @ items + 0.7 * np.eye(LATENT), items.T @ c @ x))


def test_least_squares_users_are_folded_in_to_where_they_were_given():
    rows, _, items = truth()
    users = fold_histories(rows, items, 3.0, 0.5)
    known = np.arange(USERS) < 250
    imported = import_factors(rows, items, np.zeros(ITEMS), users, known, alpha=3.0, ridge=0.5, units="given")
    assert imported.measures[0].value > 0.9999
    assert np.allclose(model_of(imported).encode(rows[np.flatnonzero(~known)])[0], users[250:], atol=1e-3)


def test_factors_of_another_scale_and_place_are_met_by_a_map():
    rows, _, items = truth()
    users = 5 + fold_histories(rows, items, 0.0, 0.5) @ np.diag([3.0, -1, 2])
    imported = import_factors(rows, items, np.zeros(ITEMS), users, ridge=0.5)
    (agreement,) = imported.measures
    assert agreement.parameters["map"] == "affine"
    assert agreement.value > 0.9999 > agreement.parameters["without_map"]


def test_users_of_one_history_are_encoded_at_their_mean():
    rows, users, items = truth()
    twice = sparse.vstack([rows, rows[:2]], format="csr")
    imported = import_factors(
        twice, items, np.zeros(ITEMS), np.concatenate([users, users[:1] + 1, users[1:2]]), units="given"
    )
    mean, _ = model_of(imported).encode(rows[:2])
    assert np.allclose(mean, [users[0] + 0.5, users[1]], atol=1e-5)
    assert "2 users have the same history" in imported.notes[0]


def test_items_alone_fold_everybody_in():
    rows, _, items = truth()
    imported = import_factors(rows, items, np.zeros(ITEMS), units="given", ridge=0.5)
    assert np.allclose(model_of(imported).encode(rows)[0], fold_histories(rows, items, 0.0, 0.5), atol=1e-3)
    assert imported.measures == ()


def test_a_history_is_told_by_its_items_and_values_and_not_by_their_order():
    rows, _, _ = truth()
    keys = history_keys(rows)
    assert len(np.unique(keys)) == len(np.unique(rows.toarray(), axis=0))
    assert (history_keys(rows[::-1]) == keys[::-1]).all()
    shuffled = sparse.csr_array((rows.data, rows.indices[::-1].copy(), rows.indptr), shape=rows.shape)
    assert (history_keys(shuffled)[0] == history_keys(rows[[USERS - 1]])[0]).all()
    half = rows.copy()
    half.data[0] = 0.5
    assert (history_keys(half) != keys).tolist() == [True, *[False] * (USERS - 1)]
    assert history_keys(sparse.csr_array((2, 9), dtype=np.float32)).tolist() == [0, 0]


def test_many_histories_do_not_meet():
    rng = np.random.default_rng(0)
    columns = rng.integers(0, 60_000, 400_000)
    rows = sparse.csr_array((np.ones(400_000, np.float32), columns, np.arange(0, 400_001, 4)))
    same = np.unique(np.sort(columns.reshape(-1, 4), axis=1), axis=0)
    assert len(np.unique(history_keys(rows))) == len(same)


def test_scores_are_on_the_scale_of_logits_whatever_the_factors_scale():
    rows, users, items = truth()
    one, other = (import_factors(rows, s * items, np.zeros(ITEMS), users) for s in (1.0, 100.0))
    assert other.config["temperature"] == pytest.approx(one.config["temperature"] / 100, rel=1e-6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"items": np.ones((ITEMS - 1, LATENT))}, "do not fit 300 users x 40 items"),
        ({"users": np.ones((USERS, LATENT + 1))}, r"factors of users \(300, 4\)"),
        ({"items": np.zeros((ITEMS, LATENT))}, "all factors of items are 0"),
        ({"items": np.ones((ITEMS, 0)), "users": np.ones((USERS, 0))}, "do not fit"),
    ],
)
def test_factors_that_do_not_fit(change, said):
    rows, users, items = truth()
    with pytest.raises(InputError, match=said):
        import_factors(
            **{"interactions": rows, "items": items, "bias": np.zeros(ITEMS), "users": users} | change
        )


def test_weights_that_do_not_fit_and_numbers_that_are_missing():
    rows, users, items = truth()
    imported = import_factors(rows, items, np.zeros(ITEMS), users)
    for name in imported.weights:
        rest = {n: w for n, w in imported.weights.items() if n != name}
        with pytest.raises(InputError, match="do not fit"):
            build_model(imported.config, rest)
    with pytest.raises(InputError, match="lacks temperature"):
        build_model({"model": "factors"}, imported.weights)
    model = model_of(imported)
    assert isinstance(model, FactorModel)
    with pytest.raises(InputError, match="have 7 items, the model knows 40"):
        model.encode(sparse.csr_array((3, 7)))
