"""Cold start, measured: how well is a newcomer served who says a word or two instead of giving a history?

Newcomers are simulated from users whom the model was not trained on. Of each, a fifth of the history is to be
predicted; from the rest it is taken what they would say, and nothing else of it is used. Two ways to say it:
*leanings*, the concepts whose reading is farthest from the mean, with their sign only (an honest answer to
the best question, since the model has read them from the history); and *history*, the values that are
over-represented in it. Judged by NDCG@k of the hidden items, between popularity and the full history. Nobody
is recommended what they have seen, so that all lists are drawn from the same items.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.core.decoding.ranking import recommend
from lfd.core.decoding.traversal import MOST_SCORES, item_scores
from lfd.core.evaluation.coldstart_figures import as_table, headline
from lfd.core.evaluation.generalisation import paired_table
from lfd.core.evaluation.outcome import Outcome
from lfd.core.evaluation.ranking import NDCG, by_user
from lfd.core.models.popularity import PopularityModel
from lfd.core.recommending.newcomers import EXACT, READING, placed
from lfd.core.recommending.statements import Statements, leanings, overrepresented
from lfd.core.steering.space import Space, find_space
from lfd.core.steering.turning import lifted
from lfd.core.steering.wishes import Histories, draw_histories
from lfd.core.training.split import TEST, TRAIN, VALIDATION
from lfd.errors import InputError, UsageError
from lfd.settings.alignment import AlignSettings
from lfd.settings.coldstart import EvaluateColdstartSettings
from lfd.settings.decoding import Weighting

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]

LEANINGS, HISTORY = "leanings", "history"
KINDS = (READING, EXACT, "steering", "natural")
LABELS, BOTH, POPULAR = "labels", "reading and labels", "popularity and labels"
FULL, NOBODY, POPULARITY = "full history", "nobody", "popularity"


@dataclass(frozen=True)
class _Case:
    """One way to place newcomers: where, and what items gain besides (users x items, made in batches)."""

    name: str
    latents: Floats = field(repr=False)
    labels: Floats | None = field(default=None, repr=False)  # items x concepts
    amounts: Floats | None = field(default=None, repr=False)  # users x concepts


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
    cases = [
        (popular, _Case(POPULARITY, np.zeros((len(means), 0)))),
        (model, _Case(NOBODY, np.repeat(space.measured.whitening.mean[None], len(means), axis=0))),
        (model, _Case(FULL, means)),
        *_placed(model, popular, space, told, settings),
    ]
    reached = {case.name: _ndcg(by, case, histories, settings.k)[:, None] for by, case in cases}
    table = paired_table(reached, [f"{NDCG}@{settings.k}"], settings.resamples, streams[1])
    table = as_table(table)
    return Outcome(headline(table, settings), table, _notes(told, histories, judged, most))


def case_name(told: str, placed: str, statements: int, strength: float) -> str:
    """What a case is called until its table is made.

    Parameters
    ----------
    told, placed : str
    statements : int
    strength : float
    """
    return f"{told}|{placed}|{statements}|{strength:g}"


def _placed(
    model: LatentModel,
    popular: PopularityModel,
    space: Space,
    told: dict[str, Statements],
    settings: EvaluateColdstartSettings,
) -> Iterator[tuple[LatentModel, _Case]]:
    """Every way to use every number of statements."""
    whitening, level = space.measured.whitening, space.concepts.level
    for source, stated in told.items():
        for number in settings.statements:
            few = stated.first(number)
            amounts = few.amounts(len(space.concepts))
            places = {k: _places(few, space.of(READING if k == EXACT else k), k) for k in KINDS}
            for strength in settings.strengths:

                def named(way: str, s: float = strength, n: int = number, t: str = source) -> str:
                    return case_name(t, way, n, s)

                at = {k: whitening.mean + strength * y @ whitening.spread.T for k, y in places.items()}
                start = np.repeat(whitening.mean[None], len(amounts), axis=0)
                bonus = (level, strength * settings.bonus * amounts)
                for kind in KINDS:
                    yield model, _Case(named(kind), at[kind])
                yield model, _Case(named(LABELS), start, *bonus)
                yield model, _Case(named(BOTH), at[READING], *bonus)
                yield popular, _Case(named(POPULAR), np.zeros((len(amounts), 0)), *bonus)


def _places(stated: Statements, directions: Floats, kind: str) -> Floats:
    """Each newcomer's place by statements of strength 1 (users x rank)."""
    return np.array(
        [
            placed(directions[concept[concept >= 0]], side[concept >= 0].astype(np.float64), kind)
            for concept, side in zip(stated.concept, stated.side, strict=True)
        ]
    )


def _ndcg(model: LatentModel, case: _Case, histories: Histories, k: int) -> Floats:
    """Each newcomer's NDCG@k."""
    users, n_items = histories.shown.shape
    size, found = max(1, MOST_SCORES // (4 * n_items)), np.zeros((users, k), dtype=np.bool_)
    for first in range(0, users, size):
        rows = slice(first, first + size)
        scores = item_scores(model, case.latents[rows])
        if case.labels is not None and case.amounts is not None:
            scores = scores + lifted(case.labels, case.amounts[rows], 1.0)
        item = recommend(scores, Weighting("top", k), histories.shown[rows]).item
        wanted = histories.held_out[rows].toarray() > 0
        found[rows] = np.take_along_axis(wanted, np.maximum(item, 0), axis=1) & (item >= 0)
    return by_user(found, np.diff(histories.held_out.indptr), NDCG, k)


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
