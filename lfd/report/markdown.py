"""A report as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lfd.report.findings import Findings
from lfd.report.table import Table
from lfd.report.words import decided, headline, tables, verdict, warnings


def render(findings: Findings) -> str:
    """The whole report."""
    parts = ["# What the axes encode", headline(findings), *decided(findings), *warnings(findings)]
    parts += [_table(table) for table in tables(findings)]
    if findings.truth:
        parts.append(f"**{verdict(findings)}**")
    made = "\n".join(f"    {line}" for line in findings.commands)
    return "\n\n".join([*parts, f"Made by\n\n{made}"]) + "\n"


def render_tables(title: str, tables: Sequence[Table], notes: Sequence[str] = ()) -> str:
    """Tables under a title, with what is to be said under them; all of it may come from data."""
    plain = [replace(table, title=_escape(table.title), note=_escape(table.note)) for table in tables]
    return "\n\n".join([f"# {_escape(title)}", *map(_table, plain), *map(_escape, notes)]) + "\n"


def _table(table: Table) -> str:
    head = f"## {table.title}\n\n| {' | '.join(table.columns)} |\n|{' --- |' * len(table.columns)}"
    rows = [f"| {' | '.join(map(_escape, row))} |" for row in table.rows]
    return "\n".join([head, *rows]) + (f"\n\n{table.note}" if table.note else "")


def _escape(cell: str) -> str:
    """Text that comes from data, as it is: no markup, one line of the table."""
    for mark in "\\|*_`<>[]":
        cell = cell.replace(mark, f"\\{mark}")
    return cell.replace("\n", "<br>")
