"""What knobs are made from: a latent space as its users fill it, and the labels that may be seen.

Everything is measured as `align` measures it, from users who are not steered. Labels can be hidden: then
directions and named axes are fitted anew, and nothing of a hidden item's labels is left in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.alignment.directions import Directions, fit_directions, purified
from lfd.core.alignment.frames import Frame, find_frame, refitted
from lfd.core.alignment.measure import Measured, measure
from lfd.core.alignment.presence import presence_tests
from lfd.core.concepts import Concepts, find_concepts
from lfd.errors import InputError

if TYPE_CHECKING:
    from lfd.core.attributes import Attribute
    from lfd.core.models.protocol import LatentModel
    from lfd.settings.alignment import AlignSettings

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Space:
    """A latent space and its concepts.

    Attributes
    ----------
    measured : Measured
        Positions of users, whitening, Jacobians, popularity strata.
    concepts : Concepts
    frame : Frame
        The aligned axes, in whitened coordinates.
    directions : Directions
        In whitened coordinates, fitted on the labels of the visible items.
    visible : numpy.ndarray of bool, (items,)
        Whose labels may be seen.
    """

    measured: Measured
    concepts: Concepts
    frame: Frame
    directions: Directions
    visible: npt.NDArray[np.bool_]

    def of(self, kind: str) -> Floats:
        """Every concept's direction (concepts x rank): reading, steering, natural or pure."""
        return self.directions.of(kind)

    @property
    def slopes(self) -> Floats:
        """Q' a (concepts x rank): how fast each concept's expected share rises along whitened coordinates."""
        return self.directions.steering * self.directions.slope[:, None]


def find_space(
    model: LatentModel,
    interactions: sparse.csr_array,
    attributes: Sequence[Attribute],
    settings: AlignSettings,
) -> Space:
    """Measure a latent space, and find its concepts with all labels in sight.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items
        Of users who will not be steered.
    attributes : sequence of Attribute
    settings : AlignSettings

    Returns
    -------
    Space

    Raises
    ------
    InputError
        Users do not differ in any direction, the decoder ignores z, an attribute cannot be read, or there is
        no concept.
    UsageError
        The settings ask for a rank or for concepts that there are not.
    """
    # The streams of `align`, so that the same users and settings give the same axes.
    streams = np.random.default_rng(settings.seed).spawn(3)
    measured = measure(model, interactions, replace(settings, top=1, folds=2), streams[:2])
    concepts = find_concepts(attributes, model.n_items, settings.least_items)
    if not len(concepts):
        raise InputError(
            f"no value of any attribute is had by {settings.least_items} items, and lacked by as many",
            "give the items attributes that can be steered to: lfd load",
        )
    presence = presence_tests(measured.both, concepts, measured.strata, settings.permutations, streams[2])
    directions = fit_directions(measured.both, concepts, measured.strata)
    coordinates = measured.whitening.coordinates(measured.means)
    frame = find_frame(settings, concepts, directions, presence.given, measured.both.loadings, coordinates)
    everything = np.ones(model.n_items, dtype=np.bool_)
    return Space(measured, concepts, frame, purified(directions, frame.named), everything)


def with_hidden(space: Space, visible: npt.NDArray[np.bool_]) -> Space:
    """The same space as one sees it who knows some items' labels only.

    Which concepts become axes is kept; where they lie is fitted anew.

    Parameters
    ----------
    space : Space
    visible : numpy.ndarray of bool, (items,)

    Returns
    -------
    Space
    """
    directions = fit_directions(space.measured.both, space.concepts, space.measured.strata, visible)
    frame = replace(space.frame, axes=refitted(space.frame, directions))
    return replace(space, frame=frame, directions=purified(directions, frame.named), visible=visible)
