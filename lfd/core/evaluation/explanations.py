"""Are explanations faithful? What they name is taken away, and it is seen what becomes of the item.

The best recommendations of held-out users are explained. Then k items of the user's history are taken out:
those that an explanation names (for the leaning that lifts the item most: they brought the user furthest
along it; for the item: they speak for it by all leanings together), against k at random, the k that most
training users have together with the item, and the k whose absence alone lowers the item most, which asks
the model itself. And the named leaning is taken away, against random steps of equal length: any, and such as
bring the user as near to the mean user, since most recommendations fall on the way there. To delete what is
named is how attributions are commonly tested (Samek et al. 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.decoding.positions import choose_users
from lfd.core.decoding.ranking import best_items
from lfd.core.evaluation.deletion import Trial, deletions_of_named, deletions_of_rivals
from lfd.core.evaluation.explanation_figures import (
    HISTORY,
    LEANING,
    figures_table,
    measures_of,
)
from lfd.core.evaluation.outcome import Outcome
from lfd.core.evaluation.taking_away import Cases, at_positions
from lfd.core.explaining.leanings import Leanings
from lfd.core.explaining.standing import rivals
from lfd.core.models.rows import canonical
from lfd.core.models.scores import item_scores
from lfd.core.training.split import TEST, TRAIN, VALIDATION, hold_out
from lfd.errors import InputError, UsageError
from lfd.settings.explaining import EvaluateExplanationsSettings

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DRAWN = 0.2  # share of the users who are asked where none were held out of training


def evaluate_explanations(
    model: LatentModel,
    interactions: sparse.csr_array,
    part: npt.NDArray[Any],
    ways: Sequence[Leanings],
    settings: EvaluateExplanationsSettings,
    explainer: LatentModel | None = None,
) -> Outcome:
    """Take away what explanations name.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items
    part : numpy.ndarray of str, (users,)
        Each user's part in the model's training; explained to are the test users, without any the validation
        users, without these a fifth of all. Company is counted among the training users.
    ways : sequence of Leanings
        By axes, by concepts.
    settings : EvaluateExplanationsSettings
    explainer : LatentModel, default the model
        Another one, to see what explanations of the wrong model are worth.

    Returns
    -------
    Outcome
        `table`, a row for each way, test (history, leaning), what was taken and figure: value with low and
        high, its difference to what the explanation names with difference_low and difference_high, users.
        Intervals are of a bootstrap over users. The same for the same input and settings.

    Raises
    ------
    InputError
        Users and items do not fit the model; nobody has a history long enough.
    UsageError
        More is to be taken away than half of the shortest history, or lists hold the whole catalogue.
    """
    _check(model, interactions, part, settings)
    streams = np.random.default_rng(settings.seed).spawn(3 + len(ways))
    asked, training, said = _users(part, streams[0])
    histories = canonical(interactions[np.flatnonzero(asked)])
    enough = np.flatnonzero(np.diff(histories.indptr) >= settings.least)
    if not len(enough):
        raise InputError(
            f"none of the {histories.shape[0]} users to be asked has {settings.least} interactions",
            "ask for fewer: --least 10 --remove 5",
        )
    histories = histories[enough[choose_users(len(enough), settings.users, streams[1])]]
    trial = Trial(
        model,
        explainer or model,
        _cases(model, histories, settings.items),
        interactions[np.flatnonzero(training)],
        settings,
    )
    shared = deletions_of_rivals(trial, streams[2])
    tables = []
    for way, rng in zip(ways, streams[3:], strict=True):
        history, leaning = deletions_of_named(trial, way, rng)
        for name, found in ((HISTORY, history | shared), (LEANING, leaning)):
            own = figures_table(found, settings, np.random.default_rng(settings.seed))
            tables.append(own.assign(by=way.by, test=name))
    table = pd.concat(tables, ignore_index=True)
    first = ["by", "test"]
    table = table[[*first, *(c for c in table.columns if c not in first)]]
    short = int(asked.sum()) - len(enough)
    notes = [*said, f"{settings.items} recommendations explained to each of {histories.shape[0]} users"]
    if short:
        notes.append(f"{short} users have fewer than {settings.least} interactions and are left out")
    return Outcome(measures_of(table, settings), table, tuple(notes))


def _cases(model: LatentModel, histories: sparse.csr_array, items: int) -> Cases:
    """The best recommendations of users, and how they stand."""
    latents = model.encode(histories)[0]
    best = np.empty((histories.shape[0], items), dtype=np.int64)
    for user in range(histories.shape[0]):
        scores = item_scores(model, latents[[user]]).astype(np.float64)
        scores[0, histories.indices[histories.indptr[user] : histories.indptr[user + 1]]] = -np.inf
        best[user] = best_items(scores, items)[0]
    owner = np.repeat(np.arange(len(best)), items)
    competing = rivals(best, histories, model.n_items)
    empty = np.zeros(len(owner))
    cases = Cases(owner, best.ravel(), histories, latents, competing, empty, empty.astype(np.int64))
    chance, place = at_positions(model, cases, latents[owner])
    return replace(cases, chance=chance, place=place)


def _users(part: npt.NDArray[Any], rng: np.random.Generator) -> tuple[Any, Any, list[str]]:
    """Who is explained to, who is counted, and what is to be said of them."""
    for held in (TEST, VALIDATION):
        if (part == held).any():
            return part == held, part == TRAIN, [f"explained to {held} users"]
    drawn = hold_out(len(part), DRAWN, rng)
    said = "no users were held out of training: a fifth is drawn, whom the model has learnt from"
    return drawn, ~drawn, [said]


def _check(
    model: LatentModel,
    interactions: sparse.csr_array,
    part: npt.NDArray[Any],
    settings: EvaluateExplanationsSettings,
) -> None:
    users, items = interactions.shape
    if part.shape != (users,) or items != model.n_items:
        raise InputError(
            f"{users} users x {items} items, the parts of {len(part)} users and a model of {model.n_items} "
            "items do not fit each other",
            "give the interactions that the model was trained on",
        )
    if settings.least < 2 * settings.remove:
        raise UsageError(
            f"{settings.remove} items taken from histories of {settings.least} leave less than half",
            f"ask for longer histories: --least {2 * settings.remove}",
        )
    if settings.k >= items or settings.items > settings.k:
        raise UsageError(
            f"{settings.items} items explained, lists of {settings.k} and a catalogue of {items} do not fit",
            f"explain no more than a list holds, and list less than all: --k {max(1, items // 6)}",
        )
