"""The leanings that a run's users can be explained by: its axes, or the concepts of its alignment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lfd.core.concepts import Concept
from lfd.core.explaining.leanings import Leanings, along_axes, along_concepts, told_apart
from lfd.run.alignment import CONCEPTS, ROTATION, read_directions, read_rotation
from lfd.run.latents import ALIGNED, AXES, RAW, read_frame_axes
from lfd.run.tables import Reader, read_columns

SURE = 0.05  # largest q, given the others, of a concept that is explained by unasked

Floats = npt.NDArray[np.float64]


def frame_of(run: Reader) -> str:
    """The axes that explanations are in: `aligned` where the run has an alignment, else `raw`."""
    return ALIGNED if ROTATION in run else RAW


def axis_leanings(run: Reader) -> Leanings:
    """The axes, around the mean of the run's users, in their standard deviations.

    A run without an alignment must have latents.
    """
    return along_axes(*_centre_and_units(run))


def concept_leanings(run: Reader, chosen: Sequence[int] = ()) -> Leanings:
    """Concepts of the run's alignment along their reading directions.

    Parameters
    ----------
    run : with an alignment
    chosen : rows of the table of concepts; by default those that are told apart from the others

    Raises
    ------
    InputError : no concept is told apart
    """
    concepts, table = read_concept_list(run), read_columns(run, CONCEPTS, ("q_given",))
    reading = read_directions(run)["reading"]
    rows = list(chosen) or told_apart(concepts, reading, np.array(table["q_given"]) < SURE)
    return along_concepts(reading[rows], [concepts[row].name for row in rows], *_centre_and_units(run))


def read_concept_list(run: Reader) -> list[Concept]:
    """The concepts of the run's alignment, in the order of their table."""
    table = read_columns(run, CONCEPTS, ("attribute", "value", "items"))
    return [Concept(*row) for row in zip(table["attribute"], table["value"], table["items"], strict=True)]


def _centre_and_units(run: Reader) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the users on each axis; of aligned axes they are 0 and 1."""
    if ROTATION not in run:
        table = read_columns(run, AXES, ("mean", "variance"))
        return np.array(table["mean"]), np.sqrt(np.array(table["variance"]))
    rotation = read_rotation(run)
    units = (np.arange(rotation.n_latent) < rotation.rank).astype(np.float64)
    if AXES in run and read_frame_axes(run) == ALIGNED:
        units = np.sqrt(np.array(read_columns(run, AXES, ("variance",))["variance"]))
    return np.zeros(rotation.n_latent), units
