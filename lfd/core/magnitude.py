"""Magnitude of Change: what a move along one axis does to the attributes of what users are recommended.

MC[a, j, s] = mean over users of ( IG_a(z') - IG_a(z_u) ), and the same for the other estimators; > 0: the
move concentrates the attribute. Reads the table that a traversal left, whoever wrote it; knows no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.core.scores import Cells, Reader, Reading, concentration, relabelled, score_table
from lfd.core.traversal import AS_THEY_ARE, Recommendations
from lfd.errors import InputError
from lfd.settings.decoding import Estimator

Floats = npt.NDArray[np.float64]

_MAKE_AGAIN = "make the traversal again: lfd traverse --force"


def magnitude_of_change(
    chunks: Iterable[Recommendations],
    attributes: Sequence[Attribute],
    n_axes: int,
    estimator: Estimator = "entropy",
    item_weight: Floats | None = None,
    shuffles: Sequence[npt.NDArray[np.int64]] = (),
) -> pd.DataFrame:
    """Score every signed axis by every attribute and value, one pass over the chunks.

    A list without any labelled item has no distribution: its user is left out of that cell's means, and
    the column `lists` says how many users remain; where none does, the score is NaN.

    Parameters
    ----------
    chunks : iterable of Recommendations
        Each with all rows of the users in it, as `traverse_users` and `whole_users` give them.
    attributes : sequence of Attribute
    n_axes : int
    estimator : entropy (default), divergence or pointwise
    item_weight : numpy.ndarray, (items,), default every item counts 1
        How items count in the catalogue's distribution, which `pointwise` alone depends on.
    shuffles : sequence of numpy.ndarray, (items,), default none
        From `draw_shuffles`, at least two: orders of the items' labels under which the floor is found.

    Returns
    -------
    pandas.DataFrame
        The score table, `method` mc; signed axes that no user was moved on have no rows.

    Raises
    ------
    InputError
        An attribute cannot be decoded; a row names an axis, side or item that is not there, or has a weight
        that is negative or not finite; a user has moved rows but none as they are; there are no rows.
    """
    n_items = len(attributes[0].membership) if attributes else 0
    reader = Reader(attributes, n_items, item_weight)
    sums = [[_Sums(2 * n_axes, len(a.values)) for a in attributes] for _ in range(1 + len(shuffles))]
    visited = np.zeros(2 * n_axes, dtype=bool)
    for chunk in chunks:
        weights = _weights(chunk, n_axes, n_items)
        here = np.diff(weights.indptr).reshape(-1, 1 + 2 * n_axes)[:, 1:]
        visited |= (here > 0).any(axis=0)
        labellings = (weights, *(relabelled(weights, order) for order in shuffles))
        for totals, labelling in zip(sums, labellings, strict=True):
            for total, reading in zip(totals, reader.read(labelling), strict=True):
                total.add(reading, estimator)
    if not visited.any():
        raise InputError("the traversal holds no user with a moved axis", _MAKE_AGAIN)
    unit = np.flatnonzero(visited)
    cells, *chance = [
        [total.cells(a, unit) for total, a in zip(totals, attributes, strict=True)] for totals in sums
    ]
    return score_table("mc", unit // 2, np.where(unit % 2, 1, -1), cells, chance)


def whole_users(chunks: Iterable[Recommendations]) -> Iterator[Recommendations]:
    """Cut chunks anew where one user's rows end, for a table read in pieces of any size.

    Parameters
    ----------
    chunks : iterable of Recommendations
        Rows of one user are neighbours.

    Returns
    -------
    iterator of Recommendations
    """
    rest: Recommendations | None = None
    for chunk in chunks:
        joined = chunk if rest is None else _joined(rest, chunk)
        user = _users(joined)
        changes = np.flatnonzero(user[1:] != user[:-1])
        end = int(changes[-1]) + 1 if len(changes) else 0
        if end:
            yield _cut(joined, slice(0, end))
        rest = _cut(joined, slice(end, None))
    if rest is not None and len(rest.axis):
        yield rest


@dataclass
class _Sums:
    """Running sums of one attribute over users, for every signed axis."""

    units: int
    values: int

    def __post_init__(self) -> None:
        self.score = np.zeros(self.units)
        self.lists = np.zeros(self.units, dtype=np.int64)
        self.before = np.zeros((self.units, self.values))
        self.after = np.zeros((self.units, self.values))

    def add(self, reading: Reading, estimator: Estimator) -> None:
        distribution = reading.distribution.reshape(-1, 1 + self.units, self.values)
        pointwise = reading.pointwise.reshape(-1, 1 + self.units)
        before = Reading(distribution[:, :1], pointwise[:, :1])
        after = Reading(distribution[:, 1:], pointwise[:, 1:])
        change = concentration(estimator, before, after)
        counts = ~np.isnan(change)
        self.score += np.where(counts, change, 0).sum(axis=0)
        self.lists += counts.sum(axis=0)
        self.before += np.where(counts[..., None], before.distribution, 0).sum(axis=0)
        self.after += np.where(counts[..., None], after.distribution, 0).sum(axis=0)

    def cells(self, attribute: Attribute, unit: npt.NDArray[np.int64]) -> Cells:
        lists = self.lists[unit]
        number = np.where(lists > 0, lists, np.nan)
        return Cells(
            attribute,
            score=self.score[unit] / number,
            before=self.before[unit] / number[:, None],
            after=self.after[unit] / number[:, None],
            lists=lists,
        )


def _weights(chunk: Recommendations, n_axes: int, n_items: int) -> sparse.csr_array:
    """One row for each user and place: as they are, then z0-, z0+, z1-, ..."""
    _check(chunk, n_axes, n_items)
    user = _users(chunk)
    starts = np.flatnonzero(np.diff(user, prepend=-1))  # user numbers are not negative
    runs, which = np.unique(user[starts], return_inverse=True)
    local = np.repeat(which, np.diff(np.append(starts, len(user))))
    axis, side = chunk.axis.astype(np.int64), chunk.side.astype(np.int64)
    place = np.where(axis == AS_THEY_ARE, 0, 1 + 2 * axis + (side > 0))
    places = 1 + 2 * n_axes
    rows = (local * places + place, chunk.item.astype(np.int64))
    weights = sparse.coo_array((chunk.weight, rows), shape=(len(runs) * places, n_items)).tocsr()
    listed = np.diff(weights.indptr).reshape(-1, places)
    lost = np.flatnonzero((listed[:, 0] == 0) & (listed[:, 1:] > 0).any(axis=1))
    if lost.size:
        raise InputError(
            f"the traversal has no row of user {runs[lost[0]]} as they are (axis -1), only moved ones",
            "keep each user's rows together, or make the table again: lfd traverse --force",
        )
    return weights


def _check(chunk: Recommendations, n_axes: int, n_items: int) -> None:
    """Refuse rows that name what is not there: the table may come from any program."""
    as_is = chunk.axis == AS_THEY_ARE
    wrong = {
        "user": _users(chunk) < 0,
        "axis": (chunk.axis < AS_THEY_ARE) | (chunk.axis >= n_axes),
        "side": np.where(as_is, chunk.side != 0, np.abs(chunk.side) != 1),
        "item": (chunk.item < 0) | (chunk.item >= n_items),
        "weight": ~((chunk.weight >= 0) & np.isfinite(chunk.weight)),
    }
    for column, bad in wrong.items():
        if bad.any():
            at = int(np.flatnonzero(bad)[0])
            raise InputError(
                f"the traversal holds {column} {getattr(chunk, column)[at]} (user {_users(chunk)[at]}), "
                f"which cannot be: there are {n_axes} axes and {n_items} items",
                _MAKE_AGAIN,
            )


def _users(chunk: Recommendations) -> npt.NDArray[np.int64]:
    if chunk.user is None:
        raise InputError(
            "a traversal of the grid has no users", "Magnitude of Change needs traversals/users: lfd traverse"
        )
    return chunk.user


def _joined(first: Recommendations, second: Recommendations) -> Recommendations:
    names = [f.name for f in fields(first) if getattr(first, f.name) is not None]
    return replace(first, **{n: np.concatenate([getattr(first, n), getattr(second, n)]) for n in names})


def _cut(chunk: Recommendations, rows: slice) -> Recommendations:
    arrays = {f.name: getattr(chunk, f.name) for f in fields(chunk)}
    return replace(chunk, **{name: array[rows] for name, array in arrays.items() if array is not None})
