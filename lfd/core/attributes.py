"""Attributes of items: a table's columns turned into membership matrices M_a.

Kinds: `nominal` (one of several words), `ordinal` (words with an order), `numeric` (a number, binned
by edges that the schema records), `multi` (a list of words; an item shares its unit among them).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from lfd.core.binning import DECADES, bin_edges, bin_names, bin_numbers
from lfd.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["nominal", "ordinal", "numeric", "multi"]
NOT_ATTRIBUTES = ("item", "title")


@dataclass(frozen=True)
class AttributeSchema:
    """How one column of the items table is read.

    Attributes
    ----------
    kind : nominal, ordinal, numeric or multi
    values : names of the values, in order; for numeric attributes the names of the bins
    edges : for numeric attributes, len(values) + 1 bin edges: bin b is [edges[b], edges[b + 1]),
        the last bin closed; empty otherwise
    """

    kind: Kind
    values: tuple[str, ...]
    edges: tuple[float, ...] = ()


Schema = dict[str, AttributeSchema]


@dataclass(frozen=True)
class Attribute:
    """One attribute over the catalogue.

    Attributes
    ----------
    membership : numpy.ndarray, items x values, float64
        M_a of the design: each row sums to 1, or to 0 where the item lacks the attribute.
    ordered : whether the values have an order
    """

    name: str
    values: tuple[str, ...]
    membership: npt.NDArray[np.float64] = field(repr=False)
    ordered: bool = False


def infer_schema(
    items: pd.DataFrame,
    kinds: Mapping[str, Kind] | None = None,
    bins: Mapping[str, str] | None = None,
) -> tuple[Schema, list[str]]:
    """Say how each column of an items table is to be read.

    Parameters
    ----------
    items : columns `item`, `title`, then one an attribute; missing values are None or NaN
    kinds : kinds of single attributes, where they are not what the column's type says
    bins : for numeric attributes `decade`, or `quantiles:N` (the default, with N = 5)

    Returns
    -------
    (schema, notes) : the notes name the attributes left out since they have fewer than two values
    """
    schema, notes = {}, []
    for name in (c for c in items.columns if c not in NOT_ATTRIBUTES):
        read = _infer(items[name], (kinds or {}).get(name), (bins or {}).get(name))
        if len(read.values) < 2:
            only = f"the single value {read.values[0]}" if read.values else "no value"
            notes.append(f"attribute {name} has {only}: nothing to decode, left out")
        else:
            schema[name] = read
    return schema, notes


def read_attributes(items: pd.DataFrame, schema: Schema) -> list[Attribute]:
    """Membership of the items in the values of each attribute.

    Parameters
    ----------
    items : the items table, one row an item
    schema : how its columns are to be read

    Raises
    ------
    InputError : a column is missing, or an item has a value that the schema does not know
    """
    missing = [name for name in schema if name not in items.columns]
    if missing:
        raise InputError(
            f"items have no column {missing[0]} (columns: {', '.join(map(str, items.columns))})",
            "load the data again: lfd load",
        )
    return [
        Attribute(name, how.values, _membership(items[name], name, how), how.kind in ("ordinal", "numeric"))
        for name, how in schema.items()
    ]


def value_levels(column: Sequence[Any], how: AttributeSchema, value: str | None) -> npt.NDArray[np.float64]:
    """How much of one value each item has, from a plain column and without a data frame.

    Parameters
    ----------
    column : the attribute of each item; None, or not a number, where an item lacks it
    how : how it is read
    value : one of its values; None: how far up the order of the values each item is, from 0 to 1

    Returns
    -------
    numpy.ndarray, (items,), in [0, 1] : `Concepts.level` of the same concept
    """
    number = {name: place for place, name in enumerate(how.values)}
    if how.kind == "numeric":
        numbers = np.array([np.nan if entry is None else entry for entry in column], dtype=np.float64)
        bins = bin_numbers(np.nan_to_num(numbers), np.asarray(how.edges))
        places = [[] if lacks else [b] for lacks, b in zip(np.isnan(numbers), bins.tolist(), strict=True)]
    elif how.kind == "multi":
        places = [[number[str(word)] for word in entry or ()] for entry in column]
    else:
        places = [[] if entry is None or entry != entry else [number[str(entry)]] for entry in column]
    if value is None:
        top = max(len(number) - 1, 1)
        return np.array([sum(found) / (top * max(len(found), 1)) for found in places])
    return np.array([float(number[value] in found) for found in places])


def _infer(column: pd.Series[Any], kind: Kind | None, bins: str | None) -> AttributeSchema:
    known = column.dropna()
    kind = kind or _kind(known)
    if kind == "numeric":
        edges = bin_edges(known.to_numpy(np.float64), bins or "quantiles:5")
        return AttributeSchema("numeric", bin_names(edges, decades=bins == DECADES), tuple(edges.tolist()))
    words = known.explode().dropna() if kind == "multi" else known
    return AttributeSchema(kind, tuple(sorted({str(w) for w in words.unique()})))


def _kind(known: pd.Series[Any]) -> Kind:
    import pandas as pd

    if pd.api.types.is_bool_dtype(known):
        return "nominal"
    if pd.api.types.is_numeric_dtype(known):
        return "numeric"
    return "multi" if len(known) and isinstance(known.iloc[0], list | tuple | np.ndarray) else "nominal"


def _membership(column: pd.Series[Any], name: str, how: AttributeSchema) -> npt.NDArray[np.float64]:
    import pandas as pd

    membership = np.zeros((len(column), len(how.values)))
    if how.kind == "numeric":
        numbers = pd.to_numeric(column).to_numpy(np.float64)
        known = np.flatnonzero(~np.isnan(numbers))
        membership[known, bin_numbers(numbers[known], np.asarray(how.edges))] = 1.0
        return membership
    words = column.reset_index(drop=True)
    words = (words.explode() if how.kind == "multi" else words).dropna().astype(str)
    value = pd.Index(how.values).get_indexer(pd.Index(words))
    if (value < 0).any():
        at = int(np.flatnonzero(value < 0)[0])
        raise InputError(
            f"items, row {words.index[at]}, column {name}: {words.iloc[at]!r} is no value of {name}",
            "add it to data/schema.yaml, or load the data again: lfd load",
        )
    np.add.at(membership, (words.index.to_numpy(), value), 1.0)
    total = membership.sum(axis=1, keepdims=True)
    shares: npt.NDArray[np.float64] = np.divide(membership, total, out=membership, where=total > 0)
    return shares
