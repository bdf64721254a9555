"""Correlated draws with given marginals: normals are correlated, then given their marginals.

"Normal to anything" (Cario and Nelson 1997): the normals' own correlation is chosen so that what comes
out has the correlation asked for. Knows nothing of users and items.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from lfd.errors import UsageError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def normals_for_ranks(correlation: float) -> float:
    """Correlation of two normals whose ranks have this correlation (Pearson 1907)."""
    return 2.0 * float(np.sin(np.pi * correlation / 6.0))


def level_correlation(correlation: float, first: int, second: int) -> float:
    """Correlation of two normals once cut into `first` and `second` equally frequent levels.

    Plackett (1954): d P(X > t, Y > u) / d r is the bivariate normal density at (t, u). Integrated over
    the angle asin(r), in which the integrand stays smooth up to r = 1.
    """
    t = ndtri(np.arange(1, first) / first)[:, None, None]
    u = ndtri(np.arange(1, second) / second)[None, :, None]
    node, weight = np.polynomial.legendre.leggauss(64)
    top = np.arcsin(correlation)
    angle = top * (node + 1) / 2
    exponent = (t**2 - 2 * t * u * np.sin(angle) + u**2) / (2 * np.cos(angle) ** 2)
    covariance = float((np.exp(-exponent) * weight).sum() * top / (4 * np.pi))
    return covariance / float(np.sqrt((first**2 - 1) / 12 * (second**2 - 1) / 12))


@cache
def normals_for_levels(correlation: float, first: int, second: int) -> float:
    """Correlation of two normals whose levels have this correlation: `level_correlation` inverted."""
    limit = level_correlation(np.sign(correlation) * 1.0, first, second)
    if abs(correlation) > abs(limit):
        message = f"attributes of {first} and of {second} values cannot have correlation {correlation:g}"
        raise UsageError(message, f"at most {abs(limit):.3f} is possible: --attribute-correlation")
    if correlation == 0:
        return 0.0
    from scipy.optimize import brentq

    return float(brentq(lambda r: level_correlation(r, first, second) - correlation, -1.0, 1.0))


def matrix_root(correlations: Floats, name: str, asked: float) -> Floats:
    """Symmetric square root of a correlation matrix.

    Parameters
    ----------
    correlations : numpy.ndarray, factors x factors
        Symmetric, ones on the diagonal.
    name : str
        What it correlates, "strength" or "attribute": for the error.
    asked : float
        The correlation that the user asked for: for the error.

    Raises
    ------
    UsageError
        The matrix is not positive semidefinite: no variables have such correlations.
    """
    values, vectors = np.linalg.eigh(correlations)
    if values[0] < -1e-9:
        message = f"{len(values)} factors cannot all have {name} correlation {asked:g} with one another"
        hint = f"the matrix would not be positive semidefinite; go nearer to 0: --{name}-correlation"
        raise UsageError(message, hint)
    root: Floats = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return root


def draw_normals(rng: np.random.Generator, rows: int, root: Floats) -> Floats:
    """Draw rows x factors standard normals, correlated as root @ root says between factors."""
    free = rng.standard_normal((rows, len(root)))
    # einsum without optimize never calls BLAS: the bytes do not depend on the number of threads
    mixed: Floats = np.einsum("rk,fk->rf", free, root)
    return mixed


def draw_levels(rng: np.random.Generator, rows: int, levels: list[int], correlation: float) -> Ints:
    """Draw rows x attributes integers, column f uniform on 0 to levels[f] - 1, columns correlated."""
    latent = np.eye(len(levels))
    for f, first in enumerate(levels):
        for g, second in enumerate(levels[:f]):
            latent[f, g] = latent[g, f] = normals_for_levels(correlation, first, second)
    uniform = ndtr(draw_normals(rng, rows, matrix_root(latent, "attribute", correlation)))
    level: Ints = np.floor(uniform * np.array(levels)).astype(np.int64)
    return level.clip(max=np.array(levels) - 1)
