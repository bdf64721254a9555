"""The leanings that a run's users can be explained by: its axes, or the concepts of its alignment.

Both are in the axes that the run's latents are in.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lfd.core.concepts import Concept
from lfd.core.explaining.leanings import Leanings, along_axes, along_concepts, told_apart, turned
from lfd.run.alignment import CONCEPTS, read_directions, read_rotation
from lfd.run.latents import ALIGNED, AXES, read_frame_axes
from lfd.run.tables import Reader, read_columns

SURE = 0.05  # largest q, given the others, of a concept that is told apart from them


def axis_leanings(run: Reader) -> Leanings:
    """The axes of a run with latents, around the mean of its users, in their standard deviations."""
    table = read_columns(run, AXES, ("mean", "variance"))
    return along_axes(np.array(table["mean"]), np.sqrt(np.array(table["variance"])))


def concept_leanings(run: Reader, chosen: Sequence[int] = ()) -> Leanings:
    """Concepts of a run with an alignment, along their reading directions.

    Parameters
    ----------
    run : with latents and an alignment
    chosen : rows of the table of concepts; by default those that are told apart from the others

    Raises
    ------
    InputError : no concept is told apart
    """
    concepts, rotation = read_concept_list(run), read_rotation(run)
    reading = read_directions(run)["reading"]
    rows = list(chosen) or told_apart(concepts, reading, np.array(sure_concepts(run), dtype=np.bool_))
    units = (np.arange(rotation.n_latent) < rotation.rank).astype(np.float64)
    names = [concepts[row].name for row in rows]
    found = along_concepts(reading[rows], names, np.zeros(rotation.n_latent), units)
    return found if read_frame_axes(run) == ALIGNED else turned(found, rotation, axis_leanings(run).units)


def read_concept_list(run: Reader) -> list[Concept]:
    """The concepts of the run's alignment, in the order of their table."""
    table = read_columns(run, CONCEPTS, ("attribute", "value", "items"))
    return [Concept(*row) for row in zip(table["attribute"], table["value"], table["items"], strict=True)]


def sure_concepts(run: Reader) -> list[bool]:
    """Whether each of them is there, given the others."""
    return [q < SURE for q in read_columns(run, CONCEPTS, ("q_given",))["q_given"]]
