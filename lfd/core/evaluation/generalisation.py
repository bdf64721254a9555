"""Strong generalisation: how well users are served whom nobody trained on (Liang et al. 2018, section 4).

Of each user who was held out, four fifths of the history are folded in and the rest must be predicted. Judged
are the test users where there are any: the validation users have told the model when to stop. The baselines
learn from the same training users and are judged on the same items, and every resample of the bootstrap draws
the same users for all, so that differences are paired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.evaluation.baselines import Readers, baselines
from lfd.core.evaluation.outcome import Outcome
from lfd.core.evaluation.ranking import NDCG, RECALL, Scorer, by_user, hits, ranking_measure, scorer
from lfd.core.measure import Parameters
from lfd.core.models.protocol import LatentModel
from lfd.core.significance.bootstrap import ResampledMeans, poisson_weights
from lfd.core.training.split import HIDDEN_SHARE, TEST, TRAIN, VALIDATION, fold_in
from lfd.errors import InputError
from lfd.settings.ranking import EvaluateRankingSettings

Floats = npt.NDArray[np.float64]
Kinds = Sequence[tuple[str, int]]

RESAMPLED_AT_ONCE = 10_000  # users


def evaluate_ranking(
    model: LatentModel,
    interactions: sparse.csr_array,
    part: npt.NDArray[Any],
    settings: EvaluateRankingSettings,
    name: str = "model",
) -> Outcome:
    """Rank for held-out users: the model, EASE and popularity.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items
    part : numpy.ndarray of str, (users,)
        Each user's part in the model's training: TRAIN, VALIDATION or TEST.
    settings : EvaluateRankingSettings
    name : str, default model
        What the table calls the model.

    Returns
    -------
    Outcome
        Measures of the model, with the 95 % interval over users as parts `low` and `high`. `table`, a row for
        each recommender and measure: recommender, measure, value, low, high, difference (to the model, on
        the same users) with difference_low and difference_high, users. The same for the same input and
        settings.

    Raises
    ------
    InputError
        Users and items do not fit the model; nobody was held out, or nobody of them has enough interactions.
    """
    _check(model, interactions, part)
    streams = np.random.default_rng(settings.seed).spawn(3)
    judged = TEST if (part == TEST).any() else VALIDATION
    readers, short = _fold_in(interactions[np.flatnonzero(part == judged)], settings, streams[0])
    if readers is None:
        raise InputError(
            f"none of the {short} {judged} users has {settings.least} interactions to fold in and predict",
            "hold more users out: lfd train --holdout 0.2 --test 0.2",
        )
    choosing, _ = _fold_in(interactions[np.flatnonzero(part == VALIDATION)], settings, streams[1])
    others, said = baselines(interactions[np.flatnonzero(part == TRAIN)], choosing, settings)
    kinds = [*((RECALL, k) for k in settings.recall), *((NDCG, k) for k in settings.ndcg)]
    reached = user_figures({name: scorer(model)} | others, readers, kinds)
    table = paired_table(reached, [f"{kind}@{k}" for kind, k in kinds], settings.resamples, streams[2])
    own = table[table["recommender"] == name].to_dict("records")
    measures = tuple(
        ranking_measure(
            *kind, row["value"], _parameters(kind[1], judged, settings), {x: row[x] for x in ("low", "high")}
        )
        for kind, row in zip(kinds, own, strict=True)
    )
    notes = (*_notes(readers, short, judged, settings), *said)
    return Outcome(measures, table, notes)


def user_figures(scorers: Mapping[str, Scorer], readers: Readers, kinds: Kinds) -> dict[str, Floats]:
    """Each user's figures under each recommender.

    Parameters
    ----------
    scorers : mapping of str to Scorer
    readers : Readers
    kinds : sequence of (str, int)
        NDCG or RECALL, and the length of the list.

    Returns
    -------
    dict of str to numpy.ndarray, users x kinds
    """
    longest, number = max(k for _, k in kinds), np.diff(readers.hidden.indptr)
    found = {name: hits(score, readers.shown, readers.hidden, longest) for name, score in scorers.items()}
    return {
        name: np.column_stack([by_user(hit, number, *kind) for kind in kinds]) for name, hit in found.items()
    }


def paired_table(
    reached: Mapping[str, Floats], names: Sequence[str], resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Means over users, and differences to the first recommender, with their 95 % intervals.

    Parameters
    ----------
    reached : mapping of str to numpy.ndarray, users x measures
        The same users in each.
    names : sequence of str
        Of the measures.
    resamples : int
        Of the users: alike for all recommenders, so that differences are paired.
    rng : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        A row for each recommender and measure, as `evaluate_ranking` says.
    """
    figures = np.stack([*reached.values()], axis=1)
    users, number, _ = figures.shape
    both = np.concatenate([figures, figures - figures[:, :1]], axis=1)
    mean = both.mean(axis=0)
    means = ResampledMeans(resamples, 2 * number, len(names))
    for first in range(0, users, RESAMPLED_AT_ONCE):
        chunk = both[first : first + RESAMPLED_AT_ONCE]
        means.add(poisson_weights(len(chunk), resamples, rng), chunk)
    low, high = means.interval(mean)
    rows = [
        (
            recommender,
            measure,
            *(x[r, m] for x in (mean, low, high)),
            *_to_first(mean, low, high, r, m),
            users,
        )
        for r, recommender in enumerate(reached)
        for m, measure in enumerate(names)
    ]
    columns = ["recommender", "measure", "value", "low", "high"]
    columns += ["difference", "difference_low", "difference_high", "users"]
    return pd.DataFrame(rows, columns=columns)


def _to_first(mean: Floats, low: Floats, high: Floats, recommender: int, measure: int) -> tuple[float, ...]:
    """The difference with its interval; the first recommender has none to itself."""
    row = len(mean) // 2 + recommender
    return tuple(float(x[row, measure]) if recommender else float("nan") for x in (mean, low, high))


def _fold_in(
    rows: sparse.csr_array, settings: EvaluateRankingSettings, rng: np.random.Generator
) -> tuple[Readers | None, int]:
    """Users with enough interactions, parted (None where there are none), and how many have fewer."""
    enough = np.flatnonzero(np.diff(rows.indptr) >= settings.least)
    short = rows.shape[0] - len(enough)
    return (Readers(*fold_in(rows[enough], rng)), short) if len(enough) else (None, short)


def _check(model: LatentModel, interactions: sparse.csr_array, part: npt.NDArray[Any]) -> None:
    users, items = interactions.shape
    if part.shape != (users,) or items != model.n_items:
        raise InputError(
            f"{users} users x {items} items, the parts of {len(part)} users and a model of {model.n_items} "
            "items do not fit each other",
            "give the interactions that the model was trained on",
        )
    if not np.isin(part, (VALIDATION, TEST)).any():
        raise InputError(
            "no user was held out of training, so nobody can tell how well it generalises",
            "hold users out: lfd train --holdout 0.1 --test 0.1",
        )


def _parameters(k: int, judged: str, settings: EvaluateRankingSettings) -> Parameters:
    return {
        "k": k,
        "users": judged,
        "least": settings.least,
        "hidden_share": HIDDEN_SHARE,
        "resamples": settings.resamples,
        "seed": settings.seed,
    }


def _notes(readers: Readers, short: int, judged: str, settings: EvaluateRankingSettings) -> list[str]:
    users, items = readers.shown.shape
    said = f"judged on {users} {judged} users"
    if judged == VALIDATION:
        said += (
            ", who have told training when to stop and choose EASE's lambda;"
            " users for the test alone: lfd train --test 0.1"
        )
    notes = [said]
    if short:
        notes.append(f"{short} {judged} users have fewer than {settings.least} interactions and are left out")
    whole = [k for k in sorted({*settings.recall, *settings.ndcg}) if k >= items]
    if whole:
        lengths = ", ".join(map(str, whole))
        notes.append(
            f"lists of {lengths} hold the whole catalogue of {items} items: recall says nothing there"
        )
    return notes
