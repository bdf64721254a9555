"""The check of a model that comes in: does it know these users, where do they lie, which axes are dead.

Works on any `LatentModel`; judges users on what it was shown, so it finds what is broken, not what is good.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.stats import rankdata

from lfd.core.decoding.positions import prior_fit
from lfd.core.decoding.ranking import recommend
from lfd.core.evaluation.incoming_figures import (
    LIST,
    far_measure,
    inactive_measure,
    rank_measures,
    what_is_wrong,
)
from lfd.core.evaluation.outcome import Outcome
from lfd.core.models.axes import axis_statistics
from lfd.core.models.popularity import PopularityModel
from lfd.core.models.protocol import LatentModel
from lfd.core.models.reliability import axis_reliability
from lfd.core.models.scores import MOST_SCORES, item_scores
from lfd.core.steering.ndcg import ndcg
from lfd.errors import InputError
from lfd.settings.decoding import Weighting

Floats = npt.NDArray[np.float64]

JUDGED = 1000
PLACED = 10_000


def check_model(model: LatentModel, interactions: sparse.csr_array, rng: np.random.Generator) -> Outcome:
    """Check a model against the interactions that it is to be decoded on.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items
    rng : numpy.random.Generator
        Draws the users: 1,000 whose items are ranked, 10,000 who are placed.

    Returns
    -------
    Outcome
        Measures own_auc and popularity_auc (how often an own item scores above another), own_ndcg@20,
        far_from_prior and inactive_axes; the table has one row an axis; notes say what is wrong.

    Raises
    ------
    InputError
        The model is for another number of items, encodes or decodes to other shapes than the protocol says,
        or to values that are not finite; or nobody has interactions.
    """
    _check_protocol(model, interactions)
    rows = interactions[_drawn(interactions, PLACED, rng)]
    mean, deviation = model.encode(rows)
    _check_latents(mean, deviation, model.n_latent)
    judged = slice(None, None, max(1, rows.shape[0] // JUDGED))
    ranks = _own_items(model, mean[judged], rows[judged])
    popular = PopularityModel(interactions)
    baseline = _own_items(popular, popular.encode(rows[judged])[0], rows[judged])
    fit, claims = prior_fit(mean, deviation), bool((deviation > 0).any())
    axes = axis_statistics(mean, deviation, reliability=axis_reliability(model, rows)).assign(
        deviation=fit.deviation, divergence=np.where(np.isfinite(fit.divergence), fit.divergence, np.nan)
    )
    dead = axes["axis"][~axes["active"]].tolist()
    measures = (
        *rank_measures(ranks, baseline, len(mean[judged])),
        far_measure(fit, claims),
        inactive_measure(dead, claims),
    )
    return Outcome(measures, axes, tuple(what_is_wrong(ranks[0], baseline[0], fit, claims, dead)))


def _check_protocol(model: LatentModel, interactions: sparse.csr_array) -> None:
    if model.n_items != interactions.shape[1]:
        raise InputError(
            f"the model knows {model.n_items} items and the data have {interactions.shape[1]}",
            "give the model the items of the data, in their order",
        )
    if interactions.nnz == 0:
        raise InputError("nobody has interactions", "give the interactions that the model was trained on")


def _check_latents(mean: Floats, deviation: Floats, n_latent: int) -> None:
    for name, values in (("means", mean), ("deviations", deviation)):
        if values.shape != (len(mean), n_latent):
            raise InputError(
                f"encode gives {name} of shape {values.shape} where {(len(mean), n_latent)} is expected",
                "encode(X) gives mean and deviation, users x latent each",
            )
        if not np.isfinite(values).all():
            axis = int(np.argwhere(~np.isfinite(values))[0][1])
            raise InputError(
                f"encode gives {name} that are not finite, first on z{axis}",
                "see that the weights are finite",
            )


def _drawn(interactions: sparse.csr_array, wanted: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Users who have chosen something, but not everything."""
    count = np.diff(interactions.indptr)
    there = np.flatnonzero((count > 0) & (count < interactions.shape[1]))
    if not len(there):
        raise InputError("nobody has chosen some items and not others", "give users with a taste")
    return np.sort(rng.permutation(there)[:wanted])


def _own_items(model: LatentModel, mean: Floats, rows: sparse.csr_array) -> tuple[float, float]:
    """AUC and NDCG@20 of users' own items among all, means over users."""
    size, auc, gain = max(1, MOST_SCORES // (4 * model.n_items)), 0.0, 0.0
    for first in range(0, len(mean), size):
        scores = item_scores(model, mean[first : first + size])
        if not np.isfinite(scores).all():
            raise InputError("decode gives scores that are not finite", "see that the weights are finite")
        own = rows[first : first + size].toarray() > 0
        count = own.sum(axis=1)
        ranks = (rankdata(scores, axis=1) * own).sum(axis=1) - count * (count + 1) / 2
        auc += float((ranks / (count * (model.n_items - count))).sum())
        best = recommend(scores, Weighting("top", min(LIST, model.n_items))).item
        gain += float(ndcg(np.take_along_axis(own, best, axis=1), count).sum())
    return auc / len(mean), gain / len(mean)
