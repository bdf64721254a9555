"""The items of synthetic data: factors, their values, what each value does, and the labels people see.

Knows items only, no users. Every item has a value of every factor; labels are those values with the
errors asked for. Items are in one block per factor, of sizes that differ by at most one: the exclusive
generator's structure, in which block f shares one value of factor f.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lfd.core.attributes import AttributeSchema, Schema
from lfd.core.synthetic.correlation import draw_levels
from lfd.settings.synthetic import FactorSpec, GenDataSettings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GENRES = ("Action", "Comedy", "Drama", "Horror", "Romance")
NAMED = ("year", "rating", "genre")
ORDERED = ("year", "rating")


@dataclass(frozen=True)
class Factor:
    """One factor, resolved: its values in order, and whether an attribute shows it."""

    name: str
    values: tuple[str, ...]
    ordered: bool
    metadata: bool


@dataclass(frozen=True)
class Catalogue:
    """What is true of the items.

    Attributes
    ----------
    factors : the factors
    level : numpy.ndarray, items x factors, int64
        The item's value of each factor, as a position in that factor's values.
    coefficient : one array a factor, one number in [-1, 1] a value
        Bipolar: c_f of the value. Exclusive: 1 for the value that the factor's block has, else 0.
    log_popularity : numpy.ndarray, items
        - exponent * log(rank), of a random ranking of the items; 0 without popularity.
    block : numpy.ndarray, items
        Number of the item's block; items are sorted by it.
    """

    factors: tuple[Factor, ...]
    level: Ints
    coefficient: tuple[Floats, ...]
    log_popularity: Floats
    block: Ints

    @property
    def loadings(self) -> Floats:
        """c_f(i): each item's coefficient on each factor, items x factors."""
        columns = zip(self.coefficient, self.level.T, strict=True)
        return np.column_stack([coefficient[level] for coefficient, level in columns])


def resolve_factors(settings: GenDataSettings) -> tuple[Factor, ...]:
    """Fill in names, values and order wherever the settings leave them open."""
    if isinstance(settings.factors, tuple):
        specs = settings.factors
    else:
        later = [f"factor{n}" for n in range(len(NAMED) + 1, settings.factors + 1)]
        specs = tuple(FactorSpec(name) for name in [*NAMED, *later][: settings.factors])
    shown = len(specs) - settings.hidden_factors
    return tuple(_resolve(spec, settings.values, n < shown) for n, spec in enumerate(specs))


def _resolve(spec: FactorSpec, number: int, shown: bool) -> Factor:
    if isinstance(spec.values, tuple):
        values = tuple(str(value) for value in spec.values)
    else:
        values = _value_names(spec.name, number if spec.values is None else spec.values)
    ordered = spec.name in ORDERED if spec.ordered is None else spec.ordered
    return Factor(spec.name, values, ordered, spec.metadata and shown)


def _value_names(factor: str, number: int) -> tuple[str, ...]:
    numbers = range(1, number + 1)
    match factor:
        case "year":
            return tuple(f"{2020 - 10 * back}s" for back in reversed(numbers))
        case "rating":
            return tuple(f"{n} star{'s' if n > 1 else ''}" for n in numbers)
        case "genre":
            return tuple(GENRES[n - 1] if n <= len(GENRES) else f"genre {n}" for n in numbers)
        case _:
            return tuple(f"v{n}" for n in numbers)


def draw_catalogue(settings: GenDataSettings, rng: np.random.Generator) -> Catalogue:
    """Draw every item's values, popularity, and what the values do.

    Positions on the factors are uniform and correlated as `attribute_correlation` says. For an ordered
    factor position is the value; for a nominal one a random order of its values is drawn, and position
    is taken in it, so that coefficients correlate as asked whatever the values are called.
    """
    factors = resolve_factors(settings)
    sizes = [len(factor.values) for factor in factors]
    position = draw_levels(rng, settings.items, sizes, settings.attribute_correlation)
    orders = [np.arange(k) if f.ordered else rng.permutation(k) for f, k in zip(factors, sizes, strict=True)]
    level = np.column_stack([order[column] for order, column in zip(orders, position.T, strict=True)])
    block = np.arange(settings.items) * len(factors) // settings.items
    if settings.generator == "exclusive":
        fixed = rng.integers(0, sizes)
        own = np.arange(settings.items)
        level[own, block] = fixed[block]
        coefficient = tuple(
            (np.arange(k) == one).astype(np.float64) for one, k in zip(fixed, sizes, strict=True)
        )
    else:
        coefficient = tuple(np.linspace(-1, 1, k)[np.argsort(o)] for o, k in zip(orders, sizes, strict=True))
    rank = 1 + rng.permutation(settings.items)
    return Catalogue(factors, level, coefficient, -settings.popularity * np.log(rank), block)


def items_table(catalogue: Catalogue, settings: GenDataSettings, rng: np.random.Generator) -> pd.DataFrame:
    """Tabulate the items as people see them: item (from 1), title, one column a shown attribute.

    In each attribute exactly round(share * items) labels are wrong (another value, each as likely), and
    then round(share * items) missing (None), whatever the value.
    """
    number = np.arange(1, settings.items + 1)
    table = pd.DataFrame({"item": number, "title": pd.Series([f"Item {n}" for n in number], dtype=object)})
    for factor, level in zip(catalogue.factors, catalogue.level.T, strict=True):
        label = _mislabel(level, len(factor.values), settings, rng)
        if factor.metadata:
            names = np.array([*factor.values, None], dtype=object)
            table[factor.name] = pd.Series(names[label], dtype=object)
    return table


def _mislabel(level: Ints, number: int, settings: GenDataSettings, rng: np.random.Generator) -> Ints:
    """Give each item's label: its level, another level, or -1 for none."""
    label = level.copy()
    wrong = rng.permutation(settings.items)[: round(settings.wrong_labels * settings.items)]
    label[wrong] = (label[wrong] + rng.integers(1, number, len(wrong))) % number
    missing = rng.permutation(settings.items)[: round(settings.missing_labels * settings.items)]
    label[missing] = -1
    return label


def schema_of(factors: tuple[Factor, ...]) -> Schema:
    """How to read the shown attributes: ordinal where the factor is ordered, else nominal."""
    return {
        factor.name: AttributeSchema("ordinal" if factor.ordered else "nominal", factor.values)
        for factor in factors
        if factor.metadata
    }


def truth_table(catalogue: Catalogue) -> pd.DataFrame:
    """Tabulate what each value of each factor does: factor, value, coefficient, ordered, metadata."""
    rows = [
        (factor.name, value, float(coefficient), factor.ordered, factor.metadata)
        for factor, coefficients in zip(catalogue.factors, catalogue.coefficient, strict=True)
        for value, coefficient in zip(factor.values, coefficients, strict=True)
    ]
    return pd.DataFrame(rows, columns=["factor", "value", "coefficient", "ordered", "metadata"])
