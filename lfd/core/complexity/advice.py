"""Advice for training from what complexity finds: how many axes to have, and how long to wait.

Two rules of thumb whose constants are measured. Knows numbers only; no model and no data.
"""

from __future__ import annotations

import math

MARGIN, LEAST_AXES = 1.5, 8
STEPS, POWER = 100.0, 2.0


def latent_dimensions(factors: int) -> int:
    """Number of axes for a data set: half as many again as it has factors, and at least 8.

    On MovieLens 100K nothing between 16 and 200 axes recommends better, and 4 and 8 do worse
    (benchmarks/complexity_latent.py).

    Parameters
    ----------
    factors : int, from 0
        Main ones and harmonics: an axis can serve whatever stands out of chance.

    Returns
    -------
    int
    """
    return max(LEAST_AXES, math.ceil(MARGIN * factors))


def steps_to_learn(strength: float) -> float:
    """Optimiser steps until a VAE of the default settings knows the factors: 100 / strength^2.

    Until its correlation with the truth is at 95 % of what it comes to, by the weakest main factor's strength
    (benchmarks/complexity_predicted.py: 40 to 50 different data sets of 1,000 and 4,000 users).

    Parameters
    ----------
    strength : float, above 0
        Below 1 as at 1, since nothing weaker is seen.

    Returns
    -------
    float
    """
    return STEPS / float(max(strength, 1.0) ** POWER)


def patience(strength: float, steps: int, least: int) -> int:
    """Epochs to wait for a better held-out loss: as many as the weakest main factor takes to be learnt.

    While nothing is learnt yet, the held-out loss wanders, and training that waits for less may stop there.
    This matters where few users make epochs of few steps, and without annealing, during which patience does
    not count (benchmarks/complexity_patience.py).

    Parameters
    ----------
    strength : float, above 0
        Of the weakest main factor.
    steps : int, from 1
        Optimiser steps of an epoch.
    least : int
        Fewer are never advised: the held-out loss varies from epoch to epoch, however strong the factors.

    Returns
    -------
    int
    """
    return max(least, math.ceil(steps_to_learn(strength) / steps))
