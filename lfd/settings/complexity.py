"""The options of `complexity`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Lt


@dataclass(frozen=True)
class ComplexitySettings:
    """How the complexity of a data set is measured."""

    null: Annotated[
        Literal["parallel", "biwhitening"],
        "Edge of chance: parallel analysis (draws from the null), or biwhitening (Marchenko-Pastur edge).",
    ] = "parallel"
    draws: Annotated[int, Ge(2), "Data sets drawn from the null (parallel)."] = 10
    level: Annotated[float, Gt(0), Lt(1), "Probability that data without taste show a factor (parallel)."] = (
        0.01
    )
    tau: Annotated[
        float, Ge(0), "Share of the mean variance added to each pair's own, against heavy tails (parallel)."
    ] = 0.5
    values: Annotated[
        int | None,
        Ge(1),
        "Singular values to compute; by default until they end in chance, at most 100.",
    ] = None
    resamples: Annotated[int, Ge(2), "Bootstrap resamples of the users, for the intervals."] = 500
    permutations: Annotated[
        int, Ge(19), "Permutations of the labels, for what attributes explain; no p is below 1 / (this + 1)."
    ] = 499
    grow: Annotated[
        bool, "The same on a quarter and a half of the users, and what a formula makes of it."
    ] = False
    seed: Annotated[int, Ge(0), "Seed of all draws."] = 0
