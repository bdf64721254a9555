"""The regression L ~ A B, concept by concept: what is a concept's own, once the others are held fixed.

Frisch and Waugh (1933), Lovell (1963): a concept's row of B is its column's residual on the other columns
times L. The same residual carries the test of Freedman and Lane (1983), in which the residual of L on the
other columns is permuted. Popularity strata are partialled out of everything first (but not for popularity
itself). A ridge of 0.001 on columns of length 1 tells collinear columns apart as far as they can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve

from lfd.core.concepts import Concepts
from lfd.core.strata import Integers, centred_within

Floats = npt.NDArray[np.float64]

RIDGE = 1e-3
LEAST_FREEDOM = 0.05


@dataclass(frozen=True)
class Partial:
    """Concepts of one attribute, with the others held fixed.

    Attributes
    ----------
    index : numpy.ndarray of int64, (g,)
        Which concepts.
    column : numpy.ndarray, items x g
        Their columns within strata, each of length 1 (or 0, where nothing is left).
    residual : numpy.ndarray, items x g
        What of each column the others do not say.
    loadings : numpy.ndarray, items x dimensions
        L within strata.
    error : numpy.ndarray, items x dimensions
        The residual of L on what is held fixed, but for `slope`.
    slope : numpy.ndarray, g x dimensions
        For concept c the residual of L on what it is compared with is error + residual_c slope_c.
    freedom : numpy.ndarray, (items,), in (0, 1]
        Share of an item's noise that its residual still has, once strata and other columns are held fixed.
    strata : numpy.ndarray of int64, (items,)
    """

    index: Integers
    column: Floats
    residual: Floats
    loadings: Floats
    error: Floats
    slope: Floats
    freedom: Floats
    strata: Integers


def partials(concepts: Concepts, loadings: Floats, strata: Integers) -> Iterator[Partial]:
    """Hold the others fixed, for the concepts of one attribute after the other.

    Parameters
    ----------
    concepts : Concepts
    loadings : numpy.ndarray, items x dimensions
    strata : numpy.ndarray of int64, (items,)

    Yields
    ------
    Partial
        Together they hold every concept once.
    """
    popularity = concepts.popularity
    for about_popularity in np.unique(popularity):
        own = np.zeros_like(strata) if about_popularity else strata
        columns = unit_columns(centred_within(concepts.columns, own))
        centred = centred_within(loadings, own)
        gram = columns.T @ columns
        gram[np.diag_indices_from(gram)] += RIDGE
        for index in _by_attribute(concepts, popularity == about_popularity):
            yield _partial(concepts, index, columns, centred, gram, own)


def _by_attribute(concepts: Concepts, chosen: npt.NDArray[np.bool_]) -> Iterator[Integers]:
    attributes = np.array([concept.attribute for concept in concepts.names])
    for name in dict.fromkeys(attributes[chosen].tolist()):
        yield np.flatnonzero(attributes == name)


def _partial(
    concepts: Concepts, index: Integers, columns: Floats, loadings: Floats, gram: Floats, strata: Integers
) -> Partial:
    control = np.flatnonzero(concepts.control & ~concepts.rivals[index[0]])
    fixed, column = columns[:, control], columns[:, index]
    inverse = np.linalg.inv(gram[np.ix_(control, control)])
    coefficients = inverse @ (fixed.T @ loadings)
    error = loadings - fixed @ coefficients
    if concepts.rivals[index[0]].any():  # all are compared with the same columns, of which they are none
        residual = column - fixed @ (inverse @ gram[np.ix_(control, index)])
        slope = np.zeros((len(index), loadings.shape[1]))
    else:  # each is compared with all the others, itself left out: by the inverse of a block matrix
        place = np.searchsorted(control, index)
        residual = fixed @ (inverse[:, place] / np.diag(inverse)[place])
        slope = coefficients[place]
    freedom = 1 - ((fixed @ inverse) * fixed).sum(axis=1) - 1 / np.bincount(strata)[strata]
    return Partial(
        index, column, residual, loadings, error, slope, np.maximum(freedom, LEAST_FREEDOM), strata
    )


def together(columns: Floats, targets: Floats) -> Floats:
    """B in targets ~ A B with all columns at once, rivals too (columns x targets)."""
    gram: Floats = columns.T @ columns
    gram[np.diag_indices_from(gram)] += RIDGE
    coefficients: Floats = solve(gram, columns.T @ targets, assume_a="pos")
    return coefficients


def unit_columns(columns: Floats) -> Floats:
    """Columns of length 1 (items x any number); one without length becomes 0."""
    length = np.linalg.norm(columns, axis=0)
    return columns / np.where(length > 1e-9, length, np.inf)
