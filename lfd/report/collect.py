"""The evidence of a run, read from its members; what a run does not have is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lfd.core.evaluation.decoded import TruthReport
from lfd.core.evaluation.factors import true_factors
from lfd.report.evidence import Evidence, Placed, placed, score_grid, smoothness, training, walks
from lfd.run.dataset import USERS, read_items_and_attributes
from lfd.run.evaluation import table_member
from lfd.run.latents import read_latents
from lfd.run.model import HISTORY, SPLIT, read_history, read_split
from lfd.run.tables import Reader, read_frame
from lfd.run.traversals import GRID, read_grid

CONTINUITY = table_member("continuity")


def read_evidence(
    run: Reader, scores: Mapping[str, pd.DataFrame], truth: Mapping[str, TruthReport]
) -> Evidence:
    """Everything that pictures of a run are drawn from.

    Parameters
    ----------
    run : whose members
    scores : score tables by method
    truth : how each method did against the truth; empty where none is known

    Returns
    -------
    Evidence
    """
    items, attributes = read_items_and_attributes(run)
    titles = items.get("title", items["item"]).fillna(items["item"].astype(str)).astype(str).tolist()
    return Evidence(
        grids=tuple(score_grid(method, table) for method, table in scores.items()),
        walks=walks(read_grid(run, items["item"]), attributes, titles) if GRID in run else (),
        training=training(read_history(run)) if HISTORY in run else None,
        placed=_placed(run, truth),
        smoothness=smoothness(read_frame(run, CONTINUITY)) if CONTINUITY in run else (),
    )


def _placed(run: Reader, truth: Mapping[str, TruthReport]) -> tuple[Placed, ...]:
    """Held-out users (all, where there are none) on the true axis of each factor that has one."""
    if not truth:
        return ()
    users = read_frame(run, USERS)
    shown = np.ones(len(users), dtype=np.bool_)
    if SPLIT in run:
        held_out = (read_split(run)["part"] == "validation").to_numpy()
        shown = held_out if held_out.any() else shown
    _, means, _ = read_latents(run)
    factors = true_factors(users)
    column = {name: n for n, name in enumerate(factors.names)}
    axes = {f.factor: _axis(f.true) for f in next(iter(truth.values())).factors}
    return tuple(
        placed(name, axis, factors.exclusive, factors.table[shown, column[name]], means[shown, axis])
        for name, axis in axes.items()
        if axis is not None and name in column and len(means) == len(users)
    )


def _axis(name: str | None) -> int | None:
    """The number in z3+."""
    found = re.search(r"\d+", name or "")
    return int(found.group()) if found else None
