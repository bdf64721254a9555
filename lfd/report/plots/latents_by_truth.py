"""Where held-out users lie on the true axis of every factor, beside how strong it truly is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lfd.core.decoding.mapped import axis_name
from lfd.report.evidence import Placed
from lfd.report.findings import Findings
from lfd.report.plots.canvas import COLOURS, new_figure, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 4
JITTER = 0.18


def latents_by_truth(findings: Findings) -> Figure | None:
    """A panel a factor: users' position on its axis against its true strength in them.

    Parameters
    ----------
    findings : of a run

    Returns
    -------
    matplotlib.figure.Figure or None
        None where no truth is known.
    """
    placed = findings.evidence.placed
    if not placed:
        return None
    columns = min(COLUMNS, len(placed))
    rows = -(-len(placed) // columns)
    figure = new_figure(2.9 * columns, 0.6 + 2.7 * rows, "Latents by truth: held-out users")
    made = panels(figure, len(placed), columns)
    for number, (ax, one) in enumerate(zip(made, placed, strict=True)):
        (_members if one.exclusive else _strengths)(ax, one, COLOURS[number % len(COLOURS)])
        ax.set_title(one.factor)
        ax.set_ylabel(f"position on {axis_name(one.axis)}")
    return figure


def _members(ax: Axes, one: Placed, colour: str) -> None:
    """Users of the factor beside all others, every user a dot; a line at the median of the factor's own."""
    z, member = np.array(one.z), np.array(one.strength) > 0
    rng = np.random.default_rng(0)
    for at, (group, shade) in enumerate(((z[~member], "#999999"), (z[member], colour))):
        aside = at + rng.uniform(-JITTER, JITTER, len(group))
        ax.scatter(aside, group, s=9, color=shade, alpha=0.5, linewidths=0)
    if member.any():
        ax.hlines(np.median(z[member]), 0.7, 1.3, color="#222222", linewidth=1.2)
    ax.set_xlim(-0.6, 1.6)
    ax.set_xticks([0, 1], ["other users", f"users of {one.factor}"])


def _strengths(ax: Axes, one: Placed, colour: str) -> None:
    ax.scatter(one.strength, one.z, s=8, color=colour, alpha=0.6, linewidths=0)
    ax.set_xlabel("true strength of the factor")
