"""How likely users are to choose items by where they are: log P(i | y) = b_i + s (a_i B) y.

McFadden (1974). Given B, the intercepts b and the scale s are found by turns: every item is to be as likely
as it was often chosen, and choices as likely as one scale can make them. Knows choices and coordinates; knows
no labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from lfd.core.models.scores import MOST_SCORES

if TYPE_CHECKING:
    from lfd.core.alignment.unseen import Unseen

Floats = npt.NDArray[np.float64]

SWEEPS = 20  # over the intercepts and the scale, at most
CLOSE = 0.01  # how little they change at the last
BOLD = 3.0  # most that a sweep changes the scale by


@dataclass(frozen=True)
class PlacedChoices:
    """Choices, and where those who made them are.

    Attributes
    ----------
    coordinates : numpy.ndarray, users x dimensions
        Of users with any choice; in mean over choices 0.
    number : numpy.ndarray, (users,)
        How many each made.
    chosen : numpy.ndarray, (items,)
        How often each item was chosen.
    together : numpy.ndarray, items x dimensions
        The coordinates of those who chose it, added up.
    """

    coordinates: Floats
    number: Floats
    chosen: Floats
    together: Floats


def placed(unseen: Unseen) -> PlacedChoices:
    """Add up the folds, which differ little: a user is put at the mean of the places by fold.

    Parameters
    ----------
    unseen : Unseen

    Returns
    -------
    PlacedChoices
    """
    number = np.stack([np.asarray(part.sum(axis=1), dtype=np.float64).ravel() for part in unseen.choices])
    some = number.sum(axis=0) > 0
    own = number[:, some]
    coordinates = np.einsum("fu,fur->ur", own / own.sum(axis=0), unseen.coordinates[:, some])
    centre = own.sum(axis=0) @ coordinates / max(own.sum(), 1)
    chosen = np.asarray(sum(part.sum(axis=0) for part in unseen.choices), dtype=np.float64)
    together = -chosen[:, None] * centre
    for part, y in zip(unseen.choices, unseen.coordinates, strict=True):
        together += part.T @ y
    return PlacedChoices(coordinates - centre, own.sum(axis=0), chosen, together)


class Likely:
    """The choice model with a given slope, its intercepts and the scale of the slope fitted to choices.

    Parameters
    ----------
    choices : PlacedChoices
    slope : numpy.ndarray, items x dimensions
        a_i B, but for its scale.
    unknowns : int
        How many numbers are held for each item by whoever walks along `chances`.
    """

    def __init__(self, choices: PlacedChoices, slope: Floats, unknowns: int) -> None:
        self.coordinates, self.slope, self.scale = choices.coordinates, slope, 1.0
        size = max(1, MOST_SCORES // (4 * max(len(choices.number), unknowns)))
        self.parts = [slice(start, start + size) for start in range(0, len(slope), size)]
        aim = np.maximum(choices.chosen, 0.5)  # an item that nobody chose is unlikely, not impossible
        self.intercepts = np.log(aim / choices.number.sum())
        for _ in range(SWEEPS):
            self._normalise()
            if self._improved(choices, aim) < CLOSE:
                break
        self._normalise()

    def _improved(self, choices: PlacedChoices, aim: Floats) -> float:
        """Make every item as likely as it was often chosen, and choices as likely as one scale can.

        Returns the largest change, on the scale of logarithms.
        """
        before, expected = self.scale, np.zeros(len(aim))
        rise = float((choices.together * self.slope).sum())
        mean, square = np.zeros(len(choices.number)), np.zeros(len(choices.number))
        for part, chance in self.chances():
            leaning = self.coordinates @ self.slope[part].T
            expected[part] = choices.number @ chance
            mean += np.einsum("ui,ui->u", chance, leaning)
            square += np.einsum("ui,ui,ui->u", chance, leaning, leaning)
        information = float(choices.number @ (square - mean**2))
        if information > 0:
            step = (rise - float(choices.number @ mean)) / information
            self.scale = float(np.clip(self.scale + step, self.scale / BOLD, self.scale * BOLD))
        change = np.log(aim / expected)
        self.intercepts += change
        return max(abs(float(np.log(self.scale / before))), float(np.abs(change).max()))

    def chances(self) -> Iterator[tuple[slice, Floats]]:
        """Some items at a time, in bounded memory, how likely each user chooses them (users x items)."""
        for part in self.parts:
            scores = self._scores(part)
            yield part, np.exp(np.subtract(scores, self.normaliser[:, None], out=scores), out=scores)

    def _normalise(self) -> None:
        self.normaliser = logsumexp([logsumexp(self._scores(part), axis=1) for part in self.parts], axis=0)

    def _scores(self, part: slice) -> Floats:
        scores: Floats = self.scale * (self.coordinates @ self.slope[part].T) + self.intercepts[part]
        return scores
