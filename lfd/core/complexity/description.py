"""What a data set is, in the figures by which the field describes one, each with its definition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.core.measure import Measure
from lfd.core.models.rows import canonical, row_of_entry

Floats = npt.NDArray[np.float64]

QUANTILES = {"min": 0.0, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95, "max": 1.0}


def describe(interactions: sparse.csr_array, attributes: Sequence[Attribute]) -> tuple[Measure, ...]:
    """Describe a data set.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items
        A stored value that is not 0 is an interaction.
    attributes : sequence of Attribute

    Returns
    -------
    tuple of Measure
    """
    interactions = canonical(interactions)
    users, items = interactions.shape
    stored = interactions.data != 0
    number = int(stored.sum())
    by_item = np.bincount(interactions.indices[stored], minlength=items).astype(np.float64)
    by_user = np.bincount(row_of_entry(interactions)[stored], minlength=users).astype(np.float64)
    known = {a.name: float(a.membership.any(axis=1).mean()) for a in attributes}
    return (
        _figure("users", float(users), "number of users"),
        _figure("items", float(items), "number of items"),
        _figure("interactions", float(number), "number of interactions"),
        _figure("density", number / (users * items), "interactions / (users x items)"),
        _figure(
            "popularity_gini", gini(by_item), "Gini coefficient of the items' interactions: 0 if all alike"
        ),
        _figure(
            "popularity_entropy",
            normalised_entropy(by_item),
            "- sum p log p / log items, p an item's share of all interactions: 1 if all alike",
        ),
        _figure(
            "per_user", number / users, "mean interactions of a user; parts: quantiles", quantiles(by_user)
        ),
        _figure(
            "per_item", number / items, "mean interactions of an item; parts: quantiles", quantiles(by_item)
        ),
        _figure(
            "attributes_known",
            sum(known.values()) / len(known) if known else None,
            "share of the items that have an attribute, mean over attributes; parts: each attribute",
            known,
        ),
    )


def gini(counts: Floats) -> float:
    """Gini coefficient (Gini 1912), by the sorted counts.

    Parameters
    ----------
    counts : numpy.ndarray, (n,), at least 0

    Returns
    -------
    float in [0, 1): sum_i (2 i - n - 1) c_(i) / (n sum c); 0 where there is nothing
    """
    total, n = float(counts.sum()), len(counts)
    rank = 2 * np.arange(1, n + 1) - n - 1
    return float(rank @ np.sort(counts)) / (n * total) if total > 0 else 0.0


def normalised_entropy(counts: Floats) -> float:
    """Shannon entropy of the shares, divided by the logarithm of their number; 0 of a single one.

    Parameters
    ----------
    counts : numpy.ndarray, (n,), at least 0
    """
    share = counts[counts > 0] / max(float(counts.sum()), 1e-300)
    return float(-(share * np.log(share)).sum() / np.log(len(counts))) if len(counts) > 1 else 0.0


def quantiles(counts: Floats) -> dict[str, float]:
    """Least, quartiles, 95 % and largest.

    Parameters
    ----------
    counts : numpy.ndarray, (n,)
    """
    return {name: float(np.quantile(counts, q)) for name, q in QUANTILES.items()}


def _figure(
    name: str, value: float | None, definition: str, parts: dict[str, float] | None = None
) -> Measure:
    return Measure(name, "data", value, f"data_{name}", definition, {}, parts or {})
