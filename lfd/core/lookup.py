"""Concepts and axes by what people write; what there is not is an error that names what is nearest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lfd.core.names import folded
from lfd.errors import UsageError, nearest

AXIS = re.compile(r"^z?(\d+)([+-]?)=([+-]?(?:\d+\.?\d*|\.\d+))$")


def find_concept(wanted: str, concepts: Sequence[str], values: Mapping[str, Sequence[str]]) -> int:
    """The row of a concept: a value (`genre=Horror`), or an ordered attribute as a whole (`year`).

    Parameters
    ----------
    wanted : str
        In any case.
    concepts : sequence of str
    values : mapping of str to sequence of str
        All values of each attribute, also those of too few items to be a concept.

    Returns
    -------
    int

    Raises
    ------
    UsageError
        There is no such attribute or value, or it is no concept; names what is nearest.
    """
    known = [folded(name) for name in concepts]
    if folded(wanted) in known:
        return known.index(folded(wanted))
    attribute, _, value = wanted.partition("=")
    attributes = {folded(name): name for name in values}
    if folded(attribute) not in attributes:
        raise UsageError(
            f"there is no attribute {attribute.strip()}", nearest(attribute.strip(), list(values))
        )
    name = attributes[folded(attribute)]
    own = [concept for concept in concepts if concept.partition("=")[0] == name and "=" in concept]
    if not value:
        raise UsageError(f"{name} as a whole has no order to go along", f"name a value of it: {own[0]}")
    if folded(value) in map(folded, values[name]):
        raise UsageError(
            f"{name}={value} is no concept of this run: too few items have it, or lack it",
            f"name another, or lower the bar: {nearest(wanted, own)} lfd align RUN --least-items 1",
        )
    raise UsageError(f"{name} has no value {value}", nearest(f"{name}={value}", own))


def find_axis(wanted: str, n_axes: int) -> tuple[int, float]:
    """An axis and how far to go along it: `3=+1.5`, `z3=-2`, `z3-=2`.

    Parameters
    ----------
    wanted : str
    n_axes : int

    Returns
    -------
    axis : int
    amount : float

    Raises
    ------
    UsageError
        It is no axis with an amount, or there is no such axis.
    """
    found = AXIS.match(wanted.strip())
    if found is None:
        raise UsageError(f"--axis: {wanted} is no axis with an amount", "write it as: --axis 3=+1.5")
    axis, side, amount = int(found.group(1)), found.group(2), float(found.group(3))
    if axis >= n_axes:
        raise UsageError(f"there is no axis {axis}", f"axes are 0 to {n_axes - 1}: --axis 0=+1.5")
    return axis, -amount if side == "-" else amount
