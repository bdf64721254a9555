"""Users and items by their degrees: who has equally many interactions is of one class.

The null knows a user by the number of their interactions and an item likewise, so all that it says of a pair
is the same for a pair of classes. Knows which users and items cannot tell anything, and leaves them out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.models.rows import canonical, check_interactions
from lfd.errors import InputError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEAST = 20  # users and items: with fewer, no spectrum of chance has an edge


@dataclass(frozen=True)
class Classes:
    """One side, users or items, by degree.

    Attributes
    ----------
    degree : numpy.ndarray of int64, (classes,), ascending
    size : numpy.ndarray of int64, (classes,)
        How many are of each class.
    of : numpy.ndarray of int64, (users or items,)
        The class of each.
    """

    degree: Integers
    size: Integers
    of: Integers

    def __len__(self) -> int:
        return len(self.degree)

    @property
    def number(self) -> int:
        """How many users or items there are."""
        return len(self.of)

    @property
    def members(self) -> tuple[Integers, Integers]:
        """Users or items class by class, and where each class begins among them."""
        return np.argsort(self.of, kind="stable"), np.concatenate([[0], np.cumsum(self.size)])[:-1]

    @cached_property
    def _indicator(self) -> sparse.csr_array:
        """Classes x users or items: 1 where one is of the class."""
        entries = np.ones(self.number), (self.of, np.arange(self.number))
        return sparse.csr_array(entries, shape=(len(self), self.number))

    def gather(self, rows: Floats) -> Floats:
        """Sums over each class (classes x columns) of a row for each user or item."""
        sums: Floats = self._indicator @ rows
        return sums

    def some(self, chosen: Integers) -> Classes:
        """The same classes of a part of the users or items."""
        of = self.of[chosen]
        return Classes(self.degree, np.bincount(of, minlength=len(self)), of)


@dataclass(frozen=True)
class Choices:
    """Interactions as choices: who chose what, without those who tell nothing.

    Attributes
    ----------
    matrix : scipy.sparse.csr_array, users x items, float64, each stored value 1
    users, items : numpy.ndarray of int64
        Which rows and columns of the interactions are kept.
    notes : tuple of str
        What was left out or taken for something else, and how many.
    """

    matrix: sparse.csr_array
    users: Integers
    items: Integers
    notes: tuple[str, ...]


def degree_classes(degrees: Integers) -> Classes:
    """Group equal degrees.

    Parameters
    ----------
    degrees : numpy.ndarray of int64, (users or items,)
    """
    degree, of, size = np.unique(degrees, return_inverse=True, return_counts=True)
    return Classes(degree.astype(np.int64), size.astype(np.int64), of.astype(np.int64))


def as_choices(interactions: sparse.csr_array) -> Choices:
    """Read interactions as choices, leaving out who chose nothing or everything.

    A user without interactions, or with all items, is as the null expects whatever their taste, and so is an
    item. Leaving one out can leave another without a choice, so this goes on until nobody is left out.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]

    Returns
    -------
    Choices

    Raises
    ------
    InputError
        A value is not a number in [0, 1], or fewer than 20 users or items are left.
    """
    check_interactions(interactions)
    matrix = canonical(interactions).astype(np.float64)
    matrix.eliminate_zeros()
    users, items = (np.arange(n, dtype=np.int64) for n in matrix.shape)
    left_out = Counter[str]()
    other = int((matrix.data != 1).sum())
    matrix.data[:] = 1.0
    while True:
        degrees = _degrees(matrix)
        kept = []
        for side, degree, most in zip(("user", "item"), degrees, matrix.shape[::-1], strict=True):
            left_out[f"{side} none"] += int((degree == 0).sum())
            left_out[f"{side} all"] += int(((degree == most) & (degree > 0)).sum())
            kept.append(np.flatnonzero((degree > 0) & (degree < most)))
        if [len(rows) for rows in kept] == list(matrix.shape):
            break
        users, items = users[kept[0]], items[kept[1]]
        matrix = matrix[kept[0]][:, kept[1]]
    notes = _notes(left_out, other)
    _check_size(matrix.shape, interactions.shape, notes)
    return Choices(matrix, users, items, tuple(notes))


def _degrees(matrix: sparse.csr_array) -> tuple[Integers, Integers]:
    column = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return np.diff(matrix.indptr).astype(np.int64), column.astype(np.int64)


def _notes(left_out: Counter[str], other: int) -> list[str]:
    words = {
        "user none": "users without items",
        "user all": "users with every item",
        "item none": "items without users",
        "item all": "items with every user",
    }
    said = [f"{left_out[name]:,} {what}" for name, what in words.items() if left_out[name]]
    notes = (
        [f"left out, since nothing can be told from them: {', '.join(said)} (of those left)"] if said else []
    )
    if other:
        notes.append(f"{other:,} interactions have values other than 1 and count like the others")
    return notes


def _check_size(left: tuple[int, int], given: tuple[int, int], notes: list[str]) -> None:
    if min(left) >= LEAST:
        return
    why = f" ({'; '.join(notes)})" if notes else ""
    some = f"{left[0]} users and {left[1]} items tell something"
    none = "nobody tells anything: users have the same items, or one has a part of what another has"
    raise InputError(
        f"of {given[0]:,} users and {given[1]:,} items, {none if 0 in left else some}{why}: too few to"
        " measure complexity",
        f"give at least {LEAST} users and {LEAST} items that differ, or loosen the filters of lfd load",
    )
