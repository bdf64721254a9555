"""What random matrix theory says of a factor from its singular value: the spiked model.

R = signal + noise, users m, items n, noise of variance 1. The singular values of noise end at the edge of
Marchenko and Pastur (1967), sqrt(m) + sqrt(n). A factor whose signal has singular value d shows as

    s^2 = (d^2 + m) (d^2 + n) / d^2        where d^4 > m n, and not at all below

(Benaych-Georges and Nadakuditi 2012, section 3.1; Gavish and Donoho 2017, equation 10), and the correlation
of users' true positions with those read off R is at best

    correlation^2 = (d^4 - m n) / (d^4 + m d^2)

(the same theorem's left vectors; with n <= m it is (x^4 - b) / (x^4 + x^2), b = n / m, x^2 = d^2 / m). A user
adds to d^2 what they know of the factor, so d^2 = m k with k of their own: more users raise every factor, and
a factor is seen from m = n / k^2 users on. Knows numbers only. strength = s / edge.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def edge(users: int, items: int) -> float:
    """Where the singular values of noise of variance 1 end.

    Parameters
    ----------
    users, items : int
    """
    return float(np.sqrt(users) + np.sqrt(items))


def signal(strength: Floats, users: int, items: int) -> Floats:
    """d^2 of factors from their strength; what is not above the edge is taken to be at it.

    Parameters
    ----------
    strength : numpy.ndarray, any shape
        Singular values, divided by the null's edge.
    users, items : int

    Returns
    -------
    numpy.ndarray, as `strength`, at least sqrt(users items)
    """
    square = (np.maximum(strength, 1.0) * edge(users, items)) ** 2
    middle = np.maximum(square - users - items, 0.0)
    d2: Floats = (middle + np.sqrt(np.maximum(middle**2 - 4.0 * users * items, 0.0))) / 2
    return d2


def predicted_correlation(strength: Floats, users: int, items: int) -> Floats:
    """Of users' true positions on factors with the best linear reading of them.

    Parameters
    ----------
    strength : numpy.ndarray, any shape
    users, items : int

    Returns
    -------
    numpy.ndarray, as `strength`, in [0, 1); 0 where a factor is not above the edge
    """
    d2 = signal(strength, users, items)
    square = (d2**2 - float(users) * items) / (d2**2 + users * d2)
    correlation: Floats = np.where(strength > 1, np.sqrt(np.maximum(square, 0.0)), 0.0)
    return correlation


def strength_among(strength: Floats, users: int, items: int, others: int) -> Floats:
    """Strength that the same factors would have with another number of users.

    Parameters
    ----------
    strength : numpy.ndarray, any shape
    users, items : int
        For which the strength is.
    others : int
        Users for which it is wanted.

    Returns
    -------
    numpy.ndarray, as `strength`; 1 where a factor would not be seen
    """
    d2 = signal(strength, users, items) * others / users
    seen = d2**2 > float(others) * items
    value = np.sqrt((d2 + others) * (d2 + items) / d2) / edge(others, items)
    among: Floats = np.where(seen, value, 1.0)
    return among


def users_needed(strength: Floats, users: int, items: int) -> Floats:
    """Users from which on a factor is seen: the formula's inverse.

    Parameters
    ----------
    strength : numpy.ndarray, any shape
    users, items : int
        For which the strength is.

    Returns
    -------
    numpy.ndarray, as `strength`
    """
    k = signal(strength, users, items) / users
    needed: Floats = items / k**2
    return needed
