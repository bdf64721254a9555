"""Walks through latent space, and what is recommended on the way: the seam between model and decoding.

Two walks: users as they are and with one axis moved (Magnitude of Change reads it), and the grid, one
axis walked with everything else at the users' mean or at 0. Knows models and items; knows nothing of
attributes. To change z between encode and decode, give an `Intercepted` model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.decoding.held_out import HeldOut, check_held_out, lists_along
from lfd.core.decoding.positions import PlannedMove, check_latents, choose_users, frame, moved, plan_moves
from lfd.core.decoding.ranking import RankedLists, list_length, recommend
from lfd.core.models.scores import item_scores, users_at_once
from lfd.core.spread import Spread, in_turn
from lfd.errors import InputError
from lfd.settings.decoding import TraverseSettings, Weighting, parse_move, parse_weighting

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]

AS_THEY_ARE = -1  # the `axis` of users who have not been moved

MOST_ROWS = 4_000_000  # of a chunk, whatever batch is asked for


@dataclass(frozen=True)
class Recommendations:
    """A chunk of a traversal as a structure of arrays; it holds all rows of the users (or the axis) in it.

    Attributes
    ----------
    user : numpy.ndarray of int64, or None on the grid
        The user's row number.
    axis : numpy.ndarray of int16
        Which axis was moved; -1 for users as they are.
    side : numpy.ndarray of int8
        -1 or +1, and 0 for users as they are; on the grid the number of the step, from 0.
    rank : numpy.ndarray of int32
        From 1.
    item : numpy.ndarray of int32
        The item's row number.
    weight : numpy.ndarray of float64
        A list's weights sum to 1.
    z : numpy.ndarray of float64, or None for users
        On the grid, the coordinate along the axis.
    """

    user: npt.NDArray[np.int64] | None
    axis: npt.NDArray[np.int16]
    side: npt.NDArray[np.int8]
    rank: npt.NDArray[np.int32]
    item: npt.NDArray[np.int32]
    weight: Floats
    z: Floats | None = None


def traverse_users(
    model: LatentModel,
    means: Floats,
    settings: TraverseSettings,
    rng: np.random.Generator,
    *,
    seen: sparse.csr_array | None = None,
    directions: Floats | None = None,
    held_out: HeldOut | None = None,
    spread: Spread = in_turn,
) -> Iterator[Recommendations]:
    """What users are recommended as they are, and with one axis moved to one side.

    Parameters
    ----------
    model : LatentModel
    means : numpy.ndarray, users x latent
        The training users' means: moves are measured on all of them, `settings.users` are walked.
    settings : TraverseSettings
    rng : numpy.random.Generator
        Draws the users.
    seen : scipy.sparse.csr_array, users x items, default none
        Needed where `settings.exclude_seen`: what each row of `means` already has.
    directions : numpy.ndarray, axes x latent, rows of length 1, default the coordinate axes
    held_out : HeldOut, default none
        Versions of directions that were fitted on labels: a list along one of these holds every item as the
        version puts it that has not seen the item's label, so its weights sum to 1 only about.
    spread : Spread, default in turn
        Whoever walks the chunks of users.

    Returns
    -------
    iterator of Recommendations
        Each with all rows of some users, in the order user, axis (-1 first), side, rank.

    Raises
    ------
    InputError
        Latents, directions, their versions, `seen` or the decoder's scores cannot be used.
    UsageError
        More items are asked for than there are.
    """
    units = check_latents(means, model.n_latent, directions)
    check_held_out(held_out, units, model.n_items)
    already = _seen_items(seen, settings, (len(means), model.n_items))
    moves = plan_moves(means @ units.T, parse_move(settings.move))
    weighting = parse_weighting(settings.weights)
    chosen = choose_users(len(means), settings.users, rng)
    rows_per_user = (1 + len(moves)) * list_length(weighting, model.n_items)
    size = max(1, min(users_at_once(settings.batch, model.n_items), MOST_ROWS // rows_per_user))

    parts = (
        (users, means[users], None if already is None else already[users])
        for users in (chosen[start : start + size] for start in range(0, len(chosen), size))
    )
    return spread(_walk_users, _Walk(model, units, moves, weighting, held_out), parts)


@dataclass(frozen=True)
class _Walk:
    """What every chunk of users needs."""

    model: LatentModel
    units: Floats
    moves: list[PlannedMove]
    weighting: Weighting
    held_out: HeldOut | None


def _walk_users(
    walk: _Walk, part: tuple[npt.NDArray[np.int64], Floats, sparse.csr_array | None]
) -> Recommendations:
    users, z, without = part

    def at(place: Floats) -> RankedLists:
        return recommend(item_scores(walk.model, place), walk.weighting, without)

    def after(move: PlannedMove) -> RankedLists:
        return lists_along(walk.held_out, move.axis, walk.units[move.axis], lambda d: at(moved(z, d, move)))

    # One decode per move, each of the same rows as the users as they are: a decoder that
    # ignores an axis then does the very same arithmetic, and the axis scores exactly 0.
    return _user_chunk(users, walk.moves, [at(z), *map(after, walk.moves)])


def traverse_grid(
    model: LatentModel, means: Floats, settings: TraverseSettings, *, directions: Floats | None = None
) -> Iterator[Recommendations]:
    """What is recommended along each axis, with everything else at its centre.

    Parameters
    ----------
    model : LatentModel
    means : numpy.ndarray, users x latent
    settings : TraverseSettings
        `scale` users: around the users' mean, steps in their standard deviations along the axis;
        prior: around 0, steps as they are.
    directions : numpy.ndarray, axes x latent, rows of length 1, default the coordinate axes

    Returns
    -------
    iterator of Recommendations
        One for each axis, in the order step, rank.

    Raises
    ------
    InputError
        Latents, directions or the decoder's scores cannot be used.
    UsageError
        More items are asked for than there are.
    """
    units = check_latents(means, model.n_latent, directions)
    centre, deviation = frame(means, units, settings.scale)
    weighting = parse_weighting(settings.weights)
    list_length(weighting, model.n_items)
    steps = np.linspace(-settings.reach, settings.reach, settings.steps)

    def walk() -> Iterator[Recommendations]:
        for axis, direction in enumerate(units):
            z = centre + np.outer(steps * deviation[axis], direction)
            yield _grid_chunk(axis, z @ direction, recommend(item_scores(model, z), weighting))

    return walk()


def _seen_items(
    seen: sparse.csr_array | None, settings: TraverseSettings, shape: tuple[int, int]
) -> sparse.csr_array | None:
    if not settings.exclude_seen:
        return None
    if seen is None or seen.shape != shape:
        given = "nothing" if seen is None else f"a table of {seen.shape[0]} users x {seen.shape[1]} items"
        raise InputError(
            f"what users have seen is needed for {shape[0]} users x {shape[1]} items; {given} is given",
            "give the interactions of the same users, or leave out --exclude-seen",
        )
    return seen


def _user_chunk(
    users: npt.NDArray[np.int64], moves: list[PlannedMove], lists: list[RankedLists]
) -> Recommendations:
    length = max(ranked.item.shape[1] for ranked in lists)
    rest = [((0, 0), (0, length - ranked.item.shape[1])) for ranked in lists]
    pairs = list(zip(lists, rest, strict=True))  # users x (1 + moves) x length
    item = np.stack([np.pad(ranked.item, pad, constant_values=-1) for ranked, pad in pairs], axis=1)
    weight = np.stack([np.pad(ranked.weight, pad) for ranked, pad in pairs], axis=1)
    listed = item.ravel() >= 0
    axis = np.array([AS_THEY_ARE, *(move.axis for move in moves)], dtype=np.int16)
    side = np.array([0, *(move.side for move in moves)], dtype=np.int8)
    rank = np.arange(1, length + 1, dtype=np.int32)
    return Recommendations(
        user=np.repeat(users, len(lists) * length)[listed],
        axis=np.tile(np.repeat(axis, length), len(users))[listed],
        side=np.tile(np.repeat(side, length), len(users))[listed],
        rank=np.tile(rank, len(users) * len(lists))[listed],
        item=item.ravel()[listed].astype(np.int32),
        weight=weight.ravel()[listed],
    )


def _grid_chunk(axis: int, z: Floats, ranked: RankedLists) -> Recommendations:
    steps, length = ranked.item.shape
    return Recommendations(
        user=None,
        axis=np.full(steps * length, axis, dtype=np.int16),
        side=np.repeat(np.arange(steps, dtype=np.int8), length),
        rank=np.tile(np.arange(1, length + 1, dtype=np.int32), steps),
        item=ranked.item.ravel().astype(np.int32),
        weight=ranked.weight.ravel(),
        z=np.repeat(z, length),
    )
