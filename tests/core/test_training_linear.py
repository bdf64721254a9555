"""The linear model trained as the others are: same split, same held-out loss, no torch to load it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy import sparse

from lfd.core.models.build import build_model
from lfd.core.models.network import Network, NetworkConfig
from lfd.core.models.popularity import PopularityModel
from lfd.core.models.protocol import LatentModel
from lfd.core.models.svd import SvdModel
from lfd.core.models.wrapper import NetworkModel
from lfd.core.training.fit import fit
from lfd.core.training.linear import fit_linear
from lfd.core.training.prediction import choice_loss, held_out_choice_loss
from lfd.core.training.validation import held_out_batches, held_out_loss
from lfd.errors import UsageError
from lfd.settings.training import TrainSettings


def groups(users=300):
    """Users of group 0 choose among items 0 to 9, users of group 1 among 10 to 19."""
    generator = np.random.default_rng(0)
    chosen = generator.permuted(np.tile(np.arange(10), (users, 1)), axis=1)[:, :5]
    column = chosen + 10 * (np.arange(users) % 2)[:, None]
    row = np.repeat(np.arange(users), 5)
    return sparse.csr_array((np.ones(5 * users, np.float32), (row, column.ravel())), shape=(users, 20))


ROWS = groups()
SETTINGS = TrainSettings(model="svd", latent=2)


def test_fit_gives_an_svd_that_builds_again_and_separates_the_groups():
    fitted = fit(ROWS, SETTINGS)
    model = build_model(fitted.config, fitted.weights)
    assert isinstance(model, SvdModel)
    top = np.argsort(-model.decode(model.encode(ROWS)[0]), axis=1)[:, :10] >= 10
    assert (top.mean(axis=1) == np.arange(300) % 2).all()
    assert fitted.history.columns.tolist() == [
        "epoch", "beta", "loss", "reconstruction", "kl", "validation_loss", "active_axes",
    ]  # fmt: skip
    assert len(fitted.history) == 1
    assert fitted.history[["beta", "kl"]].isna().all(axis=None)
    assert fitted.history["active_axes"][0] == 2
    assert fitted.notes == []


def test_it_is_held_against_the_users_that_a_network_with_that_seed_is_held_against():
    network = fit(ROWS, TrainSettings(latent=2, hidden=(8,), epochs=1, seed=5))
    assert (fit(ROWS, TrainSettings(model="svd", latent=2, seed=5)).split == network.split).all()
    assert (fit(ROWS, SETTINGS).split != network.split).any()


@pytest.mark.parametrize("options", [{"model": "svd"}, {"hidden": (8,), "epochs": 2, "batch": 64}])
def test_training_never_looks_at_test_users(options):
    settings = TrainSettings(latent=2, holdout=0.2, test=0.3, **options)
    fitted = fit(ROWS, settings)
    tested = np.flatnonzero(fitted.split == "test")
    assert len(tested) == 90
    other = ROWS.toarray()
    other[tested] = np.random.default_rng(1).random((90, 20)) < 0.5
    again = fit(sparse.csr_array(other), settings)
    assert all((fitted.weights[name] == again.weights[name]).all() for name in fitted.weights)
    columns = ["loss", "validation_loss"]
    assert fitted.history[columns].equals(again.history[columns])


def test_held_out_users_do_not_teach():
    fitted = fit(ROWS, SETTINGS)
    held = np.flatnonzero(fitted.split == "validation")
    changed = ROWS.toarray()
    changed[held] = changed[held][:, ::-1]
    again = fit(sparse.csr_array(changed), SETTINGS)
    assert (again.weights["encoder"] == fitted.weights["encoder"]).all()
    assert again.history["validation_loss"][0] != fitted.history["validation_loss"][0]


def test_its_held_out_loss_is_the_networks():
    config = NetworkConfig("ae", "multinomial", 20, 3, (4,))
    network = Network(config, 0)
    held = held_out_batches(ROWS, 64, np.random.default_rng(0))
    theirs = held_out_loss(network, held, torch.device("cpu"))
    assert held_out_choice_loss(NetworkModel(network), held.shown, held.hidden) == pytest.approx(
        theirs, rel=1e-5
    )


def test_popularity_predicts_by_shares_of_what_is_left():
    rows = sparse.csr_array(np.array([[1, 1, 0], [1, 0, 0], [1, 0, 0]], np.float32))
    model = PopularityModel(rows)
    assert isinstance(model, LatentModel)
    counts = np.array([4, 2, 1])  # each counted once more
    shown = sparse.csr_array(np.array([[1.0, 0, 0]]))
    hidden = sparse.csr_array(np.array([[0, 1.0, 0]]))
    assert choice_loss(model, shown, hidden) == pytest.approx(-np.log(2 / 3))
    assert choice_loss(model, shown, hidden, exclude_shown=False) == pytest.approx(-np.log(2 / counts.sum()))


def test_without_held_out_users_there_is_no_held_out_loss():
    fitted = fit_linear(ROWS, TrainSettings(model="svd", latent=2, holdout=0.0))
    assert fitted.history["validation_loss"].isna().all()
    assert (fitted.split == "train").all()


def test_more_axes_than_training_users_are_refused():
    with pytest.raises(UsageError, match="9 axes cannot come from the SVD of 9 users x 20 items"):
        fit(ROWS[:10], TrainSettings(model="svd", latent=9))


def test_training_and_loading_it_need_no_torch():
    code = """
import sys
import numpy as np
from scipy import sparse
from lfd.core.models.build import build_model
from lfd.core.training.fit import fit
from lfd.settings.training import TrainSettings
rows = sparse.csr_array((np.random.default_rng(0).random((9, 8)) < 0.5).astype(np.float32))
fitted = fit(rows, TrainSettings(model="svd", latent=2))
assert build_model(fitted.config, fitted.weights).decode(np.ones((1, 2))).shape == (1, 8)
print("torch" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
