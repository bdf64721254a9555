"""What columns are usually called, and what they are then taken for.

Knows names only. `user_id`, `userId`, `User ID` and RecBole's `user_id:token` are one name here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from lfd.errors import InputError, nearest

Role = Literal["user", "item", "value", "timestamp", "title", "year", "genre", "id"]

ABSENT = "none"
"""As a column's name in the options: there is none."""

# In the order in which they are tried, all as `plain` leaves them.
USUAL: dict[Role, str] = {
    "user": """
        userid user uid users useridx customerid customer reviewerid reviewer visitorid accountid memberid
        listenerid playerid readerid""",
    "item": """
        itemid item iid items itemidx movieid movie filmid film asin parentasin productid product sku isbn
        bookid book songid song trackid track artistid artist albumid animeid gameid businessid articleid
        newsid recipeid contentid showid videoid beerid""",
    "value": """
        rating ratings value score stars starrating overall bookrating userrating reviewrating preference
        playcount plays weight label""",
    "timestamp": "timestamp time ts unixreviewtime unixtimestamp unixtime eventtime datetime date createdat",
    "title": """
        title movietitle itemtitle name itemname moviename producttitle productname booktitle tracktitle
        trackname songtitle originaltitle""",
    "year": """
        year releaseyear yearofpublication publicationyear originalpublicationyear pubyear startyear
        releasedate date""",
    "genre": "genre genres",
    "id": "id index",
}
_ATOMIC = re.compile(r":(token|token_seq|float|float_seq)$")


def bare(name: str) -> str:
    """Return a column's name without RecBole's type."""
    return _ATOMIC.sub("", name)


def atomic_type(name: str) -> str | None:
    """Return RecBole's type of a column (token, token_seq, float, float_seq), None where it has none."""
    found = _ATOMIC.search(name)
    return found[1] if found else None


def plain(name: str) -> str:
    """Return a name as `USUAL` spells it: no type, no case, letters and digits only."""
    return re.sub(r"[\W_]", "", bare(name)).lower()


def usual(role: Role, columns: Sequence[str]) -> str | None:
    """Return the column that is usually called so, the first in the order of `USUAL`."""
    by_name = {plain(column): column for column in reversed(columns)}
    return next((by_name[name] for name in USUAL[role].split() if name in by_name), None)


def is_usual(name: str) -> bool:
    """Say whether a name is one of the usual ones, whatever its role."""
    return any(plain(name) in names.split() for names in USUAL.values())


def named(option: str, columns: Sequence[str], shown: str, flag: str) -> str:
    """Return the column that an option names, with or without RecBole's type.

    Parameters
    ----------
    option : str
        The name that was asked for.
    columns : sequence of str
        The columns that are there.
    shown : str
        The file's name in messages.
    flag : str
        The flag that named it, for the hint.
    """
    if option in columns:
        return option
    by_bare = {bare(column): column for column in columns}
    if option in by_bare:
        return by_bare[option]
    there = ", ".join(columns)
    raise InputError(
        f"{shown} has no column {option}; its columns are {there}",
        f"{nearest(option, list(columns))} ({flag})",
    )


def required(
    role: Role, option: str | None, columns: Sequence[str], shown: str, flag: str, others: Sequence[Role] = ()
) -> str:
    """Return the column that an option names or that is usually called so; neither is an InputError.

    Parameters
    ----------
    role : str
        What is looked for.
    option : str or None
        The name that was asked for.
    columns : sequence of str
        The columns that are there.
    shown : str
        The file's name in messages.
    flag : str
        The flag that names the column, for the hint.
    others : sequence of str
        Roles whose usual names do as well, after `role`'s.
    """
    if option is not None:
        return named(option, columns, shown, flag)
    for name in (usual(known, columns) for known in (role, *others)):
        if name is not None:
            return name
    raise InputError(
        f"no column of {shown} looks like the {role}; its columns are {', '.join(columns)}",
        f"name it with {flag} COLUMN, or say --header no where the first line holds no names",
    )


def optional(role: Role, option: str | None, columns: Sequence[str], shown: str) -> str | None:
    """Return the column that an option names or that is usually called so, or None."""
    if option == ABSENT:
        return None
    return usual(role, columns) if option is None else named(option, columns, shown, f"--{role}")
