"""The options of `explain`, and of `evaluate --what explanations`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge

from lfd.errors import UsageError
from lfd.settings.alignment import Need

By = Literal["auto", "axes", "concepts"]


@dataclass(frozen=True)
class ExplainSettings:
    """Which items are explained, and by what."""

    k: Annotated[int, Ge(1), "How many of the user's recommendations to explain, where no item is named."] = 3
    by: Annotated[
        By,
        "Contributions of the latent axes, or of concepts, with what none of them explains; auto: concepts,"
        " where the alignment tells some apart from the others.",
    ] = "auto"
    concepts: Annotated[
        tuple[str, ...],
        "Concepts to explain by (genre=Crime,year); by default those that are told apart from the others.",
    ] = ()
    leanings: Annotated[
        int, Ge(1), "Leanings shown of each item, strongest first; the others are shown as one sum."
    ] = 5
    entries: Annotated[int, Ge(0), "Items of the history shown for each leaning."] = 3

    def __post_init__(self) -> None:
        if self.concepts and self.by == "axes":
            raise UsageError("--concepts names what to explain by, and it is by axes", "leave out --by axes")

    @property
    def alignment(self) -> Need:
        """Concepts need an alignment; axes can be the model's own."""
        return "needed" if self.by == "concepts" or self.concepts else "wanted"


@dataclass(frozen=True)
class EvaluateExplanationsSettings:
    """Whom recommendations are explained to, and what is then taken away from them."""

    users: Annotated[int, Ge(0), "Held-out users, drawn with the seed; 0: all."] = 200
    items: Annotated[int, Ge(1), "Recommendations of each user that are explained."] = 3
    remove: Annotated[int, Ge(1), "Items of the history that are taken away at once."] = 5
    k: Annotated[int, Ge(1), "Length of the list that an explained item can fall out of."] = 20
    least: Annotated[int, Ge(2), "Interactions that a user must have; at least twice what is taken away."] = (
        20
    )
    draws: Annotated[int, Ge(1), "Random choices, of history and of direction, averaged for each item."] = 5
    resamples: Annotated[int, Ge(2), "Resamples of the users, for the intervals."] = 1_000
    seed: Annotated[int, Ge(0), "Seed of the users, of random choices and of the resamples."] = 0

    @property
    def alignment(self) -> Need:
        """Without an alignment the model's own axes are evaluated, and no concepts."""
        return "wanted"
