"""Factors that are known, in noise from the null: what would be seen of them.

The formulas of the spiked model are limits. With some hundred users the edge that a factor must pass lies
above the limit's, and factors near it push each other apart; both are met by drawing: R = signal + the
residual of a draw from the null, decomposed as data are. The signal of data is chosen such that draws show of
it what the data showed (a bootstrap correction of bias, Efron and Tibshirani 1993, chapter 10). Matrix-free,
as all here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lfd.core.complexity import spiked
from lfd.core.complexity.configuration import Configuration, sample
from lfd.core.complexity.residual import as_operator, residual
from lfd.core.complexity.spectrum import Spectrum, singular_values

Floats = npt.NDArray[np.float64]

CORRECTIONS, DRAWS = 2, 3


def seen(
    signal: Spectrum, null: Configuration, scale: Floats, number: int, rng: np.random.Generator
) -> Floats:
    """Singular values of the signal in draws from the null.

    Parameters
    ----------
    signal : Spectrum
        Sizes and sides of the part that is no noise: users diag(values) items'.
    null : Configuration
    scale : numpy.ndarray, classes of users x classes of items
        Of the residual.
    number : int, from 1 to below the smaller side
        Of values, from the largest on.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, draws x number, descending
    """
    return np.array([_seen_once(signal, null, scale, number, own) for own in rng.spawn(DRAWS)])


def signal_of(
    found: Spectrum, null: Configuration, scale: Floats, noise_edge: float, rng: np.random.Generator
) -> Spectrum:
    """The signal that shows in noise as what was found.

    Parameters
    ----------
    found : Spectrum
        Of the data's residual, beyond the edge.
    null : Configuration
    scale : numpy.ndarray, classes of users x classes of items
    noise_edge : float
        Where the singular values of the null's residual end.
    rng : numpy.random.Generator

    Returns
    -------
    Spectrum
        Sizes and sides of the signal.
    """
    shape, aim = (null.users.number, null.items.number), found.values
    noise = noise_edge / spiked.edge(*shape)
    for own in rng.spawn(CORRECTIONS):
        shown = seen(_signal(aim, found, noise, shape), null, scale, len(aim), own)
        aim = aim + found.values - shown.mean(axis=0)
    return _signal(aim, found, noise, shape)


def _signal(values: Floats, found: Spectrum, noise: float, shape: tuple[int, int]) -> Spectrum:
    """By the spiked model, for noise that has this deviation everywhere."""
    square = spiked.signal(values / (noise * spiked.edge(*shape)), *shape)
    return Spectrum(noise * np.sqrt(square), found.users, found.items)


def _seen_once(
    signal: Spectrum, null: Configuration, scale: Floats, number: int, rng: np.random.Generator
) -> Floats:
    drawn = residual(sample(null, rng), null, scale)
    users, items = signal.users, signal.values * signal.items

    def of_items(vectors: Floats) -> Floats:
        return drawn.of_items(vectors) + users @ (items.T @ vectors)

    def of_users(vectors: Floats) -> Floats:
        return drawn.of_users(vectors) + items @ (users.T @ vectors)

    return singular_values(as_operator(drawn.shape, of_items, of_users), number)
