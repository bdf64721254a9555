"""EASE against the constrained least squares that it solves in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from lfd.core.models.ease import fit_ease, gram, memory
from lfd.errors import InputError, LfdError


def histories(seed, users=60, items=12):
    generator = np.random.default_rng(seed)
    rows = (generator.random((users, items)) < 0.3) * generator.choice([1.0, 0.5], (users, items))
    return sparse.csr_array(rows.astype(np.float32))


def by_columns(rows, penalty):
    """Ridge regression of each item on all others: the same problem, one column at a time."""
    x = rows.toarray().astype(float)
    weights = np.zeros((x.shape[1], x.shape[1]))
    for item in range(x.shape[1]):
        others = np.delete(np.arange(x.shape[1]), item)
        stacked = np.vstack([x[:, others], np.sqrt(penalty) * np.eye(len(others))])
        target = np.concatenate([x[:, item], np.zeros(len(others))])
        weights[others, item] = np.linalg.lstsq(stacked, target, rcond=None)[0]
    return weights


@pytest.mark.parametrize("penalty", [0.5, 20.0, 1000.0])
def test_the_closed_form_is_the_constrained_least_squares(penalty):
    rows = histories(seed=1)
    products = gram(rows)
    before = products.copy()
    model = fit_ease(products, penalty)
    np.testing.assert_allclose(model.weights, by_columns(rows, penalty), atol=1e-10)
    assert (np.diag(model.weights) == 0).all()
    assert (products == before).all()
    np.testing.assert_allclose(model.score(rows), rows.toarray() @ model.weights, atol=1e-10)


def test_an_item_that_nobody_has_speaks_for_none_and_none_for_it():
    rows = histories(seed=2).tolil()
    rows[:, 5] = 0
    weights = fit_ease(gram(rows.tocsr()), 1.0).weights
    assert not weights[5].any()
    assert not weights[:, 5].any()


def test_two_items_of_the_same_users_speak_for_each_other():
    rows = np.zeros((40, 4), dtype=np.float32)
    rows[:20, :2] = rows[20:, 2:] = 1
    scores = fit_ease(gram(sparse.csr_array(rows)), 1.0).score(sparse.csr_array([[1.0, 0, 0, 0]]))
    assert scores[0].argmax() == 1
    assert scores[0, 1] > 0.9
    np.testing.assert_allclose(scores[0, [0, 2, 3]], 0, atol=1e-12)


def test_what_does_not_fit_is_said():
    model = fit_ease(gram(histories(seed=3)), 1.0)
    with pytest.raises(InputError, match="12"):
        model.score(histories(seed=3, items=11))
    same = sparse.csr_array(np.repeat(histories(seed=4, items=1).toarray(), 3, axis=1))
    with pytest.raises(LfdError, match="no solution"):
        fit_ease(gram(same), 1e-300)
    assert memory(10_000) == 2_400_000_000
