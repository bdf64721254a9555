"""What is recommended along every axis: the values' shares as heat maps, and as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lfd.report.changing import Course, changing
from lfd.report.findings import Findings
from lfd.report.plots.canvas import COLOURS, active_axes, axis_words, new_figure, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AlongAxis = tuple[int, tuple[float, ...], list[Course]]  # axis, z, what changes there
COLUMNS = 3
HEAT_VALUES, LINES = 8, 5


def traversal(findings: Findings) -> Figure | None:
    """Every active axis walked: shares of the values that change most along it, as a heat map.

    Parameters
    ----------
    findings : of a run

    Returns
    -------
    matplotlib.figure.Figure or None
        None where no axis was walked.
    """
    courses = _courses(findings, HEAT_VALUES)
    if not courses:
        return None
    title = "What is recommended along each axis: share of the list by value"
    figure, made = _panelled(findings, courses, 2.1, title)
    image = None
    for ax, (_, z, found) in zip(made, courses, strict=True):
        shares = np.array([[np.nan if s is None else s for s in course.shares] for course in found])
        step = (z[-1] - z[0]) / (2 * (len(z) - 1))
        extent = (z[0] - step, z[-1] + step, len(found) - 0.5, -0.5)
        image = ax.imshow(shares, cmap="viridis", vmin=0, vmax=1, aspect="auto", extent=extent)
        ax.set_yticks(range(len(found)), [_short(course) for course in found], fontsize=7.5)
        ax.tick_params(length=2)
    assert image is not None
    bar = figure.colorbar(image, ax=made, shrink=min(1.0, 1.6 / _rows(courses)), aspect=20)
    bar.set_label("share of the list")
    return figure


def shares_along(findings: Findings) -> Figure | None:
    """Every active axis walked: shares of the values that change most along it, as lines.

    Parameters
    ----------
    findings : of a run

    Returns
    -------
    matplotlib.figure.Figure or None
        None where no axis was walked.
    """
    courses = _courses(findings, LINES)
    if not courses:
        return None
    title = "Shares of the values that change most along each axis"
    figure, made = _panelled(findings, courses, 2.2, title)
    for ax, (_, z, found) in zip(made, courses, strict=True):
        for colour, course in zip(COLOURS, found, strict=False):
            shares = [np.nan if s is None else s for s in course.shares]
            ax.plot(z, shares, color=colour, label=_short(course), linewidth=1.6)
        ax.set_ylim(0, 1.02)
        ax.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=1.2)
    for ax in made[::COLUMNS]:
        ax.set_ylabel("share of the list")
    return figure


def _panelled(
    findings: Findings, courses: list[AlongAxis], height: float, title: str
) -> tuple[Figure, list[Axes]]:
    """A panel an axis, each named, in rows of a height (inches)."""
    figure = new_figure(11, 0.7 + height * _rows(courses), title)
    made = panels(figure, len(courses), COLUMNS)
    for ax, (axis, _, _) in zip(made, courses, strict=True):
        ax.set_title(axis_words(findings, axis))
    for ax in made[-COLUMNS:]:
        ax.set_xlabel("position on the axis")
    return figure, made


def _rows(courses: list[AlongAxis]) -> int:
    return -(-len(courses) // COLUMNS)


def _courses(findings: Findings, most: int) -> list[AlongAxis]:
    active = set(active_axes(findings))
    walks = [walk for walk in findings.evidence.walks if walk.axis in active]
    found = [(walk.axis, walk.z, changing(walk)[:most]) for walk in walks]
    return [(axis, z, courses) for axis, z, courses in found if courses]


def _short(course: Course) -> str:
    """A value with its attribute where it is a number's bin, which says nothing alone."""
    words = course.value if not course.value[:1].isdigit() else f"{course.attribute} {course.value}"
    return words if len(words) <= 24 else words[:23] + "…"
