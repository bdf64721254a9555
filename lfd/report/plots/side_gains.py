"""What samples from both sides of every axis gain in information: low side left, high side right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lfd.report.findings import Findings
from lfd.report.plots.canvas import COLOURS, SURE, active_axes, axis_words, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def information_gain(findings: Findings) -> Figure | None:
    """Information gain of samples by axis side, a panel an attribute.

    Parameters
    ----------
    findings : of a run

    Returns
    -------
    matplotlib.figure.Figure or None
        None where no axis was sampled.
    """
    grid = next((g for g in findings.evidence.grids if g.method == "sample"), None)
    axes = active_axes(findings)
    if grid is None or not axes or all(u.direction is not None for u in grid.units):
        return None
    row = {(u.axis, u.side): n for n, u in enumerate(grid.units) if u.direction is None}
    count = len(grid.attributes)
    figure = new_figure(
        1.8 + 1.9 * count, max(2.4, 1.4 + 0.23 * len(axes)), "Information gain of samples by axis side"
    )
    shared = None
    most = max(abs(s) for units in grid.score for s in units if s is not None)
    for column, attribute in enumerate(grid.attributes):
        ax = figure.add_subplot(1, count, column + 1, sharey=shared)
        shared = shared or ax
        for side, colour in ((-1, COLOURS[0]), (1, COLOURS[1])):
            cells = [row.get((axis, side)) for axis in axes]
            gain = np.array([np.nan if n is None else grid.score[n][column] for n in cells], dtype=np.float64)
            sure = [n is not None and (grid.q[n][column] or 0.0) < SURE for n in cells]
            bars = ax.barh(range(len(axes)), side * np.maximum(gain, 0), color=colour, height=0.72)
            for bar, is_sure in zip(bars, sure, strict=True):
                bar.set_alpha(1.0 if is_sure else 0.3)
        ax.axvline(0, color="#888888", linewidth=0.8)
        ax.set_xlim(-1.05 * most, 1.05 * most)
        ax.set_xticks([-most, 0, most], [f"{most:.1f}", "0", f"{most:.1f}"])
        ax.set_title(attribute)
        ax.set_xlabel("low ← → high side")
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0, labelleft=column == 0)
    assert shared is not None
    shared.set_yticks(range(len(axes)), [axis_words(findings, axis) for axis in axes])
    shared.set_ylim(len(axes) - 0.4, -0.6)
    figure.supxlabel(
        f"information gained against the catalogue; full colour: q < {SURE}", fontsize=8, x=0.99, ha="right"
    )
    return figure
