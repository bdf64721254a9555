"""Where a concept lies in latent space: where it is read, where it is steered, and steered alone.

Reading: the concept's row of B in L ~ A B. If factors with loadings c and covariance S among users made the
scores, then L = c S^(1/2) R' for some rotation R, and the rows of S^(1/2) R' are exactly where the factors
are read, however correlated tastes or attributes are. A user's coordinate along it says how much of the
concept is in the user.
Steering: Q' a, along which the concept's expected share of what is recommended rises fastest.
Pure: the dual of the reading directions: a step along it changes one concept's reading and those of the
other named ones not at all, or, where concepts outnumber dimensions, as little as can be (least squares).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lfd.core.alignment.concepts import Concepts
from lfd.core.alignment.designs import partials
from lfd.core.alignment.jacobians import Jacobians
from lfd.core.alignment.missing import filled
from lfd.core.alignment.strata import Integers

Floats = npt.NDArray[np.float64]

KINDS = ("reading", "steering", "pure")
SMALLEST = 0.05  # singular values below this share of the largest are not inverted


@dataclass(frozen=True)
class Directions:
    """One direction of each kind for each concept, as rows of length 1 in whitened coordinates.

    Attributes
    ----------
    reading, steering, pure : numpy.ndarray, concepts x dimensions
    slope : numpy.ndarray, (concepts,)
        How much the concept's expected share rises per standard deviation along its steering direction
        (of an ordered attribute: its mean level, from 0 for its first value to 1 for its last).
    """

    reading: Floats
    steering: Floats
    pure: Floats
    slope: Floats

    def of(self, kind: str) -> Floats:
        """The directions of one kind: reading, steering or pure."""
        directions: Floats = getattr(self, kind)
        return directions


def fit_directions(
    both: Jacobians, concepts: Concepts, strata: Integers, items: npt.NDArray[np.bool_] | None = None
) -> Directions:
    """Find every concept's directions from the labels of the items.

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
    """
    if items is not None:
        both = Jacobians(both.loadings[items], both.shares[items])
        concepts, strata = concepts.on(items), strata[items]
    reading = np.zeros((len(concepts), both.loadings.shape[1]))
    for partial in partials(filled(concepts, both.loadings), both.loadings, strata):
        length = np.linalg.norm(partial.residual, axis=0)
        residual = partial.residual / np.where(length > 1e-9, length, np.inf)
        reading[partial.index] = residual.T @ partial.loadings
    steering = (concepts.columns - concepts.columns.mean(axis=0)).T @ both.shares
    # Rows in proportion to how surely they are read, so that noise is not held fixed as firmly.
    pure = np.linalg.pinv(reading, rcond=SMALLEST).T
    slope = np.linalg.norm(steering, axis=1)
    return Directions(unit_rows(reading), unit_rows(steering), unit_rows(pure), slope)


def unit_rows(rows: Floats) -> Floats:
    """Rows divided by their length; one without length becomes the first axis, since some direction it must have."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    none = length[:, 0] <= 1e-12 * max(float(length.max(initial=0.0)), 1e-300)
    unit: Floats = rows / np.where(none[:, None], 1.0, length)
    unit[none] = np.eye(rows.shape[1])[0]
    return unit
