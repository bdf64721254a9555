"""What is printed: a row an item, with its attributes and what carried it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lfd.errors import InputError

if TYPE_CHECKING:
    from lfd.core.explaining.leanings import Leanings
    from lfd.core.recommending.lists import Carried, Lists
    from lfd.run.folder import Snapshot
    from lfd.run.placing import Ground

SIGNS = {1: "+", -1: "-", 0: ""}
WISH = "your wish"
CARRIED = "carried_by"


@dataclass(frozen=True)
class Catalogue:
    """The items as they are printed.

    Attributes
    ----------
    ids, titles : one an item; titles empty where the table has none
    attributes : by name, a value (or a list of values) an item
    """

    ids: list[Any] = field(repr=False)
    titles: list[Any] = field(repr=False)
    attributes: dict[str, list[Any]] = field(repr=False)


def read_catalogue(run: Snapshot) -> Catalogue:
    """The items with all attributes that the run reads."""
    from lfd.run.dataset import ITEMS, read_schema
    from lfd.run.tables import read_columns

    names = list(read_schema(run))
    found = read_columns(run, ITEMS, ("item", "title", *names))
    return Catalogue(found["item"], found.get("title", []), {name: found[name] for name in names})


def leanings_of(run: Snapshot, ground: Ground) -> Leanings:
    """What a user's place is told by: concepts where the run has any, else its axes."""
    from lfd.run.leanings import axis_leanings, concept_leanings

    try:
        return concept_leanings(run, ground)
    except InputError:  # none that is told apart from the others
        return axis_leanings(ground)


def columns(
    people: Sequence[Any],
    lists: Lists,
    carried: Carried | None,
    leanings: Leanings | None,
    catalogue: Catalogue,
    who: str,
) -> dict[str, list[Any]]:
    """Lists as columns of a table.

    Parameters
    ----------
    people : one a list
    lists : items and scores
    carried : what carried each item; None: that is not told
    leanings : what its parts are
    catalogue : the items
    who : the first column: user, draw; empty: none, there is one list
    """
    rows = [
        (person, rank, item)
        for person, items in enumerate(lists.item.tolist())
        for rank, item in enumerate(items)
        if item >= 0
    ]
    table: dict[str, list[Any]] = {who: [people[p] for p, _, _ in rows]} if who else {}
    table["rank"] = [rank + 1 for _, rank, _ in rows]
    table["item"] = [catalogue.ids[item] for *_, item in rows]
    if catalogue.titles:
        table["title"] = [catalogue.titles[item] for *_, item in rows]
    for name, values in catalogue.attributes.items():
        table[name] = [values[item] for *_, item in rows]
    table["score"] = [float(lists.score[p, rank]) for p, rank, _ in rows]
    if carried is not None and leanings is not None:
        table[CARRIED] = [_said(carried, leanings, p, rank) for p, rank, _ in rows]
    return table


def _said(carried: Carried, leanings: Leanings, person: int, rank: int) -> list[dict[str, Any]]:
    """The parts that lifted an item (`genre=Drama+`), with how much."""
    parts = carried.part[person, rank].tolist()
    sides, nats = carried.side[person, rank].tolist(), carried.nats[person, rank].tolist()
    names = (*leanings.names, WISH)
    return [
        {"factor": f"{names[part]}{SIGNS[side] if part < len(leanings.names) else ''}", "nats": amount}
        for part, side, amount in zip(parts, sides, nats, strict=True)
        if part >= 0
    ]
