"""To whom: users of the run, new histories, a table of either, or nobody yet."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lfd.errors import InputError, UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from scipy import sparse

    from lfd.cli.console import Console
    from lfd.core.models.protocol import LatentModel
    from lfd.core.names import Names
    from lfd.run.folder import Snapshot
    from lfd.run.placing import Ground

    Floats = npt.NDArray[np.float64]

STDIN = "-"
MOST_SAID = 5  # misspelt titles that are said one by one


@dataclass(frozen=True)
class Someone:
    """People to recommend to: who they are, what they have, and where they are where the run knows it.

    Attributes
    ----------
    names : ids as they are printed
    seen : users x items
    places : users x latent; None: to be encoded from what they have
    known : whether anything is known of them
    """

    names: list[Any]
    seen: sparse.csr_array = field(repr=False)
    places: Floats | None = field(repr=False)
    known: bool = True

    def batches(self, model: LatentModel, size: int) -> Iterator[tuple[list[Any], Floats, sparse.csr_array]]:
        """Some people at a time: who, at what positions, with what they have."""
        for first in range(0, len(self.names), size):
            part = slice(first, first + size)
            seen = self.seen[part]
            place = model.encode(seen)[0] if self.places is None else self.places[part]
            yield self.names[part], place, seen


def users_of_run(run: Snapshot, ground: Ground, wanted: Sequence[str]) -> Someone:
    """Users of the run by id."""
    import pyarrow as pa

    from lfd.run.dataset import USERS
    from lfd.run.naming import user_names
    from lfd.run.placing import latent_rows, read_choices, read_ids, read_means

    names = user_names(run)
    known = read_ids(run, USERS, "user")
    ids = pa.concat_arrays([known.slice(names.find(user), 1) for user in wanted])
    places = ground.positions(read_means(run)[latent_rows(run, ids)])
    return Someone(ids.to_pylist(), read_choices(run, ids), places)


def check_history(items: Sequence[str]) -> None:
    """Refuse a history of nothing, before anything is made for it.

    Raises
    ------
    InputError
    """
    if not any(item.strip() for item in items):
        raise InputError(
            "the history is empty", "name items of it: --history 'Alien (1979)'; or leave it out for nobody"
        )


def new_history(run: Snapshot, items: Sequence[str], console: Console) -> Someone:
    """Somebody new, by items that they name by id or title."""
    from lfd.run.naming import item_names

    wanted = _lines() if list(items) == [STDIN] else [item for item in items if item.strip()]
    check_history(wanted)
    names = item_names(run)
    rows = _rows(names, wanted, console)
    return Someone(["new"], _histories(["new"] * len(rows), rows, len(names.ids))[1], None)


def table_of_people(run: Snapshot, ground: Ground, path: Path, console: Console) -> Someone:
    """Everybody in a table: users of the run (column user), or histories (columns user and item)."""
    from lfd.run.naming import item_names
    from lfd.run.tables import read_outside

    hint = "write a table with a column user, or user and item: lfd recommend RUN --users FILE"
    table = read_outside(sys.stdin.buffer if str(path) == STDIN else path, hint)
    if "user" not in table:
        there = ", ".join(map(str, table.columns))
        raise InputError(f"{path} has no column user (columns: {there})", hint)
    if not len(table):
        raise InputError(f"{path} has no rows", hint)
    if "item" not in table:
        return users_of_run(run, ground, [str(user) for user in dict.fromkeys(table["user"])])
    if table["item"].isna().any():
        row = int(table["item"].isna().to_numpy().argmax())
        raise InputError(
            f"{path}, row {row}: the history of {table['user'].iloc[row]} has no item there",
            "leave the row out; with a column user alone it names users of the run",
        )
    names = item_names(run)
    rows = _rows(names, [str(item) for item in table["item"]], console)
    people, seen = _histories(table["user"].tolist(), rows, len(names.ids))
    return Someone(people, seen, None)


def nobody(ground: Ground, n_items: int) -> Someone:
    """Somebody of whom nothing is known, at the users' mean."""
    from scipy import sparse

    return Someone(["nobody"], sparse.csr_array((1, n_items)), ground.centre[None], known=False)


def _rows(names: Names, wanted: Sequence[str], console: Console) -> list[int]:
    """Rows of items as they are named; titles that are misspelt are said."""
    read: dict[str, str] = {}
    rows = {}
    for word in dict.fromkeys(wanted):
        match = names.find_near(word.strip())
        rows[word] = match.row
        if match.read_as:
            read[word] = match.read_as
    for word, title in list(read.items())[:MOST_SAID]:
        console.note(f"read '{word.strip()}' as {title}")
    if len(read) > MOST_SAID:
        console.note(f"and {len(read) - MOST_SAID} more titles as the nearest ones")
    return [rows[word] for word in wanted]


def _histories(people: list[Any], rows: list[int], n_items: int) -> tuple[list[Any], sparse.csr_array]:
    """One row of choices for each person, in the order in which they come; an item twice is one choice."""
    import numpy as np

    from lfd.core.data import interaction_matrix

    number = {person: row for row, person in enumerate(dict.fromkeys(people))}
    user = np.array([number[person] for person in people])
    seen = interaction_matrix(user, np.array(rows), np.ones(len(rows)), (len(number), n_items))
    seen.data[:] = 1
    return list(number), seen


def _lines() -> list[str]:
    if sys.stdin.isatty():
        raise UsageError("--history -: nothing is piped in", "name items: --history 'Alien (1979)'")
    return [line.strip() for line in sys.stdin.buffer.read().decode("utf-8").splitlines() if line.strip()]
