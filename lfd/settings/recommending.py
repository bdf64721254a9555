"""The options of `recommend`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt

from lfd.errors import UsageError
from lfd.settings.alignment import Need

How = Literal["auto", "latent", "labels", "both"]
Kind = Literal["auto", "steering", "natural", "reading", "pure"]


@dataclass(frozen=True)
class RecommendSettings:
    """How many items, and how knobs are turned."""

    k: Annotated[int, Ge(1), "Length of a list."] = 10
    strength: Annotated[
        Annotated[float, Gt(0)] | None,
        "How far --more and --less go, in the users' standard deviations; by default 2, for nobody 1.",
    ] = None
    how: Annotated[
        How,
        "Whether knobs move z, give the value's items a bonus by label, or both; auto: labels for users, "
        "latent for nobody and where a kind of direction is named.",
    ] = "auto"
    kind: Annotated[Kind, "Directions along which z moves; auto: natural for users, reading for nobody."] = (
        "auto"
    )
    pure: Annotated[bool, "Move one concept and leave the other named ones where they are."] = False
    bonus: Annotated[
        float, Gt(0), "Added to the log probability of the value's items, times the strength."
    ] = 0.5
    exclude_seen: Annotated[bool, "Leave out what a user has chosen already."] = True
    sample: Annotated[int, Ge(0), "Draw so many newcomers around the chosen taste, a list each."] = 0
    spread: Annotated[
        float, Gt(0), "How far drawn newcomers lie around it, in the users' standard deviations."
    ] = 1.0
    batch: Annotated[int, Ge(1), "Users recommended to at once."] = 1024
    seed: Annotated[int, Ge(0), "Seed of the newcomers drawn."] = 0

    def __post_init__(self) -> None:
        if self.pure and self.kind not in ("auto", "pure"):
            raise UsageError(
                f"--pure and --kind {self.kind} ask for two kinds of direction", "leave one of them out"
            )

    @property
    def alignment(self) -> Need:
        """Whether knobs by name can be turned depends on it; without, the model's own axes have to do."""
        return "wanted"
