"""A report as rich tables, as wide as the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from lfd.report.findings import Findings
from lfd.report.table import Table
from lfd.report.words import decided, headline, tables, verdict, warnings

STYLES = {"✓": "green", "✗": "red", "inactive": "dim", "unmapped": "dim", "entangled": "yellow"}


def render(findings: Findings) -> list[RenderableType]:
    """Everything to print, in order."""
    lines: list[RenderableType] = [Text(headline(findings), style="bold")]
    lines += [Text(said) for said in decided(findings)]
    lines += [*(Text(said, style="yellow") for said in warnings(findings)), Text("")]
    lines += render_tables(tables(findings))
    return [*lines, Text(verdict(findings), style="bold")] if findings.truth else lines


def render_tables(tables: Sequence[Table], notes: Sequence[str] = ()) -> list[RenderableType]:
    """Tables with what is to be said under them."""
    lines: list[RenderableType] = [part for table in tables for part in (_table(table), Text(""))]
    return [*lines, *(Text(note) for note in notes)]


def _table(table: Table) -> RichTable:
    made = RichTable(
        title=table.title,
        title_justify="left",
        title_style="bold",
        caption=table.note or None,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for number, name in enumerate(table.columns):
        made.add_column(
            name, overflow="fold", no_wrap=number == 0, justify="right" if name == "KL" else "left"
        )
    for row in table.rows:
        made.add_row(*map(_text, row))
    return made


def _text(cell: str) -> Text:
    text = Text(cell)
    for word, style in STYLES.items():
        text.highlight_words([word], style)
    return text
