"""Where a concept lies in latent space: where it is read, where it is steered, and steered alone.

Reading: the concept's row of B in L ~ A B. If factors with loadings c and covariance S among users made the
scores, then L = c S^(1/2) R' for some rotation R, and the rows of S^(1/2) R' are exactly where the factors
are read, however correlated tastes or attributes are. That is the decoder's word, and axes are fitted to it;
choices that the encoder has not seen correct it (`readings.py`). What chance puts there of tastes that no
attribute describes is taken out of both (`hidden.py`). A user's coordinate along it says how much
of the concept is in the user. Labels that are missing, or that the loadings contradict, are told from these.
Steering: Q' a, along which the concept's expected share of what is recommended rises fastest.
Natural: F^-1 Q' a, along which it rises fastest for how much everything recommended changes (the natural
gradient, Amari 1998; F is the metric of `metric.py`). A ridge keeps it out of directions that the
recommendations hardly hear of, where the way would be long; on MovieLens 100K the figures hardly depend on it
from 0.03 to 1 (benchmarks/steering.py has them beside those of Q' a).
Pure: the dual of the reading directions, that is, a concept's own without what it has in common with the
named ones (few, and far enough from one another): a step along it leaves these where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lfd.core.alignment.designs import partials
from lfd.core.alignment.hidden import freed, hidden
from lfd.core.alignment.missing import filled
from lfd.core.alignment.readings import from_choices

if TYPE_CHECKING:
    from lfd.core.alignment.jacobians import Jacobians
    from lfd.core.concepts import Concepts
    from lfd.core.strata import Integers

Floats = npt.NDArray[np.float64]

KINDS = ("reading", "steering", "natural", "pure")
RIDGE = 0.3  # of the metric's mean eigenvalue
OWN = 0.3  # with less of its length outside the span of the named ones, a concept cannot be moved alone


@dataclass(frozen=True)
class Directions:
    """One direction of each kind for each concept, as rows of length 1.

    Attributes
    ----------
    reading, steering, natural, pure : numpy.ndarray, concepts x dimensions
        `natural` is `steering` where the metric is not known; `pure` is `reading` where no concept is named
        yet, or where the concept has nothing of its own.
    decoded : numpy.ndarray, concepts x dimensions
        `reading` as the decoder alone has it, to which axes are fitted: they say what the decoder does.
    slope : numpy.ndarray, (concepts,)
        How much the concept's expected share rises per standard deviation along its steering direction
        (of an ordered attribute: its mean level, from 0 for its first value to 1 for its last).
    independent : bool
        Whether known tastes are, so that hidden ones are kept out of `reading` and `decoded`.
    """

    reading: Floats
    steering: Floats
    natural: Floats
    pure: Floats
    decoded: Floats
    slope: Floats
    independent: bool = False

    def of(self, kind: str) -> Floats:
        """The directions of one kind: reading, steering, natural, pure or decoded."""
        directions: Floats = getattr(self, kind)
        return directions


def fit_directions(
    both: Jacobians, concepts: Concepts, strata: Integers, items: npt.NDArray[np.bool_] | None = None
) -> Directions:
    """Find every concept's reading, steering and natural direction from the labels of the items.

    Parameters
    ----------
    both : Jacobians
    concepts : Concepts
    strata : numpy.ndarray of int64, (items,)
        Popularity strata, partialled out where directions are read.
    items : numpy.ndarray of bool, (items,), default all
        Whose labels are used; of the others nothing is.

    Returns
    -------
    Directions
        In whitened coordinates.
    """
    if items is not None:
        both, concepts, strata = both.on(items), concepts.on(items), strata[items]
    known = filled(concepts, both.loadings)
    rows, own = _regressed(known, both.loadings, strata)
    decoded = reading = unit_rows(rows)
    if both.unseen is not None:
        reading = unit_rows(from_choices(rows, known, both.loadings, both.unseen))
    strength = own * (rows**2).sum(axis=1)
    unexplained = hidden(decoded, strength, known, both.loadings, strata)
    if unexplained is not None:
        decoded, reading = (freed(found, strength, unexplained) for found in (decoded, reading))
    steering = (concepts.columns - concepts.columns.mean(axis=0)).T @ both.shares
    natural = steering if both.metric is None else natural_gradients(steering, both.metric)
    slope = np.linalg.norm(steering, axis=1)
    return Directions(
        reading=reading,
        steering=unit_rows(steering),
        natural=unit_rows(natural),
        pure=reading,
        decoded=decoded,
        slope=slope,
        independent=unexplained is not None,
    )


def _regressed(concepts: Concepts, loadings: Floats, strata: Integers) -> tuple[Floats, Floats]:
    """The rows of B in L ~ A B, of columns of length 1, and how much of each column the others do not say."""
    rows, own = np.zeros((len(concepts), loadings.shape[1])), np.zeros(len(concepts))
    for partial in partials(concepts, loadings, strata):
        own[partial.index] = (partial.residual * partial.column).sum(axis=0)
        rows[partial.index] = partial.residual.T @ partial.loadings
    rows /= np.where(own > 0, own, np.inf)[:, None]
    return rows, np.maximum(own, 0.0)


def natural_gradients(slopes: Floats, metric: Floats) -> Floats:
    """The steepest rise for what it changes.

    Parameters
    ----------
    slopes : numpy.ndarray, concepts x rank
        Q'a.
    metric : numpy.ndarray, rank x rank
        F.

    Returns
    -------
    numpy.ndarray, concepts x rank
    """
    ridge = RIDGE * np.trace(metric) / len(metric) * np.eye(len(metric))
    gradients: Floats = np.linalg.solve(metric + ridge, slopes.T).T
    return gradients


def purified(directions: Directions, named: Sequence[int]) -> Directions:
    """The same with pure directions: what of a reading direction the named concepts do not share.

    Parameters
    ----------
    directions : Directions
    named : sequence of int
        Concepts whose readings are to stay where they are, when another concept is moved.

    Returns
    -------
    Directions
    """
    pure = directions.reading.copy()
    for c in range(len(pure)):
        others = directions.reading[[other for other in named if other != c]]
        own = pure[c] - np.linalg.pinv(others) @ (others @ pure[c])
        length = float(np.linalg.norm(own))
        pure[c] = own / length if length > OWN else pure[c]
    return replace(directions, pure=pure)


def unit_rows(rows: Floats) -> Floats:
    """Rows divided by their length; one without length becomes the first axis, since it must have one."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    none = length[:, 0] <= 1e-12 * max(float(length.max(initial=0.0)), 1e-300)
    unit: Floats = rows / np.where(none[:, None], 1.0, length)
    unit[none] = np.eye(rows.shape[1])[0]
    return unit
