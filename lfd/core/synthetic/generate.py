"""Synthetic data from its settings: items at once, users and interactions a chunk at a time.

Memory is bounded by the chunk, not by the users. Users are drawn in blocks of a size that depends on
the number of items only, each block from a seed of its own, so that neither the size of the chunks nor
the number of users before a block changes a byte of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from lfd.core.attributes import Schema
from lfd.core.data import Dataset, interaction_matrix
from lfd.core.synthetic.bipolar import BipolarUsers
from lfd.core.synthetic.catalogue import Catalogue, draw_catalogue, items_table, schema_of, truth_table
from lfd.core.synthetic.exclusive import ExclusiveUsers
from lfd.core.synthetic.sampling import BATCH, Ints
from lfd.errors import UsageError
from lfd.settings.synthetic import GenDataSettings, parse_interactions

LARGEST_BLOCK = 8192  # users
DEFAULT_INTERACTIONS = {"exclusive": "4-7", "bipolar": "20"}
_ITEMS, _LABELS, _USERS = range(3)  # what each stream of random numbers is for


class Users(Protocol):
    """What a generator is: it draws some users, their truth and their choices."""

    def draw(
        self, first: int, rows: int, rng: np.random.Generator
    ) -> tuple[dict[str, npt.NDArray[np.object_ | np.float64]], Ints]:
        """Draw truth columns, and row * items + item of each interaction, ascending."""
        ...


@dataclass(frozen=True)
class UserChunk:
    """Some consecutive users and their interactions, sorted by user, then item.

    Attributes
    ----------
    users : pandas.DataFrame
        Column `user` (ids from 1), then `truth.*`: the factor's name (exclusive), or the strength of each
        factor, hidden ones too (bipolar).
    user, item : numpy.ndarray, interactions, int64
        Row numbers, from 0, in the whole users and items tables.
    value : numpy.ndarray, interactions, float32, in (0, 1]
    """

    users: pd.DataFrame
    user: Ints
    item: Ints
    value: npt.NDArray[np.float32]

    def cut(self, rows: int) -> tuple[UserChunk, UserChunk]:
        """Split into the first `rows` users and the rest."""
        ids = self.users["user"].to_numpy()[:rows]
        at = int(np.searchsorted(self.user, ids[-1])) if len(ids) else 0
        head = UserChunk(self.users[:rows], self.user[:at], self.item[:at], self.value[:at])
        return head, UserChunk(self.users[rows:], self.user[at:], self.item[at:], self.value[at:])


@dataclass(frozen=True)
class Synthetic:
    """Synthetic data: the items, and the users as chunks that are drawn when asked for.

    Attributes
    ----------
    items : pandas.DataFrame
        Columns `item` (ids from 1), `title`, one column an attribute: str, or None where missing.
    schema : dict of str to AttributeSchema
        How each attribute is read; factors that no attribute shows are not in it.
    truth : pandas.DataFrame
        What each value of each factor does: factor, value, coefficient, ordered, metadata. Bipolar: users
        of positive strength choose values of positive coefficient (in [-1, 1]). Exclusive: users of a
        factor choose the value of coefficient 1, the others have 0.
    catalogue : Catalogue
        The items' true values, before labels went wrong or missing, and their popularity.
    """

    settings: GenDataSettings
    items: pd.DataFrame
    schema: Schema
    truth: pd.DataFrame
    catalogue: Catalogue = field(repr=False)
    chunk_users: int
    source: Users = field(repr=False)

    @property
    def n_users(self) -> int:
        return self.settings.users

    def chunks(self) -> Iterator[UserChunk]:
        """Draw the users in order, `chunk_users` at a time; each call draws the same again."""
        held: list[UserChunk] = []
        room = self.chunk_users
        for block in self._blocks():
            while len(block.users) >= room:
                head, block = block.cut(room)
                yield _join([*held, head])
                held, room = [], self.chunk_users
            held.append(block)
            room -= len(block.users)
        if room < self.chunk_users:
            yield _join(held)

    def dataset(self) -> Dataset:
        """Everything at once, in memory."""
        whole = _join(list(self._blocks()))
        shape = (self.n_users, len(self.items))
        matrix = interaction_matrix(whole.user, whole.item, whole.value, shape)
        return Dataset(matrix, whole.users, self.items, self.schema)

    def _blocks(self) -> Iterator[UserChunk]:
        size = max(1, min(LARGEST_BLOCK, BATCH // self.settings.items))
        for number, first in enumerate(range(0, self.n_users, size)):
            rng = _stream(self.settings.seed, _USERS, number)
            yield self._block(first, min(size, self.n_users - first), rng)

    def _block(self, first: int, rows: int, rng: np.random.Generator) -> UserChunk:
        truth, key = self.source.draw(first, rows, rng)
        user, item = first + key // self.settings.items, key % self.settings.items
        if self.settings.interaction_value == "continuous":
            value = rng.uniform(0.33, 1.0, len(key)).astype(np.float32)
        else:
            value = np.ones(len(key), dtype=np.float32)
        users = pd.DataFrame({"user": np.arange(first + 1, first + rows + 1), **truth})
        return UserChunk(users, user, item, value)


def generate(settings: GenDataSettings, chunk_users: int = 65_536) -> Synthetic:
    """Draw the items of a synthetic data set, and be ready to draw its users.

    Parameters
    ----------
    settings : GenDataSettings
    chunk_users : int, at least 1, default 65,536
        Users in each chunk but the last. What is drawn does not depend on it.

    Returns
    -------
    Synthetic

    Raises
    ------
    UsageError
        More interactions than items to choose from, correlations that no variables can have, or
        `chunk_users` below 1.
    """
    if chunk_users < 1:
        raise UsageError(f"chunks of {chunk_users} users hold nobody", "ask for at least 1: chunk_users")
    catalogue = draw_catalogue(settings, _stream(settings.seed, _ITEMS))
    wanted = _wanted(settings, catalogue)
    make = ExclusiveUsers if settings.generator == "exclusive" else BipolarUsers
    return Synthetic(
        settings,
        items_table(catalogue, settings, _stream(settings.seed, _LABELS)),
        schema_of(catalogue.factors),
        truth_table(catalogue),
        catalogue,
        chunk_users,
        make(settings, catalogue, wanted),
    )


def _wanted(settings: GenDataSettings, catalogue: Catalogue) -> tuple[int, int] | float:
    """Interactions per user, as a range or a mean, checked against the items there are to choose from."""
    if settings.density is not None:
        wanted: tuple[int, int] | float = settings.density * settings.items
    else:
        wanted = parse_interactions(settings.interactions or DEFAULT_INTERACTIONS[settings.generator])
    blocks = settings.generator == "exclusive"
    limit = int(np.bincount(catalogue.block).min()) if blocks else settings.items
    most = wanted[1] if isinstance(wanted, tuple) else wanted
    if most > limit:
        where = "items of a factor's block" if blocks else "items there are"
        message = f"{most:g} interactions per user are more than the {limit} {where}"
        raise UsageError(message, "ask for fewer, or have more items: --interactions, --density or --items")
    return wanted


def _stream(seed: int, *key: int) -> np.random.Generator:
    """Give the generator of one stream: independent of all others of the same seed."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _join(chunks: list[UserChunk]) -> UserChunk:
    return UserChunk(
        pd.concat([chunk.users for chunk in chunks], ignore_index=True),
        np.concatenate([chunk.user for chunk in chunks]),
        np.concatenate([chunk.item for chunk in chunks]),
        np.concatenate([chunk.value for chunk in chunks]),
    )
