"""How well a model ranks: NDCG and recall of what held-out users chose, given the rest of their histories.

Every item that a user has and was not shown is relevant, and equally so; shown items are not recommended
again; equal scores rank by item number. With h hidden items of a user, ranked r_1, r_2, ... by the model, the
figures are those of Liang et al. (2018, arXiv 1802.05814, section 4.2):

    Recall@k = |{i : r_i <= k}| / min(k, h)
    NDCG@k   = sum over r_i <= k of 1 / log2(r_i + 1)   /   sum over r = 1 .. min(k, h) of 1 / log2(r + 1)

Works on anything that scores histories; a `LatentModel` does through `scorer`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.decoding.ranking import recommend
from lfd.core.measure import Measure, Parameters
from lfd.core.models.protocol import LatentModel
from lfd.core.models.scores import MOST_SCORES, item_scores
from lfd.core.steering.ndcg import ndcg
from lfd.errors import InputError
from lfd.settings.decoding import Weighting

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Scorer = Callable[[sparse.csr_array], npt.NDArray[Any]]
"""From histories (users x items) to scores (users x items), of as many users as it is given at once."""

LIST = 20
NDCG, RECALL = "ndcg", "recall"
FORMULAS = {
    NDCG: "ndcg_binary (Järvelin and Kekäläinen 2002)",
    RECALL: "recall_truncated (Liang et al. 2018)",
}
DEFINITIONS = {
    NDCG: "sum over hits of 1 / log2(rank + 1), over the same sum for min({k}, hidden items) hits on top;"
    " mean over held-out users",
    RECALL: "hits in the top {k} over min({k}, hidden items); mean over held-out users",
}


def ranking(
    model: LatentModel, shown: sparse.csr_array, hidden: sparse.csr_array, k: int = LIST
) -> tuple[Measure, Measure]:
    """NDCG@k and Recall@k, means over users.

    Parameters
    ----------
    model : LatentModel
    shown, hidden : scipy.sparse.csr_array, users x items
        What is encoded, and what is to be found; as `lfd.core.training.split.fold_in` parts histories.
        Users of whom nothing is hidden are left out.
    k : int, from 1, default 20
        Length of the list.

    Returns
    -------
    ndcg, recall : Measure, in [0, 1]
        Recall@k divides by min(k, hidden items), as Liang et al. (2018) do, so that 1 can be reached.

    Raises
    ------
    InputError
        If nothing is hidden of anybody, or the lists would be empty.
    """
    counted = np.diff(hidden.indptr) > 0
    if k < 1 or not counted.any():
        raise InputError(
            f"there is nothing to rank: {int(counted.sum())} users with hidden items, lists of {k}",
            "hold users out: lfd train --holdout 0.1",
        )
    shown, hidden = shown[np.flatnonzero(counted)], hidden[np.flatnonzero(counted)]
    found = hits(scorer(model), shown, hidden, k)
    number = np.diff(hidden.indptr)
    note = f"{int((~counted).sum())} users without hidden items left out" if not counted.all() else ""
    gain, recall = (
        ranking_measure(kind, k, float(by_user(found, number, kind, k).mean()), {"k": k}, note=note)
        for kind in (NDCG, RECALL)
    )
    return gain, recall


def ranking_measure(
    kind: str,
    k: int,
    value: float,
    parameters: Parameters,
    parts: dict[str, float] | None = None,
    note: str = "",
) -> Measure:
    """A figure of ranking with its definition.

    Parameters
    ----------
    kind : str
        NDCG or RECALL.
    k : int
    value : float
    parameters : dict
    parts : dict of str to float, default none
    note : str, default none
    """
    definition = DEFINITIONS[kind].format(k=k)
    return Measure(f"{kind}@{k}", "ranking", value, FORMULAS[kind], definition, parameters, parts or {}, note)


def scorer(model: LatentModel) -> Scorer:
    """What a model gives users with these histories: the scores at the mean of z.

    Parameters
    ----------
    model : LatentModel
    """
    return lambda histories: item_scores(model, model.encode(histories)[0])


def hits(score: Scorer, shown: sparse.csr_array, hidden: sparse.csr_array, k: int) -> Bools:
    """Whether the item at each rank was hidden; in memory bounded by the batch.

    Parameters
    ----------
    score : callable
        See `Scorer`.
    shown, hidden : scipy.sparse.csr_array, users x items
    k : int, from 1
        Length of the list; where the catalogue is shorter, nothing is found on the ranks beyond it.

    Returns
    -------
    numpy.ndarray of bool, users x k
    """
    users, n_items = shown.shape
    size, length = max(1, MOST_SCORES // (4 * n_items)), min(k, n_items)
    found = np.zeros((users, k), dtype=np.bool_)
    for first in range(0, users, size):
        given = shown[first : first + size]
        item = recommend(score(given), Weighting("top", length), given).item
        wanted = hidden[first : first + size].toarray() > 0
        hit = np.take_along_axis(wanted, np.maximum(item, 0), axis=1) & (item >= 0)
        found[first : first + size, : item.shape[1]] = hit
    return found


def by_user(found: Bools, hidden: npt.NDArray[np.int64], kind: str, k: int) -> Floats:
    """Each user's NDCG@k or Recall@k.

    Parameters
    ----------
    found : numpy.ndarray of bool, users x ranks
        As `hits` gives it, at least k ranks.
    hidden : numpy.ndarray of int, (users,), from 1
        How many items were hidden of each user.
    kind : str
        NDCG or RECALL.
    k : int, from 1

    Returns
    -------
    numpy.ndarray, (users,), in [0, 1]
    """
    if kind == NDCG:
        return ndcg(found[:, :k], hidden)
    recall: Floats = found[:, :k].sum(axis=1) / np.minimum(hidden, k)
    return recall
