"""Cold start, measured: how well is a newcomer served who says a word or two instead of giving a history?

Newcomers are simulated from users whom the model was not trained on. Of each, a fifth of the history is to be
predicted; from the rest it is taken what they would say, and nothing else of it is used. Two ways to say it:
*leanings*, the concepts whose reading is farthest from the mean, with their sign only (an honest answer to
the best question, since the model has read them from the history); and *history*, the values that are
over-represented in it. Judged by NDCG@k of the hidden items, between popularity and the full history. Nobody
is recommended what they have seen, so that all lists are drawn from the same items.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.core.evaluation.coldstart_cases import (
    FULL,
    HISTORY,
    LEANINGS,
    NOBODY,
    POPULARITY,
    Case,
    case_ndcg,
    cases,
)
from lfd.core.evaluation.coldstart_figures import as_table, headline
from lfd.core.evaluation.generalisation import paired_table
from lfd.core.evaluation.outcome import Outcome
from lfd.core.evaluation.ranking import NDCG
from lfd.core.models.popularity import PopularityModel
from lfd.core.recommending.statements import Statements, leanings, overrepresented
from lfd.core.steering.space import find_space
from lfd.core.steering.wishes import Histories, draw_histories
from lfd.core.training.split import TEST, TRAIN, VALIDATION
from lfd.errors import InputError, UsageError
from lfd.settings.alignment import AlignSettings
from lfd.settings.coldstart import EvaluateColdstartSettings

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]


def evaluate_coldstart(
    model: LatentModel,
    interactions: sparse.csr_array,
    part: npt.NDArray[np.str_],
    attributes: Sequence[Attribute],
    settings: EvaluateColdstartSettings,
    alignment: AlignSettings | None = None,
) -> Outcome:
    """Serve newcomers by what they state, in several ways.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items
    part : numpy.ndarray of str, (users,)
        Each user's part in the model's training: newcomers are the test users, or where there are none the
        validation users; concepts and their directions are from the training users.
    attributes : sequence of Attribute
    settings : EvaluateColdstartSettings
    alignment : AlignSettings, default as they are

    Returns
    -------
    Outcome
        `table`: told (leanings, history; null for the references), placed (reading, steering, natural,
        labels, ...), statements, strength, value (NDCG@k) with its 95 % interval over users (low, high),
        difference to popularity on the same users with difference_low and difference_high, users. The same
        for the same input and settings.

    Raises
    ------
    InputError
        Nobody was held out, or there is nothing that could be stated.
    UsageError
        Lists are as long as the catalogue.
    """
    judged = _check(model, interactions, part, settings)
    streams = np.random.default_rng(settings.seed).spawn(2)
    histories = draw_histories(interactions[np.flatnonzero(part == judged)], settings.users, streams[0])
    training = interactions[np.flatnonzero(part == TRAIN)]
    space = find_space(model, training, attributes, alignment or AlignSettings())
    most = max(settings.statements)
    means = model.encode(histories.shown)[0]
    told = {
        LEANINGS: leanings(space, means, most),
        HISTORY: overrepresented(space.concepts, histories.shown, training, most),
    }
    popular = PopularityModel(training)
    compared = [
        (popular, Case(POPULARITY, np.zeros((len(means), 0)))),
        (model, Case(NOBODY, np.repeat(space.measured.whitening.mean[None], len(means), axis=0))),
        (model, Case(FULL, means)),
        *cases(model, popular, space, told, settings),
    ]
    reached = {case.name: case_ndcg(by, case, histories, settings.k)[:, None] for by, case in compared}
    table = paired_table(reached, [f"{NDCG}@{settings.k}"], settings.resamples, streams[1])
    table = as_table(table)
    return Outcome(headline(table, settings), table, _notes(told, histories, judged, most))


def _check(
    model: LatentModel,
    interactions: sparse.csr_array,
    part: npt.NDArray[np.str_],
    settings: EvaluateColdstartSettings,
) -> str:
    """Whose users are the newcomers."""
    users, items = interactions.shape
    if part.shape != (users,) or items != model.n_items:
        raise InputError(
            f"{users} users x {items} items, the parts of {len(part)} users and a model of {model.n_items} "
            "items do not fit each other",
            "give the interactions that the model was trained on",
        )
    if settings.k >= items:
        raise UsageError(
            f"lists of {settings.k} items hold the whole catalogue of {items}",
            f"ask for fewer: --k {max(1, items // 6)}",
        )
    for judged in (TEST, VALIDATION):
        if (part == judged).any():
            return judged
    raise InputError(
        "no user was held out of training, so nobody can play a newcomer",
        "hold users out: lfd train --holdout 0.1 --test 0.1",
    )


def _notes(told: dict[str, Statements], histories: Histories, judged: str, most: int) -> tuple[str, ...]:
    users = len(told[LEANINGS].concept)
    notes = [f"{users} {judged} users play newcomers; concepts and directions are from the training users"]
    notes.append(
        "leanings are read by the model from the history that the newcomer does not show: the best answer to"
        " the best question; history names values that are over-represented in it"
    )
    if histories.too_short:
        notes.append(f"{histories.too_short} {judged} users have fewer than two interactions: left out")
    fewer = int((told[HISTORY].concept < 0).any(axis=1).sum())
    if fewer:
        notes.append(f"{fewer} newcomers have fewer than {most} values that are over-represented")
    return tuple(notes)
