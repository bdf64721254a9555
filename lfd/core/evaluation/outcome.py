"""What an evaluation comes to: figures with their definitions, and the table that they were taken from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from lfd.core.measure import Measure


@dataclass(frozen=True)
class Outcome:
    """One evaluation.

    Attributes
    ----------
    measures : tuple of Measure
        The headline figures; a comparison of runs puts them side by side.
    table : pandas.DataFrame
        In full, one row a case.
    notes : tuple of str
        What the user should know: what was left out, and how many.
    """

    measures: tuple[Measure, ...]
    table: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()
