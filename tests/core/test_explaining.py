"""Contributions against closed forms, invariants and independent integrals; places and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.special import log_softmax

from lfd.core.alignment.rotated import AlignedModel, Rotation
from lfd.core.concepts import Concept
from lfd.core.explaining import along_axes, along_concepts, contributions, explain, told_apart
from lfd.core.explaining.contributions import TOLERANCE
from lfd.core.explaining.standing import places, rivals
from lfd.errors import InputError
from tests.core.alignment_models import Linear
from tests.core.explained_models import Seen, histories, linear, network


def rows_of_length_one(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def plain(n_latent, centre=None):
    return along_axes(np.zeros(n_latent) if centre is None else centre, np.ones(n_latent))


def test_two_items_of_a_linear_model_have_contributions_in_closed_form():
    """With two rivals log p is a function of one linear form, so that parts share the difference by it."""
    rng = np.random.default_rng(0)
    decoder, z, centre = rng.standard_normal((3, 2)), rng.standard_normal((5, 3)), rng.standard_normal(3)
    found = contributions(Linear(decoder), z, np.zeros((5, 1), dtype=np.int64), plain(3, centre))
    slope = decoder[:, 0] - decoder[:, 1]
    forms = (z - centre) * slope
    ends = [-np.log1p(np.exp(-(at @ slope))) for at in (centre, z)]
    expected = forms / forms.sum(axis=1, keepdims=True) * (ends[1] - ends[0])[:, None]
    np.testing.assert_allclose(found.by_part[:, 0, :3], expected, rtol=1e-5)
    np.testing.assert_allclose(found.by_part[:, 0, 3], 0, atol=1e-12)


def test_where_all_are_about_as_likely_a_contribution_is_the_score_above_the_mean_one():
    model, z = linear(scale=1e-4), np.random.default_rng(1).standard_normal((4, 3))
    items = np.arange(8).reshape(4, 2)
    found = contributions(model, z, items, plain(3))
    loadings = model.decoder.T - model.decoder.T.mean(axis=0)
    np.testing.assert_allclose(found.by_part[:, :, :3], z[:, None] * loadings[items], rtol=0.01, atol=1e-7)


@pytest.mark.parametrize("seen_only", [False, True], ids=["own derivatives", "differences"])
@pytest.mark.parametrize("by", ["axes", "concepts"])
def test_contributions_of_a_nonlinear_network_add_up(by, seen_only):
    model, chosen = network(gain=2.0), histories()
    z = model.encode(chosen)[0]
    centre = z.mean(axis=0)
    reading = rows_of_length_one(np.random.default_rng(2).standard_normal((3, 4)))
    leanings = (
        plain(4, centre) if by == "axes" else along_concepts(reading, ("a", "b", "c"), centre, np.ones(4))
    )
    items = np.tile(np.arange(5), (6, 1))
    found = contributions(Seen(model) if seen_only else model, z, items, leanings, chosen)
    difference = found.end - found.start
    assert np.abs(difference).max() > 1
    np.testing.assert_allclose(
        found.by_part.sum(axis=2),
        difference,
        rtol=0,
        atol=TOLERANCE * np.maximum(np.abs(difference), 0.1).max(),
    )
    assert found.complete.all()


def test_contributions_are_the_integral_that_the_paper_writes():
    """A thousand steps of plain differences of decode, one axis at a time."""
    model, chosen = network(), histories(users=1)
    z, centre = model.encode(chosen)[0], np.full(4, 0.2)
    item = np.array([[7]])
    competing = rivals(item, chosen, 40)[0]

    def f(at):
        return log_softmax(np.where(competing, model.decode(at).astype(np.float64), -np.inf), axis=1)[:, 7]

    middle = centre + ((np.arange(1000) + 0.5) / 1000)[:, None] * (z - centre)
    step = 1e-2 * np.eye(4)
    slopes = np.stack([(f(middle + e) - f(middle - e)) / 2e-2 for e in step], axis=1)
    found = contributions(model, z, item, plain(4, centre), chosen)
    np.testing.assert_allclose(found.by_part[0, 0, :4], slopes.mean(axis=0) * (z - centre)[0], atol=2e-3)


def test_permuting_the_axes_permutes_the_contributions():
    order = np.array([2, 0, 3, 1])
    model, z = linear(latent=4), np.random.default_rng(3).standard_normal((5, 4))
    other = Linear(model.decoder[order], model.encoder[:, order])
    items = np.tile(np.arange(4), (5, 1))
    one = contributions(model, z, items, plain(4)).by_part
    two = contributions(other, z[:, order], items, plain(4)).by_part
    np.testing.assert_allclose(two[:, :, :4], one[:, :, order], atol=1e-10)


def test_rotating_the_frame_leaves_what_concepts_contribute():
    rng = np.random.default_rng(4)
    turn, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    model, chosen = network(), histories()
    z, reading = model.encode(chosen)[0], rows_of_length_one(rng.standard_normal((6, 4)))
    turned = AlignedModel(model, Rotation(np.zeros(4), turn, turn.T, 4, ("",) * 4, "test"))
    items = np.tile(np.arange(3), (6, 1))
    names = tuple("abcdef")
    one = contributions(model, z, items, along_concepts(reading, names, np.zeros(4), np.ones(4)), chosen)
    own = along_concepts(reading @ turn, names, np.zeros(4), np.ones(4))
    two = contributions(turned, turned.encode(chosen)[0], items, own, chosen)
    np.testing.assert_allclose(two.by_part, one.by_part, atol=2e-4)
    axes = contributions(turned, turned.encode(chosen)[0], items, plain(4), chosen)
    assert np.abs(axes.by_part[:, :, 0] - one.by_part[:, :, 0]).max() > 0.1


def test_parts_by_concept_add_up_to_the_displacement_and_move_one_coordinate_each():
    rng = np.random.default_rng(5)
    reading = rows_of_length_one(rng.standard_normal((2, 5)))
    leanings = along_concepts(reading, ("a", "b"), np.ones(5), np.ones(5), ridge=1e-9)
    z = rng.standard_normal((4, 5))
    parts = leanings.parts(z)
    np.testing.assert_allclose(parts.sum(axis=1), z - 1, atol=1e-12)
    np.testing.assert_allclose(parts[:, 2] @ reading.T, 0, atol=1e-6)
    np.testing.assert_allclose(parts[:, 0] @ reading[1], 0, atol=1e-6)
    np.testing.assert_allclose(parts[:, 0] @ reading[0], leanings.coordinates(z)[:, 0], atol=1e-6)


def test_concepts_that_cannot_be_told_apart_share_a_displacement():
    one = np.array([[1.0, 0, 0], [1.0, 0, 0]])
    parts = along_concepts(one, ("a", "b"), np.zeros(3), np.ones(3)).parts(np.array([[2.0, 1.0, 0.0]]))
    np.testing.assert_allclose(parts[0, 0], parts[0, 1])
    assert 0.9 < parts[0, 0, 0] < 1
    assert parts[0, 2, 1] == 1


def test_more_concepts_than_dimensions_add_up_too():
    reading = rows_of_length_one(np.random.default_rng(6).standard_normal((9, 3)))
    z = np.array([[1.0, -2.0, 0.5]])
    parts = along_concepts(reading, tuple("abcdefghi"), np.zeros(3), np.ones(3)).parts(z)
    np.testing.assert_allclose(parts.sum(axis=1), z, atol=1e-12)
    assert np.linalg.norm(parts[0, -1]) < 0.3 * np.linalg.norm(z)


def test_the_concepts_that_are_told_apart():
    concepts = [
        Concept("year", None, 50),
        Concept("year", "1950s", 20),
        Concept("genre", "Horror", 30),
        Concept("genre", "Thriller", 10),
        Concept("genre", "War", 40),
    ]
    reading = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0.99, 0.14], [0, 0, 1.0]])
    assert told_apart(concepts, reading, np.array([True, True, True, True, False])) == [0, 2]


def test_a_raw_axis_is_in_the_users_deviations_wherever_positions_are():
    rng = np.random.default_rng(7)
    steps = rng.standard_normal((3, 3))
    leanings = along_axes(np.zeros(3), np.ones(3), steps=steps)
    np.testing.assert_allclose(leanings.coordinates(2 * steps[[1]]), [[0, 2, 0]], atol=1e-12)
    assert leanings.names == ("z0", "z1", "z2")


def test_the_leading_part_is_the_one_that_lifts_most_and_never_the_remainder():
    model = Linear(np.diag([3.0, 2.0, 0.0]))
    found = contributions(model, np.array([[1.0, 1.0, 1.0]]), np.array([[0, 1, 2]]), plain(3))
    assert found.leading(2)[0].tolist() == [[0, -1], [1, -1], [-1, -1]]


def test_places_are_those_of_the_list():
    scores = np.array([[1.0, 3.0, 3.0, 2.0, 9.0]])
    seen = sparse.csr_array(np.array([[0, 0, 0, 0, 1.0]]))
    items = np.array([[2, 1, 3, 0]])
    assert places(scores, rivals(items, seen, 5), items).tolist() == [[2, 1, 3, 4]]
    with_seen = np.array([[4, 1]])
    assert places(scores, rivals(with_seen, seen, 5), with_seen).tolist() == [[1, 2]]


def test_without_a_leaning_the_item_stands_where_that_coordinate_is_the_mean_user_s():
    model = Linear(np.array([[2.0, 0.0, 0.5, 0.0], [0.0, 1.5, 1.0, 0.2]]), np.eye(4)[:, :2])
    history = sparse.csr_array(np.array([[1.0, 1.0, 0.0, 0.0]], dtype=np.float32))
    (found,) = explain(model, history, plain(2), np.array([3]))
    assert (found.place, found.mean_place, found.had) == (2, 2, False)  # behind item 2
    (own,) = explain(model, history, plain(2), np.array([0]))
    assert own.had
    by_part = {reason.part: reason for reason in own.reasons}
    assert by_part[0].place == 3
    assert by_part[1].place == 1
    assert by_part[0].history == ((0, 1.0),)
    assert by_part[1].history == ((1, 1.0),)
    assert own.history == ()
    assert own.log_probability - own.mean_log_probability == pytest.approx(
        sum(reason.contribution for reason in own.reasons), abs=1e-4
    )


def test_a_single_entry_put_the_user_there_whatever_its_gradient():
    model = network()
    history = sparse.csr_array(np.eye(40, dtype=np.float32)[[3]])
    (found,) = explain(model, history, plain(4), np.array([8]))
    assert {reason.history[0][0] for reason in found.reasons if reason.history} == {3}
    assert not model.history_gradients(history, np.eye(4)[None]).round(5).any()


def test_where_the_encoder_s_gradients_vanish_no_history_is_named():
    model = network()
    model.network.first.data *= 0
    (found,) = explain(model, histories(users=1), plain(4), np.array([8]))
    assert found.history == ()
    assert not any(reason.history for reason in found.reasons)
    assert found.complete


def test_the_best_items_that_the_user_does_not_have_are_explained_unasked():
    model, history = network(), histories(users=1)
    found = explain(model, history, plain(4), k=4)
    assert [one.place for one in found] == [1, 2, 3, 4]
    assert not set(history.indices.tolist()) & {one.item for one in found}


def test_who_has_everything_else_has_nothing_to_choose_from():
    history = sparse.csr_array(np.array([[1.0] * 29 + [0.0]], dtype=np.float32))
    with pytest.raises(InputError, match="nothing competes with it"):
        explain(linear(), history, plain(3), np.array([29]))


def test_nobody_s_recommendation_is_refused():
    with pytest.raises(InputError, match="no interactions, and so no leanings"):
        explain(linear(), sparse.csr_array((1, 30), dtype=np.float32), plain(3), np.array([0]))


def test_a_decoder_that_ignores_z_is_refused():
    model = Linear(np.zeros((3, 30)), linear().encoder)
    with pytest.raises(InputError, match=r"the scores are the same .* ignores z here"):
        explain(model, histories(users=1, items=30), plain(3), np.array([0]))


def test_scores_that_are_not_finite_are_refused():
    class Broken(Linear):
        def decode(self, latents):
            return np.where(latents[:, :1] > 1e-3, np.nan, super().decode(latents))

    model = Broken(linear().decoder, np.abs(linear().encoder))
    with pytest.raises(InputError, match="not finite"):
        explain(model, histories(users=1, items=30), plain(3), np.array([0]))


def test_no_concept_is_refused():
    with pytest.raises(InputError, match=r"no concept .* --by axes"):
        along_concepts(np.zeros((0, 3)), (), np.zeros(3), np.ones(3))
