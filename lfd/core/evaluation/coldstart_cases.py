"""The ways to serve newcomers that are compared: where each puts them, and how their lists are judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lfd.core.decoding.ranking import recommend
from lfd.core.evaluation.ranking import NDCG, by_user
from lfd.core.models.popularity import PopularityModel
from lfd.core.models.scores import MOST_SCORES, item_scores
from lfd.core.recommending.newcomers import EXACT, READING, placed
from lfd.core.recommending.statements import Statements
from lfd.core.steering.space import Space
from lfd.core.steering.turning import lifted
from lfd.core.steering.wishes import Histories
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
class Case:
    """One way to serve newcomers.

    Attributes
    ----------
    name : str
    latents : numpy.ndarray, users x latent
        Where each is put.
    labels : numpy.ndarray, items x concepts, or None
        What items gain a bonus for, where they do.
    amounts : numpy.ndarray, users x concepts, or None
        By how much, in nats.
    """

    name: str
    latents: Floats = field(repr=False)
    labels: Floats | None = field(default=None, repr=False)
    amounts: Floats | None = field(default=None, repr=False)


def case_name(told: str, placed: str, statements: int, strength: float) -> str:
    """What a case is called until its table is made.

    Parameters
    ----------
    told, placed : str
    statements : int
    strength : float
    """
    return f"{told}|{placed}|{statements}|{strength:g}"


def cases(
    model: LatentModel,
    popular: PopularityModel,
    space: Space,
    told: dict[str, Statements],
    settings: EvaluateColdstartSettings,
) -> Iterator[tuple[LatentModel, Case]]:
    """Every way to use every number of statements.

    Parameters
    ----------
    model : LatentModel
    popular : PopularityModel
    space : Space
    told : dict of str to Statements
        By how they were told.
    settings : EvaluateColdstartSettings

    Yields
    ------
    model : LatentModel
        The one that ranks.
    case : Case
    """
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
                    yield model, Case(named(kind), at[kind])
                yield model, Case(named(LABELS), start, *bonus)
                yield model, Case(named(BOTH), at[READING], *bonus)
                yield popular, Case(named(POPULAR), np.zeros((len(amounts), 0)), *bonus)


def _places(stated: Statements, directions: Floats, kind: str) -> Floats:
    """Each newcomer's place by statements of strength 1 (users x rank)."""
    return np.array(
        [
            placed(directions[concept[concept >= 0]], side[concept >= 0].astype(np.float64), kind)
            for concept, side in zip(stated.concept, stated.side, strict=True)
        ]
    )


def case_ndcg(model: LatentModel, case: Case, histories: Histories, k: int) -> Floats:
    """Each newcomer's NDCG@k.

    Parameters
    ----------
    model : LatentModel
    case : Case
    histories : Histories
    k : int

    Returns
    -------
    numpy.ndarray, (users,), in [0, 1]
    """
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
