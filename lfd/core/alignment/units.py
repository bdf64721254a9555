"""What is walked along and decoded: axes, directions, or both, and which labels each was fitted to.

A unit is an axis or a direction; axes come first. Those that were fitted to labels carry a version for each
fold of items, so that lists along them can be judged on labels that they have not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lfd.core.decoding.held_out import HeldOut
from lfd.errors import UsageError

if TYPE_CHECKING:
    from lfd.core.alignment.align import Alignment
    from lfd.core.alignment.rotated import Rotation
    from lfd.settings.decoding import On

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Fitted:
    """Directions of one kind as an alignment found them, in aligned axes, and their versions by fold.

    Attributes
    ----------
    concepts : tuple of str
    directions : numpy.ndarray, concepts x latent, rows of length 1
    folds : numpy.ndarray of int64, (items,)
    fold_directions : numpy.ndarray, folds x concepts x latent
    fold_axes : numpy.ndarray, folds x latent x latent
        The aligned axes as they come without the labels of each fold.
    """

    concepts: tuple[str, ...]
    directions: Floats = field(repr=False)
    folds: Integers = field(repr=False)
    fold_directions: Floats = field(repr=False)
    fold_axes: Floats = field(repr=False)


def fitted_in(found: Alignment, kind: str = "steering") -> Fitted:
    """What an alignment found, as far as decoding needs it.

    Parameters
    ----------
    found : Alignment
    kind : str, one of KINDS, default steering
        Of the directions.

    Returns
    -------
    Fitted
    """
    return Fitted(
        tuple(concept.name for concept in found.concepts.names),
        found.directions.of(kind),
        found.folds,
        np.stack([directions.of(kind) for directions in found.fold_directions]),
        np.stack(found.fold_axes),
    )


@dataclass(frozen=True)
class Units:
    """Units of decoding.

    Attributes
    ----------
    directions : numpy.ndarray, units x latent, rows of length 1
    names : tuple of str
        Concepts of the directions, which are the last of the units.
    fitted_to : tuple of str or None, one a unit
        The concept whose labels a unit was fitted to; None where labels were not looked at.
    held_out : HeldOut or None
    """

    directions: Floats = field(repr=False)
    names: tuple[str, ...] = ()
    fitted_to: tuple[str | None, ...] = ()
    held_out: HeldOut | None = field(default=None, repr=False)

    @property
    def n_axes(self) -> int:
        """How many of the units are axes."""
        return len(self.directions) - len(self.names)


def raw_axes(n_latent: int) -> Units:
    """The axes of a model as they are, which know no labels.

    Parameters
    ----------
    n_latent : int

    Returns
    -------
    Units
    """
    return Units(np.eye(n_latent), (), (None,) * n_latent)


def units(rotation: Rotation, fitted: Fitted, on: On, *, aligned: bool) -> Units:
    """The units of a run that has been aligned.

    Named axes and directions have versions by fold. The other axes only get out of the named ones' way, which
    can but lower what they show of the labels; they count as not fitted.

    Parameters
    ----------
    rotation : Rotation
    fitted : Fitted
        Directions in aligned axes.
    on : axes, directions or both
    aligned : bool
        Whether positions are in aligned axes; else in the model's own.

    Returns
    -------
    Units

    Raises
    ------
    UsageError
        Directions are wanted and there are none.
    """
    n_latent = rotation.n_latent
    axes = np.eye(n_latent)
    names = tuple(name or None for name in rotation.names) if aligned else (None,) * n_latent
    axis_versions = np.repeat(axes[None], len(fitted.fold_axes), axis=0)
    named = [axis for axis, name in enumerate(names) if name]
    axis_versions[:, named] = fitted.fold_axes[:, named]
    if on != "axes" and not fitted.concepts:
        raise UsageError("the alignment found no concept to walk along", "decode the axes: --on axes")
    directions, versions = (
        kept if aligned else _in_raw_axes(kept, rotation)
        for kept in (fitted.directions, fitted.fold_directions)
    )
    parts = {"axes": (axes, names, axis_versions), "directions": (directions, fitted.concepts, versions)}
    chosen = [part for kind, part in parts.items() if on in (kind, "both")]
    return Units(
        np.vstack([part[0] for part in chosen]),
        () if on == "axes" else fitted.concepts,
        tuple(name for part in chosen for name in part[1]),
        HeldOut(fitted.folds, np.concatenate([part[2] for part in chosen], axis=1)),
    )


def _in_raw_axes(directions: Floats, rotation: Rotation) -> Floats:
    raw = directions @ rotation.to_raw
    unit: Floats = raw / np.linalg.norm(raw, axis=-1, keepdims=True)
    return unit
