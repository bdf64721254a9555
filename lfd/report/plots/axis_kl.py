"""How much every axis carries: KL from the prior in nats, and which axes are inactive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lfd.report.findings import Findings
from lfd.report.plots.canvas import COLOURS, axis_words, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def kl_by_axis(findings: Findings) -> Figure | None:
    """KL by axis, in the order of the axes' numbers.

    Parameters
    ----------
    findings : of a run

    Returns
    -------
    matplotlib.figure.Figure or None
        None where the model knows no uncertainty, and so has no KL.
    """
    axes = [axis for axis in findings.axes if axis.kl is not None]
    if not axes:
        return None
    figure = new_figure(max(4.0, 1.0 + 0.33 * len(axes)), 3.0, "What each axis carries")
    ax = figure.add_subplot()
    colours = [COLOURS[0] if axis.active else "#cccccc" for axis in axes]
    bars = ax.bar(range(len(axes)), [axis.kl or 0.0 for axis in axes], color=colours, width=0.75)
    ax.bar_label(bars, [f"{axis.kl:.2f}" for axis in axes], fontsize=6.5, padding=1, color="#444444")
    ax.set_xticks(
        range(len(axes)),
        [axis_words(findings, axis.axis) for axis in axes],
        rotation=45,
        ha="right",
        rotation_mode="anchor",
    )
    ax.set_ylabel("KL from the prior, nats")
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.7, len(axes) - 0.3)
    kinds = {axis.active: bar for axis, bar in zip(axes, bars.patches, strict=True)}
    if len(kinds) > 1:
        words = ["active", "inactive: users hardly differ"]
        ax.legend([kinds[True], kinds[False]], words, loc="upper right", fontsize=8)
    return figure
