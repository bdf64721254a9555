"""The check of a model that comes in: right rows, wrong rows, a prior that does not hold, dead axes."""

from __future__ import annotations

import numpy as np
import pytest

from lfd.core.evaluation.incoming import check_model
from lfd.core.evaluation.incoming_figures import spoken
from lfd.core.models.imported import import_factors
from lfd.errors import InputError
from tests.core.test_models_factors import ITEMS, USERS, build_model, truth


def check(model, rows):
    outcome = check_model(model, rows, np.random.default_rng(0))
    return outcome, {m.name: m for m in outcome.measures}


def imported(users, items, rows):
    found = import_factors(rows, items, np.zeros(ITEMS), users, units="given")
    return build_model(found.config, found.weights)


class Noisy:
    """A model of linear decoding whose users lie at `means`, with an uncertainty."""

    n_items, n_latent = ITEMS, 3

    def __init__(self, means, deviation, items):
        self.means, self.deviation, self.items = means, deviation, items

    def encode(self, rows):
        return self.means[: rows.shape[0]], np.full((rows.shape[0], self.n_latent), self.deviation)

    def decode(self, z):
        return z @ self.items.T


def test_factors_that_belong_are_told_from_shuffled_ones():
    rows, users, items = truth()
    outcome, figures = check(imported(users, items, rows), rows)
    assert outcome.notes == ()
    assert figures["own_auc"].value > 0.75 > figures["popularity_auc"].value
    order = np.random.default_rng(1).permutation(USERS)
    outcome, figures = check(imported(users[order], items, rows), rows)
    assert figures["own_auc"].value < figures["popularity_auc"].value
    assert "in this order?" in outcome.notes[0]


def test_the_auc_is_that_of_every_pair():
    rows, users, items = truth()
    _, figures = check(imported(users, items, rows), rows)
    own, scores = rows.toarray() > 0, users @ items.T
    pairs = [(s[o][:, None] > s[~o]).mean() for o, s in zip(own, scores, strict=True)]
    assert figures["own_auc"].value == pytest.approx(np.mean(pairs), abs=1e-3)


def test_a_model_with_little_noise_and_wide_users_is_told_from_one_that_keeps_its_prior():
    rows, users, items = truth()
    users = (users - users.mean(axis=0)) / users.std(axis=0)
    outcome, figures = check(Noisy(0.8 * users, 0.6, items), rows)
    assert figures["far_from_prior"].value == 0
    assert outcome.notes == ()
    outcome, figures = check(Noisy(4 * users, 0.01, items), rows)
    assert figures["far_from_prior"].value == 3
    assert "far from the prior N(0, 1) on 3 of 3 axes" in outcome.notes[0]
    assert "--scale users" in outcome.notes[0]


def test_a_model_without_noise_claims_no_prior():
    rows, users, items = truth()
    outcome, figures = check(imported(10 * users, items, rows), rows)
    assert figures["far_from_prior"].value == 3
    assert "claims no prior" in figures["far_from_prior"].note
    assert outcome.notes == ()
    assert "it claims none" in spoken(outcome)[1]


def test_dead_axes_are_named():
    rows, users, items = truth()
    outcome, figures = check(imported(users * [1, 0.01, 1], items, rows), rows)
    assert figures["inactive_axes"].parts == {"z1": 1.0}
    assert "z1" in outcome.notes[-1]
    assert spoken(outcome)[2] == "active axes: 2 of 3"


def test_a_model_that_breaks_the_protocol_is_one_sentence():
    rows, users, items = truth()
    model = Noisy(users[:, :2], 1.0, items)
    with pytest.raises(InputError, match=r"means of shape \(300, 2\) where \(300, 3\)"):
        check(model, rows)
    with pytest.raises(InputError, match="not finite, first on z0"):
        check(Noisy(np.full((USERS, 3), np.nan), 1.0, items), rows)
    with pytest.raises(InputError, match="knows 40 items and the data have 39"):
        check(Noisy(users, 1.0, items), rows[:, :39])
    broken = Noisy(users, 1.0, items)
    broken.decode = lambda z: np.full((len(z), ITEMS), np.nan)
    with pytest.raises(InputError, match="scores that are not finite"):
        check(broken, rows)
