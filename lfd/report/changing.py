"""Which values rise and which fall along an axis, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

from lfd.report.evidence import Number, Walk

LEAST = 0.05  # of the list, between an axis's ends or within it


@dataclass(frozen=True)
class Course:
    """One value along an axis: its share at each step, and its share at the high end less that at the low."""

    attribute: str
    value: str
    shares: tuple[Number, ...]
    rise: float


def changing(walk: Walk) -> list[Course]:
    """The values whose share changes along an axis, those that change most between its ends first.

    Parameters
    ----------
    walk : Walk

    Returns
    -------
    list of Course
        Without those whose share stays within 5 % of the list.
    """
    courses = [
        Course(attribute, value, shares, (shares[-1] or 0.0) - (shares[0] or 0.0))
        for attribute, values in walk.shares.items()
        for value, shares in values.items()
        if _range(shares) >= LEAST
    ]
    return sorted(courses, key=lambda c: (-abs(c.rise), -_range(c.shares)))


def _range(shares: tuple[Number, ...]) -> float:
    known = [s for s in shares if s is not None]
    return max(known) - min(known) if known else 0.0
