"""Figures of explanations: from what became of every item to means over users, with intervals."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lfd.core.evaluation.generalisation import paired_table
from lfd.core.evaluation.taking_away import DROP, FIGURES
from lfd.core.measure import Measure, Parameters
from lfd.settings.explaining import EvaluateExplanationsSettings

Floats = npt.NDArray[np.float64]

HISTORY, LEANING = "history", "leaning"
NAMED, FOR_ITEM, RANDOM, COMPANY, COSINE, ALONE = (
    "named for the leaning",
    "named for the item",
    "random",
    "co-occurring",
    "co-occurring (cosine)",
    "one by one",
)
TAKEN, AS_FAR = "named", "random, as near to the mean"
SHARED = (FOR_ITEM, RANDOM, COMPANY, COSINE, ALONE)  # the same whatever items are explained by
TESTS = {
    HISTORY: "without {remove} items of the history",
    LEANING: "without the leaning that lifts the item most, or a random step of its length",
}
FORMULA = "deletion (Samek et al. 2017), on log softmax of the scores"


def figures_table(
    found: Mapping[str, Floats], settings: EvaluateExplanationsSettings, rng: np.random.Generator
) -> pd.DataFrame:
    """Means over users of their items' figures.

    Parameters
    ----------
    found : mapping of str to numpy.ndarray, (users * items) x figures
        By what was taken; differences are to the first.
    settings : EvaluateExplanationsSettings
    rng : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        taken, measure, value, low, high, difference, difference_low, difference_high, users.
    """
    reached = {
        name: figures.reshape(-1, settings.items, len(FIGURES)).mean(axis=1)
        for name, figures in found.items()
    }
    table = paired_table(reached, list(FIGURES), settings.resamples, rng)
    return table.rename(columns={"recommender": "taken"})


def measures_of(table: pd.DataFrame, settings: EvaluateExplanationsSettings) -> tuple[Measure, ...]:
    """The fall of the log probability by way of explaining, test and what was taken.

    Parameters
    ----------
    table : pandas.DataFrame
        As `evaluate_explanations` says.
    settings : EvaluateExplanationsSettings

    Returns
    -------
    tuple of Measure
        `axes_leaning_named`, ...; parts low and high are the 95 % interval over users.
    """
    parameters: Parameters = {
        name: getattr(settings, name)
        for name in ("remove", "items", "users", "least", "draws", "resamples", "seed")
    }
    found: dict[str, dict[Hashable, Any]] = {}
    for row in table[table["measure"] == DROP].to_dict("records"):
        found.setdefault(_name(row), row)
    said = {name: words.replace("{remove}", str(settings.remove)) for name, words in TESTS.items()}
    return tuple(
        Measure(
            name=name,
            family="explanations",
            value=float(row["value"]),
            formula=FORMULA,
            definition=f"{FIGURES[DROP]} {said[row['test']]}: {row['taken']}; mean over items, then users",
            parameters=parameters,
            parts={end: float(row[end]) for end in ("low", "high")},
        )
        for name, row in found.items()
    )


def _name(row: Mapping[Hashable, Any]) -> str:
    """Without what it is explained by, where that makes no difference."""
    name = f"{row['test']}_{_plain(row['taken'])}"
    return name if row["taken"] in SHARED and row["test"] == HISTORY else f"{row['by']}_{name}"


def _plain(words: str) -> str:
    """Words as a name: letters and underscores."""
    kept = "".join(c if c.isalnum() else " " for c in words)
    return "_".join(kept.split())
