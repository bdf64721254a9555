"""What becomes of recommendations without what their explanations name, and without what rivals would take.

Knows cases, ways of explaining and rivals; knows nothing of who was asked, nor of means and intervals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.evaluation.explanation_figures import (
    ALONE,
    AS_FAR,
    COMPANY,
    COSINE,
    FOR_ITEM,
    NAMED,
    RANDOM,
    TAKEN,
)
from lfd.core.evaluation.naming_history import by_company, first_entries, one_by_one
from lfd.core.evaluation.taking_away import Cases, after, any_way, as_far, without
from lfd.core.explaining.contributions import contributions
from lfd.core.explaining.gradients import history_pulls
from lfd.core.explaining.leanings import Leanings
from lfd.settings.explaining import EvaluateExplanationsSettings

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NARROW = 0.2  # axes with less of the widest one's spread are left out of random directions


@dataclass(frozen=True)
class Trial:
    """What is the same for all ways of explaining.

    Attributes
    ----------
    model, explainer : LatentModel
        What recommends, and what is explained by.
    cases : Cases
    training : scipy.sparse.csr_array, users x items
        Among whom company is counted.
    settings : EvaluateExplanationsSettings
    """

    model: LatentModel
    explainer: LatentModel
    cases: Cases = field(repr=False)
    training: sparse.csr_array = field(repr=False)
    settings: EvaluateExplanationsSettings


def deletions_of_rivals(trial: Trial, rng: np.random.Generator) -> dict[str, Floats]:
    """What becomes of the items without history that no explanation names.

    Parameters
    ----------
    trial : Trial
    rng : numpy.random.Generator

    Returns
    -------
    dict of str to numpy.ndarray, cases x figures
        By what was taken.
    """
    slots, histories = trial.settings.items, trial.cases.histories
    counts, cosines = by_company(trial.cases, trial.training, slots)
    alone = one_by_one(trial.model, trial.cases, slots)
    draws = [_without(trial, rng.random((slots, histories.nnz))) for _ in range(trial.settings.draws)]
    return {
        RANDOM: np.mean(draws, axis=0),
        COMPANY: _without(trial, counts),
        COSINE: _without(trial, cosines),
        ALONE: _without(trial, alone),
    }


def deletions_of_named(
    trial: Trial, way: Leanings, rng: np.random.Generator
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """What becomes of the items without what explanations name.

    Parameters
    ----------
    trial : Trial
    way : Leanings
    rng : numpy.random.Generator

    Returns
    -------
    history, leaning : dict of str to numpy.ndarray, cases x figures
        By what was taken: history, and parts of where the users are with random steps in their place.
    """
    cases, explainer, slots = trial.cases, trial.explainer, trial.settings.items
    histories = cases.histories
    latents = explainer.encode(histories)[0]
    found = contributions(explainer, latents, cases.item.reshape(-1, slots), way, histories)
    leading = found.by_part[:, :, :-1].argmax(axis=2)
    side = np.where(way.coordinates(latents) < 0, -1.0, 1.0)
    towards = way.readings[leading] * np.take_along_axis(side, leading, axis=1)[:, :, None]
    history = {
        NAMED: _without(trial, history_pulls(explainer, histories, towards)),
        FOR_ITEM: _without(trial, history_pulls(explainer, histories, found.gradient)),
    }
    return history, _without_leaning(trial, way, leading.ravel(), rng)


def _without(trial: Trial, priority: Floats) -> Floats:
    """Figures of the cases without the entries that have most priority."""
    taken = first_entries(priority, trial.cases.histories, trial.settings.remove)
    latents = trial.model.encode(without(trial.cases, taken))[0]
    return after(trial.model, trial.cases, latents, trial.settings.k)


def _without_leaning(
    trial: Trial, way: Leanings, leading: Integers, rng: np.random.Generator
) -> dict[str, Floats]:
    """Figures without the named leaning, and without random steps of its length."""
    cases, draws = trial.cases, trial.settings.draws
    latents = cases.latents[cases.user]
    wide = way.units >= NARROW * way.units.max()
    unit = way.units[wide]
    part = way.steps(latents)[np.arange(len(leading)), leading]
    own, whole = part[:, wide] / unit, (latents - way.centre)[:, wide] / unit

    def back(step: Floats) -> Floats:
        moved = latents.copy()
        moved[:, wide] -= step * unit
        return after(trial.model, cases, moved, trial.settings.k)

    return {
        TAKEN: after(trial.model, cases, latents - part, trial.settings.k),
        RANDOM: np.mean([back(any_way(own, rng)) for _ in range(draws)], axis=0),
        AS_FAR: np.mean([back(as_far(whole, own, rng)) for _ in range(draws)], axis=0),
    }
