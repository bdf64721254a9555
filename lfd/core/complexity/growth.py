"""What more users would show: the same on parts of the users, beside what the formula makes of the whole.

If the null takes saturation into account, a factor's d^2 grows in proportion to the users, so its strength
among fewer or more of them, and the number from which on it is seen, follow from the spiked model. A factor
that is not seen yet has no strength; when the next one comes is extrapolated from when the others came.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.complexity import spiked
from lfd.core.complexity.factors import Factors, find_factors
from lfd.core.complexity.saying import Say, silent
from lfd.settings.complexity import ComplexitySettings

Floats = npt.NDArray[np.float64]

PARTS = (0.25, 0.5)
LEAST_TO_EXTRAPOLATE = 4


@dataclass(frozen=True)
class Part:
    """The factors of a part of the users.

    Attributes
    ----------
    share : float in (0, 1]
    users : int
    factors, main : int
        Found there.
    expected : int
        Factors of the whole that the formula has seen by so many users.
    strength, predicted : numpy.ndarray, (factors of the whole,)
        Found there in order of strength (1 at least), and by the formula from the whole.
    next_users : float
        Users from which on one more factor than were found there is seen, extrapolated; nan where it cannot
        be.
    """

    share: float
    users: int
    factors: int
    main: int
    expected: int
    strength: Floats
    predicted: Floats
    next_users: float


def grow(
    interactions: sparse.csr_array,
    whole: Factors,
    settings: ComplexitySettings,
    rng: np.random.Generator,
    say: Say = silent,
) -> tuple[Part, ...]:
    """Find the factors of a quarter and a half of the users, each part holding the one before.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items
    whole : Factors
        Of all users.
    settings : ComplexitySettings
    rng : numpy.random.Generator
    say : callable, default silent

    Returns
    -------
    tuple of Part, the whole last

    Raises
    ------
    InputError
        A part has too few users or items that tell something.
    """
    order, *streams = rng.spawn(1 + len(PARTS))
    users = order.permutation(whole.choices.users)
    parts = []
    for share, own in zip(PARTS, streams, strict=True):
        chosen = np.sort(users[: round(share * len(users))])
        found = find_factors(interactions[chosen], settings, own, say)
        parts.append(_part(share, found, whole))
    return (*parts, _part(1.0, whole, whole))


def _part(share: float, found: Factors, whole: Factors) -> Part:
    above = whole.strength[: whole.number]
    strength = np.ones(whole.number)
    there = np.maximum(found.strength[: whole.number], 1.0)
    strength[: len(there)] = there
    needed = spiked.users_needed(above, whole.users, whole.items)
    return Part(
        share=share,
        users=found.users,
        factors=found.number,
        main=len(found.main),
        expected=int((needed <= found.users).sum()),
        strength=strength,
        predicted=spiked.strength_among(above, whole.users, whole.items, found.users),
        next_users=users_for_the_next(found.strength[: found.number], found.users, found.items),
    )


def users_for_the_next(strength: Floats, users: int, items: int) -> float:
    """Users from which on one more factor is seen, if factors go on coming as they came.

    The users that each factor needed grow by about the same ratio from one to the next; the ratio is taken
    from the last half of the factors (least squares of the logarithms), and today is taken to lie in the
    middle between the last factor and the next. (The users that the last one needed are no better anchor: a
    factor near the edge is seen when noise makes it look stronger than it is.)

    Parameters
    ----------
    strength : numpy.ndarray, (factors,), above 1, descending
    users, items : int

    Returns
    -------
    float, at least `users`; nan where there are fewer than 4 factors
    """
    if len(strength) < LEAST_TO_EXTRAPOLATE:
        return float("nan")
    needed = np.log(spiked.users_needed(strength[len(strength) // 2 :], users, items))
    ratio = np.polyfit(np.arange(len(needed)), needed, 1)[0]
    return float(users * np.exp(max(ratio, 0.0) / 2))
