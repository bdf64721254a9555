"""A latent space in other axes: the map there and back, and a model that lives in them.

Knows matrices and the protocol of `LatentModel`; does not know why these axes were chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.errors import InputError

if TYPE_CHECKING:
    from lfd.core.alignment.whitening import Whitening
    from lfd.core.models.protocol import Floats as Scores
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]

SIGN_RULE = "a named axis has its concept on its + side, any other the item that loads most on it"


@dataclass(frozen=True)
class Rotation:
    """From a model's own axes to aligned ones, and back; nothing of z is lost.

    The first `rank` aligned axes are in the users' standard deviations, around their mean, and uncorrelated;
    the others are the directions in which users hardly differ, in units of the largest deviation.

    Attributes
    ----------
    mean : numpy.ndarray, (latent,)
        The aligned origin, in the model's own axes.
    to_aligned : numpy.ndarray, latent x latent
        aligned = (z - mean) @ to_aligned
    to_raw : numpy.ndarray, latent x latent
        z = mean + aligned @ to_raw
    rank : int
    names : tuple of str, one an axis
        The concept that an axis was fitted to; empty for an axis that is nobody's.
    method : str
    sign_rule : str
    """

    mean: Floats = field(repr=False)
    to_aligned: Floats = field(repr=False)
    to_raw: Floats = field(repr=False)
    rank: int
    names: tuple[str, ...]
    method: str
    sign_rule: str = SIGN_RULE

    @property
    def n_latent(self) -> int:
        return len(self.mean)

    @property
    def units(self) -> Floats:
        """How far apart two positions are in the model's own axes, one unit of each aligned axis apart."""
        return np.asarray(np.linalg.norm(self.to_raw, axis=1))

    def align(self, latents: Floats) -> Floats:
        """Positions z in aligned axes (users x latent both)."""
        aligned: Floats = (latents - self.mean) @ self.to_aligned
        return aligned

    def align_deviations(self, deviations: Floats) -> Floats:
        """Deviations of z, taken as independent of one another, in aligned axes (users x latent both)."""
        aligned: Floats = np.sqrt(deviations**2 @ self.to_aligned**2)
        return aligned

    def restore(self, aligned: Floats) -> Floats:
        """Positions in the model's own axes (users x latent both)."""
        raw: Floats = self.mean + aligned @ self.to_raw
        return raw


def rotation(
    whitening: Whitening, axes: Floats, names: tuple[str, ...] = (), method: str = "attributes"
) -> Rotation:
    """Make the map for orthonormal axes of whitened space.

    Parameters
    ----------
    whitening : Whitening
    axes : numpy.ndarray, rank x rank, orthonormal rows
    names : tuple of str, default none
        Of the first axes.
    method : str, default "attributes"
        How the axes were found.

    Returns
    -------
    Rotation
    """
    from scipy.linalg import block_diag

    latent = len(whitening.mean)
    turn = block_diag(axes, np.eye(latent - whitening.rank))
    return Rotation(
        mean=whitening.mean,
        to_aligned=whitening.basis / whitening.unit @ turn.T,
        to_raw=turn @ (whitening.basis * whitening.unit).T,
        rank=whitening.rank,
        names=names + ("",) * (latent - len(names)),
        method=method,
    )


class AlignedModel:
    """A model whose latent space has aligned axes: a `LatentModel` that recommends what the model does.

    Parameters
    ----------
    model : LatentModel
    rotation : Rotation

    Raises
    ------
    InputError
        The rotation was made for another number of axes.
    """

    def __init__(self, model: LatentModel, rotation: Rotation) -> None:
        if model.n_latent != rotation.n_latent:
            raise InputError(
                f"the alignment is for {rotation.n_latent} axes and the model has {model.n_latent}",
                "align this model: lfd align --force",
            )
        self.model, self.rotation = model, rotation

    @property
    def n_items(self) -> int:
        return self.model.n_items

    @property
    def n_latent(self) -> int:
        return self.model.n_latent

    def encode(self, interactions: sparse.csr_array) -> tuple[Floats, Floats]:
        """Mean and deviation in aligned axes (users x latent each)."""
        mean, deviation = self.model.encode(interactions)
        return self.rotation.align(mean), self.rotation.align_deviations(deviation)

    def decode(self, latents: Scores) -> Scores:
        """Scores (batch x items) at positions in aligned axes."""
        return self.model.decode(self.rotation.restore(np.asarray(latents, dtype=np.float64)))
