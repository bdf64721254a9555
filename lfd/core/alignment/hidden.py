"""Tastes that no attribute describes, kept out of where concepts are read.

What the metadata do not say is left out of the regression of the loadings, and its loadings go along with
labels by chance: the row that is found is the concept's own and some of the hidden tastes, an error of
covariance Sigma / w (Sigma: of what is unexplained; w: what of the concept's column the others do not say).
Labels cannot tell the error, but users can. Where the tastes that are known are independent among users,
their rows are orthogonal in whitened coordinates, and hidden ones are taken to be so too: along every
principal direction of what is unexplained, as far as it is unexplained there, a row is shrunk like a normal
mean around 0 (Efron and Morris 1973), whose variance is that of the known rows along each other (known:
longer than chance makes them). Where known tastes go along with each other, as on MovieLens, nothing follows
for hidden ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lfd.core.alignment.designs import together, unit_columns
from lfd.core.concepts import Concepts
from lfd.core.strata import Integers, centred_within

Floats = npt.NDArray[np.float64]

INDEPENDENT = 0.02  # mean squared cosine of known tastes' rows, below which they count as independent
KNOWN = 4.0  # squared length of a known taste's row, in what chance gives


@dataclass(frozen=True)
class Hidden:
    """What of the loadings the metadata leave unexplained, beside independent tastes.

    Attributes
    ----------
    directions : numpy.ndarray, dimensions x dimensions, orthonormal columns
        Principal ones.
    variance : numpy.ndarray, (dimensions,)
        Along each, an item's; so a row's error, of a column of length 1 that is orthogonal to the others.
    share : numpy.ndarray, (dimensions,), in [0, 1]
        Along each, how much of the loadings is unexplained.
    alike : float in (0, 1]
        Mean squared cosine of the known tastes' rows, but no less than chance among the items gives.
    """

    directions: Floats
    variance: Floats
    share: Floats
    alike: float


def hidden(
    rows: Floats, strength: Floats, concepts: Concepts, loadings: Floats, strata: Integers
) -> Hidden | None:
    """Find what is unexplained where the known tastes are independent.

    Parameters
    ----------
    rows : numpy.ndarray, concepts x dimensions, of length 1
    strength : numpy.ndarray, (concepts,)
        Squared length of each row of the regression, times what of its column the others do not say.
    concepts : Concepts
    loadings : numpy.ndarray, items x dimensions
    strata : numpy.ndarray of int64, (items,)

    Returns
    -------
    Hidden, or None where known tastes go along with each other, or there are no two to compare
    """
    columns = unit_columns(centred_within(concepts.columns, strata))
    centred = centred_within(loadings, strata)
    left = centred - columns @ together(columns, centred)
    fitted = float(np.trace(together(columns, columns)))
    freedom = max(len(left) - fitted - int(strata.max()) - 1, 1.0)
    variance, directions = np.linalg.eigh(left.T @ left / freedom)
    known = np.where(strength > KNOWN * variance.sum(), strength, 0.0)
    weight = np.outer(known, known) * ~(concepts.rivals | np.eye(len(rows), dtype=np.bool_))
    if not weight.any():
        return None
    alike = float((weight * (rows @ rows.T) ** 2).sum() / weight.sum())
    if alike >= INDEPENDENT:
        return None
    all_of_it = ((centred @ directions) ** 2).sum(axis=0)
    share = ((left @ directions) ** 2).sum(axis=0) / np.where(all_of_it > 0, all_of_it, np.inf)
    return Hidden(directions, np.maximum(variance, 0.0), share, max(alike, 1 / len(left)))


def freed(rows: Floats, strength: Floats, found: Hidden) -> Floats:
    """Take out of rows what chance has put there of hidden tastes.

    Parameters
    ----------
    rows : numpy.ndarray, concepts x dimensions, of length 1
    strength : numpy.ndarray, (concepts,)
        As for `hidden`.
    found : Hidden

    Returns
    -------
    numpy.ndarray, concepts x dimensions, of length 1
    """
    chance = found.variance / np.where(strength > 0, strength, np.inf)[:, None]
    along = rows @ found.directions * (1 - found.share * chance / (found.alike + chance))
    kept: Floats = along / np.linalg.norm(along, axis=1, keepdims=True) @ found.directions.T
    return kept
