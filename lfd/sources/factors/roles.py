"""What each array of a model's files is: told by the names that libraries use, by WHAT=FILE, or by its shape.

| library | arrays |
| --- | --- |
| implicit | user_factors, item_factors, alpha, regularization (what `model.save` writes) |
| scikit-learn | W (or U), components_ (factors x items) |
| Surprise | pu, qi, bu, bi |

A scale (Surprise's mean of all ratings, a user's bias) moves all scores of a user alike and is not asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lfd.errors import InputError, UsageError, nearest
from lfd.settings.importing import Library
from lfd.sources.factors.files import FORMS, Named, read_arrays

ROLES = ("users", "items", "user_bias", "item_bias")
NAMES = {
    "users": ("userfactors", "users", "user", "p", "pu", "w", "u", "userembedding", "userembeddings"),
    "items": ("itemfactors", "items", "item", "q", "qi", "v", "itemembedding", "itemembeddings"),
    "components": ("components", "h", "vt"),
    "user_bias": ("userbias", "userbiases", "bu"),
    "item_bias": ("itembias", "itembiases", "bi"),
    "user_ids": ("userids", "userid"),
    "item_ids": ("itemids", "itemid"),
    "alpha": ("alpha",),
    "ridge": ("regularization",),
}
OF_LIBRARY = {
    "implicit": {"userfactors", "itemfactors", "factors", "regularization"},
    "surprise": {"pu", "qi"},
}


@dataclass
class Roles:
    """The arrays of a model by what they are.

    Attributes
    ----------
    library : whose conventions they follow
    arrays : by role: users, items (rows x factors), components (factors x items), user_bias, item_bias,
        user_ids, item_ids, alpha, ridge
    unnamed : arrays of two dimensions whose names say nothing
    """

    library: str = "arrays"
    arrays: dict[str, Named] = field(default_factory=dict)
    unnamed: list[Named] = field(default_factory=list)


def assign_roles(sources: Sequence[str], library: Library) -> Roles:
    """Read all files and say what each array is.

    Parameters
    ----------
    sources : sequence of str
        FILE, or WHAT=FILE with users, items, user_bias or item_bias as WHAT.
    library : Library
        auto: told by the names.

    Returns
    -------
    Roles

    Raises
    ------
    UsageError
        An unknown WHAT.
    InputError
        A file cannot be read, or two arrays are the same thing.
    """
    roles, names = Roles(), set()
    for source in sources:
        what, path = _parsed(source)
        found = read_arrays(path)
        names |= {_plain(named.name) for named in found}
        if what is not None:
            matrices = [named for named in found if named.values.ndim == (1 if "bias" in what else 2)]
            if len(matrices) != 1:
                raise InputError(f"{path} has {len(matrices)} arrays that can be the {what}", FORMS)
            _take(roles, what, matrices[0])
            found = [named for named in found if _role(named) in ("user_ids", "item_ids")]
        for named in found:
            role = _role(named)
            if role is not None:
                _take(roles, role, named)
            elif named.values.ndim == 2:
                roles.unnamed.append(named)
    roles.library = library if library != "auto" else _library(names, roles)
    return roles


def by_shape(roles: Roles, n_users: int, n_items: int) -> None:
    """Give arrays whose names say nothing the role that only they can have, by their number of rows.

    Parameters
    ----------
    roles : Roles
        Is added to.
    n_users, n_items : int
        Of the run.

    Raises
    ------
    InputError
        An array could be either, or neither, or is one too many.
    """
    for named in roles.unnamed:
        rows, columns = named.values.shape
        fits = {
            "users": rows == n_users and "users" not in roles.arrays,
            "items": rows == n_items and not _has_items(roles),
            "components": columns == n_items and rows < n_items and not _has_items(roles),
        }
        free = [role for role, fit in fits.items() if fit]
        if len(free) != 1:
            said = "could be either" if free else "could be neither"
            raise InputError(
                f"{named.file}: the array {named.name}, {rows} x {columns}, {said} the factors of {n_users}"
                f" users or of {n_items} items",
                "say which: users=FILE items=FILE, or name the arrays user_factors and item_factors",
            )
        _take(roles, free[0], named)
    roles.unnamed = []


def _has_items(roles: Roles) -> bool:
    return bool({"items", "components"} & set(roles.arrays))


def _parsed(source: str) -> tuple[str | None, Path]:
    what, equals, file = source.partition("=")
    what = what.replace("-", "_")
    if not equals or Path(source).exists():
        return None, Path(source)
    if what not in ROLES:
        raise UsageError(f"{source}: factors have no {what}", nearest(what, list(ROLES)))
    return what, Path(file)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\.weight$", "", name.lower()))


def _role(named: Named) -> str | None:
    plain = _plain(named.name)
    role = next((role for role, names in NAMES.items() if plain in names), None)
    if plain in ("users", "user", "items", "item") and named.values.ndim == 1:
        return "user_ids" if role == "users" else "item_ids"
    return role


def _take(roles: Roles, role: str, named: Named) -> None:
    before = roles.arrays.get(role) or (roles.arrays.get("components") if role == "items" else None)
    if before is not None and role not in ("alpha", "ridge"):
        raise InputError(
            f"{before.file} ({before.name}) and {named.file} ({named.name}) are both the"
            f" {role.replace('_', ' ')}",
            "give each once",
        )
    roles.arrays[role] = named


def _library(names: set[str], roles: Roles) -> str:
    for library, theirs in OF_LIBRARY.items():
        if theirs <= names:
            return library
    return "sklearn" if "components" in roles.arrays else "arrays"
