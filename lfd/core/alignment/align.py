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

from lfd.core.alignment.concepts import Concepts, find_concepts
from lfd.core.alignment.crossfit import Lists, crossfitted_gains, fold_directions
from lfd.core.alignment.directions import KINDS, Directions, fit_directions, purified
from lfd.core.alignment.explained import Explained, explained
from lfd.core.alignment.frames import Frame, find_frame, refitted
from lfd.core.alignment.jacobians import Jacobians, jacobians, reliability
from lfd.core.alignment.presence import presence_tests
from lfd.core.alignment.rotated import Rotation, rotation
from lfd.core.alignment.strata import item_folds, popularity_strata
from lfd.core.alignment.tables import axes_table, concepts_table
from lfd.core.alignment.whitening import Whitening, whiten
from lfd.core.attributes import Attribute
from lfd.core.models.axes import encode_users
from lfd.core.positions import choose_users
from lfd.errors import InputError, UsageError
from lfd.settings.alignment import AlignSettings

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FLAT = 5.0  # popularity is flat where the top tenth begins at less than this many times where the lowest ends
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
    measured = _measure(model, interactions, popularity, latents, settings, streams[:2])
    concepts = find_concepts(attributes, model.n_items, settings.least_items)
    if not len(concepts) and settings.method == "attributes":
        raise InputError(
            f"no value of any attribute is had by {settings.least_items} items, and lacked by as many",
            "give the items attributes, or align without them: lfd align --method ica",
        )
    whitening, both, strata = measured.whitening, measured.both, measured.strata
    presence = presence_tests(both, concepts, strata, settings.permutations, streams[2])
    directions = fit_directions(both, concepts, strata)
    frame = find_frame(
        settings, concepts, directions, presence.given, both.loadings, whitening.coordinates(measured.means)
    )
    folds = item_folds(strata, settings.folds, streams[3])
    fitted = fold_directions(both, concepts, strata, folds)
    lists = Lists(model, measured.sample[: settings.moved], whitening, settings.top, settings.shift)
    gains = crossfitted_gains(lists, both, concepts, strata, folds, fitted, settings.permutations, streams[4])
    loadings = both.loadings @ frame.axes.T
    share = explained(loadings, concepts, strata, min(settings.permutations, ENOUGH), streams[5])
    names = tuple(concepts.names[c].name for c in frame.chosen)
    own, *others = (
        turned(purified(d, frame.named), frame.axes, model.n_latent) for d in (directions, *fitted)
    )
    return Alignment(
        rotation=rotation(whitening, frame.axes, names, settings.method),
        concepts=concepts,
        directions=own,
        table=concepts_table(concepts, own, presence, gains, frame.chosen),
        axes=axes_table(names, loadings, share, whitening),
        explained=share,
        chosen=frame.chosen,
        strata=strata,
        folds=folds,
        fold_directions=tuple(others),
        fold_axes=tuple(_fold_axes(frame, d, model.n_latent) for d in fitted),
        notes=(*_notes(measured, concepts), *frame.notes),
    )


@dataclass(frozen=True)
class _Measured:
    """What is known before any label is looked at; `sample` are the positions of some of the users."""

    means: Floats
    sample: Floats
    whitening: Whitening
    both: Jacobians
    strata: Integers


def _measure(
    model: LatentModel,
    interactions: sparse.csr_array,
    popularity: Floats | None,
    latents: tuple[Floats, Floats] | None,
    settings: AlignSettings,
    streams: Sequence[np.random.Generator],
) -> _Measured:
    means, deviations = _encoded(model, interactions) if latents is None else latents
    _check_sizes(model, interactions, means, settings)
    whitening = whiten(means, deviations, least_share=settings.least_variance, rank=settings.rank)
    chosen = choose_users(len(means), settings.users, streams[0])
    both = jacobians(model, means[chosen], whitening)
    if not (deviations > 0).any():
        known = reliability(model, interactions[chosen], whitening, streams[1])
        both = Jacobians(both.loadings * known, both.shares, both.temperature)
    counts = np.asarray(interactions.sum(axis=0), dtype=np.float64) if popularity is None else popularity
    flat = np.quantile(counts, 0.9) < FLAT * np.quantile(counts, 0.1)
    strata = popularity_strata(counts, 1 if flat else settings.strata)
    return _Measured(means, means[chosen], whitening, both, strata)


def _encoded(model: LatentModel, interactions: sparse.csr_array) -> tuple[Floats, Floats]:
    parts = [(mean, deviation) for _, mean, deviation in encode_users(model, interactions)]
    return np.vstack([mean for mean, _ in parts]), np.vstack([deviation for _, deviation in parts])


def _check_sizes(
    model: LatentModel, interactions: sparse.csr_array, means: Floats, settings: AlignSettings
) -> None:
    if interactions.shape != (len(means), model.n_items) or means.shape[1] != model.n_latent:
        users, items = interactions.shape
        raise InputError(
            f"{users} users x {items} items and latents of shape {means.shape} do not fit a model of "
            f"{model.n_items} items and {model.n_latent} latents",
            "encode the same users with the same model: lfd encode",
        )
    if settings.top >= model.n_items or settings.folds > model.n_items:
        raise UsageError(
            f"lists of {settings.top} items or {settings.folds} folds are too many for {model.n_items} items",
            f"ask for fewer: --top {max(1, model.n_items // 6)}",
        )


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
    found = {kind: np.pad(directions.of(kind) @ axes.T, rest) for kind in KINDS}
    return Directions(**found, slope=directions.slope)


def _fold_axes(frame: Frame, directions: Directions, n_latent: int) -> Floats:
    axes: Floats = np.eye(n_latent)
    rank = len(frame.axes)
    axes[:rank, :rank] = refitted(frame, directions) @ frame.axes.T
    return axes


def _notes(measured: _Measured, concepts: Concepts) -> tuple[str, ...]:
    whitening, strata = measured.whitening, int(measured.strata.max()) + 1
    notes = [
        f"users differ in {whitening.rank} of {len(whitening.mean)} directions; the others stay as they are",
        f"labels are compared within {strata} popularity strata"
        if strata > 1
        else "labels are compared among all items (one popularity stratum)",
    ]
    if concepts.left_out:
        values = ", ".join(f"{name} ({items})" for name, items in list(concepts.left_out.items())[:5])
        more = " ..." if len(concepts.left_out) > 5 else ""
        notes.append(f"{len(concepts.left_out)} values are had or lacked by too few items: {values}{more}")
    return tuple(notes)
