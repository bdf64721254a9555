"""What more users would show: the same on parts of the users, beside what is predicted from the whole.

If the null takes saturation into account, a factor's d^2 grows in proportion to the users, so what is seen of
it among fewer of them follows: by the formulas of `spiked` in the limit, and with the noise that so few users
leave by planting the factors of the whole in draws from the part's null. A factor that is not seen yet has no
strength; when the next one comes is extrapolated from when the others came.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.complexity import spiked
from lfd.core.complexity.factors import Factors, find_factors
from lfd.core.complexity.planted import seen, signal_of
from lfd.core.complexity.saying import Say, silent
from lfd.core.complexity.spectrum import Spectrum
from lfd.settings.complexity import ComplexitySettings

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

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
    expected : float
        Factors of the whole that are seen when they are planted in noise there; mean over draws.
    strength, predicted : numpy.ndarray, (factors of the whole,)
        Found there in order of strength, and when they are planted (mean over draws); 1 at least.
    next_users : float
        Users from which on one more factor than were found there is seen, extrapolated; nan where it cannot
        be.
    """

    share: float
    users: int
    factors: int
    main: int
    expected: float
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
    order, planting, *streams = rng.spawn(2 + len(PARTS))
    users = order.permutation(whole.choices.users)
    signal = _signal(whole, interactions.shape, planting) if whole.number else None
    parts = []
    for share, own in zip(PARTS, streams, strict=True):
        chosen = np.sort(users[: round(share * len(users))])
        found = find_factors(interactions[chosen], settings, own, say)
        say("planting the factors of all users")
        planted = _planted(signal, chosen, found, planting) if signal else np.zeros((1, 0))
        parts.append(_part(share, found, planted))
    return (*parts, _part(1.0, whole, whole.strength[None, : whole.number]))


def _part(share: float, found: Factors, planted: Floats) -> Part:
    """A part, with the strengths of the whole's factors when they are planted there (draws x factors)."""
    number = planted.shape[1]
    there = np.ones(number)
    there[: len(found.strength)] = found.strength[:number]
    return Part(
        share=share,
        users=found.users,
        factors=found.number,
        main=len(found.main),
        expected=float((planted > 1).sum(axis=1).mean()),
        strength=np.maximum(there, 1.0),
        predicted=np.maximum(planted.mean(axis=0), 1.0),
        next_users=users_for_the_next(found.strength[: found.number], found.users, found.items),
    )


def _signal(whole: Factors, shape: tuple[int, int], rng: np.random.Generator) -> Spectrum:
    """The factors of the whole as a signal of all users and items, those who tell nothing too."""
    found = whole.spectrum.first(whole.number)
    signal = signal_of(found, whole.null, whole.scale, whole.edge.of_noise, rng)
    users, items = (np.zeros((size, whole.number)) for size in shape)
    users[whole.choices.users], items[whole.choices.items] = signal.users, signal.items
    return Spectrum(signal.values, users, items)


def _planted(signal: Spectrum, chosen: Integers, found: Factors, rng: np.random.Generator) -> Floats:
    """Strengths of the signal among some users, in draws from their null (draws x factors)."""
    users, items = signal.users[chosen[found.choices.users]], signal.items[found.choices.items]
    number = min(len(signal.values), *(len(side) - 1 for side in (users, items)))
    values = seen(Spectrum(signal.values, users, items), found.null, found.scale, number, rng)
    planted = np.zeros((len(values), len(signal.values)))
    planted[:, :number] = values / found.edge.value
    return planted


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
