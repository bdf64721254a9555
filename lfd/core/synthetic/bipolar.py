"""Users who lean to one side or the other of every factor, each with a strength of their own.

    score(u, i) = sum_f s_uf c_f(i) + popularity(i) + Gumbel noise of scale 1

and the best n_u items are the interactions. c_f(i) lies in [-1, 1], so a user at one standard deviation
of `strength` finds the items at one end of an ordered factor exp(2 strength) times as likely as those at
the other. s_uf has mean 0 and standard deviation `strength` in every distribution.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from lfd.core.synthetic.catalogue import Catalogue
from lfd.core.synthetic.correlation import draw_normals, matrix_root, normals_for_ranks
from lfd.core.synthetic.sampling import Floats, Groups, Ints, choose, draw_counts
from lfd.settings.synthetic import GenDataSettings


class CellTaste:
    """Rows with strengths: a `sampling.Taste`.

    Items with the same value of every factor form a cell and differ in popularity only, so a row's
    distribution is one over cells (few), and the same for all rows within a cell.
    """

    def __init__(self, strength: Floats, users: BipolarUsers) -> None:
        self.strength, self.users = strength, users
        score = _dot(strength, users.cell_loading) + users.groups.log_total
        cumulative = np.cumsum(np.exp(score - score.max(axis=1, keepdims=True)), axis=1)
        cumulative /= cumulative[:, -1:]
        self.cells = cumulative.shape[1]
        self.cumulative = (
            cumulative + np.arange(len(strength))[:, None]
        ).ravel()  # row r rises from r to r + 1

    def draw(self, row: Ints, rng: np.random.Generator) -> Ints:
        place = np.searchsorted(self.cumulative, row + rng.random(len(row)), side="right")
        cell = np.clip(place - row * self.cells, 0, self.cells - 1)
        return self.users.groups.draw(cell, rng)

    def log_weights(self, rows: Ints) -> Floats:
        return _dot(self.strength[rows], self.users.loading) + self.users.log_popularity


class BipolarUsers:
    """Draws users of bipolar taste, some at a time.

    Parameters
    ----------
    settings : GenDataSettings
    catalogue : Catalogue
    wanted : tuple of int, or float
        Interactions per user, a range or a mean.
    """

    def __init__(
        self, settings: GenDataSettings, catalogue: Catalogue, wanted: tuple[int, int] | float
    ) -> None:
        self.n_items, self.limit, self.wanted = settings.items, settings.items, wanted
        self.columns = [f"truth.{factor.name}" for factor in catalogue.factors]
        self.strength, self.distribution = settings.strength, settings.strength_distribution
        between = np.full((len(self.columns),) * 2, normals_for_ranks(settings.strength_correlation))
        np.fill_diagonal(between, 1.0)
        self.root = matrix_root(between, "strength", settings.strength_correlation)
        self.loading, self.log_popularity = catalogue.loadings.T.copy(), catalogue.log_popularity
        cells, cell = np.unique(self.loading, axis=1, return_inverse=True)
        self.cell_loading = np.ascontiguousarray(cells)
        self.groups = Groups(cell.ravel(), self.log_popularity)

    def draw(
        self, first: int, rows: int, rng: np.random.Generator
    ) -> tuple[dict[str, npt.NDArray[np.object_ | np.float64]], Ints]:
        """Draw users `first` to `first + rows`: truth columns, and row * items + item, ascending."""
        normal = draw_normals(rng, rows, self.root)
        strength = self.strength * standardised(normal, self.distribution)
        counts = draw_counts(self.wanted, rows, self.limit, rng)
        key = choose(CellTaste(strength, self), counts, self.n_items, rng)
        return dict(zip(self.columns, strength.T, strict=True)), key


def standardised(normal: Floats, distribution: str) -> Floats:
    """Give standard normals another distribution of mean 0 and variance 1, keeping their ranks.

    Parameters
    ----------
    normal : numpy.ndarray
    distribution : "uniform", "normal" or "laplace"
    """
    result = normal
    if distribution == "uniform":
        result = np.sqrt(3) * (2 * ndtr(normal) - 1)
    elif distribution == "laplace":
        result = -np.sign(normal) * np.log(2 * ndtr(-np.abs(normal))) / np.sqrt(2)
    return result


def _dot(strength: Floats, loading: Floats) -> Floats:
    """Sum over factors: rows x items, from rows x factors and factors x items.

    einsum without optimize never calls BLAS: the bytes do not depend on the number of threads.
    """
    product: Floats = np.einsum("rf,fi->ri", strength, loading)
    return product
