"""The long score table that every way of decoding fills, and how recommendations are read for it.

One row a cell: a signed axis and an attribute, then a row for each of the attribute's values. Knows
weights on items and memberships; does not know how the weights came about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.core.information import (
    catalogue_distribution,
    check_attribute,
    entropy,
    jensen_shannon,
    pointwise_terms,
)
from lfd.errors import InputError, UsageError, nearest
from lfd.settings.decoding import Estimator

Floats = npt.NDArray[np.float64]

SCORE_COLUMNS = (
    "method",
    "axis",
    "side",
    "attribute",
    "value",
    "score",
    "share_before",
    "share_after",
    "lift",
    "lists",
    "floor",
)
"""Columns of the score table.

method mc or sample; axis (from 0); side -1 or +1; attribute; value, None on the attribute's own row;
score: on an attribute's row the estimator's, on a value's row share_after - share_before; share_before and
share_after: the value's mean share of what is recommended before and after the move (sampling: of the
catalogue, and of what the draws get); lift = share_after / share_before, NaN where share_before is 0;
lists: how many recommendation lists (users or draws) the means are over, since one without any labelled
item has no distribution and is left out; floor: the score that this cell passes in about one of 20 shuffles
of the items' labels, NaN without shuffles. Shares and lift are NaN on an attribute's own row.
"""

FLOOR_DEVIATIONS = 1.645  # a normal variable is farther above its mean in 5 % of cases


@dataclass(frozen=True)
class Reading:
    """What recommendation lists say of one attribute; NaN where a list has no labelled item.

    Attributes
    ----------
    distribution : numpy.ndarray, (..., values)
    pointwise : numpy.ndarray, (...)
        Mean of the original's entropy terms over a list's labelled items.
    """

    distribution: Floats
    pointwise: Floats


class Reader:
    """Reads all attributes off recommendation weights in one sparse product.

    `catalogue` holds what the catalogue itself reads: pi_a, and H(pi_a) where a list has its pointwise
    mean, since that is what the original subtracts it from.

    Parameters
    ----------
    attributes : sequence of Attribute, at least one, of different names
    n_items : int
    item_weight : numpy.ndarray, (items,), default every item counts 1
        How items count in the catalogue's own distribution pi_a, for example their popularity.

    Raises
    ------
    InputError
        There is no attribute, or one cannot be decoded.
    """

    def __init__(
        self, attributes: Sequence[Attribute], n_items: int, item_weight: Floats | None = None
    ) -> None:
        if not attributes:
            raise InputError("there is no attribute to decode", "give the items attributes: lfd load --items")
        for attribute in attributes:
            check_attribute(attribute, n_items)
        self.attributes, self.n_items = tuple(attributes), n_items
        catalogue = [catalogue_distribution(a.membership, item_weight) for a in attributes]
        self.catalogue = [Reading(pi, entropy(pi)) for pi in catalogue]
        # Every attribute's values and, behind them, its pointwise term: columns of one matrix.
        blocks = [
            np.column_stack([a.membership, pointwise_terms(a.membership, pi)])
            for a, pi in zip(attributes, catalogue, strict=True)
        ]
        self._columns = np.ascontiguousarray(np.hstack(blocks))
        self._ends = np.cumsum([block.shape[1] for block in blocks])

    def read(self, weights: sparse.csr_array) -> list[Reading]:
        """Read every attribute off weights on items.

        Parameters
        ----------
        weights : scipy.sparse.csr_array, lists x items, at least 0
            Need not sum to 1: the mass of the labelled items is what counts.

        Returns
        -------
        list of Reading, one for each attribute
        """
        return [self._reading(block) for block in np.split(weights @ self._columns, self._ends[:-1], axis=1)]

    def _reading(self, block: Floats) -> Reading:
        mass = block[:, :-1].sum(axis=1, keepdims=True)
        scaled = np.divide(block, mass, out=np.full_like(block, np.nan), where=mass > 0)
        return Reading(scaled[:, :-1], scaled[:, -1])


def concentration(estimator: Estimator, before: Reading, after: Reading) -> Floats:
    """The estimator's score of a change; positive where the attribute gets more concentrated.

    `entropy`: H(before) - H(after), which is IG(after) - IG(before). `divergence`: Jensen-Shannon, never
    negative: it says that the attribute changes, not whether it narrows. `pointwise`: the same difference
    as `entropy`, of the original's terms, averaged over the list.

    Parameters
    ----------
    estimator : entropy, divergence or pointwise
    before, after : Reading, broadcast against each other

    Returns
    -------
    numpy.ndarray, NaN where before or after is

    Raises
    ------
    UsageError
        Another estimator.
    """
    if estimator == "entropy":
        return entropy(before.distribution) - entropy(after.distribution)
    if estimator == "divergence":
        return jensen_shannon(before.distribution, after.distribution)
    if estimator == "pointwise":
        return before.pointwise - after.pointwise
    raise UsageError(
        f"estimator {estimator!r} is not one that lfd knows",
        nearest(str(estimator), ["entropy", "divergence", "pointwise"]),
    )


@dataclass(frozen=True)
class Cells:
    """One attribute's means on every signed axis: what becomes rows of the table.

    Attributes
    ----------
    score, lists : numpy.ndarray, (signed axes,)
    before, after : numpy.ndarray, signed axes x values
    """

    attribute: Attribute
    score: Floats
    before: Floats
    after: Floats
    lists: npt.NDArray[np.int64]


def draw_shuffles(n_items: int, number: int, rng: np.random.Generator) -> list[npt.NDArray[np.int64]]:
    """Draw orders of the items, to give their labels to one another: what chance reaches.

    Parameters
    ----------
    n_items, number : int
    rng : numpy.random.Generator

    Returns
    -------
    list of numpy.ndarray of int64
    """
    return [rng.permutation(n_items) for _ in range(number)]


def relabelled(weights: sparse.csr_array, order: npt.NDArray[np.int64]) -> sparse.csr_array:
    """The same lists where item i has the labels of item order[i].

    Parameters
    ----------
    weights : scipy.sparse.csr_array, lists x items
    order : numpy.ndarray, (items,)

    Returns
    -------
    scipy.sparse.csr_array
    """
    return sparse.csr_array((weights.data, order[weights.indices], weights.indptr), shape=weights.shape)


def score_table(
    method: str,
    axis: npt.NDArray[np.int64],
    side: npt.NDArray[np.int64],
    cells: Sequence[Cells],
    shuffled: Sequence[Sequence[Cells]] = (),
) -> pd.DataFrame:
    """Write means as the long table, in the order axis, side, attribute, value.

    Parameters
    ----------
    method : mc or sample
    axis, side : numpy.ndarray, (signed axes,)
    cells : sequence of Cells, one for each attribute
    shuffled : sequence of such sequences, default none
        The same under shuffled labels, from which the floor comes: 1.645 standard deviations above the
        mean, cell by cell, since an axis on which little changes has little to reach by chance.

    Returns
    -------
    pandas.DataFrame
        Columns SCORE_COLUMNS.
    """
    names = [(c.attribute.name, value) for c in cells for value in (None, *c.attribute.values)]
    own = np.full((len(axis), 1), np.nan)
    before = np.hstack([block for c in cells for block in (own, c.before)])
    after = np.hstack([block for c in cells for block in (own, c.after)])
    score = _scores(cells)
    lists = np.hstack([np.repeat(c.lists[:, None], 1 + len(c.attribute.values), axis=1) for c in cells])
    lift = np.divide(after, before, out=np.full_like(after, np.nan), where=before > 0)
    table = pd.DataFrame(
        {
            "method": pd.Series([method] * score.size, dtype=object),
            "axis": np.repeat(axis, len(names)).astype(np.int64),
            "side": np.repeat(side, len(names)).astype(np.int8),
            "attribute": pd.Series([name for name, _ in names] * len(axis), dtype=object),
            "value": pd.Series([value for _, value in names] * len(axis), dtype=object),
            "score": score.ravel(),
            "share_before": before.ravel(),
            "share_after": after.ravel(),
            "lift": lift.ravel(),
            "lists": lists.ravel(),
            "floor": _floors(shuffled, score.shape).ravel(),
        }
    )
    order = np.lexsort((np.arange(len(table)), table["side"], table["axis"]))
    return table.iloc[order].reset_index(drop=True)


def _scores(cells: Sequence[Cells]) -> Floats:
    """Signed axes x (attribute, its values, next attribute, ...)."""
    return np.hstack([block for c in cells for block in (c.score[:, None], c.after - c.before)])


def _floors(shuffled: Sequence[Sequence[Cells]], shape: tuple[int, ...]) -> Floats:
    """NaN where fewer than two shuffles have a score."""
    chance = np.array([_scores(cells) for cells in shuffled]).reshape(-1, *shape)
    known = ~np.isnan(chance)
    number = known.sum(axis=0)
    mean = np.where(known, chance, 0).sum(axis=0) / np.maximum(number, 1)
    square = np.where(known, (chance - mean) ** 2, 0).sum(axis=0) / np.maximum(number - 1, 1)
    return np.where(number > 1, mean + FLOOR_DEVIATIONS * np.sqrt(square), np.nan)
