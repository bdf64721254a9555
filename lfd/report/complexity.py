"""The complexity of data in words: a table with a bar for each factor beside the edge, and one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lfd.core.measure import Measure
from lfd.report.table import Table

WIDTH = 12  # of a bar
MOST_FACTORS = 24
SURE = 0.01
SIDES = ("user", "item")
MOST_ATTRIBUTES = 2
LEAST_SHARE = 0.05  # of a second attribute that is shown
COLUMNS = ("factor", "strength", "95 %", "known", "attributes")
GROWTH_COLUMNS = ("users", "factors", "main", "next", "strengths", "predicted")
STRENGTHS = 4  # of a part


@dataclass(frozen=True)
class FactorFacts:
    """One singular value of the residual.

    Attributes
    ----------
    factor : from 1
    kind : main, harmonic (a product of others) or chance
    strength, low, high : singular value / edge, and its interval where there is one
    correlation : of users' places with the best linear reading of them, predicted
    split_half : the same by split halves
    disagrees : whether the two differ
    attributes : share of the item vector that an attribute explains, where p < 0.01, largest first
    """

    factor: int
    kind: str
    strength: float
    low: float | None
    high: float | None
    correlation: float
    split_half: float | None
    disagrees: bool
    attributes: dict[str, float]


@dataclass(frozen=True)
class ComplexityFacts:
    """The complexity of a data set.

    Attributes
    ----------
    data : what the data are, in a sentence
    factors : those above the edge, and the next below it
    number, main : of factors, of main ones
    main_low, main_high : 95 % interval
    weakest : strength of the weakest main factor
    correlation : predicted of it
    next_users : users from which on another factor is seen
    growth : parts of the users, where they were asked for
    notes : what else is to be known
    """

    data: str
    factors: tuple[FactorFacts, ...]
    number: int
    main: int
    main_low: int
    main_high: int
    weakest: float | None
    correlation: float | None
    next_users: float | None
    growth: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]


def factor_facts(table: pd.DataFrame) -> tuple[FactorFacts, ...]:
    """The rows of the table that people read: all factors, and the first that is none."""
    shown = table[: int((table["kind"] != "chance").sum()) + 1]
    return tuple(_factor(row) for row in shown.to_dict("records"))


def data_sentence(measures: Sequence[Measure]) -> str:
    """The figures that describe a data set.

    Parameters
    ----------
    measures : sequence of Measure, as `lfd.core.complexity.description.describe` gives them
    """
    found = {m.name: m for m in measures}
    value = {name: m.value for name, m in found.items() if m.value is not None}
    each = [f"{value[f'per_{side}']:.1f} per {side} ({_spread(found[f'per_{side}'])})" for side in SIDES]
    said = (
        f"{value['users']:,.0f} users, {value['items']:,.0f} items, {value['interactions']:,.0f} interactions"
        f" (density {value['density']:.2%}); {', '.join(each)}; popularity: Gini"
        f" {value['popularity_gini']:.2f}, entropy {value['popularity_entropy']:.2f}"
    )
    known = value.get("attributes_known")
    return said if known is None else f"{said}; attributes known: {known:.0%}"


def _spread(measure: Measure) -> str:
    parts = measure.parts
    return f"median {parts['median']:g}, {parts['min']:g} to {parts['max']:g}"


def complexity_table(found: ComplexityFacts) -> Table:
    """A row a factor, its strength as a bar; the edge of chance is marked on each."""
    shown = found.factors
    if len(shown) > MOST_FACTORS + 1:
        shown = (*shown[:MOST_FACTORS], shown[-1])
    longest = max((factor.strength for factor in shown), default=1.0)
    rows = tuple(_row(factor, longest) for factor in shown)
    note = (
        "strength: singular value / edge of chance (┃); known: correlation of users' places with the best"
        " reading of them, by the spiked model and by split halves (! where they differ); attributes: share"
        " of the factor that they explain (p < 0.01)"
    )
    if len(found.factors) > MOST_FACTORS + 1:
        note += f"; {len(found.factors) - MOST_FACTORS - 1} weaker factors are not shown"
    return Table("Factors of the data", COLUMNS, rows, note)


def growth_table(found: ComplexityFacts) -> Table:
    """Parts of the users beside what the formula makes of the whole."""
    rows = tuple(
        (
            f"{part['users']:,}",
            f"{part['factors']} ({part['expected']:.0f})",
            f"{part['main']}",
            "" if part["next_users"] is None else f"{_rounded(part['next_users']):,}",
            _numbers(part["strength"]),
            _numbers(part["predicted"]),
        )
        for part in found.growth
    )
    note = (
        "in brackets and as predicted: factors of all users planted in noise among so many; next: users from"
        " which on one more factor should show, extrapolated"
    )
    return Table("The same on parts of the users", GROWTH_COLUMNS, rows, note)


def sentence(found: ComplexityFacts) -> str:
    """What it means."""
    if not found.number:
        strongest = found.factors[0].strength if found.factors else 0.0
        return (
            "no factor stands out of chance: beyond popularity these choices tell nothing of taste, and there"
            f" is nothing for a latent space to hold (the strongest reaches {strongest:.2f} of the edge)"
        )
    if found.number == 1:
        said = "1 factor stands out of chance"
    else:
        said = f"{found.number} factors stand out of chance, {found.main} of them main"
    if found.main_high > found.main_low:
        said += f" (95 %: {found.main_low} to {found.main_high})"
    if found.weakest is not None:
        said += (
            f"; a user's place on the weakest main one, {found.weakest:.2f} times as strong as chance, can be"
            f" known with a correlation of {found.correlation:.2f} at best"
        )
    if found.next_users is not None:
        said += f"; one more should show from about {_rounded(found.next_users):,} users on"
    return said


def _factor(row: Mapping[Any, Any]) -> FactorFacts:
    explained = {
        str(name).removeprefix("explained."): float(value)
        for name, value in row.items()
        if str(name).startswith("explained.") and row[f"p.{str(name).removeprefix('explained.')}"] < SURE
    }
    return FactorFacts(
        int(row["factor"]),
        str(row["kind"]),
        float(row["strength"]),
        _known(row["strength_low"]),
        _known(row["strength_high"]),
        float(row["correlation"]),
        _known(row["split_half"]),
        bool(row["disagrees"]),
        dict(sorted(explained.items(), key=lambda entry: -entry[1])),
    )


def _row(factor: FactorFacts, longest: float) -> tuple[str, ...]:
    chance = factor.kind == "chance"
    known = "" if chance else f"{factor.correlation:.2f}"
    if factor.split_half is not None:
        known += f" {factor.split_half:.2f}{' !' if factor.disagrees else ''}"
    first = list(factor.attributes.items())[:MOST_ATTRIBUTES]
    about = [f"{name} {share:.2f}" for n, (name, share) in enumerate(first) if not n or share >= LEAST_SHARE]
    return (
        f"{factor.factor} {factor.kind}",
        f"{factor.strength:.2f} {bar(factor.strength, longest)}",
        "" if factor.low is None or factor.high is None else f"{factor.low:.2f}-{factor.high:.2f}",
        known,
        ", ".join(about),
    )


def bar(strength: float, longest: float) -> str:
    """A strength as a bar, with the edge of chance marked across it.

    Parameters
    ----------
    strength : at least 0
    longest : the strength whose bar is the longest, at least 1
    """
    longest = max(longest, 1.0)
    filled = round(strength / longest * WIDTH)
    edge = min(round(WIDTH / longest), WIDTH - 1)
    cells = ["█" if place < filled else " " for place in range(WIDTH)]
    cells[edge] = "┃"
    return "".join(cells).rstrip()


def _numbers(values: list[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values[:STRENGTHS])


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _rounded(users: float) -> int:
    """Two digits: more would promise too much."""
    size = 10 ** max(0, int(np.log10(max(users, 1))) - 1)
    return int(round(users / size) * size)
