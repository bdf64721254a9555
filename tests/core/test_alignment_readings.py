"""Reading directions from unseen choices: planted answers, invariances, and when the decoder is believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from scipy.special import log_softmax, softmax

from lfd.core.alignment import likelihood, readings
from lfd.core.alignment.align import align
from lfd.core.alignment.directions import fit_directions
from lfd.core.alignment.jacobians import Jacobians
from lfd.core.alignment.unseen import Unseen, unseen_choices
from lfd.core.alignment.whitening import whiten
from lfd.core.concepts import find_concepts
from tests.core.alignment_models import one_hot, recommender
from tests.core.test_alignment import QUICK

USERS, ITEMS, RANK, EACH = 1500, 120, 4, 20
FOLDS = 2


class Planted:
    """Users at y choose items by softmax(b + a B y); the decoder's loadings are bent, and noisy."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        common = rng.standard_normal((ITEMS, 1))
        rank = (common + rng.standard_normal((ITEMS, 3))).argsort(axis=0).argsort(axis=0)
        level = rank * 5 // ITEMS
        attributes = [one_hot(f"f{f}", level[:, f], 5, ordered=True) for f in range(3)]
        self.concepts = find_concepts(attributes, ITEMS)
        self.whole = [c for c, concept in enumerate(self.concepts.names) if concept.value is None]
        self.rows = np.linalg.cholesky(0.5 + 0.5 * np.eye(3)) @ rng.standard_normal((3, RANK))
        true = 2 * self.concepts.columns[:, self.whole] @ self.rows
        bend = np.eye(RANK) + 0.2 * rng.standard_normal((RANK, RANK))
        self.loadings = true @ bend + 0.1 * rng.standard_normal((ITEMS, RANK))
        self.loadings -= self.loadings.mean(axis=0)
        y = rng.standard_normal((USERS, RANK)) + 3  # where the whole histories' mean is, is no matter
        y = y + 0.1 * rng.standard_normal((FOLDS, USERS, RANK))
        chance = softmax(y @ true.T + rng.standard_normal(ITEMS), axis=2)
        counts = [sparse.csr_array(rng.multinomial(EACH, part).astype(float)) for part in chance]
        self.unseen = Unseen(tuple(counts), y)

    def read(self, loadings=None, unseen=None):
        """Reading directions of the wholes."""
        loadings = self.loadings if loadings is None else loadings
        both = Jacobians(loadings, loadings, unseen=unseen)
        return fit_directions(both, self.concepts, np.zeros(ITEMS, dtype=np.int64)).reading[self.whole]

    def cosines(self, found):
        return (found * self.rows).sum(axis=1) / np.linalg.norm(self.rows, axis=1)


@pytest.fixture(scope="module")
def planted():
    return Planted()


def test_choices_put_a_bent_decoder_right(planted):
    assert planted.cosines(planted.read()).min() < 0.95
    assert planted.cosines(planted.read(unseen=planted.unseen)).min() > 0.99


def test_the_scale_of_the_scores_is_no_matter(planted):
    found = planted.read(unseen=planted.unseen)
    for scale in (0.1, 5.0):
        other = planted.read(scale * planted.loadings, planted.unseen)
        assert (found * other).sum(axis=1).min() > 0.995


def test_turned_coordinates_turn_the_directions(planted):
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((RANK, RANK)))[0]
    unseen = replace(planted.unseen, coordinates=planted.unseen.coordinates @ turn)
    found = planted.read(planted.loadings @ turn, unseen)
    assert np.allclose(found, planted.read(unseen=planted.unseen) @ turn, atol=1e-6)


def test_without_evidence_the_decoder_is_believed(planted):
    own = planted.read()
    nobody = tuple(sparse.csr_array((USERS, ITEMS)) for _ in range(FOLDS))
    assert np.array_equal(planted.read(unseen=replace(planted.unseen, choices=nobody)), own)
    everybody_alike = replace(planted.unseen, coordinates=np.full((FOLDS, USERS, RANK), 2.0))
    assert np.allclose(planted.read(unseen=everybody_alike), own)
    few = Unseen(tuple(part[:3] for part in planted.unseen.choices), planted.unseen.coordinates[:, :3])
    assert (planted.read(unseen=few) * own).sum(axis=1).min() > 0.98


def test_choices_that_contradict_each_other_do_not_make_a_direction(planted):
    order = np.random.default_rng(2).permutation(USERS)
    shuffled = replace(planted.unseen, coordinates=planted.unseen.coordinates[:, order])
    found = planted.read(unseen=shuffled)
    assert np.isfinite(found).all()
    assert np.allclose(np.linalg.norm(found, axis=1), 1)


def test_items_in_parts_give_the_same(planted, monkeypatch):
    whole = planted.read(unseen=planted.unseen)
    monkeypatch.setattr(likelihood, "MOST_SCORES", 4 * USERS * 7)
    assert np.allclose(planted.read(unseen=planted.unseen), whole)


def test_no_label_or_choice_of_other_items_is_looked_at(planted):
    some = np.arange(ITEMS) % 5 > 0
    columns = planted.concepts.columns.copy()
    columns[~some] = 7.0
    other = replace(planted.concepts, columns=columns)
    choices = tuple(sparse.csr_array(part.toarray() * some) for part in planted.unseen.choices)
    strata = np.zeros(ITEMS, dtype=np.int64)
    one, two = (
        fit_directions(Jacobians(planted.loadings, planted.loadings, unseen=unseen), concepts, strata, some)
        for concepts, unseen in (
            (planted.concepts, planted.unseen),
            (other, replace(planted.unseen, choices=choices)),
        )
    )
    assert np.array_equal(one.reading, two.reading)


def test_the_step_is_newtons_on_the_likelihood(planted):
    """At the start, the score is the gradient of the log-likelihood with the likeliest intercepts."""
    columns = planted.concepts.columns[:, planted.whole]
    columns = (columns - columns.mean(axis=0)) / np.linalg.norm(columns - columns.mean(axis=0), axis=0)
    choices = likelihood.placed(planted.unseen)
    start = 3 * planted.rows

    def log_likelihood(rows):
        leaning = choices.coordinates @ (columns @ rows).T
        intercepts = np.zeros(ITEMS)
        for _ in range(30):
            expected = choices.number @ softmax(leaning + intercepts, axis=1)
            intercepts += np.log(np.maximum(choices.chosen, 0.5) / expected)
        said = log_softmax(leaning + intercepts, axis=1)
        chosen = choices.chosen @ intercepts + (choices.together * (columns @ rows)).sum()
        return chosen + choices.number @ (said[:, 0] - leaning[:, 0] - intercepts[0])

    likely = likelihood.Likely(choices, columns @ start, start.size)
    start = likely.scale * start
    information, score = readings._scoring(columns, start, choices, likely)
    each = information.diagonal().reshape(start.shape).mean(axis=1) * readings.RIDGE / (1 + readings.RIDGE)
    gradient = score - (information - np.diag(np.repeat(each, RANK))) @ start.ravel()
    moves = 1e-3 * np.eye(start.size).reshape(-1, *start.shape)
    slopes = [(log_likelihood(start + move) - log_likelihood(start - move)) / 2e-3 for move in moves]
    # intercepts are as likely as they can be but for CLOSE
    assert np.abs(gradient - slopes).max() < 0.05 * np.abs(slopes).max()


def test_histories_are_dealt_out_and_nobody_is_placed_by_what_is_held_against_the_place():
    model, interactions, _ = recommender()
    mean, deviation = model.encode(interactions)
    whitening = whiten(mean, deviation)
    unseen = unseen_choices(model, interactions, whitening, np.random.default_rng(0))
    dealt = sum(part.toarray() for part in unseen.choices)
    assert np.array_equal(dealt, interactions.toarray())
    for part, coordinates in zip(unseen.choices, unseen.coordinates, strict=True):
        rest = sparse.csr_array(interactions.toarray() - part.toarray())
        assert np.allclose(coordinates, whitening.coordinates(model.encode(rest)[0]))


def test_more_unknowns_than_can_be_held_are_said(monkeypatch):
    model, interactions, attributes = recommender()
    before = align(model, interactions, attributes, QUICK)
    assert not any("too many to hold" in note for note in before.notes)
    monkeypatch.setattr(readings, "MOST_UNKNOWNS", 10)
    after = align(model, interactions, attributes, QUICK)
    assert any("9 concepts in 4 directions are too many to hold" in note for note in after.notes)
