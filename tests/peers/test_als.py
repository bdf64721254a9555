"""`train --model als` is implicit's factorisation: its scores, its folding in, its failures in lfd's words.

Needs the extra `als`, but for the answer where it is missing.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy import sparse

from lfd.core.models.als import fit_als
from lfd.core.models.build import build_model
from lfd.core.training.fit import fit
from lfd.errors import UsageError
from lfd.settings.training import TrainSettings
from tests.core.test_models_factors import truth

WHY = "implicit is not installed: pip install -e '.[als]'"


def fitted(rows, **changed):
    options = {"latent": 4, "alpha": 4.0, "regularization": 0.3, "iterations": 15, "seed": 0} | changed
    config, weights = fit_als(rows, **options)
    return weights, build_model(config, weights)


def test_scores_are_those_of_the_library():
    als = pytest.importorskip("implicit.cpu.als", reason=WHY)
    rows = truth()[0]
    theirs = als.AlternatingLeastSquares(
        factors=4, alpha=1.0, regularization=0.3, use_cg=False, num_threads=1, random_state=0
    )
    confidences = sparse.csr_matrix(rows)
    confidences.data = 1 + 4 * confidences.data
    theirs.fit(confidences, show_progress=False)
    users = theirs.recalculate_user(np.arange(rows.shape[0]), confidences)
    model = fitted(rows)[1]
    ours = model.decode(model.encode(rows)[0]) / model.temperature
    # theirs puts a user where the weights alpha say, as if the values were confidences: so do ours but for b
    gram = theirs.item_factors.T @ theirs.item_factors + 0.3 * np.eye(4)
    row = rows[[7]].toarray()[0]
    items = theirs.item_factors.astype(np.float64)
    exact = np.linalg.solve(gram + 4 * (items.T * row) @ items, items.T @ ((1 + 4 * row) * row))
    assert np.allclose(ours[7], items @ exact, atol=1e-4)
    assert np.allclose(users[7], exact, atol=1e-3)


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_threads():
    pytest.importorskip("implicit", reason=WHY)
    rows = truth()[0]
    one, two, other = (fitted(rows, **o)[0] for o in ({}, {"threads": 2}, {"seed": 1}))
    assert all(one[name].tobytes() == two[name].tobytes() for name in one)
    assert one["decoder"].tobytes() != other["decoder"].tobytes()


def test_training_knows_nothing_of_held_out_users():
    pytest.importorskip("implicit", reason=WHY)
    rows = truth()[0]
    settings = TrainSettings(model="als", latent=4, holdout=0.2, test=0.2)
    one = fit(rows, settings)
    changed = rows.tolil()
    changed[np.flatnonzero(one.split != "train")] = 0
    two = fit(sparse.csr_array(changed), settings)
    assert one.weights["decoder"].tobytes() == two.weights["decoder"].tobytes()
    assert np.isfinite(one.history["validation_loss"].iloc[0])


def test_options_of_the_training_loop_have_no_effect():
    pytest.importorskip("implicit", reason=WHY)
    notes = fit(truth()[0], TrainSettings(model="als", latent=4, beta=2.0, alpha=2.0)).notes
    assert notes == ["--beta: no effect on a model of this kind (als)"]


def test_a_missing_library_is_answered_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "implicit.cpu.als", None)
    monkeypatch.setitem(sys.modules, "implicit", None)
    with pytest.raises(UsageError, match="not installed") as raised:
        fitted(truth()[0])
    assert "pip install 'lfd[als]'" in raised.value.hint
