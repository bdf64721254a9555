"""Strata of items by popularity, and permutations within them.

What is popular is recommended more whatever its genre, so labels are compared, and shuffled, among items of
about the same popularity. Knows counts and strata; knows no labels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lfd.core.ranks import mean_ranks

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEAST_ITEMS = 20  # fewer items a stratum leave too few ways to shuffle


def popularity_strata(popularity: Floats, wanted: int = 10) -> Integers:
    """Cut the items into groups of about the same popularity and size.

    Equally popular items fall into the same stratum, so popularity that is flat gives a single one.

    Parameters
    ----------
    popularity : numpy.ndarray, (items,)
        For example each item's number of interactions.
    wanted : int, at least 1, default 10
        How many strata; fewer where a stratum would hold fewer than 20 items.

    Returns
    -------
    numpy.ndarray of int64, (items,), from 0 without gaps
    """
    n_items = len(popularity)
    number = max(1, min(wanted, n_items // LEAST_ITEMS))
    ranks = mean_ranks(popularity[:, None])[:, 0]
    middle = (ranks - 0.5) / max(n_items, 1)  # in (0, 1); tied items share theirs
    _, strata = np.unique(np.floor(middle * number), return_inverse=True)
    return strata.astype(np.int64)


def centred_within(columns: Floats, strata: Integers) -> Floats:
    """Columns minus their mean in each stratum: what is left once strata are partialled out.

    Parameters
    ----------
    columns : numpy.ndarray, items x any number
    strata : numpy.ndarray of int64, (items,), from 0

    Returns
    -------
    numpy.ndarray, as `columns`
    """
    codes, count = _counted(strata)
    sums = np.zeros((len(count), columns.shape[1]))
    np.add.at(sums, codes, columns)
    centred: Floats = columns - (sums / count[:, None])[codes]
    return centred


def permutations_within(strata: Integers, number: int, rng: np.random.Generator) -> Integers:
    """Draw orders of the items that exchange items of the same stratum only.

    Parameters
    ----------
    strata : numpy.ndarray of int64, (items,)
    number : int
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of int64, number x items
        Row b says whose label each item gets.
    """
    orders = np.empty((number, len(strata)), dtype=np.int64)
    for stratum in np.unique(strata):
        items = np.flatnonzero(strata == stratum)
        orders[:, items] = rng.permuted(np.broadcast_to(items, (number, len(items))), axis=1)
    return orders


def item_folds(strata: Integers, number: int, rng: np.random.Generator) -> Integers:
    """Deal the items of every stratum out to folds at random, so that folds are alike in popularity.

    Parameters
    ----------
    strata : numpy.ndarray of int64, (items,)
    number : int, at least 2
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of int64, (items,), from 0 to number - 1; sizes differ by at most one
    """
    order = np.argsort(rng.random(len(strata)) + strata)
    folds = np.empty(len(strata), dtype=np.int64)
    folds[order] = np.arange(len(strata)) % number
    return folds


def _counted(strata: Integers) -> tuple[Integers, Integers]:
    _, codes, count = np.unique(strata, return_inverse=True, return_counts=True)
    return codes.astype(np.int64), count.astype(np.int64)
