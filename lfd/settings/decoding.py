"""Options of `traverse`, `decode-mc` and `decode-sample`, and of the mapping that is read from the scores.

Two options have a little language of their own, `quantile:0.02` and `top:10`; the parsers here are the
only place that knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt

from lfd.errors import UsageError, nearest
from lfd.settings.alignment import Need

Scale = Literal["users", "prior"]
Estimator = Literal["entropy", "divergence", "pointwise"]
Against = Literal["catalogue", "centre"]
On = Literal["axes", "directions", "both"]
Kind = Literal["steering", "natural", "reading", "pure"]
CatalogueWeights = Literal["uniform", "popularity"]

MOVE_FORMS = "quantile:0.02 (between 0 and 0.5), shift:2 (above 0), extreme"
WEIGHT_FORMS = "top:10 (a whole number from 1), softmax:1.0 (above 0)"


@dataclass(frozen=True)
class Move:
    """How far an axis is moved: to a quantile of the users, by standard deviations, or to half an extreme."""

    kind: Literal["quantile", "shift", "extreme"]
    amount: float = 0.0


@dataclass(frozen=True)
class Weighting:
    """How scores become weights on items: `top` (amount = k, equal weights) or `softmax` (amount = T)."""

    kind: Literal["top", "softmax"]
    amount: float


def parse_move(text: str) -> Move:
    """Read `quantile:q`, `shift:k` or `extreme`.

    Parameters
    ----------
    text : str

    Returns
    -------
    Move

    Raises
    ------
    UsageError
        The form is unknown or the number is out of range.
    """
    kind, _, amount = text.partition(":")
    if text == "extreme":
        return Move("extreme")
    if kind == "quantile" and 0 < _number(amount) < 0.5:
        return Move("quantile", float(amount))
    if kind == "shift" and 0 < _number(amount) < float("inf"):
        return Move("shift", float(amount))
    raise _unknown("move", text, MOVE_FORMS, ["quantile", "shift", "extreme"])


def parse_weighting(text: str) -> Weighting:
    """Read `top:k` or `softmax:T`.

    Parameters
    ----------
    text : str

    Returns
    -------
    Weighting

    Raises
    ------
    UsageError
        The form is unknown or the number is out of range.
    """
    kind, _, amount = text.partition(":")
    number = _number(amount)
    if kind == "top" and 1 <= number < float("inf") and number == int(number):
        return Weighting("top", number)
    if kind == "softmax" and 0 < number < float("inf"):
        return Weighting("softmax", number)
    raise _unknown("weights", text, WEIGHT_FORMS, ["top", "softmax"])


def _number(text: str) -> float:
    """The number that `text` is, or NaN, which fails every comparison."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _unknown(option: str, text: str, forms: str, kinds: list[str]) -> UsageError:
    kind = text.partition(":")[0]
    guess = nearest(kind, kinds) if kind not in kinds else ""
    meant = f"{guess} " if guess.endswith("?") else ""
    return UsageError(f"--{option} {text!r} is not a form that lfd knows", f"{meant}write one of: {forms}")


@dataclass(frozen=True)
class TraverseSettings:
    """Options of `traverse`: which users, how their axes are moved, what counts as recommended."""

    on: Annotated[On, "What is walked along: the axes, the directions of the concepts, or both."] = "axes"
    kind: Annotated[Kind, "Which direction of a concept: its steering, natural, reading or pure one."] = (
        "steering"
    )
    users: Annotated[int, Ge(0), "How many users to traverse, drawn with the seed; 0 takes all."] = 1_000
    move: Annotated[str, "Where an axis is moved to: quantile:q, shift:k or extreme."] = "quantile:0.02"
    weights: Annotated[str, "What counts as recommended: top:k or softmax:T."] = "top:10"
    exclude_seen: Annotated[bool, "Leave out what a user already has, as a recommender would."] = False
    scale: Annotated[Scale, "The grid's origin and unit: the users' mean and deviation, or 0 and 1."] = (
        "users"
    )
    reach: Annotated[float, Gt(0), Le(100), "The grid walks each axis from -reach to +reach."] = 3.5
    steps: Annotated[int, Ge(2), Le(101), "Number of steps of the grid on each axis."] = 15
    batch: Annotated[int, Ge(1), "Most users decoded at once."] = 256
    latents: Annotated[Path | None, "Latents to start from, in a file; by default the run's own."] = None
    seed: Annotated[int, Ge(0), "Seed of the draw of users."] = 0

    def __post_init__(self) -> None:
        parse_move(self.move)
        parse_weighting(self.weights)

    @property
    def alignment(self) -> Need:
        """Directions come from an alignment."""
        return "none" if self.on == "axes" else "needed"


@dataclass(frozen=True)
class MappingSettings:
    """Options of the mapping that is read from a score table."""

    level: Annotated[
        float, Gt(0), Le(1), "Largest q that maps: the share of false discoveries that is put up with."
    ] = 0.05
    floor: Annotated[float, "Least score that maps, however sure it is."] = 0.01
    contrast: Annotated[
        float, Ge(0), Le(1), "Least share by which an axis's two ends must differ for a factor to map there."
    ] = 0.1
    values: Annotated[int, Ge(1), "How many leading values to name for each signed axis."] = 3
    entangled: Annotated[
        float, Gt(0), Lt(1), "An axis is entangled when its second score comes this near."
    ] = 0.2
    one_to_one: Annotated[
        bool, "Give each factor one signed axis of its own, so that the total score is largest."
    ] = False


@dataclass(frozen=True)
class DecodeMcSettings:
    """Options of `decode-mc`, Magnitude of Change."""

    estimator: Annotated[Estimator, "What is measured before and after the move."] = "entropy"
    catalogue: Annotated[CatalogueWeights, "How items count in the catalogue's own distribution."] = "uniform"
    permutations: Annotated[int, Ge(100), "Shuffles of the labels that say what score chance reaches."] = (
        1_000
    )
    resamples: Annotated[int, Ge(100), "Resamples of the users that say how far a score may be off."] = 1_000
    seed: Annotated[int, Ge(0), "Seed of the shuffles and resamples."] = 0


@dataclass(frozen=True)
class DecodeSampleSettings:
    """Options of `decode-sample`, Sampling from one side of one axis."""

    on: Annotated[On, "What is drawn from: the axes, the directions of the concepts, or both."] = "axes"
    kind: Annotated[Kind, "Which direction of a concept: its steering, natural, reading or pure one."] = (
        "steering"
    )
    draws: Annotated[int, Ge(1), "Draws from each side of each axis."] = 200
    centre: Annotated[float, Gt(0), "How far out on the axis the draws are centred."] = 1.0
    spread: Annotated[float, Ge(0), "Standard deviation of the draws along the axis."] = 0.2
    scale: Annotated[Scale, "Origin and unit of the draws: the users' mean and deviation, or 0 and 1."] = (
        "users"
    )
    weights: Annotated[str, "What counts as recommended: top:k or softmax:T."] = "top:10"
    estimator: Annotated[Estimator, "What is measured against the catalogue."] = "entropy"
    against: Annotated[Against, "What the draws are compared with: the catalogue, or the centre's list."] = (
        "catalogue"
    )
    catalogue: Annotated[CatalogueWeights, "How items count in the catalogue's own distribution."] = "uniform"
    permutations: Annotated[int, Ge(100), "Shuffles of the labels that say what score chance reaches."] = (
        1_000
    )
    resamples: Annotated[int, Ge(100), "Resamples of the draws that say how far a score may be off."] = 1_000
    latents: Annotated[Path | None, "Latents to draw around, in a file; by default the run's own."] = None
    seed: Annotated[int, Ge(0), "Seed of the draws, shuffles and resamples."] = 0

    def __post_init__(self) -> None:
        parse_weighting(self.weights)

    @property
    def alignment(self) -> Need:
        """Directions come from an alignment."""
        return "none" if self.on == "axes" else "needed"
