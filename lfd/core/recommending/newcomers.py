"""Newcomers: nobody has a history of them, and they say in a word or two what they like.

Where they are placed: at the users' mean, moved by what they state. Along *reading* directions that is where
the users are on average who read so, a statement being taken with a doubt as large as the users differ: it is
a sign, and not how far. Without the doubt it is the smallest z whose readings are as stated. Along any other
kind of direction it is a step for each statement. On MovieLens 100K `evaluate --what coldstart` finds reading
with the doubt best, or as good as the best, for leanings and for values named (docs/recommending.md has the
figures). Also who is drawn around a place: users who share the statements and otherwise differ as users do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lfd.core.steering.turning import PARALLEL, moved, smallest

Floats = npt.NDArray[np.float64]

READING, EXACT = "reading", "reading exact"
DOUBT = 1.0  # variance of a statement's noise, in that of the users along its direction


def placed(directions: Floats, amounts: Floats, kind: str) -> Floats:
    """Where a newcomer is, from the users' mean, in coordinates in which users have covariance 1.

    Parameters
    ----------
    directions : numpy.ndarray, statements x rank, rows of length 1
    amounts : numpy.ndarray, (statements,)
        In standard deviations; below 0: away from it.
    kind : str
        READING; EXACT, the same without doubt; or any other kind of direction.

    Returns
    -------
    numpy.ndarray, (rank,)
    """
    if kind in (READING, EXACT):
        return smallest(directions, amounts, DOUBT if kind == READING else 0.0)
    steps: Floats = moved(np.zeros((1, directions.shape[1])), directions, amounts)[0]
    return steps


def drawn_around(
    place: Floats, directions: Floats, spread: float, number: int, rng: np.random.Generator
) -> Floats:
    """Newcomers who all state the same: a standard normal around a place, flat along the statements.

    Parameters
    ----------
    place : numpy.ndarray, (rank,)
    directions : numpy.ndarray, statements x rank
        Reading directions of what was stated; may be none.
    spread : float above 0
        Standard deviation along everything else.
    number : int
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, number x rank
    """
    noise = spread * rng.standard_normal((number, len(place)))
    if len(directions):
        noise -= (noise @ np.linalg.pinv(directions, rcond=PARALLEL)) @ directions
    drawn: Floats = place + noise
    return drawn
