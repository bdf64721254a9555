"""The options of `gen-data`: synthetic users whose taste is known.

Knows the options, their bounds and which of them go together; draws nothing. The defaults are the
sizes of the original thesis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt

from lfd.errors import UsageError, nearest

Share = Annotated[float, Ge(0), Le(1)]
Correlation = Annotated[float, Gt(-1), Lt(1)]

RESERVED = ("item", "title")  # columns of the items table that are no attribute
ONLY = {  # what only one generator knows; refused with the other, since nothing that is given is ignored
    "choice": "exclusive",
    "noise": "exclusive",
    "strength": "bipolar",
    "strength_distribution": "bipolar",
    "strength_correlation": "bipolar",
}


@dataclass(frozen=True)
class FactorSpec:
    """One factor, spelt out in a configuration file."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012, a misspelt key is an error

    name: Annotated[str, "Name of the factor, and of the items' attribute that shows it."]
    values: Annotated[
        int | tuple[str | int | float, ...] | None,
        "Its values, in order, or how many there are; as many as `values` says unless given.",
    ] = None
    ordered: Annotated[
        bool | None, "Whether its values have an order; those of year and rating do unless said otherwise."
    ] = None
    metadata: Annotated[bool, "Whether an attribute of the items shows it."] = True

    def __post_init__(self) -> None:
        if self.name in (*RESERVED, ""):
            message = f'a factor cannot be called "{self.name}"'
            raise UsageError(message, "item and title are columns of every items table: --factors")
        if self.values is None:
            return
        number = self.values if isinstance(self.values, int) else len(self.values)
        if number < 2:
            message = f"factor {self.name} has {number} value(s), so that items cannot differ in it"
            raise UsageError(message, "give it 2 or more: --factors")
        if not isinstance(self.values, int) and len({str(value) for value in self.values}) < number:
            raise UsageError(f"factor {self.name} has a value twice", "name each value once: --factors")


@dataclass(frozen=True)
class GenDataSettings:
    """Options of `gen-data`, of both generators unless the help says which."""

    generator: Annotated[
        Literal["exclusive", "bipolar"],
        "Users who follow one factor each (exclusive), or lean to either side of every factor (bipolar).",
    ] = "exclusive"
    users: Annotated[int, Ge(1), "Number of users."] = 18_000
    items: Annotated[int, Ge(1), "Number of items."] = 60
    factors: Annotated[
        int | tuple[FactorSpec, ...],
        "Number of factors (year, rating, genre, factor4, ...); in a file also a list of"
        " name, values, ordered, metadata.",
    ] = 3
    values: Annotated[int, Ge(2), "Number of values of each factor that is not spelt out."] = 5
    interactions: Annotated[
        str | int | float | None,
        "Interactions per user: LOW-HIGH, drawn uniformly, or MEAN, of a Poisson (but at least 1);"
        " 4-7 (exclusive) or 20 (bipolar) unless given.",
    ] = None
    density: Annotated[
        float | None, Gt(0), Le(1), "Instead of interactions: mean share of all items that a user chooses."
    ] = None
    interaction_value: Annotated[
        Literal["binary", "continuous"], "Value of an interaction: 1, or uniform from 0.33 to 1."
    ] = "binary"
    choice: Annotated[
        Literal["uniform", "normal"],
        "Exclusive: all items of a block equally likely, or those in its middle more (a normal density).",
    ] = "uniform"
    noise: Annotated[Share, "Exclusive: share of interactions that reach into neighbouring blocks."] = 0.0
    strength: Annotated[float, Ge(0), "Bipolar: standard deviation of users' strengths."] = 2.0
    strength_distribution: Annotated[
        Literal["uniform", "normal", "laplace"], "Bipolar: distribution of users' strengths."
    ] = "normal"
    strength_correlation: Annotated[
        Correlation, "Bipolar: rank correlation of users' strengths between any two factors."
    ] = 0.0
    attribute_correlation: Annotated[
        Correlation, "Correlation of the items' attributes between any two factors."
    ] = 0.0
    popularity: Annotated[float, Ge(0), "Exponent of Zipf's law for the items' popularity; 0: none."] = 0.0
    wrong_labels: Annotated[Share, "Share of the items whose value is wrong, in each attribute."] = 0.0
    missing_labels: Annotated[
        float, Ge(0), Lt(1), "Share of the items whose value is missing, in each attribute."
    ] = 0.0
    hidden_factors: Annotated[int, Ge(0), "Number of factors, from the last, that no attribute shows."] = 0
    seed: Annotated[int, Ge(0), "Seed of everything drawn."] = 0

    def __post_init__(self) -> None:
        _check_fields(self)
        _check_generator(self)
        _check_factors(self)
        if self.interactions is not None and self.density is not None:
            message = "interactions and density both say how many items a user chooses"
            raise UsageError(message, "give one of them: --interactions or --density")
        if self.interactions is not None:
            parse_interactions(self.interactions)


def parse_interactions(text: str | float) -> tuple[int, int] | float:
    """Read "4-7" as the range (4, 7) and "20" as the mean 20.0.

    Raises
    ------
    UsageError
        It is neither, or a range that is empty or begins below 1, or a mean that is not above 0.
    """
    low, dash, high = str(text).partition("-")
    try:
        parsed = (int(low), int(high)) if dash else float(low)
    except ValueError:
        parsed = 0.0
    good = 1 <= parsed[0] <= parsed[1] if isinstance(parsed, tuple) else 0 < parsed < float("inf")
    if not good:
        message = f'interactions cannot be "{text}"'
        raise UsageError(message, "give a range such as 4-7 or a mean such as 20: --interactions")
    return parsed


def _check_fields(settings: GenDataSettings) -> None:
    """Hold every field against its own choices and bounds, for settings that Python code makes."""
    for name, hint in get_type_hints(GenDataSettings, include_extras=True).items():
        value, kind = getattr(settings, name), get_args(hint)[0]
        if get_origin(kind) is Literal and value not in get_args(kind):
            raise UsageError(f'{name} cannot be "{value}"', nearest(str(value), list(get_args(kind))))
        for bound in hint.__metadata__ if value is not None else ():
            _check_bound(name, value, bound)


def _check_bound(name: str, value: Any, bound: object) -> None:
    match bound:
        case Ge(ge=limit):
            good, wanted = value >= limit, f"at least {limit}"
        case Gt(gt=limit):
            good, wanted = value > limit, f"above {limit}"
        case Le(le=limit):
            good, wanted = value <= limit, f"at most {limit}"
        case Lt(lt=limit):
            good, wanted = value < limit, f"below {limit}"
        case _:
            return
    if not good:
        raise UsageError(f"{name} is {value}", f"it must be {wanted}: --{name.replace('_', '-')}")


def _check_generator(settings: GenDataSettings) -> None:
    """Refuse an option that the chosen generator would ignore."""
    for name, generator in ONLY.items():
        if settings.generator != generator and getattr(settings, name) != getattr(GenDataSettings, name):
            message = f"{name} means nothing to the {settings.generator} generator"
            hint = f"leave it out, or choose the other: --generator {generator}"
            raise UsageError(message, hint)


def _check_factors(settings: GenDataSettings) -> None:
    spelt = settings.factors if isinstance(settings.factors, tuple) else ()
    number = len(spelt) if isinstance(settings.factors, tuple) else settings.factors
    names = [factor.name for factor in spelt]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two factors are called {name}", "name each factor once: --factors")
    if number < 1:
        raise UsageError(f"there are {number} factors", "give at least 1: --factors")
    if settings.items < number:
        message = f"{settings.items} items are fewer than {number} factors"
        raise UsageError(message, "give every factor at least one item: --items or --factors")
    if settings.hidden_factors > number:
        message = f"{settings.hidden_factors} hidden factors are more than the {number} factors there are"
        raise UsageError(message, "hide fewer, or have more: --hidden-factors or --factors")
    if settings.noise and number == 1:
        message = "noise needs neighbouring blocks, and a single factor has none"
        raise UsageError(message, "have 2 factors or more: --noise or --factors")
