"""The options of `evaluate --what ranking`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, MinLen

Lengths = Annotated[tuple[Annotated[int, Ge(1)], ...], MinLen(1)]


@dataclass(frozen=True)
class EvaluateRankingSettings:
    """Which figures are taken of which users, and how the baselines are tuned."""

    recall: Annotated[Lengths, "Lengths of the lists whose recall is taken."] = (20, 50)
    ndcg: Annotated[
        Lengths, "Lengths of the lists whose NDCG is taken; EASE's lambda is chosen by the first."
    ] = (100,)
    least: Annotated[
        int, Ge(2), "Interactions that a held-out user must have; a fifth of them is to be predicted."
    ] = 5
    ease: Annotated[
        tuple[Annotated[float, Gt(0)], ...],
        MinLen(1),
        "Penalties lambda of EASE; the best on the validation users is taken.",
    ] = (20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
    ease_items: Annotated[
        int,
        Ge(0),
        "Most items for which EASE is fitted: memory grows with their square (0.6 GB for 5,000), time with"
        " their cube; 0: no EASE.",
    ] = 5_000
    resamples: Annotated[int, Ge(2), "Resamples of the users, for the intervals."] = 1_000
    seed: Annotated[int, Ge(0), "Seed of what is hidden of each user, and of the resamples."] = 0
