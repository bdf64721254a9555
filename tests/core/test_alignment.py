"""The whole of `align`: axes with names and signs, models that live in them, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from lfd.core.alignment.align import align
from lfd.core.alignment.rotated import AlignedModel, rotation
from lfd.core.alignment.whitening import whiten
from lfd.core.decoding.magnitude import magnitude_of_change
from lfd.core.decoding.traversal import traverse_users
from lfd.core.models.protocol import LatentModel
from lfd.errors import InputError, UsageError
from lfd.settings.alignment import AlignSettings
from lfd.settings.decoding import TraverseSettings
from tests.core.alignment_models import Linear, one_hot, planted, recommender

QUICK = AlignSettings(permutations=99, moved=30, top=10, least_variance=1e-6)


def aligned(p, settings=QUICK, attributes=None):
    given = p.attributes if attributes is None else attributes
    zeros = np.zeros_like(p.latents)
    return align(p.model, p.interactions, given, settings, latents=(p.latents, zeros + 0.1))


# --- axes -----------------------------------------------------------------------------------------


def test_axes_are_the_factors_with_their_names_and_signs():
    p = planted(noise_axes=2)
    found = aligned(p)
    assert found.rotation.names == ("f0", "f1", "f2", "", "")
    read = found.rotation.align(p.latents)
    for f in range(3):
        assert np.corrcoef(read[:, f], p.strengths[:, f])[0, 1] > 0.99  # upward is the last value
    assert np.allclose(read.mean(axis=0), 0)
    assert np.allclose(np.cov(read, rowvar=False, bias=True), np.eye(5))
    assert found.axes["concept"].tolist() == ["f0", "f1", "f2", None, None]
    assert (found.axes["explained"][:3] > 0.95).all()
    assert found.explained.total > 0.95 > 0.2 > found.explained.null_total


def test_the_table_says_what_each_concept_is():
    p = planted()
    table = aligned(p).table
    assert len(table) == 15
    f1 = table[table["concept"] == "f1"].iloc[0]
    assert (f1["attribute"], f1["value"], f1["kind"], f1["items"]) == ("f1", None, "ordered", 240)
    assert (f1["axis"], f1["chosen"]) == (1, True)
    assert f1["cosine"] > 0.99
    assert f1["q"] < 0.05 > f1["q_given"]
    assert f1["share_after"] > f1["share_before"] + 0.1
    low = table[table["concept"] == "f1=v0"].iloc[0]
    assert (low["axis"], low["chosen"]) == (1, False)
    assert low["cosine"] < -0.99
    assert low["lift"] == pytest.approx(low["share_after"] / low["share_before"])


def test_the_signed_axis_of_a_concept_raises_it_and_the_other_side_lowers_it():
    p = planted()
    found = aligned(p)
    model, z = AlignedModel(p.model, found.rotation), found.rotation.align(p.latents)
    scores = magnitude_of_change(
        traverse_users(model, z, TraverseSettings(users=50), np.random.default_rng(0)), p.attributes, 3
    )
    for f in range(3):
        rows = scores[(scores["axis"] == f) & (scores["attribute"] == f"f{f}")].set_index(["side", "value"])
        assert rows.loc[(1, "v3"), "share_after"] > 0.8 > 0.3 > rows.loc[(-1, "v3"), "share_after"]


def test_other_seeds_of_a_model_get_the_same_axes():
    """The same users in axes of another training: rotated, stretched, renumbered."""
    p = planted(between=0.3)
    turn = np.random.default_rng(5).standard_normal((3, 3))
    other = replace(
        p,
        latents=p.latents @ turn,
        model=Linear(np.linalg.inv(turn) @ p.model.decoder, p.model.encoder, p.model.origin @ turn),
    )
    one, same = aligned(p), aligned(other)
    assert np.allclose(one.rotation.align(p.latents), same.rotation.align(other.latents), atol=1e-5)
    assert one.rotation.names == same.rotation.names


def test_concepts_can_be_named_and_come_in_that_order():
    p = planted()
    found = aligned(p, replace(QUICK, concepts=("f2=v0", "f1")))
    assert found.rotation.names == ("f2=v0", "f1", "")
    read = found.rotation.align(p.latents)
    assert np.corrcoef(read[:, 0], p.strengths[:, 2])[0, 1] < -0.99  # the named value lies on +
    assert np.corrcoef(read[:, 1], p.strengths[:, 1])[0, 1] > 0.99
    assert aligned(p, replace(QUICK, axes=1)).rotation.names == ("f0", "", "")


@pytest.mark.parametrize("method", ["ica", "varimax"])
def test_methods_that_need_no_metadata(method):
    p = planted()
    p.latents = p.model.origin + np.random.default_rng(0).uniform(-2, 2, (800, 3)) @ np.eye(3)
    settings = replace(QUICK, method=method)
    with_labels, without = aligned(p, settings), aligned(p, settings, attributes=[])
    assert with_labels.rotation.names == ("", "", "")
    assert np.allclose(with_labels.rotation.to_aligned, without.rotation.to_aligned)
    assert len(with_labels.table) == 15
    assert len(without.table) == 0
    assert with_labels.table.columns.tolist() == without.table.columns.tolist()
    assert all(np.allclose(axes, np.eye(3)) for axes in with_labels.fold_axes)


def test_without_a_concept_that_is_there_the_axes_are_the_principal_ones():
    p = planted(factors=2)
    noise = [one_hot("a", np.random.default_rng(8).permutation(240) % 3, 3)]
    found = aligned(p, attributes=noise)
    assert found.rotation.names == ("", "")
    assert "principal" in found.notes[-1]
    along = p.model.decoder.T @ found.rotation.to_raw.T
    along -= along.mean(axis=0)
    assert abs(np.corrcoef(along.T)[0, 1]) < 1e-6


# --- shapes of the problem ------------------------------------------------------------------------


def test_more_concepts_than_dimensions():
    p = planted(factors=6, values=5)
    two = Linear(p.model.decoder[:2], origin=p.model.origin[:2])
    found = align(
        two, p.interactions, p.attributes, QUICK, latents=(p.latents[:, :2], np.zeros((800, 2)) + 0.1)
    )
    assert len(found.table) == 36
    assert found.directions.reading.shape == (36, 2)
    assert found.rotation.rank == 2
    assert np.isfinite(found.table.drop(columns=["concept", "attribute", "value", "kind", "lift"])).all(
        axis=None
    )


def test_inactive_axes_stay_as_they_are_and_nothing_is_lost():
    p = planted()
    dead = 1e-4 * np.random.default_rng(0).standard_normal((800, 2))
    decoder = np.vstack([p.model.decoder, 0.1 * np.random.default_rng(1).standard_normal((2, 240))])
    model = Linear(decoder, np.zeros((240, 5)), origin=np.append(p.model.origin, [0, 0]))
    latents = np.hstack([p.latents, dead])
    settings = replace(QUICK, least_variance=0.01)
    noise = np.full_like(latents, 0.1)
    found = align(model, p.interactions, p.attributes, settings, latents=(latents, noise))
    assert found.rotation.rank == 3
    assert found.rotation.names == ("f0", "f1", "f2", "", "")
    assert found.axes["aligned"].tolist() == [True] * 3 + [False] * 2
    read = found.rotation.align(latents)
    assert (read[:, 3:].std(axis=0) < 1e-3).all()
    assert np.allclose(found.rotation.restore(read), latents)
    assert "differ in 3 of 5 directions" in found.notes[0]


def test_a_single_active_axis():
    p = planted(factors=1, values=5)
    found = aligned(p)
    assert found.rotation.names == ("f0",)
    assert found.directions.reading[0] == pytest.approx([1])
    assert found.table["p_given"][0] == 0.01


def test_a_model_without_noise_is_believed_by_its_reliability():
    model, interactions, attributes = recommender()
    found = align(model, interactions, attributes, QUICK)
    assert found.rotation.names[0] == "kind"
    assert found.table.set_index("concept").loc["kind", "q_moved"] < 0.05
    assert (found.table.set_index("attribute").loc["colour", "q_given"] > 0.05).all()


def test_the_same_input_gives_the_same_result_and_another_seed_other_permutations():
    model, interactions, attributes = recommender()
    one, again, other = (
        align(model, interactions, attributes, replace(QUICK, seed=seed)) for seed in (3, 3, 4)
    )
    assert one.table.equals(again.table)
    assert one.rotation.to_aligned.tobytes() == again.rotation.to_aligned.tobytes()
    assert (one.folds == again.folds).all()
    assert not one.table["z"].equals(other.table["z"])
    assert not (one.folds == other.folds).all()


# --- the model in its new axes --------------------------------------------------------------------


def test_an_aligned_model_recommends_what_the_model_does():
    model, interactions, attributes = recommender()
    found = align(model, interactions, attributes, replace(QUICK, rank=2))
    moved = AlignedModel(model, found.rotation)
    assert isinstance(moved, LatentModel)
    assert (moved.n_items, moved.n_latent) == (200, 4)
    mean, deviation = moved.encode(interactions)
    assert np.allclose(moved.decode(mean), model.decode(model.encode(interactions)[0]))
    assert (deviation == 0).all()
    assert np.allclose(mean[:, :2].std(axis=0), 1)


def test_deviations_turn_with_the_axes():
    rng = np.random.default_rng(0)
    z, deviations = rng.standard_normal((300, 3)) @ np.diag([3.0, 2, 1]), rng.uniform(0.1, 1, (300, 3))
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    found = rotation(whiten(z), turn)
    drawn = z[0] + deviations[0] * rng.standard_normal((200_000, 3))
    assert np.allclose(found.align(drawn).std(axis=0), found.align_deviations(deviations)[0], rtol=0.01)


def test_a_rotation_for_another_model_is_refused():
    model, interactions, attributes = recommender()
    found = align(model, interactions, attributes, QUICK)
    with pytest.raises(InputError, match="for 4 axes and the model has 2"):
        AlignedModel(Linear(np.ones((2, 200))), found.rotation)


# --- what is refused ------------------------------------------------------------------------------


def test_users_who_are_all_the_same_are_refused():
    p = planted()
    p.latents = np.ones_like(p.latents)
    with pytest.raises(InputError, match="no direction of latent space is active"):
        aligned(p)


def test_attributes_that_say_nothing_are_refused_unless_they_are_not_needed():
    p = planted()
    for attributes in ([], [one_hot("a", np.array([1] * 3 + [0] * 237), 2)]):
        with pytest.raises(InputError, match="no value of any attribute") as error:
            aligned(p, attributes=attributes)
        assert error.value.hint.endswith("lfd align --method ica")


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"concepts": ("f0=v9",)}, "there is no concept f0=v9", "f0=v"),
        ({"concepts": ("f0", "f1", "f2", "f0=v0")}, "4 concepts are more than the 3", "fewer"),
        ({"concepts": ("f0", "f0=v0")}, "f0, f0=v0 lie almost", "differ more"),
        ({"rank": 9}, "rank 9 is more than the 3", "--rank 3"),
        ({"top": 240}, "too many for 240 items", "--top"),
    ],
)
def test_settings_that_cannot_be(change, message, hint):
    with pytest.raises(UsageError, match=message) as error:
        aligned(planted(), replace(QUICK, **change))
    assert hint in error.value.hint


def test_concepts_with_a_method_that_ignores_them():
    with pytest.raises(UsageError, match="concepts mean nothing to the method ica"):
        AlignSettings(method="ica", concepts=("year",))


def test_a_value_left_out_is_named_with_its_items():
    p = planted()
    rare = one_hot("rare", np.array([1] * 3 + [0] * 237), 2)
    with pytest.raises(UsageError, match=r"there is no concept rare=v1 \(it has 3 items\)"):
        aligned(p, replace(QUICK, concepts=("rare=v1",)), [*p.attributes, rare])


def test_latents_of_other_users_are_refused():
    p = planted()
    with pytest.raises(InputError, match="do not fit a model of 240 items and 3 latents"):
        align(p.model, sparse.csr_array((5, 240)), p.attributes, QUICK, latents=(p.latents, p.latents))
