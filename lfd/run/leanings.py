"""The leanings that a run's users can be explained by: its axes, or the concepts of its alignment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lfd.core.explaining.leanings import Leanings, along_axes, along_concepts, told_apart
from lfd.run.placing import Ground, read_found, read_kind

if TYPE_CHECKING:
    from lfd.run.tables import Reader

SURE = 0.05  # largest q, given the others, of a concept that is told apart from them


def axis_leanings(ground: Ground) -> Leanings:
    """The axes that the run's latents are in."""
    return along_axes(ground.centre, ground.units, steps=ground.axes)


def concept_leanings(run: Reader, ground: Ground, chosen: Sequence[int] = ()) -> Leanings:
    """Concepts of the run's alignment, along their reading directions.

    Parameters
    ----------
    run : with an alignment
    ground : its latent space
    chosen : rows of the table of concepts; by default those that are told apart from the others

    Raises
    ------
    InputError : no concept is told apart
    """
    found = read_found(run)
    rows = list(chosen) or told_apart(found.concepts, found.q_given < SURE)
    names = [found.concepts[row].name for row in rows]
    return along_concepts(read_kind(run, "reading", rows), names, ground.centre, ground.units)
