"""How likely a model finds what users chose: minus the log likelihood of choices, for any `LatentModel`.

The multinomial likelihood of Liang et al. (2018): a user's interactions are draws from softmax(scores). Knows
numpy only; for a network this is the loss that `validation` takes on the network's own device.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.special import log_softmax

from lfd.core.models.protocol import LatentModel
from lfd.core.models.scores import MOST_SCORES, item_scores


def choice_loss(
    model: LatentModel, shown: sparse.csr_array, chosen: sparse.csr_array, exclude_shown: bool = True
) -> float:
    """Minus the log likelihood of the chosen items, given the shown ones; summed over users, in nats.

    Parameters
    ----------
    model : LatentModel
    shown : scipy.sparse.csr_array, users x items
        What is encoded.
    chosen : scipy.sparse.csr_array, users x items
        What is to be predicted, each weighted by its value.
    exclude_shown : bool, default True
        Whether the shown items cannot be chosen again.

    Returns
    -------
    float, at least 0
    """
    size, total = max(1, MOST_SCORES // (2 * model.n_items)), 0.0
    for first in range(0, shown.shape[0], size):
        given, wanted = shown[first : first + size], chosen[first : first + size].tocoo()
        scores = np.array(item_scores(model, model.encode(given)[0]), dtype=np.float64)
        if exclude_shown:
            scores[given.nonzero()] = -np.inf
        row, column = wanted.coords
        total -= float(wanted.data @ log_softmax(scores, axis=1)[row, column])
    return total


def held_out_choice_loss(model: LatentModel, shown: sparse.csr_array, hidden: sparse.csr_array) -> float:
    """Minus the log likelihood of hidden interactions, per interaction; 0 where nothing is hidden.

    Parameters
    ----------
    model : LatentModel
    shown, hidden : scipy.sparse.csr_array, users x items
        As `fold_in` parts them.
    """
    weight = float(hidden.data.sum(dtype=np.float64))
    return choice_loss(model, shown, hidden) / weight if weight else 0.0
