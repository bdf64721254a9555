"""What all pictures share: their looks, and how they become files whose bytes do not change.

No pyplot: a figure is an object of its own, so nothing is drawn on a screen and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lfd.core.decoding.mapped import axis_name
from lfd.report.findings import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "svg")
SURE = 0.05
# Okabe and Ito 2008: told apart by everybody; their yellow is too pale for lines
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555", "#8B4513")
LOOKS = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.grid": False,
    "figure.titlesize": 12,
    "legend.frameon": False,
    "text.parse_math": False,  # a name may hold a $
    "svg.hashsalt": "lfd",
    "savefig.dpi": 160,
}
NOTHING = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}  # dates and versions


@contextmanager
def looks() -> Iterator[None]:
    """Draw and save within this: the settings of all pictures, and nobody's else."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(LOOKS)  # type: ignore[arg-type]
        yield


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure in every format.

    Parameters
    ----------
    figure : drawn within `looks`
    folder : where to
    name : without the ending

    Returns
    -------
    list of Path
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # laid out once, not anew for each format
    paths = [folder / f"{name}.{form}" for form in FORMATS]
    for path, form in zip(paths, FORMATS, strict=True):
        figure.savefig(path, format=form, metadata=NOTHING[form])
    return paths


def new_figure(width: float, height: float, title: str) -> Figure:
    """An empty figure (inches) under a title."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return figure


def panels(figure: Figure, number: int, columns: int) -> list[Axes]:
    """So many panels, row by row; the rest of the last row stays empty."""
    rows = -(-number // columns)
    return [figure.add_subplot(rows, columns, n + 1) for n in range(number)]


def axis_words(findings: Findings, axis: int, side: int = 0) -> str:
    """An axis with the concept that it was fitted to, which lies on +: z0 (rating), z0- (low rating)."""
    concept = findings.axes[axis].concept if axis < len(findings.axes) else None
    if not concept:
        return axis_name(axis, side)
    ends = ("less", "more") if "=" in concept else ("low", "high")
    end = f"{ends[side > 0]} " if side else ""
    return f"{axis_name(axis, side)} ({end}{concept})"


def active_axes(findings: Findings) -> list[int]:
    """The axes on which users differ, by number."""
    return [axis.axis for axis in findings.axes if axis.active]
