"""The complexity of a run's data: the table of its factors, and its figures with their definitions."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lfd.core.measure import Measure
from lfd.errors import InputError
from lfd.run.tables import Place, Reader, read_frame, read_yaml, write_table, write_yaml

if TYPE_CHECKING:
    from lfd.core.complexity.growth import Part
    from lfd.core.complexity.measure import Complexity

TABLE = "scores/complexity.parquet"
SUMMARY = "scores/complexity.yaml"
SHOWN = 10  # strengths of each part that are kept


@dataclass(frozen=True)
class Stored:
    """What a run keeps of it.

    Attributes
    ----------
    table : pandas.DataFrame
        As `measure_complexity` gives it.
    measures : tuple of Measure
    growth : list of dict
        For each part of the users: share, users, factors, main, expected, strength, predicted, next_users.
    notes : tuple of str
    """

    table: pd.DataFrame = field(repr=False)
    measures: tuple[Measure, ...]
    growth: list[dict[str, Any]]
    notes: tuple[str, ...]

    def value(self, name: str) -> float | None:
        """A figure by its name."""
        return next((m.value for m in self.measures if m.name == name), None)

    def parts(self, name: str) -> dict[str, float]:
        """The parts of a figure."""
        return next((m.parts for m in self.measures if m.name == name), {})


def write_complexity(place: Place, found: Complexity) -> None:
    """Write both members."""
    write_table(place(TABLE), found.table)
    content = {
        "measures": [asdict(measure) for measure in found.measures],
        "growth": [_plain_part(part) for part in found.growth],
        "notes": list(found.notes),
    }
    write_yaml(place(SUMMARY), content)


def read_complexity(run: Reader) -> Stored:
    """The complexity of a run's data.

    Raises
    ------
    InputError : the summary was edited into something else
    """
    content = read_yaml(run, SUMMARY)
    try:
        measures = tuple(Measure(**measure) for measure in content["measures"])
        return Stored(read_frame(run, TABLE), measures, list(content["growth"]), tuple(content["notes"]))
    except (KeyError, TypeError):
        raise InputError(f"{SUMMARY} holds no figures", "measure again: lfd complexity RUN --force") from None


def _plain_part(part: Part) -> dict[str, Any]:
    plain = asdict(part)
    for name in ("strength", "predicted"):
        plain[name] = [round(float(value), 4) for value in plain[name][:SHOWN]]
    plain["next_users"] = None if np.isnan(part.next_users) else round(part.next_users)
    return plain
