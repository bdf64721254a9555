"""What a mapping says: which values an attribute gains where, and what each signed axis is about.

Plain values and their names; how they are read off scores is in `mapping`.
"""

from __future__ import annotations

from dataclasses import dataclass

_SIGNS = ("-", "", "+")


def axis_name(axis: int, side: int = 0) -> str:
    """How an axis (side 0) or a signed axis is written: z3, z3+, z12-.

    Parameters
    ----------
    axis : int, from 0
    side : int, -1, 0 or +1, default 0

    Returns
    -------
    str
    """
    return f"z{axis}{_SIGNS[side + 1]}"


def unit_name(axis: int, side: int, direction: str | None) -> str:
    """How a signed axis or a signed direction is written: z3+, genre=Horror+.

    Parameters
    ----------
    axis : int, from 0
    side : int, -1, 0 or +1
    direction : str or None
        The concept; None on an axis.

    Returns
    -------
    str
    """
    return axis_name(axis, side) if direction is None else f"{direction}{_SIGNS[side + 1]}"


@dataclass(frozen=True)
class ValueShift:
    """How one value's share changes: score = share_after - share_before.

    Attributes
    ----------
    lift : float or None
        share_after / share_before; None where it has none.
    q : float or None
        None where there is nothing to test.
    """

    attribute: str
    value: str
    score: float
    share_before: float
    share_after: float
    lift: float | None
    q: float | None


@dataclass(frozen=True)
class MappedCell:
    """An attribute on a signed axis or direction.

    Attributes
    ----------
    direction : str or None
        The concept; `axis` then counts the directions.
    ci_low, ci_high : float
        The score's 95 % interval.
    q : float
        Share of false discoveries among the cells that are at least as sure.
    values : tuple of ValueShift, best first
        Those that gain most: the attribute is sure to concentrate here, and this is on what; how sure a
        single value is says its own q.
    """

    attribute: str
    axis: int
    side: int
    score: float
    ci_low: float
    ci_high: float
    q: float
    values: tuple[ValueShift, ...]
    direction: str | None = None

    @property
    def name(self) -> str:
        """The signed axis or direction, as z3+ or genre=Horror+."""
        return unit_name(self.axis, self.side, self.direction)


@dataclass(frozen=True)
class SignedAxisMap:
    """What a signed axis or direction is about.

    Attributes
    ----------
    direction : str or None
        The concept; `axis` then counts the directions.
    attributes : tuple of MappedCell, best first
        The attributes that map here.
    values : tuple of ValueShift, surest first
        Of all attributes, the values that gain more than chance explains.
    flags : tuple of str
        `inactive`, `entangled`, `unmapped`.
    """

    axis: int
    side: int
    attributes: tuple[MappedCell, ...]
    values: tuple[ValueShift, ...]
    flags: tuple[str, ...]
    direction: str | None = None

    @property
    def name(self) -> str:
        """The signed axis or direction, as z3+ or genre=Horror+."""
        return unit_name(self.axis, self.side, self.direction)


@dataclass(frozen=True)
class Mapping:
    """One method's mapping.

    Attributes
    ----------
    method : mc or sample
    attributes : dict of str to tuple of MappedCell, best first; empty for an attribute that is nowhere
    axes : tuple of SignedAxisMap, by axis, then side
    inactive : tuple of int
        Axes on which users hardly differ, or by chance alone.
    collapsed : bool
        No axis is active.
    """

    method: str
    attributes: dict[str, tuple[MappedCell, ...]]
    axes: tuple[SignedAxisMap, ...]
    inactive: tuple[int, ...]
    collapsed: bool
