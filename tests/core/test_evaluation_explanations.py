"""Is it told apart whether an explanation names what matters? On a model whose users have planted tastes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from lfd.core.evaluation.explanations import evaluate_explanations
from lfd.core.evaluation.taking_away import any_way, as_far
from lfd.core.explaining import along_axes, along_concepts
from lfd.errors import InputError, UsageError
from lfd.settings.explaining import EvaluateExplanationsSettings
from tests.core.alignment_models import Linear

SETTINGS = EvaluateExplanationsSettings(users=80, items=2, remove=4, k=10, least=12, draws=3, resamples=200)


class Tastes(Linear):
    """Each item belongs to one of the axes: having it brings a user there, and being there raises it."""

    def encode(self, interactions):
        mean, deviation = super().encode(interactions)
        return mean / 4, deviation


def tastes(seed=0, users=300, items=120, axes=6):
    rng = np.random.default_rng(seed)
    level = rng.permutation(np.arange(items) % axes)
    loadings = np.eye(axes)[level] + 0.05 * rng.standard_normal((items, axes))
    scores = 1.5 * rng.standard_normal((users, axes)) @ loadings.T + rng.gumbel(size=(users, items))
    chosen = sparse.csr_array((scores >= np.sort(scores, axis=1)[:, [-16]]).astype(np.float32))
    return Tastes(loadings.T, loadings - loadings.mean(axis=0)), chosen, np.eye(axes)


@pytest.fixture(scope="module")
def made():
    model, chosen, reading = tastes()
    z = model.encode(chosen)[0]
    part = np.where(np.arange(300) % 3 == 0, "test", "train")
    axes = along_axes(z.mean(axis=0), z.std(axis=0))
    concepts = along_concepts(reading, tuple("abcdef"), z.mean(axis=0), z.std(axis=0))
    return model, chosen, part, (axes, concepts)


@pytest.fixture(scope="module")
def found(made):
    return evaluate_explanations(*made, SETTINGS)


def drop(outcome, by, test, taken):
    table = outcome.table
    rows = table[(table["by"] == by) & (table["test"] == test) & (table["taken"] == taken)]
    return rows[rows["measure"] == "drop"].iloc[0]


@pytest.mark.parametrize("by", ["axes", "concepts"])
def test_what_is_named_matters_more_than_chance(found, by):
    for taken in ("named for the leaning", "named for the item"):
        assert drop(found, by, "history", taken)["low"] > drop(found, by, "history", "random")["high"]
    assert drop(found, by, "history", "random")["difference_high"] < 0
    named = drop(found, by, "leaning", "named")
    for taken in ("random", "random, as near to the mean"):
        assert drop(found, by, "leaning", taken)["high"] < named["low"]


def test_nothing_takes_more_than_what_the_model_itself_says(found):
    table = found.table
    history = table[(table["test"] == "history") & (table["measure"] == "drop") & (table["by"] == "axes")]
    most = history.set_index("taken")["value"]
    assert most.idxmax() in ("one by one", "named for the item")
    assert most["one by one"] == pytest.approx(most["named for the item"], rel=0.05)


def test_explanations_of_a_model_whose_items_are_shuffled_find_nothing_beyond_chance(made):
    """Both what puts users somewhere and what being there raises are those of other items."""
    model, chosen, part, ways = made
    shuffled = np.random.default_rng(5).permutation(model.n_items)
    wrong = Tastes(model.decoder[:, shuffled], model.encoder[shuffled])
    outcome = evaluate_explanations(model, chosen, part, ways, SETTINGS, explainer=wrong)
    for by in ("axes", "concepts"):
        rows = drop(outcome, by, "history", "random")
        assert rows["difference_low"] < 0 < rows["difference_high"]
        fair = drop(outcome, by, "leaning", "random, as near to the mean")
        assert fair["difference_low"] < 0 < fair["difference_high"]
        any_step = drop(outcome, by, "leaning", "random")  # says little: it does not lead to the mean user
        assert any_step["difference_high"] < 0


def test_it_is_the_same_again_and_whoever_is_asked(made, found):
    again = evaluate_explanations(*made, SETTINGS)
    assert again.table.equals(found.table)
    model, chosen, _, ways = made
    nobody = evaluate_explanations(model, chosen, np.full(300, "train"), ways[:1], SETTINGS)
    assert any("a fifth is drawn" in note for note in nobody.notes)
    held = evaluate_explanations(
        model, chosen, np.where(np.arange(300) < 60, "validation", "train"), ways, SETTINGS
    )
    assert "explained to validation users" in held.notes
    assert held.table["users"].max() == 60


def test_every_figure_has_its_definition(found):
    named = {measure.name: measure for measure in found.measures}
    assert {"axes_leaning_named", "concepts_leaning_random", "history_random"} <= set(named)
    one = named["axes_history_named_for_the_leaning"]
    assert "without 4 items of the history: named for the leaning" in one.definition
    assert one.parts["low"] < one.value < one.parts["high"]
    assert one.parameters["remove"] == 4


def test_steps_are_as_long_and_as_far_as_what_they_stand_for():
    rng = np.random.default_rng(0)
    whole = rng.standard_normal((50, 6))
    part = np.where(np.arange(6) == whole.__abs__().argmax(axis=1)[:, None], whole, 0.0)
    for steps in (any_way(part, rng), as_far(whole, part, rng)):
        np.testing.assert_allclose(np.linalg.norm(steps, axis=1), np.linalg.norm(part, axis=1))
    np.testing.assert_allclose(
        np.linalg.norm(whole - as_far(whole, part, rng), axis=1), np.linalg.norm(whole - part, axis=1)
    )


def test_what_cannot_be_asked_is_refused(made):
    model, chosen, part, ways = made
    for settings, message in (
        (replace(SETTINGS, least=7), "leave less than half; .* --least 8"),
        (replace(SETTINGS, k=120), "do not fit; .* --k 20"),
        (replace(SETTINGS, items=11), "11 items explained"),
    ):
        with pytest.raises(UsageError, match=message):
            evaluate_explanations(model, chosen, part, ways, settings)
    with pytest.raises(InputError, match="none of the 100 users to be asked has 17 interactions"):
        evaluate_explanations(model, chosen, part, ways, replace(SETTINGS, least=17))
    with pytest.raises(InputError, match="do not fit each other"):
        evaluate_explanations(model, chosen[:5], part, ways, SETTINGS)
