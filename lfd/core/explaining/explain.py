"""Why these items for this user: contributions, the place without each leaning, the history behind it.

The place without a leaning is the counterfactual: where the item would stand if the user were where they are
but for that part of their displacement, that is, with that coordinate back at the mean user's. The history
that put the user there is told by how far each entry has brought the user along the leaning (`gradients`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.decoding.ranking import recommend
from lfd.core.explaining.contributions import NOTHING, Contributions, contributions
from lfd.core.explaining.gradients import history_pulls, left_out
from lfd.core.explaining.standing import log_chances, places, rivals
from lfd.core.models.rows import canonical
from lfd.core.models.scores import item_scores
from lfd.errors import InputError
from lfd.settings.decoding import Weighting

if TYPE_CHECKING:
    from lfd.core.explaining.leanings import Leanings
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

Pulls = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Reason:
    """One part of a user's displacement, and what it does for an item.

    Attributes
    ----------
    part : int
        Its number among the leanings; for the remainder their number.
    coordinate : float
        How far the user leans that way, in the users' standard deviations; nan for the remainder.
    contribution : float
        To the item's log probability, in nats.
    place : int
        Where the item would be without it.
    log_probability : float
        What it would be without it.
    history : tuple of (int, float), furthest first
        Items of the history that brought the user there, and how far each did; none for the remainder.
    """

    part: int
    coordinate: float
    contribution: float
    place: int
    log_probability: float
    history: Pulls


@dataclass(frozen=True)
class Explanation:
    """Why an item stands where it does for a user.

    Attributes
    ----------
    item : int
    had : bool
        Whether the user has it.
    place, mean_place : int
        Among the items that compete for the list: for the user, and for the mean user.
    log_probability, mean_log_probability : float
        The same of its log probability; contributions add up to the difference.
    reasons : tuple of Reason, by size of the contribution, largest first
    history : tuple of (int, float), furthest first
        Items of the history that speak for it most, by all leanings together, in nats; not the item itself.
    gap : float
        By how much the contributions miss the difference.
    complete : bool
        Whether that is within the tolerance.
    """

    item: int
    had: bool
    place: int
    mean_place: int
    log_probability: float
    mean_log_probability: float
    reasons: tuple[Reason, ...] = field(repr=False)
    history: Pulls
    gap: float
    complete: bool


def explain(
    model: LatentModel,
    history: sparse.csr_array,
    leanings: Leanings,
    items: Integers | None = None,
    *,
    latents: Floats | None = None,
    k: int = 3,
    most_history: int = 3,
) -> tuple[Explanation, ...]:
    """Explain items to one user.

    Parameters
    ----------
    model : LatentModel
    history : scipy.sparse.csr_array, 1 x items
    leanings : Leanings
    items : numpy.ndarray of int64, (asked,), default the k best that the user does not have
        Also some that the user has; these then compete with the others.
    latents : numpy.ndarray, 1 x latent, default where the history puts the user
    k : int, default 3
    most_history : int, default 3
        Items of the history told for each leaning, at most.

    Returns
    -------
    tuple of Explanation, in the order of `items`

    Raises
    ------
    InputError
        The user has no history; or the scores are the same for the user and for the mean user.
    """
    history = canonical(history)
    if not history.nnz:
        raise InputError(
            "the user has no interactions, and so no leanings to explain anything by",
            "name a user who has some: --user",
        )
    latents = model.encode(history)[0] if latents is None else latents
    if items is None:
        listed = recommend(item_scores(model, latents), Weighting("top", k), history).item[0]
        items = listed[listed >= 0]
    found = contributions(model, latents, items[None], leanings, history)
    _check(found)
    positions = np.vstack([latents, leanings.centre[None], latents - leanings.steps(latents)[0]])
    place, chance = _standing(model, positions, items, history)
    coordinates = leanings.coordinates(latents)[0]
    side = np.where(coordinates < 0, -1.0, 1.0)
    towards = np.vstack([side[:, None] * leanings.readings, found.gradient[0]])
    # Where histories are divided by their length a single entry has no gradient, and yet put the user there.
    pulls = (left_out if history.nnz == 1 else history_pulls)(model, history, towards[None])
    told = [_furthest(pull, history.indices, most_history + 1) for pull in pulls]
    by_part: list[Pulls] = [*(own[:most_history] for own in told[: len(side)]), ()]
    reasons = [
        [
            Reason(part, float(c), float(found.by_part[0, slot, part]), int(p), float(log), by_part[part])
            for part, (c, p, log) in enumerate(
                zip([*coordinates, np.nan], place[2:, slot], chance[2:, slot], strict=True)
            )
        ]
        for slot in range(len(items))
    ]
    return tuple(
        Explanation(
            item=int(item),
            had=bool(np.isin(item, history.indices)),
            place=int(place[0, slot]),
            mean_place=int(place[1, slot]),
            log_probability=float(found.end[0, slot]),
            mean_log_probability=float(found.start[0, slot]),
            reasons=tuple(sorted(reasons[slot], key=lambda reason: -abs(reason.contribution))),
            history=tuple(pull for pull in told[len(side) + slot] if pull[0] != item)[:most_history],
            gap=float(found.gap[0, slot]),
            complete=bool(found.complete[0, slot]),
        )
        for slot, item in enumerate(items)
    )


def _standing(
    model: LatentModel, positions: Floats, items: Integers, history: sparse.csr_array
) -> tuple[Integers, Floats]:
    """Places and log probabilities of items at positions of one user (positions x asked)."""
    scores = item_scores(model, positions)
    competing = np.repeat(rivals(items[None], history, model.n_items), len(positions), axis=0)
    asked = np.repeat(items[None], len(positions), axis=0)
    return places(scores, competing, asked), log_chances(scores, competing)[:, items]


def _furthest(pull: Floats, items: npt.NDArray[np.signedinteger], most: int) -> Pulls:
    """The entries of a history that pull most, those that pull the other way left out."""
    order = np.argsort(-pull, kind="stable")[:most]
    return tuple((int(items[e]), float(pull[e])) for e in order if pull[e] > NOTHING)


def _check(found: Contributions) -> None:
    if not np.isfinite(found.by_part).all():
        raise InputError(
            "the decoder gives scores or gradients that are not finite",
            "check decode where the model was imported; where it diverged: lfd train --learning-rate 1e-4",
        )
    if (np.maximum(found.start, found.end) >= -NOTHING).all():
        raise InputError(
            "the user has every other item, so that nothing competes with it for a place",
            "name a user or a history with fewer items: --user",
        )
    if np.abs(found.by_part).max(initial=0.0) <= NOTHING and np.abs(found.end - found.start).max() <= NOTHING:
        raise InputError(
            "the scores are the same for this user and for the mean user, so there is nothing to explain",
            "the decoder ignores z here; train the model again: lfd train --beta 0.2",
        )
