"""Users who follow one factor each: the original thesis's generator.

A user of factor f chooses items of block f only, which share one value of factor f. With noise, each
interaction goes instead, with that chance, to one of the two neighbouring blocks (blocks in a ring).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lfd.core.synthetic.catalogue import Catalogue
from lfd.core.synthetic.sampling import Floats, Groups, Ints, choose, draw_counts
from lfd.settings.synthetic import GenDataSettings


@dataclass(frozen=True)
class BlockTaste:
    """Rows that each choose from one block, all of a block alike: a `sampling.Taste`."""

    block: Ints  # of each row
    groups: Groups  # the items by block
    item_block: Ints
    log_weight: Floats

    def draw(self, row: Ints, rng: np.random.Generator) -> Ints:
        return self.groups.draw(self.block[row], rng)

    def log_weights(self, rows: Ints) -> Floats:
        return np.where(self.item_block == self.block[rows, None], self.log_weight, -np.inf)


class ExclusiveUsers:
    """Draws users of exclusive taste, some at a time.

    Parameters
    ----------
    settings : GenDataSettings
    catalogue : Catalogue
    wanted : tuple of int, or float
        Interactions per user, a range or a mean.
    """

    def __init__(
        self, settings: GenDataSettings, catalogue: Catalogue, wanted: tuple[int, int] | float
    ) -> None:
        self.n_items, self.noise, self.wanted = settings.items, settings.noise, wanted
        self.names = np.array([factor.name for factor in catalogue.factors], dtype=object)
        self.block = catalogue.block
        self.limit = int(np.bincount(catalogue.block).min())
        self.log_weight = catalogue.log_popularity + (
            _normal_shape(catalogue.block) if settings.choice == "normal" else 0.0
        )
        self.groups = Groups(self.block, self.log_weight)

    def draw(
        self, first: int, rows: int, rng: np.random.Generator
    ) -> tuple[dict[str, npt.NDArray[np.object_ | np.float64]], Ints]:
        """Draw users `first` to `first + rows`: truth columns, and row * items + item, ascending.

        Over all users the factors are equally frequent (to one user), in random order.
        """
        factor = rng.permutation(np.arange(first, first + rows) % len(self.names))
        counts = draw_counts(self.wanted, rows, self.limit, rng)
        user, block, count = self._split(factor, counts, rng)
        key = choose(self._taste(block), count, self.n_items, rng)
        key = user[key // self.n_items] * self.n_items + key % self.n_items
        return {"truth.factor": self.names[factor]}, np.sort(key)

    def _split(self, factor: Ints, counts: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
        """Split each user's interactions over own, left and right block: user, block and count of each."""
        number = len(self.names)
        out = rng.binomial(counts, self.noise)
        left = rng.binomial(out, 0.5) if number > 2 else out  # of two blocks, both neighbours are one
        count = np.column_stack([counts - out, left, out - left])
        block = (factor[:, None] + np.array([0, -1, 1])) % number
        user, part = np.nonzero(count)
        return user, block[user, part], count[user, part]

    def _taste(self, block: Ints) -> BlockTaste:
        return BlockTaste(block, self.groups, self.block, self.log_weight)


def _normal_shape(block: Ints) -> Floats:
    """Log of a normal density over each block's places: mean its middle, deviation a quarter of it."""
    size = np.bincount(block)
    place = np.arange(len(block)) - (np.cumsum(size) - size)[block]
    shape: Floats = -0.5 * ((place - (size[block] - 1) / 2) / (size[block] / 4)) ** 2
    return shape
