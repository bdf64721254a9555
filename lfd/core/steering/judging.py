"""What users are shown with a knob turned, judged: by the value they wish for, and by what they chose.

Items that the model was shown of a user are not listed, as a recommender would have it. Two NDCGs of the same
list: *personal*, with the user's held-out items wanted, and *segment*, with all items that have the value.
Knows knobs and labels; fits nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.decoding.ranking import recommend
from lfd.core.models.scores import MOST_SCORES
from lfd.core.steering.ndcg import ndcg
from lfd.settings.decoding import Weighting

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel
    from lfd.core.steering.knobs import Knob, Scores

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Readers:
    """The users that are steered.

    Attributes
    ----------
    latents : numpy.ndarray, users x latent
        Where they are, by what the model was shown.
    shown, held_out : scipy.sparse.csr_array, users x items
    """

    latents: Floats = field(repr=False)
    shown: sparse.csr_array = field(repr=False)
    held_out: sparse.csr_array = field(repr=False)


@dataclass(frozen=True)
class Segments:
    """The items that steering to each concept is judged by.

    Attributes
    ----------
    wanted : numpy.ndarray of bool, items x concepts
        The segment: items that have the value, or those of them whose label was hidden.
    listed : numpy.ndarray of bool, items x concepts
        Which items may stand in the lists by which the segment is judged.
    """

    wanted: Flags = field(repr=False)
    listed: Flags = field(repr=False)


@dataclass(frozen=True)
class Figures:
    """One knob at one strength, users x concepts each.

    Attributes
    ----------
    share : numpy.ndarray, in [0, 1]
        Of the list's items, those of the segment.
    personal, segment : numpy.ndarray, in [0, 1]
        NDCG; nan where nothing is wanted.
    """

    share: Floats = field(repr=False)
    personal: Floats = field(repr=False)
    segment: Floats = field(repr=False)


def segments(labels: Flags, visible: Flags) -> Segments:
    """What steering is judged by: hidden labels, where some are hidden, else all.

    Items whose label for the value is visible are then not listed, since any filter finds those; what is left
    is what only the model can know of. A knob that reads labels alone leaves such a list as it was.

    Parameters
    ----------
    labels : numpy.ndarray of bool, items x concepts
    visible : numpy.ndarray of bool, (items,)

    Returns
    -------
    Segments
    """
    if visible.all():
        return Segments(labels, np.ones_like(labels))
    return Segments(labels & ~visible[:, None], ~(labels & visible[:, None]))


def judged(
    model: LatentModel, readers: Readers, parts: Segments, knob: Knob, strength: float, k: int
) -> Figures:
    """Turn a knob towards every concept for every user, and judge the lists.

    Parameters
    ----------
    model : LatentModel
    readers : Readers
    parts : Segments
    knob : Knob
    strength : float, 0 or more
    k : int
        Length of the lists; fewer where fewer items may be listed.

    Returns
    -------
    Figures

    Raises
    ------
    InputError
        A score is not finite, or the decoder gives another shape.
    """
    users, concepts = len(readers.latents), parts.wanted.shape[1]
    share, personal, segment = np.zeros((3, users, concepts))
    size = max(1, MOST_SCORES // (4 * model.n_items))
    for start in range(0, users, size):
        rows = slice(start, start + size)
        latents, shown, chosen = readers.latents[rows], readers.shown[rows], readers.held_out[rows]
        wanted_by_user, how_many = chosen.toarray() > 0, np.diff(chosen.indptr)
        left = parts.wanted.sum(axis=0) - (shown > 0).astype(np.int64) @ parts.wanted.astype(np.int64)
        for c in range(concepts):
            scores = knob.scores(model, latents, rows, c, strength)
            lists = _lists(scores, shown, k)
            personal[rows, c] = ndcg(_hits(wanted_by_user, lists), how_many)
            wanted, listed = parts.wanted[:, c], parts.listed[:, c]
            if not listed.all():
                lists = _lists(scores[:, listed], shown[:, listed], k)
                wanted = wanted[listed]
            hits = _hits(np.broadcast_to(wanted, (len(lists), len(wanted))), lists)
            share[rows, c] = hits.sum(axis=1) / np.maximum((lists >= 0).sum(axis=1), 1)
            segment[rows, c] = ndcg(hits, left[:, c])
    return Figures(share, personal, segment)


def _lists(scores: Scores, shown: sparse.csr_array, k: int) -> Integers:
    """Items of each user's list, best first; -1 where it has ended."""
    return recommend(scores, Weighting("top", min(k, scores.shape[1])), shown).item


def _hits(wanted: Flags, lists: Integers) -> Flags:
    return np.take_along_axis(wanted, np.maximum(lists, 0), axis=1) & (lists >= 0)
