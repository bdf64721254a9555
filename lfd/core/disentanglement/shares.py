"""Factors of users where no truth is known: the shares of their interactions that have an attribute's value.

Follows Dervishaj, Ruotsalo, Maistro, Lioma (2025), "Are representation disentanglement and interpretability
linked in recommendation models?", ECIR, and the code published with it: a user's share in a value is the
number of interactions with items that have it over the number of all interactions; an item with several
values counts fully for each; one without a label counts in the denominator. A factor is true of a user
whose share is at least 0.5 (rule `half`). On three of their four data sets they first cluster tags or
categories into 20 k-means clusters; the values of an attribute are already few, so each value is a factor
here. They tune the classifiers behind DCI, which is not done here.

Few users have half of anything rare (MovieLens 100K: 9 of 19 genres have no such user, 6 more fewer than
10), so there are other rules: `median` splits the users of each value in halves, `dominant` makes one factor
of each attribute, `share` leaves the shares as continuous factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.errors import InputError
from lfd.settings.disentanglement import UserFactorSettings

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shares:
    """Users' shares in the values of all attributes.

    Attributes
    ----------
    table : numpy.ndarray, users x values of all attributes, in [0, 1]
        The values of one attribute may sum to more than 1 (items with several) or less (with none).
    columns : tuple of (attribute, value), one a column
    """

    table: Floats = field(repr=False)
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class UserFactors:
    """Factors made of shares.

    Attributes
    ----------
    table : numpy.ndarray, users x factors
        `half`, `median`: 0 or 1; `dominant`: the value's number, or how many values there are where no item
        has one; `share`: the share.
    names : tuple of str
    rule : str
        How they were made, in words.
    """

    table: npt.NDArray[Any] = field(repr=False)
    names: tuple[str, ...]
    rule: str


def attribute_shares(interactions: sparse.csr_array, attributes: Sequence[Attribute]) -> Shares:
    """For each user the share of the interactions whose item has each value.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items
        What is above 0 counts 1, whatever its value.
    attributes : sequence of Attribute
        A value counts for an item that belongs to it at all.

    Returns
    -------
    Shares

    Raises
    ------
    InputError
        No attribute; an attribute of another catalogue; a user without interactions, who has no shares.
    """
    if not attributes:
        raise InputError("there is no attribute to make factors of", "load items with attributes: lfd load")
    for attribute in attributes:
        if len(attribute.membership) != interactions.shape[1]:
            raise InputError(
                f"attribute {attribute.name} labels {len(attribute.membership)} items, "
                f"and the interactions have {interactions.shape[1]}",
                "take interactions and items of the same run",
            )
    chosen = (interactions > 0).astype(np.float64)
    count = chosen.sum(axis=1)
    if (count == 0).any():
        raise InputError(
            f"user row {int(np.argmin(count))} has no interactions, so no shares of them",
            "leave such users out of codes and interactions",
        )
    has = np.concatenate([attribute.membership > 0 for attribute in attributes], axis=1)
    table: Floats = (chosen @ has.astype(np.float64)) / count[:, None]
    return Shares(table, tuple((a.name, value) for a in attributes for value in a.values))


def share_factors(shares: Shares, settings: UserFactorSettings | None = None) -> UserFactors:
    """Make factors of shares.

    Parameters
    ----------
    shares : Shares
    settings : UserFactorSettings, default its defaults: `half`, as Dervishaj et al. (2025)

    Returns
    -------
    UserFactors
    """
    settings = settings or UserFactorSettings()
    each = tuple(f"{attribute} = {value}" for attribute, value in shares.columns)
    if settings.rule == "share":
        return UserFactors(shares.table, each, "share of the user's interactions that have the value")
    if settings.rule == "half":
        rule = f"at least {settings.threshold:g} of the user's interactions have the value"
        return UserFactors((shares.table >= settings.threshold).astype(np.int64), each, rule)
    if settings.rule == "median":
        more = shares.table > np.median(shares.table, axis=0)
        return UserFactors(
            more.astype(np.int64), each, "a larger share of interactions than the median user's"
        )
    attributes = np.array([attribute for attribute, _ in shares.columns])
    names = tuple(dict.fromkeys(attributes.tolist()))
    factors = [_dominant(shares.table[:, attributes == name]) for name in names]
    rule = "the attribute's value with the user's largest share, the first of equals"
    return UserFactors(np.stack(factors, axis=1), names, rule)


def _dominant(share: Floats) -> npt.NDArray[np.int64]:
    """Number of each user's largest share; the number of values where all shares are 0."""
    first: npt.NDArray[np.int64] = np.where(share.any(axis=1), share.argmax(axis=1), share.shape[1])
    return first
