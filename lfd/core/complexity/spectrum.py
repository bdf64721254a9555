"""Leading singular values and vectors of a residual, by Lanczos iteration (scipy, ARPACK)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse.linalg import LinearOperator, svds

from lfd.core.complexity.residual import Residual

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-2  # of a vector's residual, relative; values are then good to its square


@dataclass(frozen=True)
class Spectrum:
    """Leading singular triplets, largest first.

    Attributes
    ----------
    values : numpy.ndarray, (k,), descending
    users : numpy.ndarray, users x k
    items : numpy.ndarray, items x k
        Columns of length 1; the largest entry of each item vector is positive.
    """

    values: Floats
    users: Floats
    items: Floats

    def first(self, number: int) -> Spectrum:
        """The first of them."""
        return Spectrum(self.values[:number], self.users[:, :number], self.items[:, :number])


def leading(matrix: Residual, number: int, tolerance: float = TOLERANCE) -> Spectrum:
    """Decompose.

    Parameters
    ----------
    matrix : Residual
    number : int, below the smaller side
    tolerance : float, default 0.01

    Returns
    -------
    Spectrum
    """
    start = _start(matrix.shape)
    left, values, right = svds(matrix.operator(), k=number, tol=tolerance, v0=start, solver="arpack")
    order = np.argsort(-values)
    users, items = left[:, order], right[order].T
    top = np.take_along_axis(items, np.abs(items).argmax(axis=0)[None], axis=0)
    sign = np.where(top < 0, -1.0, 1.0)
    return Spectrum(np.asarray(values[order], dtype=np.float64), users * sign, items * sign)


def largest(matrix: Residual) -> float:
    """The largest singular value alone.

    Parameters
    ----------
    matrix : Residual
    """
    return float(singular_values(matrix.operator(), 1)[0])


def singular_values(matrix: LinearOperator, number: int) -> Floats:
    """The leading singular values without their vectors, descending.

    Parameters
    ----------
    matrix : scipy.sparse.linalg.LinearOperator
    number : int, below the smaller side
    """
    start = _start(matrix.shape)
    found = svds(matrix, k=number, tol=TOLERANCE, v0=start, solver="arpack", return_singular_vectors=False)
    values: Floats = np.sort(np.asarray(found, dtype=np.float64))[::-1]
    return values


def _start(shape: tuple[int, int]) -> Floats:
    """A start that looks random but is always the same, since a structured one can miss a vector."""
    return np.random.default_rng(0).standard_normal(min(shape))
