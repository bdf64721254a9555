"""`complexity`: how many factors a data set has, how strong they are, and how well they can be known.

Knows the order of the steps. Needs interactions alone; attributes only say what the factors may be about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.core.complexity import spiked
from lfd.core.complexity.description import describe
from lfd.core.complexity.explained import AttributeShare, explained_by_attributes
from lfd.core.complexity.factors import Factors, find_factors
from lfd.core.complexity.growth import Part, grow, users_for_the_next
from lfd.core.complexity.intervals import Resamples, interval, resample
from lfd.core.complexity.reliability import split_half_correlation
from lfd.core.complexity.saying import Say, silent
from lfd.core.measure import Measure
from lfd.errors import UsageError
from lfd.settings.complexity import ComplexitySettings

Floats = npt.NDArray[np.float64]

DISAGREE = 0.1  # between the predicted correlation and the split-half one


@dataclass(frozen=True)
class Complexity:
    """What is found.

    Attributes
    ----------
    table : pandas.DataFrame, a row a singular value, the largest first
        factor (from 1), kind (main | harmonic | chance), strength, correlation, each with _low and _high (95
        %), split_half, disagrees, harmonic (share that products of main factors explain), users_needed; for
        each attribute explained.NAME (adjusted R^2) and p.NAME.
    measures : tuple of Measure
        The headline figures, and those that describe the data.
    growth : tuple of Part
        Empty unless asked for.
    notes : tuple of str
        What was left out, taken for something else, or does not fit.
    factors : Factors
        What the table is made from.
    """

    table: pd.DataFrame = field(repr=False)
    measures: tuple[Measure, ...]
    growth: tuple[Part, ...]
    notes: tuple[str, ...]
    factors: Factors = field(repr=False)


def measure_complexity(
    interactions: sparse.csr_array,
    attributes: Sequence[Attribute],
    settings: ComplexitySettings,
    say: Say = silent,
) -> Complexity:
    """Measure the complexity of a data set.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]
        Every one that is not 0 is a choice.
    attributes : sequence of Attribute
        Of the items; may be empty.
    settings : ComplexitySettings
    say : callable, default silent
        Told what is done next.

    Returns
    -------
    Complexity
        The same for the same input and settings.

    Raises
    ------
    InputError
        Too few users or items tell something, a value is not in [0, 1], or the null does not calibrate.
    UsageError
        More values are asked for than the smaller side has; tau or draws are set for a null without them.
    """
    _check(settings)
    streams = np.random.default_rng(settings.seed).spawn(5)
    factors = find_factors(interactions, settings, streams[0], say)
    drawn = resample(factors, settings.resamples, streams[1])
    items = factors.spectrum.items[:, : factors.number]
    say("cutting histories in two")
    halves = split_half_correlation(factors.choices.matrix, factors.null, factors.scale, items, streams[2])
    say("holding factors against attributes")
    shares = _shares(items, attributes, factors, settings, streams[3])
    table = _table(factors, drawn.strength, halves, shares)
    growth = grow(interactions, factors, settings, streams[4], say) if settings.grow else ()
    return Complexity(
        table,
        (*_headline(factors, drawn, settings), *describe(interactions, attributes)),
        growth,
        (*factors.notes, *_notes(factors, table)),
        factors,
    )


def _check(settings: ComplexitySettings) -> None:
    defaults = ComplexitySettings()
    idle = [n for n in ("draws", "level", "tau") if getattr(settings, n) != getattr(defaults, n)]
    if settings.null == "biwhitening" and idle:
        raise UsageError(
            f"{idle[0]} means nothing to the biwhitening null, whose edge is a formula",
            "leave it out, or use the other: --null parallel",
        )


def _shares(
    items: Floats,
    attributes: Sequence[Attribute],
    factors: Factors,
    settings: ComplexitySettings,
    rng: np.random.Generator,
) -> list[AttributeShare]:
    kept = factors.choices.items
    there = [replace(a, membership=a.membership[kept]) for a in attributes]
    popularity = factors.null.items.degree[factors.null.items.of].astype(np.float64)
    return explained_by_attributes(items, there, popularity, settings.permutations, rng)


def _table(factors: Factors, drawn: Floats, halves: Floats, shares: list[AttributeShare]) -> pd.DataFrame:
    strength, size = factors.strength, (factors.users, factors.items)
    ends = interval(drawn)
    correlation = interval(spiked.predicted_correlation(drawn, *size))
    kinds = np.where(factors.harmonics.main, "main", "harmonic")
    table = pd.DataFrame(
        {
            "factor": np.arange(1, len(strength) + 1),
            "kind": [*kinds, *["chance"] * (len(strength) - factors.number)],
            "strength": strength,
            "strength_low": _padded(ends[0], len(strength)),
            "strength_high": _padded(ends[1], len(strength)),
            "correlation": factors.correlation,
            "correlation_low": _padded(correlation[0], len(strength)),
            "correlation_high": _padded(correlation[1], len(strength)),
            "split_half": _padded(halves, len(strength)),
            "harmonic": _padded(factors.harmonics.shares, len(strength)),
            "users_needed": _padded(spiked.users_needed(strength[: factors.number], *size), len(strength)),
        }
    )
    off = (table["correlation"] - table["split_half"]).abs()
    table.insert(9, "disagrees", off > DISAGREE)
    for share in shares:
        table[f"explained.{share.name}"] = _padded(share.explained, len(strength))
        table[f"p.{share.name}"] = _padded(share.p, len(strength))
    return table


def _padded(values: Floats, length: int) -> Floats:
    padded = np.full(length, np.nan)
    padded[: min(length, len(values))] = values[:length]
    return padded


def _headline(factors: Factors, drawn: Resamples, settings: ComplexitySettings) -> tuple[Measure, ...]:
    null = f"null_{settings.null}"
    ends = interval(np.column_stack([drawn.factors, drawn.main]))
    strength, main = factors.strength, factors.main
    weakest = float(strength[main[-1]]) if len(main) else None
    parameters: dict[str, int | float | str] = {
        "null": settings.null, "edge": factors.edge.value, "draws": len(factors.edge.draws),
        "users": factors.users, "items": factors.items, "seed": settings.seed,
    }  # fmt: skip

    def figure(name: str, value: float | None, definition: str, column: int | None = None) -> Measure:
        parts = {} if column is None else {"low": float(ends[0, column]), "high": float(ends[1, column])}
        return Measure(name, "complexity", value, null, definition, parameters, parts)

    return (
        figure("factors", float(factors.number), "singular values of the residual above the null's edge", 0),
        figure("main_factors", float(len(main)), "those that are no products of stronger ones", 1),
        figure("strongest", float(strength[0]), "strength of the strongest: singular value / edge"),
        figure("weakest_main", weakest, "strength of the weakest main factor"),
        figure(
            "weakest_correlation",
            float(factors.correlation[main[-1]]) if len(main) else None,
            "best linear correlation with users' positions on the weakest main factor (spiked model)",
        ),
        figure(
            "next_factor_users",
            _finite(users_for_the_next(strength[: factors.number], factors.users, factors.items)),
            "users from which on one more factor is seen, extrapolated from when the others came",
        ),
    )


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _notes(factors: Factors, table: pd.DataFrame) -> list[str]:
    notes = []
    if factors.strength[-1] > 1 and len(table) < min(factors.users, factors.items) - 1:
        more = min(2 * len(table), min(factors.users, factors.items) - 1)
        notes.append(
            f"all {len(table)} values are above the edge: there are more factors; see --values {more}"
        )
    off = table.loc[table["disagrees"], "factor"].astype(str).tolist()
    if off:
        which = f"factor {off[0]}" if len(off) == 1 else f"factors {', '.join(off)}"
        notes.append(
            f"{which}: predicted correlation and split-half differ by more than {DISAGREE}: choices there are"
            " not what the spiked model takes them for"
        )
    return notes
