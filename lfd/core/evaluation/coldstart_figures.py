"""Figures of cold start: from paired means to a table that says what was told and done, and to measures."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lfd.core.measure import Measure, Parameters
from lfd.settings.coldstart import EvaluateColdstartSettings

DEFINITION = (
    "NDCG@{k} of newcomers' hidden items, mean over held-out users: {number} of their {told} stated, and "
    "placed along {placed} directions"
)
REFERENCES = {
    "popularity": "NDCG@{k} of the newcomers' hidden items where everybody is shown what is popular",
    "nobody": "NDCG@{k} of the newcomers' hidden items at the users' mean, without a statement",
    "full history": "NDCG@{k} of the newcomers' hidden items where the rest of their history is encoded",
}
WAYS = (
    ("leanings", "reading"),
    ("leanings", "reading exact"),
    ("leanings", "steering"),
    ("history", "reading"),
    ("history", "steering"),
)
CELLS = ["value", "low", "high", "difference", "difference_low", "difference_high", "users"]


def as_table(paired: pd.DataFrame) -> pd.DataFrame:
    """One row a case, with what it is in columns of its own.

    Parameters
    ----------
    paired : pandas.DataFrame
        As `paired_table` gives it, its recommenders named as `case_name` names them.

    Returns
    -------
    pandas.DataFrame
    """
    parts = [_parts(name) for name in paired["recommender"]]
    told = pd.DataFrame(parts, columns=["told", "placed", "statements", "strength"])
    table = pd.concat([told, paired[CELLS].reset_index(drop=True)], axis=1)
    return table.astype({"statements": "int64", "strength": "float64"})


def headline(table: pd.DataFrame, settings: EvaluateColdstartSettings) -> tuple[Measure, ...]:
    """The references, and the ways that are compared by number of statements, at one strength.

    Parameters
    ----------
    table : pandas.DataFrame
        As `as_table` gives it.
    settings : EvaluateColdstartSettings

    Returns
    -------
    tuple of Measure
    """
    shared: Parameters = {
        "k": settings.k,
        "ideal": "min(k, hidden items)",
        "users": settings.users,
        "resamples": settings.resamples,
        "seed": settings.seed,
    }
    found = [
        _measure(name.replace(" ", "_"), rows.iloc[0], said.format(k=settings.k), shared)
        for name, said in REFERENCES.items()
        if len(rows := table[table["told"].isna() & (table["placed"] == name)])
    ]
    for told, placed in WAYS:
        own = table[
            (table["told"] == told) & (table["placed"] == placed) & (table["strength"] == settings.at)
        ]
        for row in own.to_dict("records"):
            number = int(row["statements"])
            said = DEFINITION.format(k=settings.k, number=number, told=told, placed=placed)
            parameters = shared | {"statements": number, "strength": settings.at}
            found.append(_measure(f"{told}_{placed.replace(' ', '_')}_{number}", row, said, parameters))
    return tuple(found)


def _measure(name: str, row: Any, said: str, parameters: Parameters) -> Measure:
    parts = {end: float(row[end]) for end in ("low", "high")}
    return Measure(
        name=f"coldstart_{name}",
        family="coldstart",
        value=float(row["value"]),
        formula="lfd/coldstart/ndcg",
        definition=said,
        parameters=parameters,
        parts=parts,
    )


def _parts(name: str) -> tuple[str | None, str, int, float]:
    told, _, rest = name.partition("|")
    if not rest:
        return None, name, 0, 0.0
    placed, statements, strength = rest.split("|")
    return told, placed, int(statements), float(strength)
