"""Where users and knobs are in the latent space of a run, without data frames, so that an answer is quick.

Positions are in aligned axes where the run is aligned, whatever axes its latents are in; else in the model's
own. In aligned axes the users have covariance 1 on the first `rank` ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from lfd.core.attributes import AttributeSchema, value_levels
from lfd.core.concepts import Concept
from lfd.core.data import interaction_matrix
from lfd.errors import InputError
from lfd.run.alignment import CONCEPTS, DIRECTIONS, ROTATION, read_rotation
from lfd.run.dataset import INTERACTIONS, ITEMS, read_schema
from lfd.run.latents import ALIGNED, AXES, USERS, read_frame_axes
from lfd.run.tables import Reader, array_of, column_names, read_arrays, read_batches, read_columns

if TYPE_CHECKING:
    from lfd.core.alignment.rotated import Rotation

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ground:
    """The latent space of a run.

    Attributes
    ----------
    centre : numpy.ndarray, (latent,)
        The users' mean.
    units : numpy.ndarray, (latent,)
        Their standard deviation on each axis; 1 where it is not known.
    axes : numpy.ndarray, axes x latent
        For each axis that the run's latents are in, one of the users' standard deviations along it.
    rank : int
        How many coordinates the users differ in.
    rotation : Rotation or None
        None where the run is not aligned, and has no directions.
    latents_aligned : bool
        Whether the run's latents are in aligned axes.
    """

    centre: Floats = field(repr=False)
    units: Floats = field(repr=False)
    axes: Floats = field(repr=False)
    rank: int
    rotation: Rotation | None = field(repr=False)
    latents_aligned: bool

    def positions(self, latents: Floats) -> Floats:
        """Latents of the run (users x latent) as positions."""
        if self.rotation is None or self.latents_aligned:
            return latents
        return self.rotation.align(latents)

    def spread(self, coordinates: Floats) -> Floats:
        """Moves on the coordinates in which users differ (rows x rank) as moves of positions."""
        if self.rotation is None:
            moves: Floats = coordinates * self.units
            return moves
        return np.pad(coordinates, ((0, 0), (0, len(self.centre) - self.rank)))


def read_ground(run: Reader) -> Ground:
    """Where the users of a run are, and in what axes."""
    axes, aligned = read_arrays(run, AXES, ("mean", "variance")), read_frame_axes(run) == ALIGNED
    centre, deviations = axes["mean"], np.sqrt(axes["variance"])
    if ROTATION not in run:
        return Ground(centre, deviations, np.diag(deviations), len(centre), None, False)
    rotation = read_rotation(run)
    if aligned:
        return Ground(centre, deviations, np.diag(deviations), rotation.rank, rotation, True)
    own = deviations[:, None] * rotation.to_aligned
    return Ground(rotation.align(centre), np.ones_like(centre), own, rotation.rank, rotation, False)


def read_kind(run: Reader, kind: str, rows: Sequence[int]) -> Floats:
    """Directions of one kind of some concepts (rows x latent, of length 1), in aligned axes."""
    found = read_columns(run, DIRECTIONS, ("kind",))["kind"]
    number = sum(name.startswith("z") for name in column_names(run, DIRECTIONS))
    axes = read_arrays(run, DIRECTIONS, [f"z{j}" for j in range(number)])
    own = np.flatnonzero(np.array(found) == kind)[list(rows)]
    return np.column_stack(list(axes.values()))[own]


@dataclass(frozen=True)
class Found:
    """The concepts of a run's alignment, in its order.

    Attributes
    ----------
    concepts : tuple of Concept
    q, q_given : numpy.ndarray, (concepts,)
        Share of false discoveries among those as sure as each: alone, and given the others.
    """

    concepts: tuple[Concept, ...]
    q: Floats = field(repr=False)
    q_given: Floats = field(repr=False)


def read_found(run: Reader) -> Found:
    """The concepts of a run's alignment; none where it is not aligned."""
    if CONCEPTS not in run:
        return Found((), np.zeros(0), np.zeros(0))
    words = read_columns(run, CONCEPTS, ("attribute", "value", "items"))
    numbers = read_arrays(run, CONCEPTS, ("q", "q_given"))
    concepts = tuple(map(Concept, words["attribute"], words["value"], words["items"]))
    return Found(concepts, numbers["q"], numbers["q_given"])


def read_means(run: Reader, number: int | None = None) -> Floats:
    """The means of the users (users x latent); of the first `number` at least, where one is given."""
    names = [n for n in column_names(run, USERS) if n.startswith("z") and not n.endswith("_sd")]
    found, rows = [], 0
    for batch in read_batches(run, USERS, names):
        found.append(np.column_stack([array_of(batch[n]) for n in names]).astype(np.float64))
        rows += batch.num_rows
        if number is not None and rows >= number:
            break
    return np.vstack(found)


def read_ids(run: Reader, member: str, column: str) -> pa.Array:
    """Ids as the table holds them."""
    parts = [batch[column].combine_chunks() for batch in read_batches(run, member, [column])]
    return pa.concat_arrays([p.combine_chunks() if isinstance(p, pa.ChunkedArray) else p for p in parts])


def latent_rows(run: Reader, users: pa.Array) -> Integers:
    """The rows of users in the table of latents.

    Raises
    ------
    InputError : a user has no latents
    """
    rows = pc.index_in(users, value_set=read_ids(run, USERS, "user"))
    if rows.null_count:
        lost = users.filter(pc.is_null(rows))[0].as_py()
        raise InputError(f"{USERS} has no user {lost}", "encode again: lfd encode RUN --force")
    return array_of(rows).astype(np.int64)


def read_choices(run: Reader, users: pa.Array) -> sparse.csr_array:
    """What users of the run have chosen (users x items), in bounded memory but for the result."""
    items = read_ids(run, ITEMS, "item")
    user, item, value = [], [], []
    for batch in read_batches(run, INTERACTIONS, ("user", "item", "value")):
        row = pc.index_in(batch["user"], value_set=users)
        own = batch.append_column("row", row).filter(pc.is_valid(row))
        user.append(array_of(own["row"]))
        item.append(array_of(pc.index_in(own["item"], value_set=items)))
        value.append(array_of(own["value"]))
    rows, columns, values = (np.concatenate(part) for part in (user, item, value))
    return interaction_matrix(rows, columns, values, (len(users), len(items)))


def read_levels(run: Reader, concepts: Sequence[tuple[str, str | None]]) -> Floats:
    """How much of each concept (attribute, and value or None) the items have (items x concepts)."""
    schema: dict[str, AttributeSchema] = read_schema(run)
    columns = read_columns(run, ITEMS, sorted({attribute for attribute, _ in concepts}))
    levels = [value_levels(columns[name], schema[name], value) for name, value in concepts]
    return np.column_stack(levels)
