"""Choices that the encoder has not seen: users placed by part of their histories, and what else they chose.

What a user is placed by cannot tell whether the place is right, since it carries the chance in these very
choices. So every history is dealt into folds; each fold's choices are held against the place that the others
give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.models.rows import keep

if TYPE_CHECKING:
    from lfd.core.alignment.whitening import Whitening
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]

FOLDS = 5


@dataclass(frozen=True)
class Unseen:
    """Users' choices by fold, and where the other folds place them.

    Attributes
    ----------
    choices : tuple of scipy.sparse.csr_array, users x items
        One a fold.
    coordinates : numpy.ndarray, folds x users x dimensions
        Whitened.
    """

    choices: tuple[sparse.csr_array, ...]
    coordinates: Floats

    def on(self, items: npt.NDArray[np.bool_]) -> Unseen:
        """The choices among some of the items: what is likely among all is so among these (Luce 1959)."""
        return Unseen(tuple(part[:, items] for part in self.choices), self.coordinates)


def unseen_choices(
    model: LatentModel, interactions: sparse.csr_array, whitening: Whitening, rng: np.random.Generator
) -> Unseen:
    """Deal every history into folds, and place the users by all but one of them.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items
        A sample of users is enough.
    whitening : Whitening
    rng : numpy.random.Generator

    Returns
    -------
    Unseen
    """
    fold = rng.integers(0, FOLDS, interactions.nnz)
    choices = tuple(keep(interactions, fold == f) for f in range(FOLDS))
    seen = (keep(interactions, fold != f) for f in range(FOLDS))
    return Unseen(choices, np.stack([whitening.coordinates(model.encode(part)[0]) for part in seen]))
