"""The frame of axes that a latent space is given by one method or another, with who each axis is.

Knows concepts with their directions and tests, and item loadings; knows no model and no raw axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lfd.core.alignment.axes import (
    choose_concepts,
    completed,
    ica_axes,
    nearest_orthonormal,
    signed,
    varimax_axes,
)
from lfd.core.alignment.directions import Directions
from lfd.core.alignment.presence import ExactTest
from lfd.core.concepts import Concepts
from lfd.errors import UsageError, nearest
from lfd.settings.alignment import AlignSettings

Floats = npt.NDArray[np.float64]

SURE = 0.05  # a concept may become an axis where its q, given the others, is below this
INDEPENDENT = 0.1  # least singular value of the directions that a user names as axes


@dataclass(frozen=True)
class Frame:
    """Orthonormal axes in whitened coordinates.

    Attributes
    ----------
    axes : numpy.ndarray, rank x rank
    chosen : tuple of int
        The concepts of the first axes; none where the method does not look at labels.
    named : tuple of int
        The concepts that pure directions leave alone: `chosen`, or those that would be.
    notes : tuple of str
    """

    axes: Floats
    chosen: tuple[int, ...]
    named: tuple[int, ...]
    notes: tuple[str, ...]


def find_frame(
    settings: AlignSettings,
    concepts: Concepts,
    directions: Directions,
    given: ExactTest,
    loadings: Floats,
    coordinates: Floats,
) -> Frame:
    """Find the axes by the method of the settings.

    Parameters
    ----------
    settings : AlignSettings
    concepts : Concepts
    directions : Directions
    given : ExactTest
        Of each concept given the others; only those that are there become axes unasked.
    loadings : numpy.ndarray, items x rank
    coordinates : numpy.ndarray, users x rank, whitened

    Returns
    -------
    Frame

    Raises
    ------
    UsageError
        A concept is named that is not there, too many are, or some that lie in each other's span.
    LfdError
        `ica` or `varimax` does not converge.
    """
    chosen, notes = _chosen(settings, concepts, directions.decoded, given)
    if settings.method != "attributes":
        free = ica_axes(coordinates, loadings) if settings.method == "ica" else varimax_axes(loadings)
        return Frame(signed(free, loadings), (), tuple(chosen), ())
    named = nearest_orthonormal(directions.decoded[chosen])
    axes = completed(named, loadings)
    axes[len(chosen) :] = signed(axes[len(chosen) :], loadings)
    return Frame(axes, tuple(chosen), tuple(chosen), notes)


def refitted(frame: Frame, directions: Directions) -> Floats:
    """The frame as other labels would have it: the same concepts, and the rest as near as can be.

    Parameters
    ----------
    frame : Frame
    directions : Directions
        Of the same concepts, fitted on other labels.

    Returns
    -------
    numpy.ndarray, rank x rank, orthonormal rows
    """
    if not frame.chosen:
        return frame.axes
    named = nearest_orthonormal(directions.decoded[list(frame.chosen)])
    rest = frame.axes[len(frame.chosen) :]
    axes: Floats = np.vstack([named, nearest_orthonormal(rest - (rest @ named.T) @ named)])
    return axes


def _chosen(
    settings: AlignSettings, concepts: Concepts, reading: Floats, given: ExactTest
) -> tuple[list[int], tuple[str, ...]]:
    if settings.concepts:
        return _named(settings.concepts, concepts, reading), ()
    # An ordered attribute's single values leave the axis to the whole of it, which says which way it goes.
    sure = (given.q < SURE) & ~concepts.part_of_whole
    if not sure.any():
        return [], ("no concept is told apart from the others (q < 0.05): the axes are the principal ones",)
    return choose_concepts(concepts.names, reading, sure, outside=settings.outside, most=settings.axes), ()


def _named(wanted: tuple[str, ...], concepts: Concepts, reading: Floats) -> list[int]:
    """The concepts that a user names, in that order."""
    names = [concept.name for concept in concepts.names]
    unknown = next((name for name in wanted if name not in names), None)
    if unknown is not None:
        few = f" (it has {concepts.left_out[unknown]} items)" if unknown in concepts.left_out else ""
        raise UsageError(f"there is no concept {unknown}{few}", f"{nearest(unknown, names)} --concepts")
    chosen = [names.index(name) for name in dict.fromkeys(wanted)]
    if len(chosen) > reading.shape[1]:
        raise UsageError(
            f"{len(chosen)} concepts are more than the {reading.shape[1]} directions in which users differ",
            "name fewer: --concepts",
        )
    if np.linalg.svd(reading[chosen], compute_uv=False)[-1] < INDEPENDENT:
        raise UsageError(
            f"the directions of {', '.join(wanted)} lie almost in each other's span",
            "name concepts that differ more: --concepts",
        )
    return chosen
