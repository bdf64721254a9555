"""The scale of scores: the one number that makes softmax(scores) the likeliest for what users chose.

A linear model's scores have a scale of their own (0 to 1, stars), which no ranking depends on but every share
of a softmax does. Multiplied by this, they are on the scale of logits, as those of a network are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import log_softmax

NEWTON_STEPS = 30


def temperature(scores: npt.NDArray[np.float64], chosen: sparse.csr_array) -> float:
    """The t under which softmax(t scores) makes the chosen items likeliest: Newton, on a concave function.

    Parameters
    ----------
    scores : numpy.ndarray, users x items, finite
    chosen : scipy.sparse.csr_array, users x items
        Each choice is weighted by its value.

    Returns
    -------
    float, above 0
        Next to 0 where users chose what the scores put last.
    """
    counts = np.asarray(chosen.sum(axis=1), dtype=np.float64)
    mine = float(chosen.multiply(scores).sum())
    t = 1.0 / max(float(scores.std()), 1e-12)
    for _ in range(NEWTON_STEPS):
        weight = np.exp(log_softmax(t * scores, axis=1)) * counts[:, None]
        mean = (weight * scores).sum(axis=1)
        spread = float(((weight * scores**2).sum(axis=1) - mean**2 / np.maximum(counts, 1e-12)).sum())
        slope = mine - float(mean.sum())
        change = slope / spread if spread > 0 else 0.0
        t = float(np.clip(t + change, t / 4, t * 4))
        if abs(change) < 1e-9 * t:
            break
    return t
