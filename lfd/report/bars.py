"""The pictures of a run as bars and small curves of text, as wide as the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from lfd.core.decoding.mapped import axis_name
from lfd.report.changing import changing
from lfd.report.evidence import Number, Placed, ScoreGrid
from lfd.report.findings import TITLES, Findings
from lfd.report.words import headline

EIGHTHS = " ▏▎▍▌▋▊▉█"
LEVELS = "▁▂▃▄▅▆▇█"
SURE = 0.05
LEAST_BAR, LONGEST_BAR = 4, 40
NUMBER = 8  # characters of a score with its star
MOST_VALUES = 4  # that are followed along an axis
GROUPS = 10  # of users, by the strength of a factor
CURVES = {
    "validation_loss": "held-out loss, nats an interaction",
    "reconstruction": "reconstruction, nats a user",
    "kl": "KL, nats a user",
    "active_axes": "active axes",
}


def render(findings: Findings) -> list[RenderableType]:
    """Every picture that the findings have something for, in order.

    Parameters
    ----------
    findings : of a run
    """
    parts: list[RenderableType] = [Text(headline(findings), style="bold"), Text("")]
    pictures = [_scores(findings, grid) for grid in findings.evidence.grids]
    pictures += [_kl(findings), _along(findings), _truth(findings), _training(findings)]
    for picture in pictures:
        parts += [] if picture is None else [picture, Text("")]
    return parts


def bar(value: float, most: float, width: int) -> str:
    """A bar in eighths of a character: `value` of `most`, at most `width` characters.

    Parameters
    ----------
    value : float
        What is not above 0 has no bar.
    most : float, above 0
    width : int
    """
    eighths = round(8 * width * min(max(value / most, 0.0), 1.0))
    return EIGHTHS[8] * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")


def curve(values: Sequence[Number], low: float, high: float, width: int) -> str:
    """Values as a line of blocks from `low` to `high`; more values than characters are averaged.

    Parameters
    ----------
    values : sequence of float or None
        None leaves a gap.
    low, high : float
    width : int, from 1
    """
    known = np.array([np.nan if v is None else v for v in values])
    parts = np.array_split(known, min(width, len(known)))
    means = [np.nan if np.isnan(part).all() else float(np.nanmean(part)) for part in parts]
    span = (high - low) or 1.0
    places = [None if np.isnan(m) else round((len(LEVELS) - 1) * (m - low) / span) for m in means]
    return "".join(" " if p is None else LEVELS[min(max(p, 0), len(LEVELS) - 1)] for p in places)


@dataclass(frozen=True)
class _Sized:
    """A table that is built for the width it is given."""

    build: Callable[[int], Table]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.build(options.max_width)


def _table(title: str, note: str = "") -> Table:
    table = Table.grid(padding=(0, 1))
    table.title, table.title_justify, table.title_style = title, "left", "bold"
    table.caption, table.caption_justify = note or None, "left"
    return table


def _scores(findings: Findings, grid: ScoreGrid) -> RenderableType | None:
    """A row a signed axis or direction, a bar an attribute."""
    active = [axis.active for axis in findings.axes]
    rows = [n for n, unit in enumerate(grid.units) if unit.direction is not None or active[unit.axis]]
    if not rows:
        return None
    names = [grid.units[n].name for n in rows]
    most = max((s or 0.0 for n in rows for s in grid.score[n]), default=0.0) or 1.0

    def build(width: int) -> Table:
        label = max(map(len, names))
        fit = max((width - label) // (NUMBER + LEAST_BAR + 1), 1)  # attributes side by side
        length = _length((width - label) // min(fit, len(grid.attributes)) - NUMBER - 1)
        title = f"{TITLES[grid.method]}: score by axis and attribute"
        table = _table(title, f"* q < {SURE}; a bar for what is gained, none for what is lost")
        for first in range(0, len(grid.attributes), fit):
            shown = range(first, min(first + fit, len(grid.attributes)))
            heads = (Text(f"{grid.attributes[n]:>{NUMBER - 2}}", style="bold") for n in shown)
            table.add_row("", *heads)
            for n, name in zip(rows, names, strict=True):
                table.add_row(name, *(_score(grid.score[n][a], grid.q[n][a], most, length) for a in shown))
        return table

    return _Sized(build)


def _score(score: Number, q: Number, most: float, length: int) -> Text:
    if score is None:
        return Text("")
    sure = q is not None and q < SURE
    number = f"{score:{NUMBER - 2}.2f}" + ("* " if sure else "  ")
    shown = Text(number, style="bold" if sure else "dim", no_wrap=True)
    return shown.append(bar(score, most, length).ljust(length), style="cyan" if sure else "dim")


def _length(room: int) -> int:
    return min(max(room, LEAST_BAR), LONGEST_BAR)


def _kl(findings: Findings) -> RenderableType | None:
    axes = [axis for axis in findings.axes if axis.kl is not None]
    if not axes:
        return None
    most = max(axis.kl or 0.0 for axis in axes) or 1.0

    def build(width: int) -> Table:
        table = _table("KL from the prior by axis, nats")
        for axis in axes:
            kl = axis.kl or 0.0
            said = axis.concept or "" if axis.active else "inactive"
            shown = Text(bar(kl, most, _length(width - 40)), style="cyan" if axis.active else "dim")
            table.add_row(axis.name, f"{kl:5.2f}", shown, Text(said, style="" if axis.active else "dim"))
        return table

    return _Sized(build)


def _along(findings: Findings) -> RenderableType | None:
    """Shares of the values that change most along each active axis, from its low to its high end."""
    active = {axis.axis for axis in findings.axes if axis.active}
    walked = [(w.axis, changing(w)[:MOST_VALUES]) for w in findings.evidence.walks if w.axis in active]
    walked = [(axis, courses) for axis, courses in walked if courses]
    if not walked:
        return None

    def build(width: int) -> Table:
        title = "Shares of the list along each axis, from its low to its high end"
        table = _table(title, "height: 0 to 1; in front and behind: the share at both ends")
        for axis, courses in walked:
            for n, course in enumerate(courses):
                ends = [f"{course.shares[end] or 0.0:.2f}" for end in (0, -1)]
                line = Text(curve(course.shares, 0.0, 1.0, max(width - 46, 8)), style="cyan", no_wrap=True)
                words = Text(f"{course.attribute}={course.value}", overflow="ellipsis", no_wrap=True)
                table.add_row("" if n else axis_name(axis), words, ends[0], line, ends[1])
        return table

    return _Sized(build)


def _truth(findings: Findings) -> RenderableType | None:
    """Where users lie on the true axis of each factor, from those least to those most of it."""
    if not findings.evidence.placed:
        return None
    table = _table("Latents by truth: held-out users from the weakest to the strongest of each factor")
    for one in findings.evidence.placed:
        groups = _group_means(one)
        ends = "others → its users" if one.exclusive else f"{groups[0]:.2f} → {groups[-1]:.2f}"
        low, high = min(groups), max(groups)
        line = Text(curve(groups, low, high, len(groups)), style="cyan")
        table.add_row(one.factor, axis_name(one.axis), line, ends)
    return table


def _group_means(one: Placed) -> list[float]:
    strength, z = np.array(one.strength), np.array(one.z)
    if one.exclusive:
        return [float(z[strength == s].mean()) for s in np.unique(strength)]
    return [float(part.mean()) for part in np.array_split(z[np.argsort(strength)], min(GROUPS, len(z)))]


def _training(findings: Findings) -> RenderableType | None:
    history = findings.evidence.training or {}
    known = {n: [v for v in history.get(n, ()) if v is not None] for n in CURVES}
    shown = {name: values for name, values in known.items() if len(values) > 1}
    if not shown:
        return None

    def build(width: int) -> Table:
        epochs = len(next(iter(shown.values())))
        table = _table("Training", f"{epochs} epochs; epoch {findings.model.best_epoch} was kept")
        for name, values in shown.items():
            line = curve(values, min(values), max(values), min(max(width - 60, 8), 60))
            table.add_row(CURVES[name], f"{values[0]:.4g}", Text(line, style="cyan"), f"{values[-1]:.4g}")
        return table

    return _Sized(build)
