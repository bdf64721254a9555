"""Concepts: what item metadata let one say, as columns over the items (the matrix A).

A concept is a value of an attribute (has it or not), or an ordered attribute as a whole (how far up its
values an item is), which stands before its single values. Knows attributes; knows no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lfd.core.information import check_attribute

if TYPE_CHECKING:
    from lfd.core.attributes import Attribute

Floats = npt.NDArray[np.float64]

LEAST_ITEMS = 5
POPULARITY = "popularity"  # the attribute that is not compared among items of equal popularity


@dataclass(frozen=True)
class Concept:
    """One thing that a direction may mean.

    Attributes
    ----------
    attribute : str
    value : str or None
        None for an ordered attribute as a whole.
    items : int
        How many items have the value, or for a whole attribute any value.
    """

    attribute: str
    value: str | None
    items: int

    @property
    def name(self) -> str:
        """`year`, or `genre=Horror`."""
        return self.attribute if self.value is None else f"{self.attribute}={self.value}"

    @property
    def kind(self) -> str:
        """`ordered` for a whole attribute, else `value`."""
        return "ordered" if self.value is None else "value"


@dataclass(frozen=True)
class Concepts:
    """All concepts of a catalogue.

    Attributes
    ----------
    names : tuple of Concept
    columns : numpy.ndarray, items x concepts
        A, centred over the items that have the attribute; 0 where an item has none, which is the mean.
    level : numpy.ndarray, items x concepts, in [0, 1]
        The same without centring: 1 where an item has the value, or its place in the order.
    labelled : numpy.ndarray of bool, items x concepts
        Whether the item has any value of the attribute.
    rivals : numpy.ndarray of bool, concepts x concepts
        Rivals are told by each other (the values of an attribute of which an item has one, and the whole
        of an ordered one), so one is not compared with the other held fixed.
    control : numpy.ndarray of bool, (concepts,)
        Whether others are compared with it held fixed: not an ordered attribute as a whole where there are
        single values, since they say as much and more.
    left_out : dict of str to int
        Values of too few items (or of all), with their number of items.
    """

    names: tuple[Concept, ...]
    columns: Floats = field(repr=False)
    level: Floats = field(repr=False)
    labelled: npt.NDArray[np.bool_] = field(repr=False)
    rivals: npt.NDArray[np.bool_] = field(repr=False)
    control: npt.NDArray[np.bool_] = field(repr=False)
    left_out: dict[str, int]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def popularity(self) -> npt.NDArray[np.bool_]:
        """Which concepts are about popularity itself, and are not stratified by it."""
        return np.array([c.attribute == POPULARITY for c in self.names], dtype=np.bool_)

    @property
    def part_of_whole(self) -> npt.NDArray[np.bool_]:
        """Which concepts are values of an ordered attribute that is a concept as a whole."""
        wholes = {c.attribute for c in self.names if c.value is None}
        return np.array([c.value is not None and c.attribute in wholes for c in self.names], dtype=np.bool_)

    def on(self, items: npt.NDArray[np.bool_]) -> Concepts:
        """The same concepts over some of the items."""
        rows = {name: getattr(self, name)[items] for name in ("columns", "level", "labelled")}
        return replace(self, **rows)


def find_concepts(attributes: Sequence[Attribute], n_items: int, least_items: int = LEAST_ITEMS) -> Concepts:
    """Write the items' attributes as concepts.

    Parameters
    ----------
    attributes : sequence of Attribute
    n_items : int
    least_items : int, default 5
        Values that fewer items have, or that fewer lack, are left out and counted.

    Returns
    -------
    Concepts
        In the order of the attributes and of their values; none where all are left out.

    Raises
    ------
    InputError
        An attribute cannot be read.
    """
    found: list[tuple[int, Concept, Floats, npt.NDArray[np.bool_]]] = []
    left_out: dict[str, int] = {}
    for number, attribute in enumerate(attributes):
        check_attribute(attribute, n_items)
        for concept, level, labelled in _of_attribute(attribute):
            lacking = int(labelled.sum() - np.count_nonzero(level))
            if concept.value is not None and min(concept.items, lacking) < least_items:
                left_out[concept.name] = concept.items
            else:
                found.append((number, concept, level, labelled))
    owner = np.array([number for number, *_ in found], dtype=np.int64)
    # Of an ordered attribute an item has one place, even where it lies between several values.
    several = np.array([not a.ordered and _has_several(a) for a in attributes], dtype=np.bool_)
    level = np.array([entry[2] for entry in found]).reshape(-1, n_items).T
    labelled = np.array([entry[3] for entry in found], dtype=np.bool_).reshape(-1, n_items).T
    names = tuple(concept for _, concept, *_ in found)
    whole = np.array([c.value is None for c in names], dtype=np.bool_)
    return Concepts(
        names,
        columns=_centred(level, labelled),
        level=level,
        labelled=labelled,
        rivals=(owner[:, None] == owner) & ~several[owner],
        control=~whole | (np.bincount(owner, minlength=len(attributes))[owner] == 1),
        left_out=left_out,
    )


def _has_several(attribute: Attribute) -> bool:
    return bool(((attribute.membership > 0).sum(axis=1) > 1).any())


def _of_attribute(attribute: Attribute) -> list[tuple[Concept, Floats, npt.NDArray[np.bool_]]]:
    """Each concept of an attribute with its level over the items and which items are labelled."""
    has = attribute.membership > 0
    labelled: npt.NDArray[np.bool_] = np.asarray(has.any(axis=1))
    name = attribute.name
    concepts = [
        (Concept(name, value, int(column.sum())), column.astype(np.float64), labelled)
        for value, column in zip(attribute.values, has.T, strict=True)
    ]
    if not attribute.ordered:
        return concepts
    place = attribute.membership @ np.linspace(0, 1, len(attribute.values))
    return [(Concept(name, None, int(labelled.sum())), place, labelled), *concepts]


def _centred(level: Floats, labelled: npt.NDArray[np.bool_]) -> Floats:
    mean = level.sum(axis=0) / np.maximum(labelled.sum(axis=0), 1)
    centred: Floats = np.where(labelled, level - mean, 0.0)
    return centred
