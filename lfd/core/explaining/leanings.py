"""What a user's displacement from the mean user is divided into: axes, or concepts and a remainder.

    z - mean = sum_k a_k v_k + remainder,    a_k = r_k . (z - mean)

Axes: r_k = v_k = e_k (in units of the users' standard deviation), and nothing remains.
Concepts: r_k are their reading directions, and a_k says how much of the concept is in the user. v_k are the
duals by regularised least squares, V = (R'R + ridge I)^-1 R': a step along v_k changes concept k most for
what it changes of the others. Concepts are correlated, and may be more than there are dimensions: those that
can hardly be told apart share a displacement instead of taking huge and opposite parts of it. What lies
outside the concepts' span, and what the ridge keeps back, is the remainder. A rotation of the axes turns z,
r_k and v_k alike, and leaves a_k.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lfd.core.decoding.mapped import axis_name
from lfd.errors import InputError

if TYPE_CHECKING:
    from lfd.core.concepts import Concept

Floats = npt.NDArray[np.float64]

RIDGE = 0.3  # of the users' variance; on MovieLens, with 0.1 parts cancel more, with 1 a third is left over
AXES, CONCEPTS = "axes", "concepts"


@dataclass(frozen=True)
class Leanings:
    """Parts of any displacement from the mean user.

    Attributes
    ----------
    by : str
        AXES or CONCEPTS.
    names : tuple of str
        Of the parts but the remainder.
    readings, vectors : numpy.ndarray, parts x latent
        r and v.
    centre : numpy.ndarray, (latent,)
        Where the mean user is.
    units : numpy.ndarray, (latent,), above 0
        The users' standard deviation on each axis.
    """

    by: str
    names: tuple[str, ...]
    readings: Floats = field(repr=False)
    vectors: Floats = field(repr=False)
    centre: Floats = field(repr=False)
    units: Floats = field(repr=False)

    def coordinates(self, latents: Floats) -> Floats:
        """a: how far users lean each way, in standard deviations (users x parts)."""
        coordinates: Floats = (latents - self.centre) @ self.readings.T
        return coordinates

    def parts(self, latents: Floats) -> Floats:
        """The parts of users' displacements, the remainder last (users x (parts + 1) x latent)."""
        own = self.coordinates(latents)[:, :, None] * self.vectors
        rest = latents - self.centre - own.sum(axis=1)
        return np.concatenate([own, rest[:, None]], axis=1)

    def steps(self, latents: Floats) -> Floats:
        """From where users' coordinates are the mean user's, one at a time, to where they are.

        The parts themselves, with what the ridge keeps back of each; the remainder last (users x (parts + 1)
        x latent).
        """
        steps = self.parts(latents)
        kept = (self.readings * self.vectors).sum(axis=1)
        steps[:, :-1] /= np.where(kept > 0, kept, 1.0)[:, None]
        return steps


def along_axes(centre: Floats, units: Floats, steps: Floats | None = None) -> Leanings:
    """A displacement by axis.

    Parameters
    ----------
    centre, units : numpy.ndarray, (latent,)
        Mean and standard deviation of the users on each axis; any unit where they do not differ.
    steps : numpy.ndarray, axes x latent, default the units of the axes themselves
        One of the users' standard deviations along each axis, where the axes are others than those of z.

    Returns
    -------
    Leanings
    """
    lengths = _lengths(units)
    own = np.diag(lengths) if steps is None else steps
    names = tuple(axis_name(axis) for axis in range(len(own)))
    readings = np.asarray(np.linalg.pinv(own).T, dtype=np.float64)
    return Leanings(AXES, names, readings, own, centre, lengths)


def told_apart(concepts: Sequence[Concept], sure: npt.NDArray[np.bool_]) -> list[int]:
    """The concepts that a displacement is divided into, unless others are named.

    Those that are there given the others; of an ordered attribute the whole, and not its single values.

    Parameters
    ----------
    concepts : sequence of Concept
    sure : numpy.ndarray of bool, (concepts,)
        Whether each is there, given the others.

    Returns
    -------
    list of int
    """
    wholes = {concept.attribute for concept in concepts if concept.value is None}
    whole = [c.value is None or c.attribute not in wholes for c in concepts]
    return [row for row, known in enumerate(sure) if known and whole[row]]


def along_concepts(
    reading: Floats, names: Sequence[str], centre: Floats, units: Floats, ridge: float = RIDGE
) -> Leanings:
    """A displacement by concept.

    Parameters
    ----------
    reading : numpy.ndarray, concepts x latent
        Rows of length 1 in axes in which the users have covariance 1, as aligned ones are.
    names : sequence of str
    centre, units : numpy.ndarray, (latent,)
    ridge : float above 0, default 0.3

    Returns
    -------
    Leanings

    Raises
    ------
    InputError
        There is no concept.
    """
    if not len(reading):
        raise InputError(
            "no concept was found in the latent space that is told apart from the others",
            "explain by axes: --by axes, or name concepts: --concepts",
        )
    gram = reading.T @ reading + ridge * np.eye(reading.shape[1])
    vectors = np.asarray(np.linalg.solve(gram, reading.T).T, dtype=np.float64)
    return Leanings(CONCEPTS, tuple(names), reading, vectors, centre, _lengths(units))


def _lengths(units: Floats) -> Floats:
    lengths: Floats = np.where(units > 0, units, 1.0)
    return lengths
