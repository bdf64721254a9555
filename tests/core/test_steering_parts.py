"""The parts of a steering test: NDCG, wishes, hidden labels, knobs and what lists are judged by."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.metrics import ndcg_score

from lfd.core.steering.judging import Readers, Segments, judged, segments
from lfd.core.steering.knobs import Bonus, Move, make_knobs, untouched
from lfd.core.steering.ndcg import ndcg
from lfd.core.steering.space import find_space, with_hidden
from lfd.core.steering.wishes import draw_histories, draw_visible, draw_wishes
from lfd.errors import InputError
from lfd.settings.alignment import AlignSettings
from tests.core.alignment_models import Linear, one_hot, recommender

QUICK = AlignSettings(permutations=99)


def test_ndcg_by_hand():
    hits = np.array([[True, False, True], [False, False, False], [True, True, True]])
    found = ndcg(hits, np.array([2, 1, 5]))
    assert found == pytest.approx([(1 + 1 / 2) / (1 + 1 / np.log2(3)), 0, 1])


def test_ndcg_of_nothing_wanted_is_unknown():
    assert np.isnan(ndcg(np.zeros((1, 3), dtype=bool), np.array([0]))).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_ndcg_is_that_of_scikit_learn(seed, k):
    rng = np.random.default_rng(seed)
    wanted, scores = rng.random((4, 12)) < 0.4, rng.random((4, 12))
    wanted[:, 0] = True
    best = np.argsort(-scores, axis=1)[:, :k]
    found = ndcg(np.take_along_axis(wanted, best, axis=1), wanted.sum(axis=1))
    assert found.mean() == pytest.approx(ndcg_score(wanted, scores, k=k))


def case(users=30, items=40, concepts=3, seed=0):
    """Users somewhere in a random linear model, who have seen and chosen some items."""
    rng = np.random.default_rng(seed)
    model = Linear(rng.standard_normal((4, items)))
    fate = rng.integers(0, 5, (users, items))
    shown, held_out = (sparse.csr_array((fate == n).astype(np.float32)) for n in (1, 2))
    labels = rng.random((items, concepts)) < 0.3
    return model, Readers(rng.standard_normal((users, 4)), shown, held_out), labels, rng


def test_both_ndcgs_are_those_of_scikit_learn_over_items_not_shown():
    model, readers, labels, _ = case()
    step = np.array([0.3, -0.2, 0.1, 0.5])
    found = judged(
        model, readers, segments(labels, np.ones(40, bool)), Move("step", step[None, None]), 2.0, 10
    )
    scores = model.decode(readers.latents + 2 * step)
    for user in range(len(scores)):
        open_to = readers.shown.toarray()[user] == 0
        chosen = readers.held_out.toarray()[user][open_to] > 0
        assert found.personal[user] == pytest.approx(ndcg_score([chosen], [scores[user][open_to]], k=10))
        for c in range(3):
            expected = ndcg_score([labels[open_to, c]], [scores[user][open_to]], k=10)
            assert found.segment[user, c] == pytest.approx(expected)
            best = np.argsort(-scores[user][open_to])[:10]
            assert found.share[user, c] == pytest.approx(labels[open_to, c][best].mean())


def test_a_list_ends_where_everything_else_was_shown():
    model, readers, _, _ = case(users=2, items=6)
    shown = np.zeros((2, 6), dtype=np.float32)
    shown[0, 2:] = 1
    readers = Readers(readers.latents[:2], sparse.csr_array(shown), readers.held_out)
    labels = np.array([True, False, True, True, True, True])[:, None]
    found = judged(model, readers, segments(labels, np.ones(6, bool)), untouched(4), 0.0, 5)
    assert found.share[0, 0] == 0.5  # one of the two that are left
    assert found.segment[0, 0] in (1.0, pytest.approx(1 / np.log2(3)))


def test_users_are_judged_alike_in_any_batch(monkeypatch):
    model, readers, labels, rng = case()
    knob = Move("random", rng.standard_normal((30, 1, 4)))
    parts = segments(labels, np.ones(40, bool))
    whole = judged(model, readers, parts, knob, 1.0, 5)
    monkeypatch.setattr("lfd.core.steering.judging.MOST_SCORES", 4 * 40 * 7)
    for name in ("share", "personal", "segment"):
        assert np.array_equal(
            getattr(judged(model, readers, parts, knob, 1.0, 5), name), getattr(whole, name), equal_nan=True
        )


def test_no_knob_of_latent_space_moves_a_model_that_ignores_it():
    class Deaf(Linear):
        def decode(self, latents):
            return np.tile(np.linspace(0, 1, self.n_items), (len(latents), 1))

    model, readers, labels, rng = case()
    deaf, parts = Deaf(model.decoder), segments(labels, np.ones(40, bool))
    start = judged(deaf, readers, parts, untouched(4), 0.0, 10)
    moved = judged(deaf, readers, parts, Move("far", rng.standard_normal((30, 3, 4))), 9.0, 10)
    assert np.array_equal(start.share, moved.share)
    assert np.array_equal(start.personal, moved.personal)
    assert np.array_equal(start.segment, moved.segment)


def test_a_bonus_raises_labelled_items_and_leaves_the_order_of_the_others():
    model, readers, labels, _ = case()
    bonus = Bonus("re-ranking", labels.astype(float), nats=0.5)
    start = model.decode(readers.latents)
    moved = bonus.scores(model, readers.latents, slice(None), 1, 3.0)
    assert np.allclose(moved - start, np.where(labels[:, 1], 1.5, 0.0))


def test_with_labels_hidden_the_segment_is_hidden_and_what_a_filter_finds_is_not_listed():
    labels = np.array([[True], [True], [False], [False]])
    parts = segments(labels, np.array([True, False, True, False]))
    assert parts.wanted[:, 0].tolist() == [False, True, False, False]
    assert parts.listed[:, 0].tolist() == [False, True, True, True]
    everything = segments(labels, np.ones(4, bool))
    assert isinstance(everything, Segments)
    assert everything.listed.all()
    assert np.array_equal(everything.wanted, labels)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.2, 0.5, 0.75]))
def test_every_value_loses_about_the_share_of_its_labels(seed, hidden):
    rng = np.random.default_rng(seed)
    labels = rng.random((120, 6)) < [0.05, 0.1, 0.2, 0.3, 0.4, 0.8]
    visible = draw_visible(labels, hidden, rng)
    lost = (labels & ~visible[:, None]).sum(axis=0)
    # Items are dealt in seven groups, in each of which the share is kept to the item.
    assert (np.abs(lost - hidden * labels.sum(axis=0)) <= 7).all() or hidden != 0.5
    rarest = int(labels.sum(axis=0).argmin())
    assert abs(lost[rarest] - hidden * labels[:, rarest].sum()) < 1.01
    assert abs((~visible).sum() - hidden * 120) < 1.01


def test_random_wishes_know_nothing_of_what_is_held_out():
    labels = np.eye(4, dtype=bool)
    empty, full = sparse.csr_array(np.zeros((500, 4))), sparse.csr_array(np.tile([1.0, 0, 0, 0], (500, 1)))
    wishes = [draw_wishes(labels, held, "random", np.random.default_rng(0)) for held in (empty, full)]
    assert np.array_equal(*wishes)
    assert np.bincount(wishes[0]).min() > 80


def test_leaked_wishes_are_values_of_the_held_out_items():
    rng = np.random.default_rng(0)
    held_out = sparse.csr_array(((rng.random((200, 30)) < 0.1) * 1.0).astype(np.float32))
    labels = rng.random((30, 4)) < 0.2
    wishes = draw_wishes(labels, held_out, "held-out", rng)
    has = (held_out.toarray() @ labels) > 0
    wishing = wishes >= 0
    assert np.array_equal(wishing, has.any(axis=1))
    assert has[wishing, wishes[wishing]].all()


def test_histories_are_parted_and_short_ones_left_out():
    rows = np.zeros((5, 20), dtype=np.float32)
    rows[0, :10], rows[1, :2], rows[2, 0], rows[3, 5:20] = 1, 1, 1, 1
    found = draw_histories(sparse.csr_array(rows), 0, np.random.default_rng(0))
    assert found.too_short == 2
    assert np.array_equal((found.shown + found.held_out).toarray(), rows[[0, 1, 3]])
    assert np.diff(found.held_out.indptr).tolist() == [2, 1, 3]


def test_nobody_to_steer_is_an_error():
    with pytest.raises(InputError, match="none of the 3 held-out users has two interactions"):
        draw_histories(sparse.csr_array(np.eye(3)), 0, np.random.default_rng(0))


def test_hidden_labels_leave_no_trace_in_the_knobs():
    model, interactions, attributes = recommender()
    rng = np.random.default_rng(5)
    labels = np.hstack([a.membership > 0 for a in attributes])
    visible = draw_visible(labels, 0.5, rng)
    shuffled = []
    for attribute in attributes:
        level = attribute.membership.argmax(axis=1)
        level[~visible] = rng.permutation(level[~visible])
        shuffled.append(one_hot(attribute.name, level, len(attribute.values), attribute.ordered))
    spaces = [with_hidden(find_space(model, interactions, a, QUICK), visible) for a in (attributes, shuffled)]
    for kind in ("steering", "reading"):
        one, other = (space.directions.of(kind) for space in spaces)
        assert np.allclose(one, other)
    concepts = np.flatnonzero([c.value is not None for c in spaces[0].concepts.names])
    knobs = [make_knobs(space, concepts, 10, 1.0, np.random.default_rng(0)) for space in spaces]
    assert np.array_equal(knobs[0][-2].labels, knobs[1][-2].labels)
    raw = [next(knob for knob in made if knob.name == "raw axis") for made in knobs]
    assert raw[0].axes == raw[1].axes


def test_a_unit_of_strength_is_a_standard_deviation_of_the_users():
    model, interactions, attributes = recommender()
    space = find_space(model, interactions, attributes, QUICK)
    concepts = np.flatnonzero([c.value is not None for c in space.concepts.names])
    whitening, means = space.measured.whitening, space.measured.means
    for knob in make_knobs(space, concepts, 7, 1.0, np.random.default_rng(0))[:-2]:
        steps = knob.steps.reshape(-1, model.n_latent)
        if knob.name == "raw axis":
            assert np.allclose(np.abs(steps).max(axis=1), means.std(axis=0)[np.abs(steps).argmax(axis=1)])
        else:
            whole = whitening.coordinates(whitening.mean + steps)
            along = whitening.coordinates(means) @ whole.T
            assert np.allclose((along**2).mean(axis=0) ** 0.5, np.linalg.norm(whole, axis=1))
            assert np.allclose(np.linalg.norm(whole, axis=1), 1)


def test_both_is_the_move_and_the_bonus():
    model, interactions, attributes = recommender()
    space = find_space(model, interactions, attributes, QUICK)
    concepts = np.flatnonzero([c.value is not None for c in space.concepts.names])
    *others, ranking, both = make_knobs(space, concepts, 7, 1.0, np.random.default_rng(0))
    natural = next(knob for knob in others if knob.name == "natural")
    z, users = space.measured.means[:7], slice(0, 7)
    alone = [knob.scores(model, z, users, 1, 2.0) for knob in (natural, ranking)]
    assert np.allclose(both.scores(model, z, users, 1, 2.0), alone[0] + alone[1] - model.decode(z))
