"""Where the same users stand along raw axes, aligned axes and the directions of concepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from lfd.core.alignment.directions import KINDS
from lfd.core.alignment.rotated import Rotation
from lfd.core.models.axes import is_active
from lfd.errors import InputError

if TYPE_CHECKING:
    from lfd.core.alignment.align import Alignment

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Alignments:
    """What alignment found in a latent space.

    Attributes
    ----------
    rotation : Rotation
    concepts : pandas.DataFrame, one row a concept
        See `lfd.core.alignment.tables.concepts_table`.
    directions : mapping of str to numpy.ndarray, concepts x latent
        Rows of length 1 in aligned axes, by kind, one of KINDS.
    """

    rotation: Rotation
    concepts: pd.DataFrame = field(repr=False)
    directions: Mapping[str, Floats] = field(repr=False)

    def along(self, raw: Floats, kind: str) -> Floats:
        """Users at raw positions along each concept's direction of a kind (users x concepts)."""
        lines: Floats = self.rotation.align(raw) @ self.directions[kind].T
        return lines


def alignments(found: Alignment) -> Alignments:
    """What `align` found, as far as users' positions go.

    Parameters
    ----------
    found : Alignment

    Returns
    -------
    Alignments
    """
    return Alignments(found.rotation, found.table, {kind: found.directions.of(kind) for kind in KINDS})


@dataclass(frozen=True, eq=False)
class Positions:
    """Users in a latent space.

    Attributes
    ----------
    raw : numpy.ndarray, users x latent
        Means in the model's own axes.
    alignment : Alignments or None
        None where nothing was aligned.
    noisy : bool
        Whether the model has noise, so that its axes have the prior's unit.
    """

    raw: Floats = field(repr=False)
    alignment: Alignments | None = None
    noisy: bool = False

    @property
    def active(self) -> npt.NDArray[np.bool_]:
        """The model's own axes on which users differ."""
        return is_active(self.raw.var(axis=0), self.noisy)


def check_active(active: npt.NDArray[np.bool_], where: str = "") -> None:
    """Refuse a latent space in which users do not differ.

    Parameters
    ----------
    active : numpy.ndarray of bool, (axes,)
    where : str, default nowhere
        Of which training, for the message.

    Raises
    ------
    InputError
        No axis is active.
    """
    if not active.any():
        raise InputError(
            f"{where}{': ' if where else ''}no axis is active: users do not differ, or by chance alone",
            "train a model whose KL weighs less: lfd train --beta 0.2; without KL, see lfd complexity",
        )


def concept_of(concepts: pd.DataFrame, attribute: str) -> int | None:
    """The row of the concept that stands for an attribute, chosen without the truth.

    The ordered attribute as a whole, or the value that is most surely there given the others.

    Parameters
    ----------
    concepts : pandas.DataFrame
        Columns attribute, kind and z_given.
    attribute : str

    Returns
    -------
    int or None
        The row's number; None where no concept is of this attribute.
    """
    own = np.flatnonzero(concepts["attribute"] == attribute)
    if not own.size:
        return None
    some = concepts.iloc[own]
    surest = np.lexsort((-some["z_given"].to_numpy(np.float64), some["kind"].to_numpy(str)))  # ordered first
    return int(own[surest[0]])
