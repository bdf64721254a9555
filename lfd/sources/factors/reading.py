"""From files to the factors of a run's users and items, in its order, by the conventions of their library."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lfd.errors import InputError
from lfd.settings.importing import LoadModelSettings
from lfd.sources.factors.files import FORMS, Named, read_ids
from lfd.sources.factors.roles import Roles, assign_roles, by_shape
from lfd.sources.factors.rows import by_id, in_order
from lfd.sources.factors.values import finite, matrix, scalar

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Given:
    """What a model's files come to.

    Attributes
    ----------
    library : whose conventions were followed
    users : numpy.ndarray, the run's users x factors; None where only items have factors
    known : numpy.ndarray of bool, (the run's users,): who has factors; the rows of others are 0
    items : numpy.ndarray, the run's items x factors
    item_bias : numpy.ndarray, (the run's items,)
    alpha, ridge : how the library folds histories in; None where the files do not say
    notes : what was left out, and what is missing
    """

    library: str
    users: Floats | None = field(repr=False)
    known: npt.NDArray[np.bool_] = field(repr=False)
    items: Floats = field(repr=False)
    item_bias: Floats = field(repr=False)
    alpha: float | None = None
    ridge: float | None = None
    notes: tuple[str, ...] = ()


def read_factors(settings: LoadModelSettings, users: pd.Series[Any], items: pd.Series[Any]) -> Given:
    """Read the factors of a run's users and items.

    Parameters
    ----------
    settings : LoadModelSettings
    users, items : pandas.Series
        Ids of the run's users and items, in its order.

    Returns
    -------
    Given

    Raises
    ------
    UsageError
        An unknown WHAT=FILE.
    InputError
        A file cannot be used: see `read_arrays`, `assign_roles`, `matrix`, `by_id`; or shapes do not fit.
    """
    roles = assign_roles(settings.source, settings.library)
    by_shape(roles, len(users), len(items))
    theirs = _item_factors(roles, len(items))
    placed = _Placed(settings, roles)
    bias = placed.column("item_bias", len(theirs.values))
    mine = roles.arrays.get("users")
    factors = None if mine is None else matrix(mine)
    values = matrix(theirs)
    if factors is not None and mine is not None:
        if factors.shape[1] != values.shape[1]:
            raise InputError(
                f"users have {factors.shape[1]} factors ({mine.file}: {mine.name}) and items"
                f" {values.shape[1]} ({theirs.file}: {theirs.name})",
                "give the factors of one model, rows x factors",
            )
        if roles.library == "implicit":
            factors, values, bias = _without_biases(factors, values, bias)
    rows = placed.rows("item", items, theirs)
    known = np.zeros(len(users), dtype=np.bool_)
    if factors is not None and mine is not None:
        user_rows = placed.rows("user", users, mine)
        known = user_rows >= 0
        factors = np.where(known[:, None], factors[user_rows], 0.0)
    alpha, ridge = (scalar(roles.arrays.get(name)) for name in ("alpha", "ridge"))
    if roles.library == "implicit" and alpha is not None:
        alpha = max(0.0, alpha - 1)  # implicit's confidence of a choice is alpha, not 1 + alpha
    return Given(
        roles.library,
        factors,
        known,
        np.where((rows >= 0)[:, None], values[rows], 0.0),
        np.where(rows >= 0, bias[rows], bias.min()),
        alpha,
        ridge if alpha is not None and ridge else None,
        tuple(placed.notes),
    )


class _Placed:
    """Which row is whom, by the options or by what the files say."""

    def __init__(self, settings: LoadModelSettings, roles: Roles) -> None:
        self.settings, self.roles = settings, roles
        self.notes: list[str] = []

    def rows(self, what: str, wanted: pd.Series[Any], factors: Named) -> npt.NDArray[np.intp]:
        ids, file = self._ids(what)
        n_rows = len(factors.values)
        if ids is None:
            if self.roles.library == "surprise":
                raise InputError(
                    f"{factors.file}: Surprise numbers its {what}s in the order in which it met them, and"
                    f" there are no {what}_ids",
                    f"save them beside the factors, or say --{what}-ids FILE; see docs/models.md",
                )
            return in_order(n_rows, wanted, what, f"{factors.file}: {factors.name}")
        if len(ids) != n_rows:
            raise InputError(
                f"{file} has {len(ids):,} ids of {what}s and {factors.file} ({factors.name}) {n_rows:,} rows",
                "give one id for each row, in the same order",
            )
        fold_in = self.settings.missing == "fold-in"
        rows, notes = by_id(ids, wanted, what, self.settings.drop_unmatched, fold_in)
        self.notes += notes
        return rows

    def column(self, role: str, rows: int) -> Floats:
        """A bias, 0 where there is none."""
        named = self.roles.arrays.get(role)
        if named is None:
            return np.zeros(rows)
        if named.values.size != rows or named.values.dtype.kind not in "fiu":
            raise InputError(
                f"{named.file}: {named.name} has shape {named.values.shape}, and there are {rows} rows of"
                " factors",
                "give one bias for each row",
            )
        return finite(named).reshape(rows)

    def _ids(self, what: str) -> tuple[npt.NDArray[Any] | None, str]:
        path = self.settings.user_ids if what == "user" else self.settings.item_ids
        if path is not None:
            return read_ids(path), str(path)
        named = self.roles.arrays.get(f"{what}_ids")
        return (None, "") if named is None else (named.values, named.file)


def _item_factors(roles: Roles, n_items: int) -> Named:
    """The items' factors as rows; components have items as columns."""
    if "items" in roles.arrays:
        return roles.arrays["items"]
    if "components" in roles.arrays:
        named = roles.arrays["components"]
        return named._replace(values=np.atleast_2d(named.values).T)
    there = ", ".join(sorted(roles.arrays)) or "none"
    raise InputError(f"no factors of items among the arrays (found: {there})", FORMS)


def _without_biases(users: Floats, items: Floats, bias: Floats) -> tuple[Floats, Floats, Floats]:
    """Factors without the columns that implicit keeps biases in: BPR one, logistic factorisation two.

    A last column of 1 on one side makes the other side's a bias; a user's moves all of their scores alike.
    """
    if users.shape[1] > 2 and (items[:, -1] == 1).all() and (users[:, -2] == 1).all():
        return users[:, :-2], items[:, :-2], bias + items[:, -2]
    if users.shape[1] > 1 and (users[:, -1] == 1).all():
        return users[:, :-1], items[:, :-1], bias + items[:, -1]
    return users, items, bias
