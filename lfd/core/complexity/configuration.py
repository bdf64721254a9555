"""The null: data with the same degrees and no taste, the bipartite configuration model.

    p_ui = x_u y_i / (1 + x_u y_i),    sum_i p_ui = degree of u,    sum_u p_ui = degree of i

the maximum-entropy model whose expected degrees are the observed ones (Saracco, Di Clemente, Gabrielli and
Squartini 2015, equations 3 and 4). Unlike n_u c_i / N it takes saturation into account: heavy users have
already seen every popular item, and that is no taste. Users of equal degree share x and items of equal degree
y, so it is solved on pairs of classes: the negative log likelihood is convex in log x and log y, and damped
Newton steps take it to its minimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, cg
from scipy.special import expit

from lfd.core.complexity.degrees import Classes, degree_classes
from lfd.errors import InputError

Floats = npt.NDArray[np.float64]

CLOSE = 1e-6  # largest relative error of an expected degree
MOST_STEPS = 100
MOST_EVENTS = 4_000_000  # drawn at once
LEAST_CHANCE = 1e-12  # of a choice or against it: where degrees nearly nest, doubles would round it to none


@dataclass(frozen=True)
class Configuration:
    """A bipartite configuration model on classes of equal degree.

    Attributes
    ----------
    users, items : Classes
    probability : numpy.ndarray, classes of users x classes of items, in (0, 1)
        P: that a user of the one has an item of the other.
    """

    users: Classes
    items: Classes
    probability: Floats

    @property
    def variance(self) -> Floats:
        """Variance of each pair's choice, by classes: p (1 - p)."""
        v: Floats = self.probability * (1 - self.probability)
        return v

    @property
    def mean_variance(self) -> float:
        """The same, over all pairs of a user and an item."""
        total = float(self.users.size @ self.variance @ self.items.size)
        return total / (self.users.number * self.items.number)


def fit_configuration(choices: sparse.csr_array) -> Configuration:
    """Fit the model to the degrees of a matrix.

    Parameters
    ----------
    choices : scipy.sparse.csr_array, users x items, each stored value 1
        Nobody has no item or all, no item has no user or all.

    Returns
    -------
    Configuration
        Whose expected degrees are the observed ones within a millionth.

    Raises
    ------
    InputError
        The degrees leave no room for chance (whoever has fewer items has a part of what others have).
    """
    users = degree_classes(np.diff(choices.indptr).astype(np.int64))
    items = degree_classes(np.bincount(choices.indices, minlength=choices.shape[1]).astype(np.int64))
    total = np.sqrt(choices.nnz)
    log_x, log_y = np.log(users.degree / total), np.log(items.degree / total)
    loss = _loss(log_x, log_y, users, items)
    for _ in range(MOST_STEPS):
        probability = expit(log_x[:, None] + log_y)
        missing = users.degree - probability @ items.size, items.degree - users.size @ probability
        if max(np.abs(missing[0] / users.degree).max(), np.abs(missing[1] / items.degree).max()) < CLOSE:
            return Configuration(users, items, probability.clip(LEAST_CHANCE, 1 - LEAST_CHANCE))
        step_x, step_y = _newton_step(probability, missing, users, items)
        slope = float((users.size * missing[0]) @ step_x + (items.size * missing[1]) @ step_y)
        size = 1.0
        while size > 1e-6:  # halved until the loss falls by a fair part of what its slope promises (Armijo)
            tried = log_x + size * step_x, log_y + size * step_y
            lower = _loss(*tried, users, items)
            if lower <= loss - 1e-4 * size * slope + 1e-12 * abs(loss):
                break
            size /= 2
        (log_x, log_y), loss = tried, lower
    raise _does_not_calibrate(missing, users, items)


def _loss(log_x: Floats, log_y: Floats, users: Classes, items: Classes) -> float:
    """Minus the log likelihood of the degrees."""
    together = float(users.size @ np.logaddexp(0, log_x[:, None] + log_y) @ items.size)
    own = float((users.size * users.degree) @ log_x + (items.size * items.degree) @ log_y)
    return together - own


def _newton_step(
    probability: Floats, missing: tuple[Floats, Floats], users: Classes, items: Classes
) -> tuple[Floats, Floats]:
    """H^-1 g by conjugate gradients: H is a matrix on pairs of classes, well conditioned by its diagonal."""
    weight = probability * (1 - probability) * users.size[:, None] * items.size
    row, column, n = weight.sum(axis=1), weight.sum(axis=0), len(users)
    diagonal = np.concatenate([row, column])

    def product(step: Floats) -> Floats:
        there, back = weight @ step[n:], weight.T @ step[:n]
        h: Floats = np.concatenate([row * step[:n] + there, column * step[n:] + back])
        return h

    shape = (len(diagonal), len(diagonal))
    gradient = np.concatenate([users.size * missing[0], items.size * missing[1]])
    step, _ = cg(
        LinearOperator(shape, matvec=product, dtype=np.float64),
        gradient,
        rtol=1e-6,
        maxiter=200,
        M=LinearOperator(shape, matvec=lambda r: r / diagonal, dtype=np.float64),
    )
    return step[:n], step[n:]


def _does_not_calibrate(missing: tuple[Floats, Floats], users: Classes, items: Classes) -> InputError:
    off = np.abs(missing[1] / items.degree)
    worst = int(off.argmax())
    row = int(np.flatnonzero(items.of == worst)[0])
    return InputError(
        f"the null does not calibrate: item {row} (row, of those that tell something) has"
        f" {items.degree[worst]} interactions and is expected to have"
        f" {items.degree[worst] - missing[1][worst]:.1f}, since users with fewer items have a part of what"
        " those with more have",
        "leave out items that nearly all users have, or nearly none: lfd load --min-item",
    )


def sample(null: Configuration, rng: np.random.Generator) -> sparse.csr_array:
    """Draw data from the null, sparsely and exactly.

    A pair has an interaction where at least one event of a Poisson process of rate -log(1 - p) falls on it,
    which has probability p. So for each pair of classes a number of events is drawn, and a pair of a user and
    an item for each; memory grows with the interactions.

    Parameters
    ----------
    null : Configuration
    rng : numpy.random.Generator

    Returns
    -------
    scipy.sparse.csr_array, users x items, float64, each stored value 1
    """
    rate = -np.log1p(-null.probability) * null.users.size[:, None] * null.items.size
    events = rng.poisson(rate)
    (user, first_user), (item, first_item) = null.users.members, null.items.members
    blocks = []
    for rows in _blocks(events.sum(axis=1)):
        pair = np.repeat(np.arange(events[rows].size), events[rows].ravel())
        a, b = rows.start + pair // len(null.items), pair % len(null.items)
        row = first_user[a] + (rng.random(len(pair)) * null.users.size[a]).astype(np.int64)
        column = first_item[b] + (rng.random(len(pair)) * null.items.size[b]).astype(np.int64)
        blocks.append(user[row] * null.items.number + item[column])  # in one number, to sort by
    code = np.concatenate(blocks)
    code.sort()
    code = code[np.diff(code, prepend=-1) > 0]  # what fell on a pair twice is one interaction
    counts = np.bincount(code // null.items.number, minlength=null.users.number)
    pointer = np.concatenate([[0], np.cumsum(counts)])
    shape = (null.users.number, null.items.number)
    return sparse.csr_array((np.ones(len(code)), code % null.items.number, pointer), shape=shape)


def _blocks(events: npt.NDArray[np.int64]) -> list[slice]:
    """Runs of classes with at most MOST_EVENTS events each, or one class."""
    edges, total = [0], 0
    for a, number in enumerate(events.tolist()):
        if total and total + number > MOST_EVENTS:
            edges.append(a)
            total = 0
        total += number
    return [slice(low, high) for low, high in zip(edges, [*edges[1:], len(events)], strict=True)]
