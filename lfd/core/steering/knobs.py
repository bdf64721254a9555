"""Knobs: what can be turned to give users more of a value. Directions, axes, and two controls.

A knob turned by a strength changes the scores that users are recommended by. Those of latent space move z,
by so many of the users' standard deviations along the knob; re-ranking leaves z alone and gives the value's
items a bonus on their log probability. Knobs are made from visible labels; no knob knows a user's own items.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from lfd.core.decoding.mapped import axis_name
from lfd.core.models.scores import item_scores
from lfd.core.steering.turning import lifted, moved

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel
    from lfd.core.steering.space import Space

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Scores = npt.NDArray[Any]

DEVIATIONS, NATS = "deviations", "nats"
UNTOUCHED = "untouched"


class Knob(Protocol):
    """Something that can be turned towards each of several concepts.

    Attributes
    ----------
    name : str
    unit : str
        Of a strength: `deviations` of the users' positions, or `nats`.
    axes : tuple of str
        For a knob that is one axis or another, the axis and side for each concept; else empty.
    """

    @property
    def name(self) -> str: ...

    @property
    def unit(self) -> str: ...

    @property
    def axes(self) -> tuple[str, ...]: ...

    def scores(
        self, model: LatentModel, latents: Floats, users: slice, concept: int, strength: float
    ) -> Scores:
        """Scores of all items (users x items) with the knob turned towards one concept.

        Parameters
        ----------
        model : LatentModel
        latents : numpy.ndarray, users x latent
            Positions of the users in `users`.
        users : slice
            Which of all steered users they are.
        concept : int
            Position among the concepts that the knob was made for.
        strength : float, 0 or more
        """
        ...


@dataclass(frozen=True)
class Move:
    """A knob of latent space: z moves by strength times a step.

    Attributes
    ----------
    name : str
    steps : numpy.ndarray, users x concepts x latent; 1 in place of users or concepts where all share a step
        One of the users' standard deviations along the knob, in z.
    axes : tuple of str, default none
    unit : str
    """

    name: str
    steps: Floats = field(repr=False)
    axes: tuple[str, ...] = ()
    unit: str = DEVIATIONS

    def scores(
        self, model: LatentModel, latents: Floats, users: slice, concept: int, strength: float
    ) -> Scores:
        """Scores at the moved positions; see `Knob.scores`."""
        one_for_all, one_for_every = (size == 1 for size in self.steps.shape[:2])
        step = self.steps[0 if one_for_all else users, 0 if one_for_every else concept]
        if not one_for_all:  # each user along a direction of their own
            return item_scores(model, latents + strength * step)
        return item_scores(model, moved(latents, step[None], np.array([strength])))


@dataclass(frozen=True)
class Bonus:
    """Re-ranking: the items known to have the value gain on their log probability.

    Attributes
    ----------
    name : str
    labels : numpy.ndarray, items x concepts, in [0, 1]
        Visible labels only.
    nats : float
        For each unit of strength.
    axes : tuple of str, always empty
    unit : str
    """

    name: str
    labels: Floats = field(repr=False)
    nats: float
    axes: tuple[str, ...] = ()
    unit: str = NATS

    def scores(
        self, model: LatentModel, latents: Floats, users: slice, concept: int, strength: float
    ) -> Scores:
        """Scores with the bonus; see `Knob.scores`. They are log probabilities up to a user's constant."""
        return item_scores(model, latents) + self.gain(concept, strength)

    def gain(self, concept: int, strength: float) -> Floats:
        """What each item gains (items,) with the knob turned towards one concept."""
        return lifted(self.labels[:, [concept]], np.array([strength]), self.nats)


@dataclass(frozen=True)
class Both:
    """A move and a bonus at once, each by the same strength.

    Attributes
    ----------
    name : str
    move : Move
    bonus : Bonus
    axes : tuple of str, always empty
    unit : str
    """

    name: str
    move: Move
    bonus: Bonus
    axes: tuple[str, ...] = ()
    unit: str = DEVIATIONS

    def scores(
        self, model: LatentModel, latents: Floats, users: slice, concept: int, strength: float
    ) -> Scores:
        """Scores at the moved positions, with the bonus; see `Knob.scores`."""
        return self.move.scores(model, latents, users, concept, strength) + self.bonus.gain(concept, strength)


def make_knobs(
    space: Space, concepts: Integers, n_users: int, nats: float, rng: np.random.Generator
) -> tuple[Knob, ...]:
    """All knobs that are compared.

    Parameters
    ----------
    space : Space
    concepts : numpy.ndarray of int64
        Which of the space's concepts the knobs can be turned to.
    n_users : int
        How many users will be steered; each has a random direction of their own.
    nats : float
        Re-ranking's bonus for each unit of strength.
    rng : numpy.random.Generator

    Returns
    -------
    tuple of Knob
        steering, natural, reading and pure direction; the aligned and the raw axis along which the expected
        share rises most (by the Jacobian: no list is looked at); random direction; re-ranking; and natural
        direction and re-ranking together.
    """
    whitening = space.measured.whitening
    directions = {
        kind: Move(kind, space.of(kind)[concepts][None] @ whitening.spread.T)
        for kind in ("steering", "natural", "reading", "pure")
    }
    slopes = space.slopes[concepts]
    free = rng.standard_normal((n_users, whitening.rank))
    free /= np.linalg.norm(free, axis=1, keepdims=True)
    raw = np.diag(space.measured.means.std(axis=0))
    labels = np.where(space.visible[:, None], space.concepts.level[:, concepts], 0.0)
    bonus = Bonus("re-ranking", labels, nats)
    return (
        *directions.values(),
        _best_axis("aligned axis", space.frame.axes, space.frame.axes @ whitening.spread.T, slopes),
        _best_axis("raw axis", (raw @ whitening.basis / whitening.unit)[:, : whitening.rank], raw, slopes),
        Move("random", (free @ whitening.spread.T)[:, None]),
        bonus,
        Both("both", directions["natural"], bonus),
    )


def untouched(n_latent: int) -> Move:
    """The knob that does nothing.

    Parameters
    ----------
    n_latent : int
    """
    return Move(UNTOUCHED, np.zeros((1, 1, n_latent)))


def _best_axis(name: str, whitened: Floats, steps: Floats, slopes: Floats) -> Move:
    """For each concept the signed axis with the steepest slope; axes and steps are axes x dimensions."""
    along = slopes @ whitened.T
    best = np.abs(along).argmax(axis=1)
    sides = np.where(np.take_along_axis(along, best[:, None], axis=1)[:, 0] < 0, -1, 1)
    named = (axis_name(axis, side) for axis, side in zip(best.tolist(), sides.tolist(), strict=True))
    return Move(name, (sides[:, None] * steps[best])[None], tuple(named))
