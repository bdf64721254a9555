"""Recommenders that a latent factor model has to be better than: popularity and EASE, of the same users.

Both learn from the training users alone; EASE's lambda is chosen on the users that told the model when to
stop, since a baseline that nobody tuned is none. Neither has a latent space.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from lfd.core.evaluation.ranking import NDCG, Scorer, by_user, hits, scorer
from lfd.core.models.ease import fit_ease, gram, memory
from lfd.core.models.popularity import PopularityModel
from lfd.settings.ranking import EvaluateRankingSettings

EASE, POPULARITY = "ease", "popularity"


@dataclass(frozen=True)
class Readers:
    """Users by what is shown of them and what is to be predicted.

    Attributes
    ----------
    shown, hidden : scipy.sparse.csr_array, users x items
        Something is hidden of everybody.
    """

    shown: sparse.csr_array = field(repr=False)
    hidden: sparse.csr_array = field(repr=False)


def baselines(
    training: sparse.csr_array, choosing: Readers | None, settings: EvaluateRankingSettings
) -> tuple[dict[str, Scorer], tuple[str, ...]]:
    """Fit the baselines.

    Parameters
    ----------
    training : scipy.sparse.csr_array, users x items
    choosing : Readers or None
        On whom lambda is chosen; None where there is nobody.
    settings : EvaluateRankingSettings

    Returns
    -------
    scorers : dict of str to Scorer
        EASE, unless there are more items than `ease_items`, and POPULARITY.
    notes : tuple of str
        Which lambda was taken, or why there is no EASE.
    """
    popular = {POPULARITY: scorer(PopularityModel(training))}
    n_items = training.shape[1]
    if n_items > settings.ease_items:
        return popular, (
            f"EASE is left out: for {n_items:,} items it holds {memory(n_items) / 1e9:,.1f} GB;"
            f" where there is room: --ease-items {n_items}",
        )
    ease, note = _ease(training, choosing, settings)
    return {EASE: ease} | popular, (note,)


def _ease(
    training: sparse.csr_array, choosing: Readers | None, settings: EvaluateRankingSettings
) -> tuple[Scorer, str]:
    """EASE with the lambda of the best NDCG; of equals the larger, which trusts the interactions less."""
    products, penalties = gram(training), sorted(set(settings.ease), reverse=True)
    if choosing is None or len(penalties) == 1:
        middle = penalties[len(penalties) // 2]
        return fit_ease(products, middle).score, f"EASE with lambda {middle:g}, which was not tuned"
    reached = [_ndcg(fit_ease(products, p).score, choosing, settings.ndcg[0]) for p in penalties]
    best = int(np.argmax(reached))
    named = ", ".join(f"{p:g}" for p in reversed(penalties))
    note = f"EASE with lambda {penalties[best]:g}, of {named} the best on the validation users"
    if best in (0, len(penalties) - 1):
        note += ": the last of them, so one beyond may be better (--ease)"
    return fit_ease(products, penalties[best]).score, note


def _ndcg(score: Scorer, readers: Readers, k: int) -> float:
    found = hits(score, readers.shown, readers.hidden, k)
    return float(by_user(found, np.diff(readers.hidden.indptr), NDCG, k).mean())
