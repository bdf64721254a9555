"""Which factor an attribute can explain: how much of a factor's item vector its values account for.

R^2 of the item vector on the attribute's values, over the items that have the attribute, adjusted for the
number of values (Wherry 1931: 1 - (1 - R^2) (n - 1) / (n - values - 1)). p by permuting labels among items of
about equal popularity, since popular items load higher whatever they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lfd.core.attributes import Attribute
from lfd.core.significance.strata import label_strata
from lfd.core.strata import permutations_within

Floats = npt.NDArray[np.float64]

SMALLEST = 1e-9
MOST_PERMUTED = 4_000_000  # labels permuted at once


@dataclass(frozen=True)
class AttributeShare:
    """What one attribute explains of each factor.

    Attributes
    ----------
    name : str
    known : float in [0, 1]
        Share of the items that have it.
    explained : numpy.ndarray, (factors,)
        Adjusted R^2; nan where too few items have the attribute.
    p : numpy.ndarray, (factors,)
    """

    name: str
    known: float
    explained: Floats
    p: Floats


def explained_by_attributes(
    items: Floats,
    attributes: Sequence[Attribute],
    popularity: Floats,
    permutations: int,
    rng: np.random.Generator,
) -> list[AttributeShare]:
    """Hold item vectors against every attribute.

    Parameters
    ----------
    items : numpy.ndarray, items x factors
    attributes : sequence of Attribute
        Of the same items.
    popularity : numpy.ndarray, (items,)
    permutations : int
    rng : numpy.random.Generator

    Returns
    -------
    list of AttributeShare
    """
    streams = rng.spawn(len(attributes))
    return [
        _explained(items, attribute, popularity, permutations, own)
        for attribute, own in zip(attributes, streams, strict=True)
    ]


def _explained(
    items: Floats, attribute: Attribute, popularity: Floats, permutations: int, rng: np.random.Generator
) -> AttributeShare:
    labelled = attribute.membership.any(axis=1)
    known = float(labelled.mean())
    nothing = np.full(items.shape[1], np.nan)
    if not labelled.any():
        return AttributeShare(attribute.name, known, nothing, nothing)
    basis = _basis(attribute.membership[labelled])
    n, values = basis.shape
    if values == 0 or n <= values + 1:
        return AttributeShare(attribute.name, known, nothing, nothing)
    centred = items[labelled] - items[labelled].mean(axis=0)
    size = (centred**2).sum(axis=0)
    found = ((basis.T @ centred) ** 2).sum(axis=0)
    strata = label_strata(attribute, popularity)
    reached, batch = np.zeros(items.shape[1]), max(1, MOST_PERMUTED // basis.size)
    for start in range(0, permutations, batch):
        orders = permutations_within(strata, min(batch, permutations - start), rng)
        chance = ((np.swapaxes(basis[orders], 1, 2) @ centred) ** 2).sum(axis=1)
        reached += (chance >= found * (1 - SMALLEST)).sum(axis=0)
    share = np.divide(found, size, out=np.zeros_like(found), where=size > 0)
    adjusted = 1 - (1 - share) * (n - 1) / (n - values - 1)
    return AttributeShare(attribute.name, known, adjusted, (1 + reached) / (1 + permutations))


def _basis(membership: Floats) -> Floats:
    """Orthonormal columns that span the values, less their mean."""
    left, singular, _ = np.linalg.svd(membership - membership.mean(axis=0), full_matrices=False)
    basis: Floats = left[:, singular > SMALLEST * max(float(singular.max(initial=0.0)), 1.0)]
    return basis
