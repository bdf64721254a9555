"""`align`: from a model and the items' attributes to concepts, their directions and the axes they give.

Knows the order of the steps. Users' positions are whitened, the decoder is read along them, concepts are
tested, axes chosen, and everything that was fitted on labels is judged on labels it did not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.alignment.crossfit import Lists, crossfitted_gains, fold_directions
from lfd.core.alignment.directions import KINDS, Directions, fit_directions, purified
from lfd.core.alignment.explained import Explained, explained
from lfd.core.alignment.frames import Frame, find_frame, refitted
from lfd.core.alignment.measure import Measured, measure
from lfd.core.alignment.presence import presence_tests
from lfd.core.alignment.readings import too_many
from lfd.core.alignment.rotated import Rotation, rotation
from lfd.core.alignment.tables import axes_table, concepts_table
from lfd.core.attributes import Attribute
from lfd.core.concepts import Concepts, find_concepts
from lfd.core.strata import item_folds
from lfd.errors import InputError
from lfd.settings.alignment import AlignSettings

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ENOUGH = 500  # permutations for R^2, whose null varies little


@dataclass(frozen=True)
class Alignment:
    """What is found. All directions are rows of length 1 in aligned axes, to be used with an `AlignedModel`.

    Attributes
    ----------
    rotation : Rotation
    concepts : Concepts
    directions : Directions
    table : pandas.DataFrame, one row a concept
        See `concepts_table`.
    axes : pandas.DataFrame, one row an axis
        See `axes_table`.
    explained : Explained
        By aligned axis; of the first `rotation.rank` ones.
    chosen : tuple of int
        Concepts that became axes, in the order of the axes.
    strata, folds : numpy.ndarray of int64, (items,)
        Of equal popularity; and those in which fitted directions are judged.
    fold_directions : tuple of Directions
        Fitted without the labels of each fold.
    fold_axes : tuple of numpy.ndarray, axes x latent
        The same of the axes; all alike where the method does not look at labels.
    notes : tuple of str
        What the user should know.
    """

    rotation: Rotation
    concepts: Concepts
    directions: Directions
    table: pd.DataFrame = field(repr=False)
    axes: pd.DataFrame = field(repr=False)
    explained: Explained
    chosen: tuple[int, ...]
    strata: Integers = field(repr=False)
    folds: Integers = field(repr=False)
    fold_directions: tuple[Directions, ...] = field(repr=False)
    fold_axes: tuple[Floats, ...] = field(repr=False)
    notes: tuple[str, ...]


def align(
    model: LatentModel,
    interactions: sparse.csr_array,
    attributes: Sequence[Attribute],
    settings: AlignSettings,
    *,
    popularity: Floats | None = None,
    latents: tuple[Floats, Floats] | None = None,
) -> Alignment:
    """Find the concepts of the items' attributes in a model's latent space, and align its axes.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items
        Of the users that are to be described, usually those that the model was trained on.
    attributes : sequence of Attribute
        May be empty with `ica` and `varimax`.
    settings : AlignSettings
    popularity : numpy.ndarray, (items,), default each item's number of interactions
    latents : tuple of two numpy.ndarray, users x latent, default by encoding
        Mean and deviation of the same users.

    Returns
    -------
    Alignment
        The same for the same input and settings.

    Raises
    ------
    InputError
        Users do not differ in any direction, the decoder ignores z, or there is no concept.
    UsageError
        The settings ask for concepts, a rank or lists that there are not.
    """
    streams = np.random.default_rng(settings.seed).spawn(6)
    measured = measure(model, interactions, settings, streams[:2], popularity, latents)
    concepts = _concepts(attributes, model.n_items, settings)
    both, strata = measured.both, measured.strata
    presence = presence_tests(both, concepts, strata, settings.permutations, streams[2])
    directions = fit_directions(both, concepts, strata)
    coordinates = measured.whitening.coordinates(measured.means)
    frame = find_frame(settings, concepts, directions, presence.given, both.loadings, coordinates)
    folds = item_folds(strata, settings.folds, streams[3])
    fitted = fold_directions(both, concepts, strata, folds)
    lists = Lists(model, measured.sample[: settings.moved], measured.whitening, settings.top, settings.shift)
    gains = crossfitted_gains(lists, both, concepts, strata, folds, fitted, settings.permutations, streams[4])
    share = explained(
        both.loadings @ frame.axes.T, concepts, strata, min(settings.permutations, ENOUGH), streams[5]
    )
    own, *others = (
        turned(purified(d, frame.named), frame.axes, model.n_latent) for d in (directions, *fitted)
    )
    names = tuple(concepts.names[c].name for c in frame.chosen)
    return Alignment(
        rotation=rotation(measured.whitening, frame.axes, names, settings.method),
        concepts=concepts,
        directions=own,
        table=concepts_table(concepts, own, presence, gains, frame.chosen),
        axes=axes_table(names, both.loadings @ frame.axes.T, share, model.n_latent),
        explained=share,
        chosen=frame.chosen,
        strata=strata,
        folds=folds,
        fold_directions=tuple(others),
        fold_axes=tuple(_fold_axes(frame, d, model.n_latent) for d in fitted),
        notes=(*_notes(measured, concepts, directions), *frame.notes),
    )


def _concepts(attributes: Sequence[Attribute], n_items: int, settings: AlignSettings) -> Concepts:
    concepts = find_concepts(attributes, n_items, settings.least_items)
    if not len(concepts) and settings.method == "attributes":
        raise InputError(
            f"no value of any attribute is had by {settings.least_items} items, and lacked by as many",
            "give the items attributes, or align without them: lfd align --method ica",
        )
    return concepts


def turned(directions: Directions, axes: Floats, n_latent: int) -> Directions:
    """Directions in whitened coordinates as rows in aligned axes.

    Parameters
    ----------
    directions : Directions
    axes : numpy.ndarray, rank x rank, orthonormal rows
    n_latent : int
        Axes in all; those after the rank are 0.

    Returns
    -------
    Directions
    """
    rest = ((0, 0), (0, n_latent - len(axes)))
    found = {kind: np.pad(directions.of(kind) @ axes.T, rest) for kind in (*KINDS, "decoded")}
    return Directions(**found, slope=directions.slope, independent=directions.independent)


def _fold_axes(frame: Frame, directions: Directions, n_latent: int) -> Floats:
    axes: Floats = np.eye(n_latent)
    rank = len(frame.axes)
    axes[:rank, :rank] = refitted(frame, directions) @ frame.axes.T
    return axes


def _notes(measured: Measured, concepts: Concepts, directions: Directions) -> tuple[str, ...]:
    whitening, strata = measured.whitening, int(measured.strata.max()) + 1
    notes = [
        f"users differ in {whitening.rank} of {len(whitening.mean)} directions; the others stay as they are",
        f"labels are compared within {strata} popularity strata"
        if strata > 1
        else "labels are compared among all items (one popularity stratum)",
    ]
    if too_many(len(concepts), whitening.rank):
        notes.append(
            f"{len(concepts)} concepts in {whitening.rank} directions are too many to hold against choices: "
            "reading directions are the decoder's alone; fewer concepts: lfd align --least-items 20"
        )
    if directions.independent:
        notes.append("known tastes are independent: what no attribute explains is kept out of readings")
    if concepts.left_out:
        values = ", ".join(f"{name} ({items})" for name, items in list(concepts.left_out.items())[:5])
        more = " ..." if len(concepts.left_out) > 5 else ""
        notes.append(f"{len(concepts.left_out)} values are had or lacked by too few items: {values}{more}")
    return tuple(notes)
