"""What a distribution over an attribute's values says: entropy, information gain, divergence.

Knows distributions and membership matrices; knows nothing of users, axes or models.

Normalised entropy (Pielou's evenness): H(p) = - sum_v p log p / log V, Shannon (1948), in [0, 1].
Divergence: Jensen-Shannon, Lin (1991), "Divergence measures based on the Shannon entropy", IEEE Trans.
Inf. Theory 37(1), eq. 3.1 with equal weights, in bits: [0, 1].
Pointwise: the estimate in the code of the thesis that this program continues, kept to compare with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from lfd.errors import InputError

if TYPE_CHECKING:
    from lfd.core.attributes import Attribute

Floats = npt.NDArray[np.float64]


def entropy(distribution: Floats) -> Floats:
    """Normalised entropy along the last axis; 0 where one value has it all, 1 where all have the same.

    Parameters
    ----------
    distribution : numpy.ndarray, (..., values), each row sums to 1; at least 2 values
        A row of NaN stands for "no distribution" and gives NaN.

    Returns
    -------
    numpy.ndarray, (...), in [0, 1]

    Raises
    ------
    InputError
        There is only one value: log 1 = 0 cannot normalise.

    Examples
    --------
    >>> entropy(np.array([[1.0, 0.0], [0.5, 0.5]])).tolist()
    [0.0, 1.0]
    """
    values = distribution.shape[-1]
    if values < 2:
        raise InputError(
            "an attribute with a single value has no entropy: nothing can be told apart by it",
            "leave the attribute out, or give it coarser or finer values with `lfd load`",
        )
    total: Floats = -xlogy(distribution, distribution).sum(axis=-1) / np.log(values)
    return total + 0.0  # -0.0 becomes 0.0


def information_gain(catalogue: Floats, distribution: Floats) -> Floats:
    """IG = H(catalogue) - H(distribution): how much narrower than the catalogue a distribution is.

    Parameters
    ----------
    catalogue : numpy.ndarray, (values,)
    distribution : numpy.ndarray, (..., values)

    Returns
    -------
    numpy.ndarray, (...), in [-1, 1]
    """
    return entropy(catalogue) - entropy(distribution)


def jensen_shannon(before: Floats, after: Floats) -> Floats:
    """Jensen-Shannon divergence in bits along the last axis; 0 where equal, 1 where disjoint.

    Parameters
    ----------
    before, after : numpy.ndarray, (..., values), broadcast against each other; NaN rows give NaN

    Returns
    -------
    numpy.ndarray, (...), in [0, 1]
    """
    mean = (before + after) / 2
    # Where p is 0 its term is 0 and mean may be 0 too: any positive number may stand in the quotient.
    safe = np.where(mean > 0, mean, 1.0)
    terms = xlogy(before, before / safe) + xlogy(after, after / safe)
    bits: Floats = np.maximum(terms.sum(axis=-1), 0.0) / (2 * np.log(2))
    return bits


def catalogue_distribution(membership: Floats, item_weight: Floats | None = None) -> Floats:
    """pi_a(v): how the catalogue's labelled items are distributed over the values.

    Parameters
    ----------
    membership : numpy.ndarray, items x values; rows sum to 1, or to 0 where an item has no label
    item_weight : numpy.ndarray, (items,), at least 0, default every item counts 1
        For example the items' popularity.

    Returns
    -------
    numpy.ndarray, (values,), sums to 1

    Raises
    ------
    InputError
        No item with a positive weight has a label.
    """
    mass = membership.sum(axis=0) if item_weight is None else item_weight @ membership
    total = mass.sum()
    if not total > 0:
        raise InputError(
            "no item of the catalogue has a value", "leave the attribute out, or label its items"
        )
    share: Floats = mass / total
    return share


def pointwise_terms(membership: Floats, catalogue: Floats) -> Floats:
    """The original code's entropy of one recommended item, (items,); 0 for an item without a label.

    An item with one value v gets - pi(v) log2 pi(v), not normalised; an item with n > 1 values gets the
    entropy of their catalogue shares, scaled to sum to 1, over log n. Since H(pi) is normalised and these
    terms are not, H(pi) minus a list's mean term (Sampling) is not 0 for an attribute that does not matter.
    Since - p log2 p is largest at p = 1/e, a move to a value near that share counts as a loss.

    Parameters
    ----------
    membership : numpy.ndarray, items x values
    catalogue : numpy.ndarray, (values,), pi_a

    Returns
    -------
    numpy.ndarray, (items,)

    Examples
    --------
    Where it is blind: two values of equal frequency have the same term, so a move from nothing but
    Horror to nothing but Comedy changes nothing; nor can it tell one item from ten of the same value.

    >>> genre = np.array([[1.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]])
    >>> terms = pointwise_terms(genre, catalogue_distribution(genre))
    >>> all_horror, all_comedy = terms[:2].mean(), terms[2:4].mean()
    >>> bool(all_horror == all_comedy)
    True
    >>> float(jensen_shannon(np.array([1.0, 0, 0]), np.array([0, 1.0, 0])))
    1.0
    """
    has = membership > 0
    count = has.sum(axis=1)
    shares = np.where(has, catalogue, 0.0)
    total = shares.sum(axis=1, keepdims=True)
    scaled = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    several = -xlogy(scaled, scaled).sum(axis=1) / np.log(np.maximum(count, 2))
    one = -xlogy(shares, shares).sum(axis=1) / np.log(2)
    terms: Floats = np.where(count > 1, several, one) + 0.0
    return terms


def check_attribute(attribute: Attribute, n_items: int) -> None:
    """Refuse an attribute that cannot be decoded.

    Parameters
    ----------
    attribute : Attribute
    n_items : int
        Items of the catalogue.

    Raises
    ------
    InputError
        Its membership does not fit the catalogue, is not finite, labels no item, or it has one value, or
        the same value for every item.
    """
    matrix, name = attribute.membership, attribute.name
    if matrix.shape != (n_items, len(attribute.values)):
        raise InputError(
            f"attribute {name}: membership is {' x '.join(map(str, matrix.shape))}, "
            f"where {n_items} items x {len(attribute.values)} values are expected",
            "build it from the items table of the same run",
        )
    if len(attribute.values) < 2:
        raise InputError(
            f"attribute {name} has a single value: nothing can be told apart by it", "leave the attribute out"
        )
    bad = np.flatnonzero(~np.isfinite(matrix).all(axis=1) | (matrix < 0).any(axis=1))
    if bad.size:
        raise InputError(
            f"attribute {name}: item row {bad[0]} has a membership that is negative or not finite",
            "each item's row must sum to 1, or to 0 where it has no value",
        )
    labelled = matrix[matrix.any(axis=1)]
    if not len(labelled):
        raise InputError(f"attribute {name} labels no item", "leave the attribute out, or label its items")
    if (labelled == labelled[0]).all():
        which = attribute.values[int(labelled[0].argmax())]
        raise InputError(
            f"attribute {name}: all its items have the value {which}: nothing can be told apart by it",
            "leave the attribute out",
        )
