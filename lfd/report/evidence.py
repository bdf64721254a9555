"""What pictures of a run are drawn from, as plain values that JSON holds: pages and plots read these alone.

Scores by cell, walks along the axes, training by epoch, users beside their true factors, continuity. Knows
tables; knows no run and no picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.core.decoding.mapped import axis_name, unit_name
from lfd.core.decoding.traversal import Recommendations

Floats = npt.NDArray[np.float64]
Number = float | None

DIGITS = 4
END_TITLES = 5
LEAST_SHARE = 0.01  # a value that is never recommended more than this is left out of a walk
MOST_PLACED = 300  # users drawn beside their truth


@dataclass(frozen=True)
class Unit:
    """A row of a score grid: a signed axis (`direction` None), or a concept's signed direction."""

    axis: int
    side: int
    direction: str | None = None

    @property
    def name(self) -> str:
        """The unit, as z3+ or genre=Horror+."""
        return unit_name(self.axis, self.side, self.direction)


@dataclass(frozen=True)
class ScoreGrid:
    """One method's scores of whole attributes: units x attributes; None where there is none."""

    method: str
    units: tuple[Unit, ...]
    attributes: tuple[str, ...]
    score: tuple[tuple[Number, ...], ...]
    q: tuple[tuple[Number, ...], ...]


@dataclass(frozen=True)
class Walk:
    """One axis walked from its low to its high end, all else at its centre.

    Attributes
    ----------
    axis : its number
    z : coordinate of each step
    shares : by attribute and value, the value's share of the list at each step
    low, high : what is recommended at both ends, best first
    """

    axis: int
    z: tuple[float, ...]
    shares: dict[str, dict[str, tuple[Number, ...]]]
    low: tuple[str, ...]
    high: tuple[str, ...]

    @property
    def name(self) -> str:
        """The axis, as z3."""
        return axis_name(self.axis)


@dataclass(frozen=True)
class Placed:
    """Users beside one true factor: how strong it is in each, and where they lie on its axis."""

    factor: str
    axis: int
    exclusive: bool
    strength: tuple[float, ...]
    z: tuple[float, ...]


@dataclass(frozen=True)
class Smoothness:
    """How recommendations change along one axis: share of the list exchanged in a step, mean and largest.

    `follows`: by signed axis, attribute and value, how its share follows the axis (Spearman) and in what
    part of the steps it grows.
    """

    axis: int
    mean: float
    largest: float
    follows: tuple[tuple[str, str, str, float, Number], ...]


@dataclass(frozen=True)
class Evidence:
    """All of it; what a run does not have is empty."""

    grids: tuple[ScoreGrid, ...] = ()
    walks: tuple[Walk, ...] = ()
    training: dict[str, tuple[Number, ...]] | None = None
    placed: tuple[Placed, ...] = ()
    smoothness: tuple[Smoothness, ...] = ()


def score_grid(method: str, scores: pd.DataFrame) -> ScoreGrid:
    """The scores of whole attributes as a grid.

    Parameters
    ----------
    method : mc or sample
    scores : one method's score table
    """
    own = scores[scores["value"].isna()]
    named = [
        None if d is None else str(d)
        for d in own["direction"].astype(object).where(own["direction"].notna(), None)
    ]
    cells = [
        Unit(int(a), int(s), d)
        for a, s, d in zip(own["axis"].tolist(), own["side"].tolist(), named, strict=True)
    ]
    units = sorted(dict.fromkeys(cells), key=lambda u: (u.direction is not None, u.axis, u.side))
    attributes = tuple(map(str, dict.fromkeys(own["attribute"])))
    row = {unit: n for n, unit in enumerate(units)}
    at = [row[cell] for cell in cells], [attributes.index(str(name)) for name in own["attribute"]]
    grid = np.full((2, len(units), len(attributes)), np.nan)
    grid[0][at], grid[1][at] = own["score"], own["q"]
    return ScoreGrid(method, tuple(units), attributes, *(tuple(map(numbers, g)) for g in grid))


def walks(
    grid: Iterable[Recommendations], attributes: Sequence[Attribute], titles: Sequence[str]
) -> tuple[Walk, ...]:
    """What is recommended along each axis: shares of the values, and titles at both ends.

    Parameters
    ----------
    grid : one for each axis, as `traverse_grid` gives them
    attributes : of the items
    titles : of the items
    """
    return tuple(_walk(chunk, attributes, titles) for chunk in grid if chunk.z is not None)


def training(history: pd.DataFrame) -> dict[str, tuple[Number, ...]]:
    """The columns of a training history, an epoch an entry."""
    return {str(name): numbers(history[name].to_numpy(np.float64), 6) for name in history.columns}


def placed(factor: str, axis: int, exclusive: bool, strength: Floats, z: Floats) -> Placed:
    """Users beside one factor, thinned evenly to as many as a picture shows.

    Parameters
    ----------
    factor : its name
    axis : where it truly is
    exclusive : whether the strength is 1 for the factor's users and 0 for others
    strength, z : (users,)
    """
    some = np.unique(np.linspace(0, len(z) - 1, min(len(z), MOST_PLACED)).round().astype(int))
    return Placed(factor, axis, exclusive, _rounded(strength[some]), _rounded(z[some]))


def smoothness(table: pd.DataFrame) -> tuple[Smoothness, ...]:
    """The table of an evaluation of continuity, an axis an entry.

    Parameters
    ----------
    table : as `evaluate_continuity` gives it
    """
    return tuple(
        Smoothness(
            int(rows["axis"].iloc[0]),
            float(rows["tv_mean"].iloc[0]),
            float(rows["tv_max"].iloc[0]),
            _follows(rows),
        )
        for _, rows in table.groupby("axis", sort=True)
    )


def numbers(values: npt.NDArray[Any], digits: int = DIGITS) -> tuple[Number, ...]:
    """Rounded numbers; None for what is not finite."""
    return tuple(round(float(v), digits) if np.isfinite(v) else None for v in values)


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(np.round(values.astype(np.float64), DIGITS).tolist())


def _walk(chunk: Recommendations, attributes: Sequence[Attribute], titles: Sequence[str]) -> Walk:
    assert chunk.z is not None
    step = chunk.side.astype(np.int64)
    z = np.zeros(int(step.max()) + 1)
    z[step] = chunk.z
    weights = sparse.csr_array((chunk.weight, (step, chunk.item)), shape=(len(z), len(titles)))
    shares = {a.name: _shares(weights, a) for a in attributes}
    ends = (_titles_at(chunk, step == end, titles) for end in (0, len(z) - 1))
    return Walk(int(chunk.axis[0]), _rounded(z), shares, *ends)


def _shares(weights: sparse.csr_array, attribute: Attribute) -> dict[str, tuple[Number, ...]]:
    """Each value's share at each step, among the items that have the attribute."""
    mass = np.asarray(weights @ attribute.membership)
    total = mass.sum(axis=1, keepdims=True)
    share = np.divide(mass, total, out=np.full_like(mass, np.nan), where=total > 0)
    told = np.flatnonzero(np.nan_to_num(share).max(axis=0, initial=0) >= LEAST_SHARE)
    return {attribute.values[v]: numbers(share[:, v]) for v in told}


def _titles_at(chunk: Recommendations, at: npt.NDArray[np.bool_], titles: Sequence[str]) -> tuple[str, ...]:
    order = np.argsort(chunk.rank[at], kind="stable")[:END_TITLES]
    return tuple(titles[i] for i in chunk.item[at][order])


def _follows(rows: pd.DataFrame) -> tuple[tuple[str, str, str, float, Number], ...]:
    mapped = rows[rows["value"].notna()]
    columns = (mapped[c].tolist() for c in ("side", "attribute", "value", "spearman", "monotone"))
    return tuple(
        (str(side), str(attribute), str(value), round(rho, DIGITS), *numbers(np.array([monotone])))
        for side, attribute, value, rho, monotone in zip(*columns, strict=True)
    )
