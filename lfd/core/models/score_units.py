"""Units for factors that have none: z measured by what it does to the scores.

Any invertible map of the users' factors, with its inverse on the items', gives the same scores, so the
spread of users along a factor says nothing: users of an ALS model can seem to differ in 2 of 16
directions and be told apart by all 16. With the items' factors (less their mean, which moves all items
alike) made orthonormal, a step of 1 in any direction changes the scores by as much; the symmetric map
that does it turns axes little.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lfd.settings.importing import Units

Floats = npt.NDArray[np.float64]

LEAST_EFFECT = 1e-6  # of the largest: what changes scores less is measured as if it changed them so much


def chosen_units(items: Floats, users: Floats, units: Units) -> str:
    """Whether to measure by `scores` or as `given`.

    Parameters
    ----------
    items : numpy.ndarray, items x latent
    users : numpy.ndarray, users x latent
    units : auto, scores or given
        auto: given where no factor is negative, since axes are parts then, as those of an NMF; else scores.

    Returns
    -------
    str
    """
    if units != "auto":
        return units
    return "given" if (items >= 0).all() and (users >= 0).all() else "scores"


def by_scores(items: Floats) -> Floats:
    """The symmetric map of users' factors whose inverse makes the items' centred factors orthonormal.

    Parameters
    ----------
    items : numpy.ndarray, items x latent

    Returns
    -------
    numpy.ndarray, latent x latent, invertible
        The identity where all items are alike.
    """
    centred = items - items.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    if values[-1] <= 0:
        return np.eye(items.shape[1])
    values = np.maximum(values, LEAST_EFFECT * values[-1])
    turn: Floats = (vectors * np.sqrt(values)) @ vectors.T
    return turn
