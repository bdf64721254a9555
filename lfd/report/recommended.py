"""The words of a recommendation: the configurations as a table, and which is taken by which rule."""

from __future__ import annotations

from typing import Any

from lfd.core.evaluation.selection import Selection
from lfd.report.table import Table


def selection_table(selection: Selection) -> Table:
    """The configurations as text."""
    rows = tuple(map(_configuration_words, selection.table.to_dict("records")))
    return Table("Configurations", ("configuration", "seeds", "NDCG@20", "active axes", ""), rows)


def _configuration_words(row: dict[Any, Any]) -> tuple[str, ...]:
    error = row["standard_error"]
    quality = f"{row['quality']:.4f}" + (f" ± {error:.4f}" if error == error else "")
    place = "recommended" if row["chosen"] else "within 1 s.e." if row["within"] else ""
    return (row["configuration"], str(row["seeds"]), quality, f"{row['active_axes']:.1f}", place)


def selection_words(selection: Selection | None) -> tuple[str, ...]:
    """What is recommended, by which rule, and what the rule could not know."""
    if selection is None:
        return ()
    return (*selection.notes, f"recommended: {selection.configuration}, {selection.rule}; no truth was used")
