"""The options of `evaluate --what coldstart`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, MinLen

from lfd.errors import UsageError

Counts = Annotated[tuple[Annotated[int, Ge(1)], ...], MinLen(1)]
Amounts = Annotated[tuple[Annotated[float, Gt(0)], ...], MinLen(1)]


@dataclass(frozen=True)
class EvaluateColdstartSettings:
    """How newcomers are simulated, and how they are placed."""

    k: Annotated[int, Ge(1), "Length of the lists that are judged."] = 20
    statements: Annotated[Counts, "How many statements a newcomer gives."] = (1, 2, 3, 5)
    strengths: Annotated[
        Amounts, "How strong each statement is taken to be, in the users' standard deviations."
    ] = (1.0, 2.0)
    at: Annotated[float, Gt(0), "The one of the strengths that the headline figures are of."] = 1.0
    bonus: Annotated[
        float, Gt(0), "A label's items gain this on their log probability, times the strength."
    ] = 0.5
    users: Annotated[int, Ge(0), "Held-out users who play newcomers, drawn with the seed; 0: all."] = 0
    resamples: Annotated[int, Ge(2), "Resamples of the users, for the intervals."] = 1_000
    seed: Annotated[int, Ge(0), "Seed of users, of what is hidden of each, and of the resamples."] = 0

    def __post_init__(self) -> None:
        if self.at not in self.strengths:
            known = ", ".join(f"{strength:g}" for strength in self.strengths)
            raise UsageError(
                f"the headline figures cannot be of strength {self.at:g}: strengths are {known}",
                "name one of the strengths: --at",
            )
