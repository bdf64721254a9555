"""What moving along a concept's steering direction does to its share, judged on labels it never saw.

A direction fitted to a concept's labels raises that concept's share by construction. So the items are dealt
out to folds; the direction of a fold is fitted on the labels of all the other items, and only the fold's own
items count in the lists that it leads to. Shares and lifts add up over folds.

Their p. Each fold's labels are exchangeable within strata, whatever direction judges them, which gives the
gain's variance in closed form. But folds are not independent, since each one's labels help to fit the others'
directions (to first order that doubles the variance: a normal p is below 0.05 for 10 % of shuffled labels).
So the studentised gain is held against its own distribution under permuted labels, in which every fold's
direction is fitted anew and the lists' response is taken as linear: Q times the direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lfd.core.alignment.directions import Directions, fit_directions
from lfd.core.alignment.jacobians import Jacobians
from lfd.core.alignment.presence import permutation_batches
from lfd.core.alignment.whitening import Whitening
from lfd.core.concepts import Concepts
from lfd.core.decoding.ranking import best_items
from lfd.core.models.scores import MOST_SCORES, item_scores
from lfd.core.significance.discovery import benjamini_hochberg
from lfd.core.strata import Integers, centred_within

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Gains:
    """What the lists hold of each concept, before and after users are moved along its steering direction.

    Attributes
    ----------
    before, after : numpy.ndarray, (concepts,)
        Share of the list's labelled items that have the value; of an ordered attribute their mean level,
        from 0 (its first value) to 1 (its last). Of labels that the direction did not see.
    z : numpy.ndarray, (concepts,)
        The gain in the standard deviations that it has when the held-out labels are permuted.
    p, q : numpy.ndarray, (concepts,)
        One-sided, calibrated as the module says; Benjamini-Hochberg over the concepts.
    """

    before: Floats
    after: Floats
    z: Floats
    p: Floats
    q: Floats

    @property
    def lift(self) -> Floats:
        """After / before; nan where there was nothing before."""
        lift: Floats = np.divide(
            self.after, self.before, out=np.full_like(self.after, np.nan), where=self.before > 0
        )
        return lift


def fold_directions(
    both: Jacobians, concepts: Concepts, strata: Integers, folds: Integers
) -> list[Directions]:
    """Fit the directions once for every fold, on the labels of all other items.

    Parameters
    ----------
    both : Jacobians
    concepts : Concepts
    strata, folds : numpy.ndarray of int64, (items,)

    Returns
    -------
    list of Directions, one a fold
    """
    return [fit_directions(both, concepts, strata, folds != fold) for fold in range(int(folds.max()) + 1)]


@dataclass(frozen=True)
class Lists:
    """How lists are made: `top` items, after users are moved by `shift` standard deviations."""

    model: LatentModel
    latents: Floats
    whitening: Whitening
    top: int
    shift: float

    def weights(self, direction: Floats | None = None) -> Floats:
        """Mean weight of every item over the users' lists, moved along a direction of length 1 or not."""
        move = 0.0 if direction is None else self.shift * (self.whitening.spread @ direction)
        total = np.zeros(self.model.n_items)
        size = max(1, MOST_SCORES // self.model.n_items)
        for start in range(0, len(self.latents), size):
            best = best_items(item_scores(self.model, self.latents[start : start + size] + move), self.top)
            total += np.bincount(best.ravel(), minlength=self.model.n_items)
        return total / (len(self.latents) * self.top)


def crossfitted_gains(
    lists: Lists,
    both: Jacobians,
    concepts: Concepts,
    strata: Integers,
    folds: Integers,
    fitted: list[Directions],
    permutations: int,
    rng: np.random.Generator,
) -> Gains:
    """Move users along every concept's steering direction, and read its held-out labels.

    Parameters
    ----------
    lists : Lists
    both : Jacobians
    concepts : Concepts
    strata, folds : numpy.ndarray of int64, (items,)
    fitted : list of Directions
        From `fold_directions`.
    permutations : int
    rng : numpy.random.Generator

    Returns
    -------
    Gains
    """
    start = lists.weights()
    before, after, z = np.zeros((3, len(concepts)))
    cells = [Cells(concepts, c, strata, folds, both.shares) for c in range(len(concepts))]
    for c, cell in enumerate(cells):
        moved = np.zeros(len(folds))
        for fold, directions in enumerate(fitted):
            held_out = folds == fold
            moved[held_out] = lists.weights(directions.steering[c])[held_out]
        level, labelled = concepts.level[:, c], concepts.labelled[:, c]
        before[c], after[c] = (_share(weights, level, labelled) for weights in (start, moved))
        z[c] = cell.studentised(moved - start)
    p = (1 + _reached(z, cells, permutations, rng)) / (1 + permutations)
    return Gains(before, after, z, p, benjamini_hochberg(p))


def _reached(z: Floats, cells: list[Cells], permutations: int, rng: np.random.Generator) -> Floats:
    """How many permutations reach each concept's z."""
    reached = np.zeros(len(z))
    for one in (False, True):  # concepts with strata, and those among all items
        group = [c for c, cell in enumerate(cells) if cell.unstratified == one]
        if group:
            for orders in permutation_batches(cells[group[0]].strata, permutations, rng):
                for c in group:
                    reached[c] += np.count_nonzero(cells[c].refitted(orders) >= z[c])
    return reached


def _share(weights: Floats, level: Floats, labelled: npt.NDArray[np.bool_]) -> float:
    mass = float(weights @ labelled)
    return float(weights @ level) / mass if mass > 0 else float("nan")


class Cells:
    """One concept's labels, exchangeable within each stratum of each fold.

    Parameters
    ----------
    concepts : Concepts
    concept : int
    strata, folds : numpy.ndarray of int64, (items,)
    shares : numpy.ndarray, items x dimensions
        Q.
    """

    def __init__(
        self, concepts: Concepts, concept: int, strata: Integers, folds: Integers, shares: Floats
    ) -> None:
        self.unstratified = bool(concepts.popularity[concept])
        self.strata = np.zeros_like(strata) if self.unstratified else strata
        self.column = concepts.columns[:, concept]
        self.cell = self.strata * (int(folds.max()) + 1) + folds
        inside = centred_within(self.column[:, None], self.strata)[:, 0]
        freedom = np.maximum(np.bincount(self.strata) - 1, 1)
        self.variance = (np.bincount(self.strata, inside**2) / freedom)[
            self.strata
        ]  # of a label, in its stratum
        self.folds = [np.flatnonzero(folds == fold) for fold in range(int(folds.max()) + 1)]
        within = centred_within(shares, self.cell)
        self.shares = [shares[fold] for fold in self.folds]
        self.inside = [within[fold] for fold in self.folds]
        self.spread = [
            (part.T * self.variance[fold]) @ part for part, fold in zip(self.inside, self.folds, strict=True)
        ]

    def studentised(self, change: Floats) -> float:
        """Sum over items of label times change, within cells, over its standard deviation."""
        inside = centred_within(change[:, None], self.cell)[:, 0]
        deviation = float(np.sqrt((self.variance * inside**2).sum()))
        return float(self.column @ inside) / deviation if deviation > 0 else 0.0

    def refitted(self, orders: Integers) -> Floats:
        """The same under permuted labels, of a change Q d with each fold's d fitted on the others' labels."""
        labels = [self.column.take(orders[:, fold]) for fold in self.folds]
        slopes = [part @ q for part, q in zip(labels, self.shares, strict=True)]
        total = np.sum(slopes, axis=0)
        gain, variance = np.zeros((2, len(orders)))
        for part, own, inside, spread in zip(labels, slopes, self.inside, self.spread, strict=True):
            direction = total - own
            direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-300)
            gain += ((part @ inside) * direction).sum(axis=1)
            variance += ((direction @ spread) * direction).sum(axis=1)
        studentised: Floats = gain / np.sqrt(np.where(variance > 0, variance, np.inf))
        return studentised
