"""Distinct items for each of many users, each user with a distribution of their own.

Knows weights and draws, not what they mean. Successive sampling (Plackett-Luce): items are drawn one
after another in proportion to their weights, what was drawn is out. It is the same as adding Gumbel
noise to the log weights and taking the best (Yellott 1977), and the same as drawing with replacement
and dropping repeats. The last costs some draws a user instead of one number an item, so it comes
first, in rounds; users who end them with too few items go on with Gumbel noise from where they are, which
is exact, since what is still to come depends only on which items are out.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BATCH = 2**21  # users x items scores held at a time
DRAWS = (0.5, 4.0, 16.0, 64.0)  # draws beyond what is missing, by round, for each item that is


class Taste(Protocol):
    """One distribution over the items for each of some rows."""

    def draw(self, row: Ints, rng: np.random.Generator) -> Ints:
        """Draw one item for each entry of `row`, independently."""
        ...

    def log_weights(self, rows: Ints) -> Floats:
        """Log weights, rows x items, -inf for what a row never chooses."""
        ...


class Groups:
    """Items in groups, with weights: one item drawn from a group in proportion to its weight.

    Parameters
    ----------
    group : numpy.ndarray, items, int64
        Each item's group, numbered from 0, none empty.
    log_weight : numpy.ndarray, items
    """

    def __init__(self, group: Ints, log_weight: Floats) -> None:
        self.order = np.argsort(group, kind="stable")
        self.bound = np.searchsorted(group[self.order], np.arange(group.max() + 2))
        weight = log_weight[self.order]
        largest = np.maximum.reduceat(weight, self.bound[:-1])
        weight = np.exp(weight - largest[group[self.order]])  # against underflow; groups stay comparable by
        self.log_total = largest + np.log(np.add.reduceat(weight, self.bound[:-1]))  # this, their log totals
        self.cumulative = np.concatenate([[0.0], np.cumsum(weight)])

    def draw(self, group: Ints, rng: np.random.Generator) -> Ints:
        """Draw one item from each entry of `group`."""
        first, end = self.bound[group], self.bound[group + 1]
        low, high = self.cumulative[first], self.cumulative[end]
        target = low + rng.random(len(group)) * (high - low)
        place = np.searchsorted(self.cumulative, target, side="right") - 1
        chosen: Ints = self.order[np.clip(place, first, end - 1)]
        return chosen


def choose(taste: Taste, counts: Ints, n_items: int, rng: np.random.Generator) -> Ints:
    """Draw `counts[row]` distinct items for every row.

    Parameters
    ----------
    taste : Taste
        A distribution over the items for each row.
    counts : numpy.ndarray, rows, int64, each at least 1
        At most the number of items that the row can choose.
    n_items : int
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, int64
        row * n_items + item of every choice, ascending.
    """
    key, missing = np.zeros(0, dtype=np.int64), counts
    for share in DRAWS:
        short = np.flatnonzero(missing)
        if not len(short):
            return key
        more = missing[short] + (share * missing[short]).astype(np.int64) + 8
        draws = np.minimum(more, n_items)  # which is what noise would cost
        new = _new_ones(taste, short, missing[short], draws, key, n_items, rng)
        key = np.sort(np.concatenate([key, new]))
        missing = counts - np.bincount(key // n_items, minlength=len(counts))
    short = np.flatnonzero(missing)
    rest = [key[(missing == 0)[key // n_items]]]
    step = max(1, BATCH // n_items)
    for start in range(0, len(short), step):
        rest.append(_go_on_with_noise(taste, short[start : start + step], key, counts, n_items, rng))
    return np.sort(np.concatenate(rest))


def _new_ones(
    taste: Taste, rows: Ints, wanted: Ints, draws: Ints, key: Ints, n_items: int, rng: np.random.Generator
) -> Ints:
    """Draw so many for each of some rows; keep the first `wanted` that `key` has not (or fewer)."""
    place = np.repeat(np.arange(len(rows)), draws)
    row = rows[place]
    drawn, first = np.unique(row * n_items + taste.draw(row, rng), return_index=True)
    unseen = ~np.isin(drawn, key)
    drawn, first = drawn[unseen], first[unseen]
    new = np.zeros(len(row), dtype=bool)
    new[first] = True
    running = np.cumsum(new)
    start = np.cumsum(draws) - draws
    before = running[start] - new[start]  # what was new in earlier rows
    kept: Ints = drawn[running[first] - before[place[first]] <= wanted[place[first]]]
    return kept


def _go_on_with_noise(
    taste: Taste, rows: Ints, key: Ints, counts: Ints, n_items: int, rng: np.random.Generator
) -> Ints:
    """Complete some rows, of which `key` has the choices so far; return all choices of these rows."""
    score = taste.log_weights(rows) + rng.gumbel(size=(len(rows), n_items))
    have = key[np.isin(key // n_items, rows)]
    score[np.searchsorted(rows, have // n_items), have % n_items] = np.inf
    most = int(counts[rows].max())
    best = -np.sort(np.partition(-score, most - 1, axis=1)[:, :most], axis=1)
    worst_taken = best[np.arange(len(rows)), counts[rows] - 1]
    row, item = np.nonzero(score >= worst_taken[:, None])
    return rows[row] * n_items + item


def draw_counts(wanted: tuple[int, int] | float, rows: int, limit: int, rng: np.random.Generator) -> Ints:
    """Draw how many items each row gets: uniform on a range, or Poisson kept within 1 and `limit`."""
    if isinstance(wanted, tuple):
        return rng.integers(wanted[0], wanted[1] + 1, rows)
    counts: Ints = np.clip(rng.poisson(wanted, rows), 1, limit)
    return counts
