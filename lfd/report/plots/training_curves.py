"""How the training went: losses, KL and active axes by epoch, and the epoch that was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lfd.report.findings import Findings
from lfd.report.plots.canvas import COLOURS, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CURVES = {
    "validation_loss": ("Held-out users", "nats an interaction"),
    "reconstruction": ("Reconstruction of training users", "nats a user"),
    "kl": ("KL from the prior", "nats a user"),
    "active_axes": ("Active axes", "axes"),
}


def training_curves(findings: Findings) -> Figure | None:
    """What was recorded by epoch, a panel a quantity.

    Parameters
    ----------
    findings : of a run

    Returns
    -------
    matplotlib.figure.Figure or None
        None where nothing was recorded, or one epoch only.
    """
    history = findings.evidence.training or {}
    epochs = history.get("epoch", ())
    known = {n: np.array([np.nan if v is None else v for v in history.get(n, ())]) for n in CURVES}
    shown = [name for name, values in known.items() if np.isfinite(values).any()]
    if len(epochs) < 2 or not shown:
        return None
    figure = new_figure(2.7 * len(shown), 2.7, "Training")
    at = [(epoch or 0) + 1 for epoch in epochs]
    for number, name in enumerate(shown):
        ax = figure.add_subplot(1, len(shown), number + 1)
        ax.plot(at, known[name], color=COLOURS[number], linewidth=1.6)
        ax.axvline(findings.model.best_epoch, color="#888888", linewidth=0.8, linestyle="--")
        title, unit = CURVES[name]
        ax.set_title(title, fontsize=9)
        ax.set_ylabel(unit)
        ax.set_xlabel("epoch")
        if number == 0:
            ax.annotate(
                f"kept: {findings.model.best_epoch}",
                (findings.model.best_epoch, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(-3, -2),
                textcoords="offset points",
                ha="right",
                va="top",
                fontsize=7.5,
                color="#666666",
            )
    return figure
