"""The options of `gen-data`: synthetic users whose taste is known.

Knows the options and which of them go together; draws nothing. The sizes that are the defaults are
those of the original thesis.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt

from lfd.errors import UsageError, nearest

Share = Annotated[float, Ge(0), Le(1)]
Correlation = Annotated[float, Gt(-1), Lt(1)]

_ONLY = {  # what only one generator knows; refused with the other, since nothing given is ever ignored
    "choice": "exclusive",
    "noise": "exclusive",
    "strength": "bipolar",
    "strength_distribution": "bipolar",
    "strength_correlation": "bipolar",
}
_RESERVED = ("item", "title")  # columns of the items table that are no attribute


@dataclass(frozen=True)
class FactorSpec:
    """One factor, spelt out in a configuration file."""

    name: Annotated[str, "Name of the factor, and of the items' attribute that shows it."]
    values: Annotated[
        int | tuple[str | int | float, ...] | None, "Its values, in order, or how many; `values` unless given."
    ] = None
    ordered: Annotated[
        bool | None, "Whether its values have an order; year and rating do unless said otherwise."
    ] = None
    metadata: Annotated[bool, "Whether the items' attribute is in the data, or the factor hidden."] = True

    def __post_init__(self) -> None:
        names = () if self.values is None or isinstance(self.values, int) else self.values
        number = self.values if isinstance(self.values, int) else len(names) if names else None
        if self.name in _RESERVED or not self.name:
            message = f'a factor cannot be called "{self.name}"'
            raise UsageError(message, "the items table has columns item and title of its own: factors")
        if (number is not None and number < 2) or names == ():
            if self.values is not None:
                message = f"factor {self.name} has {number or 0} value(s), so no item differs in it"
                raise UsageError(message, "give it at least 2 values: factors")
        if len({str(name) for name in names}) < len(names):
            raise UsageError(f"factor {self.name} has a value twice", "name each value once: factors")


@dataclass(frozen=True)
class GenDataSettings:
    """Options of `gen-data`; they hold for both generators unless the help says which."""

    generator: Annotated[
        Literal["exclusive", "bipolar"],
        "Users who follow one factor only (exclusive) or who lean either way on every factor (bipolar).",
    ] = "exclusive"
    users: Annotated[int, Ge(1), "Number of users."] = 18_000
    items: Annotated[int, Ge(1), "Number of items."] = 60
    factors: Annotated[
        int | tuple[FactorSpec, ...],
        "Number of factors (year, rating, genre, factor4 ...), or in a file a list of name, values, ordered,"
        " metadata.",
    ] = 3
    values: Annotated[int, Ge(2), "Number of values of each factor that is not spelt out."] = 5
    interactions: Annotated[
        str | int | float | None,
        "Interactions per user: LOW-HIGH (drawn uniformly) or MEAN (of a Poisson, at least 1);"
        " 4-7 (exclusive) or 20 (bipolar) unless given.",
    ] = None
    density: Annotated[
        float | None, Gt(0), Le(1), "Share of all items that a user interacts with on average, instead."
    ] = None
    interaction_value: Annotated[
        Literal["binary", "continuous"], "Value of an interaction: 1, or uniform between 0.33 and 1."
    ] = "binary"
    choice: Annotated[
        Literal["uniform", "normal"],
        "Exclusive: items of a block equally likely, or those in its middle more (normal, deviation 1/4 block).",
    ] = "uniform"
    noise: Annotated[Share, "Exclusive: share of interactions that reach into a neighbouring block."] = 0.0
    strength: Annotated[float, Ge(0), "Bipolar: standard deviation of users' strengths on each factor."] = 2.0
    strength_distribution: Annotated[
        Literal["uniform", "normal", "laplace"], "Bipolar: distribution of users' strengths."
    ] = "normal"
    strength_correlation: Annotated[
        Correlation, "Bipolar: rank correlation of users' strengths on each two factors."
    ] = 0.0
    attribute_correlation: Annotated[
        Correlation, "Correlation of items' positions on each two factors."
    ] = 0.0
    popularity: Annotated[
        float, Ge(0), "Exponent of Zipf's law for the items' popularity; 0 for none."
    ] = 0.0
    wrong_labels: Annotated[Share, "Share of the items whose value of an attribute is wrong."] = 0.0
    missing_labels: Annotated[
        float, Ge(0), Lt(1), "Share of the items whose value of an attribute is missing."
    ] = 0.0
    hidden_factors: Annotated[int, Ge(0), "Number of factors, from the last, that no attribute shows."] = 0
    seed: Annotated[int, Ge(0), "Seed of everything drawn."] = 0

    def __post_init__(self) -> None:
        check_fields(self)
        _check_generator(self)
        _check_factors(self)
        if self.interactions is not None and self.density is not None:
            message = "interactions and density both say how many items a user has"
            raise UsageError(message, "give one of them: --interactions or --density")
        if self.interactions is not None:
            parse_interactions(self.interactions)


def flag(name: str) -> str:
    """Name of the command line's flag for a field."""
    return "--" + name.replace("_", "-")


def check_fields(settings: Any) -> None:
    """Hold every field against its own bounds and choices, for settings that are made in Python.

    Raises
    ------
    UsageError
        The first value out of its bounds, or not among its choices.
    """
    for name, hint in get_type_hints(type(settings), include_extras=True).items():
        value = getattr(settings, name)
        if value is None:
            continue
        choices = get_args(get_args(hint)[0]) if get_origin(get_args(hint)[0]) is Literal else (value,)
        if value not in choices:
            known = nearest(str(value), list(choices))
            raise UsageError(f'{name} cannot be "{value}"', f"{known} {flag(name)}")
        for bound in hint.__metadata__:
            _check_bound(name, value, bound)


def _check_bound(name: str, value: float, bound: object) -> None:
    match bound:
        case Ge(limit):
            good, wanted = value >= limit, f"at least {limit}"  # type: ignore[operator]
        case Gt(limit):
            good, wanted = value > limit, f"above {limit}"  # type: ignore[operator]
        case Le(limit):
            good, wanted = value <= limit, f"at most {limit}"  # type: ignore[operator]
        case Lt(limit):
            good, wanted = value < limit, f"below {limit}"  # type: ignore[operator]
        case _:
            return
    if not good:
        raise UsageError(f"{name} is {value}, but must be {wanted}", f"change {flag(name)}")
