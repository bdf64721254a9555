"""The words of a comparison: tables of text with a run a row, and a plain table of figures."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lfd.report.comparison import Cell, Column, Comparison, Row
from lfd.report.table import Table

MOST_FIGURES = 6  # in a table; more go on in the next one
OTHERWISE = "†"


def comparison_tables(comparison: Comparison) -> list[Table]:
    """A table for each subject, and first the settings of all runs."""
    tables = [_settings_table(comparison)]
    for subject in dict.fromkeys(column.subject for column in comparison.columns):
        columns = [column for column in comparison.columns if column.subject == subject]
        for first in range(0, len(columns), MOST_FIGURES):
            tables.append(_figures_table(comparison, subject, columns[first : first + MOST_FIGURES]))
    return tables


def comparison_frame(comparison: Comparison) -> pd.DataFrame:
    """The figures as numbers, a row a run; `difference.<figure>` is to the baseline."""
    return pd.DataFrame([_plain(row, comparison) for row in comparison.rows])


def _settings_table(comparison: Comparison) -> Table:
    rows = tuple(
        (row.name, *(_setting(row.settings.get(name)) for name in comparison.settings))
        for row in comparison.rows
    )
    return Table("Runs", ("run", *comparison.settings), rows)


def _figures_table(comparison: Comparison, subject: str, columns: list[Column]) -> Table:
    rows = tuple((row.name, *(_cell(row.cells.get(c.id)) for c in columns)) for row in comparison.rows)
    shown = [row.cells[c.id] for row in comparison.rows for c in columns if c.id in row.cells]
    compared = any(cell.difference is not None for cell in shown)
    note = "in brackets: difference to the autoencoder" if compared else ""
    return Table(subject.capitalize(), ("run", *(_heading(column) for column in columns)), rows, note)


def _heading(column: Column) -> str:
    """The figure's name in words, so that a narrow table breaks it between them."""
    return column.name.replace("_", " ")


def _setting(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _cell(cell: Cell | None) -> str:
    if cell is None or cell.value is None:
        return ""
    counts = isinstance(cell.value, int)
    said = f"{cell.value:g} of {cell.of}" if cell.of is not None else _number(cell.value, counts)
    flag = OTHERWISE if cell.flagged else ""
    return said + flag + ("" if cell.difference is None else f" ({_number(cell.difference, counts, '+')})")


def _number(value: float, count: bool, sign: str = "") -> str:
    return format(value, f"{sign}g" if count else f"{sign}.3f")


def _plain(row: Row, comparison: Comparison) -> dict[str, Any]:
    made: dict[str, Any] = {"run": row.name} | {n: row.settings.get(n) for n in comparison.settings}
    for column in comparison.columns:
        cell = row.cells.get(column.id, Cell(None))
        made[column.id] = cell.value
        if any(column.id in r.cells and r.cells[column.id].difference is not None for r in comparison.rows):
            made[f"difference.{column.id}"] = cell.difference
    flagged = [name for name, cell in row.cells.items() if cell.flagged]
    return made | {"baseline": ",".join(row.baseline), "not comparable": ",".join(flagged)}
