"""The first four cumulants of a sum of labels under stratified permutation, in closed form.

T = sum_i c_i m_pi(i), where pi permutes the items of each stratum at random. Strata are independent, so
cumulants add up over them. With c and m centred in a stratum of n items, C_r = sum c^r and M_r = sum m^r:

    E T^2 = C_2 M_2 / (n - 1)
    E T^3 = n C_3 M_3 / ((n - 1)(n - 2))
    E T^4 = the sum over the ways in which four indices may coincide (below); cumulant: E T^4 - 3 (E T^2)^2

Hoeffding (1951), "A combinatorial central limit theorem", Ann. Math. Statist. 22(4), has the second; the
others follow in the same way from the power sums over distinct indices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cumulants:
    """Of many sums at once; arrays of one shape.

    Attributes
    ----------
    mean, variance, third, fourth : numpy.ndarray
        The fourth is a cumulant, not a moment: 0 for a normal variable.
    """

    mean: Floats
    variance: Floats
    third: Floats
    fourth: Floats

    @property
    def deviation(self) -> Floats:
        """Standard deviation."""
        root: Floats = np.sqrt(self.variance)
        return root

    @property
    def skew(self) -> Floats:
        """Third standardised cumulant; 0 where nothing varies."""
        return _divided(self.third, self.variance**1.5)

    @property
    def kurtosis(self) -> Floats:
        """Excess kurtosis; 0 where nothing varies."""
        return _divided(self.fourth, self.variance**2)


def permutation_cumulants(coefficients: Floats, columns: Floats, strata: Integers) -> Cumulants:
    """Cumulants of coefficients @ columns when the rows of `columns` are permuted within strata.

    Parameters
    ----------
    coefficients : numpy.ndarray, sums x items
        c, a row for each sum.
    columns : numpy.ndarray, items x values
        m, a column for each value.
    strata : numpy.ndarray of int64, (items,)

    Returns
    -------
    Cumulants, each sums x values
    """
    total = np.zeros((4, len(coefficients), columns.shape[1]))
    for stratum in np.unique(strata):
        items = np.flatnonzero(strata == stratum)
        total += _of_one_stratum(coefficients[:, items], columns[items])
    return Cumulants(*total)


def _of_one_stratum(c: Floats, m: Floats) -> Floats:
    n = len(m)
    mean = n * np.outer(c.mean(axis=1), m.mean(axis=0))
    c, m = c - c.mean(axis=1, keepdims=True), m - m.mean(axis=0)
    c2, c3, c4 = (np.sum(c**r, axis=1)[:, None] for r in (2, 3, 4))
    m2, m3, m4 = (np.sum(m**r, axis=0)[None, :] for r in (2, 3, 4))
    zero = np.zeros_like(mean)
    variance = c2 * m2 / (n - 1) if n > 1 else zero
    third = n * c3 * m3 / ((n - 1) * (n - 2)) if n > 2 else zero
    # Four indices: all the same; three and one; two and two; two and two single ones; all different.
    fourth = c4 * m4 / n
    if n > 1:
        fourth = fourth + (4 * c4 * m4 + 3 * (c2**2 - c4) * (m2**2 - m4)) / (n * (n - 1))
    if n > 2:
        fourth = fourth + 6 * (2 * c4 - c2**2) * (2 * m4 - m2**2) / (n * (n - 1) * (n - 2))
    if n > 3:
        different = (3 * c2**2 - 6 * c4) * (3 * m2**2 - 6 * m4)
        fourth = fourth + different / (n * (n - 1) * (n - 2) * (n - 3))
    return np.stack([mean, variance, third, fourth - 3 * variance**2])


def _divided(numerator: Floats, denominator: Floats) -> Floats:
    ratio: Floats = np.divide(
        numerator, denominator, out=np.zeros_like(numerator), where=denominator > 1e-300
    )
    return ratio
