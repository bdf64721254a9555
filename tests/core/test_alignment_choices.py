"""Loadings on the scale of logits, and labels that do not fit: against planted answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import approx_fprime
from scipy.special import softmax

from lfd.core.alignment.choices import _Choices, on_logit_scale
from lfd.core.alignment.directions import fit_directions
from lfd.core.alignment.jacobians import Jacobians
from lfd.core.alignment.missing import filled
from lfd.core.concepts import find_concepts
from tests.core.alignment_models import one_hot

USERS, ITEMS, EACH = 1500, 150, 25


@pytest.fixture(scope="module")
def chosen():
    """Users of whitened tastes y choose items by softmax(c B y): c correlated, the rows of B correlated."""
    rng = np.random.default_rng(0)
    loadings = rng.standard_normal((ITEMS, 3)) @ np.linalg.cholesky(0.5 + 0.5 * np.eye(3)).T
    rows = np.linalg.cholesky(0.5 + 0.5 * np.eye(3))
    y = rng.standard_normal((USERS, 3))
    logits = y @ (loadings @ rows).T + 0.8 * rng.standard_normal(ITEMS)
    shares = softmax(logits, axis=1)
    counts = np.array([rng.multinomial(EACH, share) for share in shares])
    return loadings, rows, y, sparse.csr_array(np.minimum(counts, 1).astype(np.float64)), shares.mean(axis=0)


def cosines(found, loadings, rows):
    """Of the rows found by regression on the true loadings, with the true rows."""
    centred = loadings - loadings.mean(axis=0)
    fitted = np.linalg.lstsq(centred, found, rcond=None)[0]
    return (fitted * rows).sum(axis=1) / np.linalg.norm(fitted, axis=1) / np.linalg.norm(rows, axis=1)


@pytest.mark.parametrize("power", [0.5, 1.0])
def test_loadings_bent_and_with_a_power_of_popularity_give_the_true_rows_back(chosen, power):
    loadings, rows, y, interactions, popularity = chosen
    bend = np.array([[1.0, 0.9, 0.0], [-0.3, 0.5, 0.4], [0.2, -0.6, 1.5]])
    bent = popularity[:, None] ** power * (loadings - loadings.mean(axis=0)) @ rows @ bend
    assert cosines(bent - bent.mean(axis=0), loadings, rows).min() < 0.8
    found = on_logit_scale(bent, y, interactions, popularity)
    assert cosines(found, loadings, rows).min() > 0.99
    assert np.allclose(found.mean(axis=0), 0)
    counts = on_logit_scale(bent, y, interactions, 1e4 * popularity)  # the unit of popularity is arbitrary
    assert np.allclose(found, counts, atol=0.02 * np.abs(found).max())


def test_loadings_that_are_logits_stay_as_they_are(chosen):
    loadings, rows, y, interactions, popularity = chosen
    logits = 3 * (loadings - loadings.mean(axis=0)) @ rows
    assert on_logit_scale(logits, y, interactions, popularity) is logits
    nobody = sparse.csr_array(interactions.shape)
    assert on_logit_scale(logits, y, nobody, np.zeros(ITEMS)) is logits


def test_items_that_nobody_chose_and_flat_directions_do_no_harm(chosen):
    loadings, rows, y, interactions, popularity = chosen
    bent = popularity[:, None] * (loadings - loadings.mean(axis=0)) @ rows
    kept = interactions.toarray()
    kept[:, :10] = 0
    wide = np.hstack([bent, np.zeros((ITEMS, 1))])
    counts = kept.sum(axis=0)
    found = on_logit_scale(wide, np.hstack([y, y[::-1, :1]]), sparse.csr_array(kept), counts)
    assert np.isfinite(found).all()


def test_the_gradient_is_that_of_the_loss(chosen):
    loadings, _, y, interactions, _ = chosen
    choices = _Choices(loadings[:20], y[:100], interactions[:100, :20])
    at = np.random.default_rng(1).standard_normal(20 + 9)
    numeric = approx_fprime(at, lambda v: choices.loss(v)[0], 1e-6)
    assert np.allclose(choices.loss(at)[1], numeric, atol=1e-6)


# --- labels that do not fit -----------------------------------------------------------------------


def labelled(seed, wrong, noise=0.1, ordered=True):
    """Items whose loadings are two attributes' levels, and these attributes with a share of labels wrong."""
    rng = np.random.default_rng(seed)
    level = rng.integers(0, 5, (240, 2))
    mixing = np.array([[1.0, 0.2, 0.0], [0.1, -0.3, 0.9]])
    loadings = np.linspace(-1, 1, 5)[level] @ mixing + noise * rng.standard_normal((240, 3))
    seen = level.copy()
    for column in seen.T:
        at = rng.permutation(240)[: round(wrong * 240)]
        column[at] = (column[at] + rng.integers(1, 5, len(at))) % 5
    attributes = [one_hot(f"f{f}", seen[:, f], 5, ordered=ordered) for f in range(2)]
    truth = mixing / np.linalg.norm(mixing, axis=1, keepdims=True)
    return loadings - loadings.mean(axis=0), find_concepts(attributes, 240), level, truth


def test_wrong_labels_are_told_from_the_loadings():
    plain, fitted = [], []
    for seed in range(10):
        loadings, concepts, level, truth = labelled(seed, wrong=0.3)
        whole = [concepts.names.index(c) for c in concepts.names if c.value is None]
        corrected = filled(concepts, loadings)
        place = corrected.columns[:, whole] - corrected.columns[:, whole].mean(axis=0)
        assert np.corrcoef(place[:, 0], level[:, 0])[0, 1] > 0.98
        for columns, angles in ((concepts.columns, plain), (corrected.columns, fitted)):
            rows = np.linalg.lstsq(columns[:, whole], loadings, rcond=None)[0]
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            angles.append((rows * truth).sum(axis=1).min())
    assert np.mean(fitted) > 0.999 > 0.995 > np.mean(plain)


def test_reading_directions_are_fitted_to_the_corrected_labels():
    loadings, concepts, _, truth = labelled(0, wrong=0.3)
    both = Jacobians(loadings, loadings)
    whole = [concepts.names.index(c) for c in concepts.names if c.value is None]
    found = fit_directions(both, concepts, np.zeros(240, dtype=np.int64)).reading[whole]
    assert (found * truth).sum(axis=1).min() > 0.998


def test_labels_are_left_alone_without_evidence_against_them():
    loadings, concepts, *_ = labelled(0, wrong=0.0)
    assert np.array_equal(filled(concepts, loadings).columns, concepts.columns)
    shuffled = np.random.default_rng(1).permutation(loadings)
    assert np.array_equal(filled(concepts, shuffled).columns, concepts.columns)
    noisy, concepts, *_ = labelled(0, wrong=0.3, noise=2.0)
    assert np.array_equal(filled(concepts, noisy).columns, concepts.columns)


def test_single_values_are_left_alone():
    loadings, concepts, *_ = labelled(0, wrong=0.3, ordered=False)
    assert np.array_equal(filled(concepts, loadings).columns, concepts.columns)


def test_no_label_of_other_items_is_looked_at():
    loadings, concepts, *_ = labelled(0, wrong=0.3)
    some = np.arange(240) % 5 > 0
    both, strata = Jacobians(loadings, loadings), np.zeros(240, dtype=np.int64)
    scrambled = concepts.columns.copy()
    scrambled[~some] = np.random.default_rng(0).permutation(scrambled[~some])
    other = type(concepts)(**{**vars(concepts), "columns": scrambled})
    one, two = (fit_directions(both, c, strata, some) for c in (concepts, other))
    assert np.array_equal(one.reading, two.reading)
