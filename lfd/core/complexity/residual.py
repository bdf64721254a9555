"""What choices say beyond the null, each pair in units of its own noise: R, never formed as a dense matrix.

    R_ui = (x_ui - p_ui) d_ui

x is sparse, and p and d are constant on pairs of classes, so R is a sparse part and a part that is constant
on pairs of classes. Two scales d:

- regularised: d = 1 / sqrt(v + tau mean(v)), v = p (1 - p). tau = 0 gives all entries variance 1, but those
  of rare items then have heavy tails, and single interactions look like factors; tau = 0.5 tames them.
- biwhitening (Landa, Zhang and Kluger 2022): d^2 = a_u b_i such that the variances v d^2 have mean 1 in every
  row and every column, by the scaling of Sinkhorn and Knopp (1967); the singular values of the noise then
  follow the law of Marchenko and Pastur (1967). The variances here are the null's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from lfd.core.complexity.configuration import Configuration
from lfd.core.models.rows import row_of_entry

Floats = npt.NDArray[np.float64]

TAU = 0.5
SINKHORN_STEPS = 1_000
CLOSE = 1e-9


@dataclass(frozen=True)
class Residual:
    """R as a product with vectors.

    Attributes
    ----------
    chosen : scipy.sparse.csr_array, users x items
        x d, where something was chosen.
    expected : numpy.ndarray, classes of users x classes of items
        p d.
    null : Configuration
    """

    chosen: sparse.csr_array
    expected: Floats
    null: Configuration

    @property
    def shape(self) -> tuple[int, int]:
        """Users and items."""
        return self.null.users.number, self.null.items.number

    def of_items(self, vectors: Floats) -> Floats:
        """R times item vectors (items x k): users x k."""
        by_class = self.expected @ self.null.items.gather(vectors)
        product: Floats = self.chosen @ vectors - by_class[self.null.users.of]
        return product

    def of_users(self, vectors: Floats) -> Floats:
        """R transposed times user vectors (users x k): items x k."""
        by_class = self.expected.T @ self.null.users.gather(vectors)
        product: Floats = self.chosen.T @ vectors - by_class[self.null.items.of]
        return product

    def rows(self, users: npt.NDArray[np.int64]) -> Residual:
        """The same of some of the users."""
        null = Configuration(self.null.users.some(users), self.null.items, self.null.probability)
        return Residual(self.chosen[users], self.expected, null)

    def operator(self) -> LinearOperator:
        """The same for scipy's solvers."""
        return as_operator(self.shape, self.of_items, self.of_users)


def as_operator(
    shape: tuple[int, int], of_items: Callable[[Floats], Floats], of_users: Callable[[Floats], Floats]
) -> LinearOperator:
    """A matrix for scipy's solvers, from its products with item vectors and with user vectors.

    Parameters
    ----------
    shape : tuple of int
        Users and items.
    of_items, of_users : callable
        From items x k to users x k, and back.
    """
    return LinearOperator(
        shape,
        matvec=lambda v: of_items(v.reshape(-1, 1))[:, 0],
        rmatvec=lambda v: of_users(v.reshape(-1, 1))[:, 0],
        matmat=of_items,
        rmatmat=of_users,
        dtype=np.float64,
    )


def residual(choices: sparse.csr_array, null: Configuration, scale: Floats, share: float = 1.0) -> Residual:
    """Hold choices against a null.

    Parameters
    ----------
    choices : scipy.sparse.csr_array, users x items, each stored value 1
    null : Configuration
        Of the same users and items.
    scale : numpy.ndarray, classes of users x classes of items
        d.
    share : float in (0, 1], default 1
        Of their choices that these are: the null expects as much less.

    Returns
    -------
    Residual
    """
    user, item = null.users.of[row_of_entry(choices)], null.items.of[choices.indices]
    chosen = sparse.csr_array((scale[user, item], choices.indices, choices.indptr), shape=choices.shape)
    return Residual(chosen, share * null.probability * scale, null)


def regularised_scale(null: Configuration, tau: float = TAU) -> Floats:
    """d of the regularised residual, by classes.

    Parameters
    ----------
    null : Configuration
    tau : float, at least 0, default 0.5
        Of the mean variance, added to each pair's own.
    """
    scale: Floats = 1 / np.sqrt(null.variance + tau * null.mean_variance)
    return scale


def biwhitening_scale(null: Configuration) -> Floats:
    """d of biwhitening, by classes: sqrt(a_u b_i), so that v d^2 has mean 1 in every row and column.

    Parameters
    ----------
    null : Configuration
    """
    variance, users, items = null.variance, null.users, null.items
    a, b = np.ones(len(users)), np.ones(len(items))
    for _ in range(SINKHORN_STEPS):
        a = items.number / (variance @ (b * items.size))
        column = (a * users.size) @ variance * b / users.number
        b = b / column
        if np.abs(column - 1).max() < CLOSE:
            break
    scale: Floats = np.sqrt(a[:, None] * b)
    return scale
