"""Names of the run's users, items and concepts, to look things up by; without data frames, to be quick."""

from __future__ import annotations

from typing import Any

from lfd.core.names import Names
from lfd.run.tables import Reader, read_columns, read_yaml

ITEMS, USERS, SCHEMA = "data/items.parquet", "data/users.parquet", "data/schema.yaml"
CONCEPTS = "alignment/concepts.parquet"


def item_names(run: Reader) -> Names:
    """The items by id and title."""
    found = read_columns(run, ITEMS, ("item", "title"))
    return Names("item", found["item"], found.get("title"))


def user_names(run: Reader) -> Names:
    """The users by id."""
    return Names("user", read_columns(run, USERS, ("user",))["user"])


def concept_names(run: Reader) -> tuple[list[str], dict[str, list[str]]]:
    """The concepts of the run's alignment in their order, and all values of each attribute."""
    concepts: list[Any] = read_columns(run, CONCEPTS, ("concept",))["concept"] if CONCEPTS in run else []
    attributes = read_yaml(run, SCHEMA)["attributes"]
    return list(map(str, concepts)), {n: list(map(str, how["values"])) for n, how in attributes.items()}
