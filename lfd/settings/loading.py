"""The options of `load`: where the columns are, how text is read, what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt

from lfd.errors import UsageError


@dataclass(frozen=True)
class LoadSettings:
    """How real data comes in.

    A column left at `None` is recognised by its usual names. `none` as a column's name says that there
    is none (value, timestamp, title, year, genre), whatever the names say. Columns of a file without a
    header are named by their numbers: 1, 2, 3.
    """

    source: Annotated[str, "A folder or zip of MovieLens or RecBole, or a table; - for stdin."] = "-"
    items: Annotated[str | None, "Table of items: a file, or one inside the folder or archive."] = None
    users: Annotated[str | None, "Table of users: a file, or one inside the folder or archive."] = None
    user: Annotated[str | None, "Column of the users' ids."] = None
    item: Annotated[str | None, "Column of the items' ids."] = None
    value: Annotated[str | None, "Column of the values (none: every interaction counts 1)."] = None
    timestamp: Annotated[str | None, "Column of the times (none: leave them out)."] = None
    items_id: Annotated[str | None, "Column of the items table that holds the item's id."] = None
    users_id: Annotated[str | None, "Column of the users table that holds the user's id."] = None
    title: Annotated[str | None, "Column of the items table that holds the title (none: the id)."] = None
    year: Annotated[str | None, "Column of the items table that holds the year or the date."] = None
    genre: Annotated[str | None, "Column of the items table that becomes the attribute genre."] = None
    attributes: Annotated[
        tuple[str, ...], "Attributes to keep; all that can be one where none is named."
    ] = ()
    separator: Annotated[str, "What stands between several values in one cell of the items table."] = "|"
    encoding: Annotated[str, "Text encoding; auto is UTF-8, and Latin-1 where MovieLens is not UTF-8."] = (
        "auto"
    )
    delimiter: Annotated[str | None, "What stands between columns; recognised by looking."] = None
    header: Annotated[Literal["auto", "yes", "no"], "Whether text tables start with a line of names."] = (
        "auto"
    )
    min_value: Annotated[
        Annotated[float, Gt(0)] | Literal["auto", "off"],
        "Smallest value that counts, as 1; off scales to [0, 1]; auto is 4 on scales of 5 stars, else off.",
    ] = "auto"
    min_user_items: Annotated[int, Ge(1), "Drop users with fewer items, repeated until none is left."] = 5
    min_item_users: Annotated[
        int, Ge(0), "Drop items with fewer users, repeated until none is left; 0 keeps items without any."
    ] = 5
    duplicates: Annotated[
        Literal["error", "first", "last", "max", "mean"], "What to do with a user's second row for an item."
    ] = "error"
    unknown_items: Annotated[
        Literal["error", "keep", "drop"], "What to do with interactions whose item is not in the items table."
    ] = "keep"

    def __post_init__(self) -> None:
        if self.user is not None and self.user == self.item:
            raise UsageError(
                f"column {self.user} is named as the user and as the item", "name two with --user and --item"
            )
        if not isinstance(self.min_value, str) and self.value == "none":
            raise UsageError(
                f"min_value {self.min_value:g} needs a column of values, and value is none",
                "leave out --min-value",
            )
        if not self.separator:
            raise UsageError("the separator of several values is empty", "name one with --separator '|'")
