"""The Magnitude of Change of every attribute on every signed axis as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lfd.report.evidence import ScoreGrid
from lfd.report.findings import Findings
from lfd.report.plots.canvas import SURE, active_axes, axis_words, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

METHOD, TITLE = "mc", "Magnitude of Change by axis and attribute"
LONGEST = 40  # signed axes that numbers fit beside


def magnitude_of_change(findings: Findings) -> Figure | None:
    """Magnitude of Change by signed axis and attribute.

    Parameters
    ----------
    findings : of a run

    Returns
    -------
    matplotlib.figure.Figure or None
        None where no axis was decoded so.
    """
    grid = next((g for g in findings.evidence.grids if g.method == METHOD), None)
    active = set(active_axes(findings))
    rows = (
        []
        if grid is None
        else [n for n, u in enumerate(grid.units) if u.direction is None and u.axis in active]
    )
    if grid is None or not rows:
        return None
    score, q = (np.array([g[n] for n in rows], dtype=np.float64) for g in (grid.score, grid.q))
    figure = new_figure(2.6 + 1.0 * len(grid.attributes), max(3.4, 1.5 + 0.23 * len(rows)), TITLE)
    ax = figure.add_subplot()
    most = float(np.nanmax(np.abs(score), initial=1e-9))
    image = ax.imshow(score, cmap="RdBu_r", vmin=-most, vmax=most, aspect="auto")
    _numbers(ax, score, q, most)
    _ticks(ax, findings, grid, rows)
    bar = figure.colorbar(image, ax=ax, shrink=0.8, aspect=30)
    bar.set_label(f"information gained by the move\n(* q < {SURE})")
    bar.outline.set_visible(False)
    return figure


def _numbers(ax: Axes, score: npt.NDArray[Any], q: npt.NDArray[Any], most: float) -> None:
    if len(score) > LONGEST:
        return
    for (row, column), value in np.ndenumerate(score):
        if np.isfinite(value):
            star = "*" if q[row, column] < SURE else ""
            colour = "white" if abs(value) > 0.6 * most else "#222222"
            weight = "bold" if star else "normal"
            ax.text(
                column,
                row,
                f"{value:.2f}{star}".replace("-0.00", "0.00").replace("-", "−"),
                ha="center",
                va="center",
                color=colour,
                fontsize=7.5,
                fontweight=weight,
            )


def _ticks(ax: Axes, findings: Findings, grid: ScoreGrid, rows: list[int]) -> None:
    units = [grid.units[n] for n in rows]
    ax.set_xticks(range(len(grid.attributes)), grid.attributes)
    ax.xaxis.tick_top()
    ax.set_yticks(range(len(units)), [axis_words(findings, u.axis, u.side) for u in units])
    ax.tick_params(length=0)
    ax.set_xlabel("−: the low end of an axis, +: its high end")
    ax.xaxis.set_label_position("bottom")
    for n in range(1, len(units)):  # a line where a new axis begins
        if units[n].axis != units[n - 1].axis:
            ax.axhline(n - 0.5, color="white", linewidth=1.5)
    for spine in ax.spines.values():
        spine.set_visible(False)
