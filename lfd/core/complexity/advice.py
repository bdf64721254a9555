"""Advice for training from what complexity finds: how many axes, and how long to wait.

Rules of thumb whose constants are measured (benchmarks/complexity_latent.py and complexity_predicted.py).
Knows numbers only; no model and no data.
"""

from __future__ import annotations

import math

MARGIN = 1.5
LEAST_AXES = 8

STEPS, SLOPE = 100.0, 2.0
WAIT = 2.0


def latent_dimensions(factors: int) -> int:
    """Number of axes for a data set: half as many again as it has factors, and at least 8.

    Parameters
    ----------
    factors : int, from 0
        Main ones and harmonics: a latent space needs an axis for whatever stands out of chance.

    Returns
    -------
    int
    """
    return max(LEAST_AXES, math.ceil(MARGIN * factors))


def steps_to_learn(strength: float) -> float:
    """Optimiser steps after which a VAE reads a factor nearly as well as it ever will.

    Parameters
    ----------
    strength : float, above 0
        Of the weakest factor that is to be learnt; below 1 as at 1, since nothing weaker is seen.

    Returns
    -------
    float
    """
    return STEPS / float(max(strength, 1.0) ** SLOPE)


def patience(strength: float, steps: int, least: int) -> int:
    """Epochs to wait for a better held-out loss: twice as long as the weakest main factor takes to be learnt.

    Parameters
    ----------
    strength : float, above 0
        Of the weakest main factor.
    steps : int, from 1
        Optimiser steps of an epoch.
    least : int
        Fewer than this are never advised, since a held-out loss varies from epoch to epoch.

    Returns
    -------
    int
    """
    return max(least, math.ceil(WAIT * steps_to_learn(strength) / steps))
