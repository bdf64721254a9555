"""Attributes of items: a table's columns turned into membership matrices M_a.

Kinds: `nominal` (one of several words), `ordinal` (words with an order), `numeric` (a number, binned
by edges that the schema records), `multi` (a list of words; an item shares its unit among them).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

Kind = Literal["nominal", "ordinal", "numeric", "multi"]


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
    membership: np.ndarray[Any, np.dtype[np.float64]] = field(repr=False)
    ordered: bool = False
