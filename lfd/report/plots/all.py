"""Every picture of a run by its name, and the folder that they are written to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lfd.errors import InputError, UsageError
from lfd.report.findings import Findings
from lfd.report.plots import along_axes, axis_kl, latents_by_truth, score_map, side_gains, training_curves
from lfd.report.plots.canvas import looks, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES: dict[str, Callable[[Findings], Figure | None]] = {
    "magnitude-of-change": score_map.magnitude_of_change,
    "information-gain": side_gains.information_gain,
    "traversal": along_axes.traversal,
    "shares-along-axes": along_axes.shares_along,
    "kl-by-axis": axis_kl.kl_by_axis,
    "training": training_curves.training_curves,
    "latents-by-truth": latents_by_truth.latents_by_truth,
}


def check_matplotlib() -> None:
    """Refuse before any work is done where pictures cannot be drawn.

    Raises
    ------
    UsageError : matplotlib is not installed
    """
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise UsageError("pictures need matplotlib, which is not installed", "pip install 'lfd[plots]'")


def write_plots(findings: Findings, folder: Path) -> list[Path]:
    """Draw every picture that the findings have something for, as PNG and SVG.

    Parameters
    ----------
    findings : of a run
    folder : made where it is not there

    Returns
    -------
    list of Path

    Raises
    ------
    InputError : the folder cannot be written to
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with looks():
            for name, draw in PICTURES.items():
                figure = draw(findings)
                written += save(figure, folder, name) if figure is not None else []
    except OSError as error:
        raise InputError(
            f"cannot write to {folder}: {(error.strerror or '').lower()}", "name another folder: --plots DIR"
        ) from None
    return written
