"""Which factors are main ones, and which are harmonics of these.

Choice is not linear in taste, so strong factors come with their squares and products, which are factors of
the matrix too. A harmonic is told by its users: where they are on it is a function of where they are on the
factors before. So factor after factor is regressed on the products of any two factors before it (of
harmonics: products of higher degree), and is a harmonic where these explain half of what is known of it:

    share_k = R^2 / (r_k r_jl)

The products come from one half of each user's choices and the position that they explain from the other,
since the noise of a choice is skewed, and within one half that alone would make products and positions
correlate. R^2 is the squared correlation with what regressions on other groups of users predict. It is kept
down by noise (Spearman 1904): r_k is the reliability of the factor, the correlation of its two halves, and
r_jl that of a product, averaged over what the products contribute.

A harmonic is a second-order effect, so it is also much weaker than what it comes from: what is nearly as
strong as the strongest factor (d^2 above 0.8 of its own) is a main one. Three exclusive groups are a plane,
for example, and of three points in a plane one coordinate is a function of the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.complexity.configuration import Configuration
from lfd.core.complexity.halves import cut_in_two
from lfd.core.correlation import paired_correlation

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

HALF = 0.5  # a factor is a harmonic where products explain as much of it
STRONG = 0.8  # share of the strongest factor's d^2 from which on a factor is no harmonic
MOST_CUTS = 4  # of the histories in two, averaged
GROUPS = 10  # of users, for the cross-validation
MOST_USERS = 12_000  # drawn, where there are more; users times cuts are no more
MOST_PRODUCTS = 480  # beyond, those with main factors only, and then none
LEAST_KNOWN = 0.01
RIDGE = 1e-2


@dataclass(frozen=True)
class Harmonics:
    """How much of each factor is a matter of the factors before it.

    Attributes
    ----------
    shares : numpy.ndarray, (factors,), in [0, 1]
        Of what is known of each factor, how much products explain.
    errors : numpy.ndarray, (factors,)
        Standard errors of these.
    """

    shares: Floats
    errors: Floats

    @property
    def main(self) -> npt.NDArray[np.bool_]:
        """Which factors are main ones."""
        main: npt.NDArray[np.bool_] = self.shares < HALF
        return main


def find_harmonics(
    choices: sparse.csr_array,
    null: Configuration,
    scale: Floats,
    items: Floats,
    signal: Floats,
    rng: np.random.Generator,
) -> Harmonics:
    """Hold every factor against the products of those before it.

    Parameters
    ----------
    choices : scipy.sparse.csr_array, users x items, each stored value 1
    null : Configuration
    scale : numpy.ndarray, classes of users x classes of items
    items : numpy.ndarray, items x factors
        Item vectors, those of the strongest factor first.
    signal : numpy.ndarray, (factors,), descending
        d^2 of each, see `spiked.signal`.
    rng : numpy.random.Generator

    Returns
    -------
    Harmonics
    """
    users = rng.permutation(choices.shape[0])[:MOST_USERS]
    ones, twos = [], []
    cuts = min(MOST_CUTS, MOST_USERS // len(users))
    for _ in range(cuts if items.shape[1] else 0):
        halves = (half.rows(users).of_items(items) for half in cut_in_two(choices, null, scale, rng))
        one, two = (half - half.mean(axis=0) for half in halves)
        ones += [one, two]
        twos += [two, one]
    if not ones:
        return Harmonics(np.zeros(0), np.zeros(0))
    weak = signal < STRONG * signal[0]
    return _told(np.stack(ones, axis=1), np.stack(twos, axis=1), weak)


class _Products:
    """Products of factors as regressors, and their moments, group of users by group.

    Parameters
    ----------
    one, two : numpy.ndarray, users x readings x factors
        Positions to multiply, and those to be explained.
    """

    def __init__(self, one: Floats, two: Floats) -> None:
        self.one, self.two = one, two
        users, readings, number = one.shape
        most = min(number * (number + 1) // 2, MOST_PRODUCTS)
        self.columns = np.empty((users * readings, most))
        self.known = np.zeros(0)
        self.gram = np.zeros((GROUPS, 0, 0))
        edges = np.linspace(0, users, GROUPS + 1).astype(int) * readings
        self.groups = [slice(low, high) for low, high in pairwise(edges.tolist())]

    @property
    def number(self) -> int:
        """How many products there are."""
        return len(self.known)

    def add(self, factors: Integers, factor: int) -> bool:
        """Take the products of one factor with others, unless they are too many; says whether it did."""
        if self.number + len(factors) > self.columns.shape[1]:
            return False
        new, twin = (half[:, :, factors] * half[:, :, [factor]] for half in (self.one, self.two))
        before, after = self.number, self.number + len(factors)
        readings = [paired_correlation(new[:, r], twin[:, r]) for r in range(new.shape[1])]
        self.known = np.append(self.known, np.maximum(np.mean(readings, axis=0), 0.0))
        self.columns[:, before:after] = (new - new.mean(axis=0)).reshape(-1, len(factors))
        grown = np.zeros((GROUPS, after, after))
        grown[:, :before, :before] = self.gram
        for group, rows in enumerate(self.groups):
            border = self.columns[rows, :after].T @ self.columns[rows, before:after]
            grown[group, :, before:] = border
            grown[group, before:, :] = border.T
        self.gram = grown
        return True

    def with_target(self, target: Floats) -> Floats:
        """Of each group, the products' moments with what is to be explained: groups x products."""
        return np.stack([target[rows] @ self.columns[rows, : self.number] for rows in self.groups])


def _told(one: Floats, two: Floats, weak: npt.NDArray[np.bool_]) -> Harmonics:
    number = one.shape[2]
    known = np.maximum(
        np.mean([paired_correlation(one[:, c], two[:, c]) for c in range(0, one.shape[1], 2)], axis=0), 0.0
    )
    shares, errors = np.zeros((2, number))
    products, main = _Products(one, two), np.zeros(0, dtype=np.int64)
    for k in range(number):
        if weak[k]:
            shares[k], errors[k] = _share(products, k, known)
        if shares[k] < HALF:
            main = np.append(main, k)
        if not products.add(np.arange(k + 1), k):
            products.add(main, k)
    return Harmonics(shares, errors)


def _share(products: _Products, factor: int, known: Floats) -> tuple[float, float]:
    """How much the products explain of what is known of a factor, and the standard error of that."""
    target = products.two[:, :, factor].ravel()
    together, gram = products.with_target(target), products.gram
    all_together, all_gram = together.sum(axis=0), gram.sum(axis=0)
    size = np.array([float(target[rows] @ target[rows]) for rows in products.groups])
    predicted, square = np.zeros((2, GROUPS))
    for group in range(GROUPS):
        weights = _regression(all_gram - gram[group], all_together - together[group])
        predicted[group] = weights @ together[group]
        square[group] = weights @ gram[group] @ weights
    contribution = np.abs(all_together * _regression(all_gram, all_together))
    weight = contribution / max(float(contribution.sum()), 1e-300)
    most = max(float(known[factor] * (weight @ products.known)), LEAST_KNOWN)
    without = [_squared(predicted, square, size, np.arange(GROUPS) != group) for group in range(GROUPS)]
    error = np.sqrt(GROUPS - 1) * np.std(without) / most
    share = _squared(predicted, square, size, np.ones(GROUPS, dtype=np.bool_)) / most
    return float(np.clip(share, 0.0, 1.0)), float(error)


def _squared(predicted: Floats, square: Floats, size: Floats, groups: npt.NDArray[np.bool_]) -> float:
    """Squared correlation of what is predicted with what is there, 0 where it is negative."""
    together = max(float(predicted[groups].sum()), 0.0)
    return together**2 / max(float(square[groups].sum() * size[groups].sum()), 1e-300)


def _regression(gram: Floats, together: Floats) -> Floats:
    ridge = RIDGE * max(float(np.trace(gram)) / max(len(gram), 1), 1e-300)
    return np.asarray(np.linalg.solve(gram + ridge * np.eye(len(gram)), together))
