"""Bars in the terminal: as long as they should be, and never wider than the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from lfd.report.bars import bar, curve, render
from tests.report.run_findings import NASTY, made_up


def printed(width: int, evil: str = "Horror", **how: object) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, **how)  # type: ignore[arg-type]
    for part in render(made_up(evil)):
        console.print(part)
    return out.getvalue()


def test_bars_are_as_long_as_their_share_of_the_most() -> None:
    assert [bar(value, 2.0, 4) for value in (2.0, 1.0, 0.25, 0.0, -1.0, 9.0)] == [
        "████",
        "██",
        "▌",
        "",
        "",
        "████",
    ]


def test_a_curve_goes_from_low_to_high_with_gaps_and_thins_what_does_not_fit() -> None:
    assert curve([0.0, None, 0.5, 1.0], 0.0, 1.0, 9) == "▁ ▅█"
    assert curve([0.0, 0.0, 1.0, 1.0], 0.0, 1.0, 2) == "▁█"
    assert curve([1.0, 1.0], 1.0, 1.0, 5) == "▁▁"


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, printed(width).splitlines())) <= width


def test_every_picture_is_there_with_idle_axes_only_where_kl_is_told() -> None:
    lines = [" ".join(line.split()) for line in printed(100).splitlines()]
    for title in (
        "Magnitude of Change: score by axis and attribute",
        "KL from the prior by axis, nats",
        "Training",
    ):
        assert title in lines
    assert "z1 1.50 ████████████████████████ genre=Horror" in lines
    assert "genre z1 ▁▂▃▃▄▅▆▆▇█ -1.85 → 1.85" in lines
    assert any(line.startswith("z1+ 0.42*") for line in lines)
    assert [line for line in lines if line.startswith("z2")] == [
        "z2 2.50 ████████████████████████████████████████ inactive"
    ]


def test_names_are_printed_as_they_are_and_without_a_terminal_without_colours() -> None:
    assert "\x1b" not in printed(100)
    assert "[red]bold[/red]" in printed(160, "[red]bold[/red]")
    assert "\x1b[" not in printed(100, NASTY, force_terminal=True, no_color=True, color_system=None)
