"""Sampling: what is recommended on one side of one axis, with everything else at its centre.

    IG[a, j, s] = H(pi_a) - H( mean over draws of p_a(. | z) ),  z = centre + s r unit_j e_j,  r ~ N(m, eps^2)

The thesis drew around 0 in units of the prior; by default the draws lie here where the users do. Compared
with the catalogue, all axes share what the model recommends to everybody (popular items): an axis that the
decoder ignores scores as the centre does. Compared with the centre's own list, it scores exactly 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.core.decoding.held_out import HeldOut, check_held_out, lists_along
from lfd.core.decoding.positions import check_latents, frame
from lfd.core.decoding.ranking import RankedLists, list_length, recommend
from lfd.core.decoding.scores import Cells, Reader, Reading, concentration, score_table
from lfd.core.models.scores import MOST_SCORES, item_scores
from lfd.core.significance.bootstrap import Singles, percentiles, poisson_weights
from lfd.core.significance.evidence import Changes, Evidence
from lfd.core.significance.null import Chance, LabelNull
from lfd.settings.decoding import DecodeSampleSettings, Estimator, Weighting, parse_weighting

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]


def decode_samples(
    model: LatentModel,
    means: Floats,
    attributes: Sequence[Attribute],
    settings: DecodeSampleSettings,
    rng: np.random.Generator,
    *,
    item_weight: Floats | None = None,
    chance: Chance | None = None,
    active: npt.NDArray[np.bool_] | None = None,
    directions: Floats | None = None,
    held_out: HeldOut | None = None,
    names: Sequence[str] = (),
) -> pd.DataFrame:
    """Score every signed axis by every attribute and value from draws on it.

    Every signed axis gets the same random numbers, so that axes are compared under equal noise and the
    scores do not depend on how axes are numbered or which way they point.

    Parameters
    ----------
    model : LatentModel
    means : numpy.ndarray, users x latent
        Give centre and unit where `settings.scale` is users.
    attributes : sequence of Attribute
    settings : DecodeSampleSettings
    rng : numpy.random.Generator
        For the draws.
    item_weight : numpy.ndarray, (items,), default every item counts 1
        How items count in pi_a, for example their popularity.
    chance : Chance, default None
        From `plan_chance` for the same attributes: gives intervals, p and q, which are NaN without it.
    active : numpy.ndarray of bool, (axes,), default all
        Axes on which users differ: q counts these only, and is NaN on the others.
    directions : numpy.ndarray, axes x latent, rows of length 1, default the coordinate axes
    held_out : HeldOut, default none
        As `traverse_users` takes it.
    names : sequence of str, default none
        Names of the last of the `directions`; those before are axes.

    Returns
    -------
    pandas.DataFrame
        The score table, `method` sample; `share_before` is pi_a, or the centre's where `settings.against`
        is centre. Draws without any labelled item are left out of the means.

    Raises
    ------
    InputError
        Latents, directions, their versions, attributes or the decoder's scores cannot be used.
    UsageError
        More items are asked for than there are.
    """
    units = check_latents(means, model.n_latent, directions)
    check_held_out(held_out, units, model.n_items)
    weighting = parse_weighting(settings.weights)
    list_length(weighting, model.n_items)
    reader = Reader(attributes, model.n_items, item_weight)
    centre, deviation = frame(means, units, settings.scale)
    out = settings.centre + settings.spread * rng.standard_normal(settings.draws)
    axis, side = np.repeat(np.arange(len(units)), 2), np.tile([-1, 1], len(units))
    counts = np.ones(model.n_items) if item_weight is None else item_weight
    before, readings = sparse.csr_array(counts[None]), reader.catalogue
    if settings.against == "centre":
        # As many rows as there are draws, so that an axis that is ignored decodes to the same scores.
        start = _lists(model, np.repeat(centre[None], settings.draws, axis=0), weighting)
        before = start.matrix(model.n_items)
        readings = [_mean(reading)[0] for reading in reader.read(before)]
    drawn = None
    if chance is not None:
        drawn = poisson_weights(settings.draws, chance.resamples, np.random.default_rng(chance.seed))
    sampled = [
        _Sampled(
            reader, number, settings.estimator, reading, None if chance is None else chance.nulls[number]
        )
        for number, reading in enumerate(readings)
    ]
    for one in sampled:
        one.start(before)
    for j, s in zip(axis.tolist(), side.tolist(), strict=True):
        steps = s * out * deviation[j]

        def drawn_along(direction: Floats, steps: Floats = steps) -> RankedLists:
            return _lists(model, centre + np.outer(steps, direction), weighting)

        lists = lists_along(held_out, j, units[j], drawn_along).matrix(model.n_items)
        for one, reading in zip(sampled, reader.read(lists), strict=True):
            one.add(lists, reading, drawn)
    n_axes, cells = len(units) - len(names), [one.cells() for one in sampled]
    return score_table(
        "sample", axis, side, cells, n_axes=n_axes, active=active, directions=names, chance=chance
    )


def _lists(model: LatentModel, latents: Floats, weighting: Weighting) -> RankedLists:
    size = max(1, MOST_SCORES // model.n_items)
    parts = [
        recommend(item_scores(model, latents[start : start + size]), weighting)
        for start in range(0, len(latents), size)
    ]
    return RankedLists(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("item", "weight")))


def _mean(reading: Reading) -> tuple[Reading, int]:
    """The mean over draws that have a labelled item, and how many these are."""
    labelled = ~np.isnan(reading.pointwise)
    number = int(labelled.sum())
    mean = Reading(
        reading.distribution[labelled].sum(axis=0) / (number or np.nan),
        reading.pointwise[labelled].sum() / (number or np.nan),
    )
    return mean, number


class _Sampled:
    """What one attribute gets from the draws, one signed axis after the other."""

    def __init__(
        self, reader: Reader, number: int, estimator: Estimator, before: Reading, null: LabelNull | None
    ) -> None:
        self.attribute, self.terms = reader.attributes[number], reader.terms[number]
        self.estimator, self.before, self.null = estimator, before, null
        self.after: list[Reading] = []
        self.lists: list[int] = []
        self.intervals: list[tuple[Floats, Floats]] = []
        self.mean_lists: list[Floats] = []  # on the labelled items; first what is compared with

    def start(self, before: sparse.csr_array) -> None:
        if self.null is not None:
            self.mean_lists.append(_mean_list(self.null.scaled(before)))

    def add(self, lists: sparse.csr_array, reading: Reading, drawn: Singles | None) -> None:
        mean, number = _mean(reading)
        self.after.append(mean)
        self.lists.append(number)
        if self.null is not None and drawn is not None:
            self.mean_lists.append(_mean_list(self.null.scaled(lists)))
            self.intervals.append(percentiles(self._scores(_resampled(reading, drawn)), self._scores(mean)))

    def cells(self) -> Cells:
        distribution = np.stack([reading.distribution for reading in self.after])
        after = Reading(distribution, np.stack([reading.pointwise for reading in self.after]))
        before = np.broadcast_to(self.before.distribution, distribution.shape)
        score = concentration(self.estimator, self.before, after)
        cells = Cells(self.attribute, score, before, distribution, np.array(self.lists))
        if self.null is None:
            return cells
        low, high = (np.stack(end) for end in zip(*self.intervals, strict=True))
        return replace(cells, low=low, high=high, p=self._p_values(self.null, score))

    def _p_values(self, null: LabelNull, score: Floats) -> Floats:
        units = np.arange(len(score))
        evidence = Evidence(null, len(score), self.estimator, self.terms)
        changes = Changes(units, np.zeros_like(units), 1 + units)
        evidence.add_scaled(sparse.csr_array(np.stack(self.mean_lists)), changes)
        return evidence.p_values(score)

    def _scores(self, after: Reading) -> Floats:
        """The attribute's own score and the values', (..., 1 + values)."""
        own = np.asarray(concentration(self.estimator, self.before, after))
        return np.concatenate([own[..., None], after.distribution - self.before.distribution], axis=-1)


def _mean_list(scaled: sparse.csr_array) -> Floats:
    """The mean of the lists that are not empty; nothing where all are."""
    labelled = np.diff(scaled.indptr) > 0
    mean: Floats = (labelled / max(1, labelled.sum())) @ scaled
    return mean


def _resampled(reading: Reading, drawn: Singles) -> Reading:
    """The mean over draws under every resample; the mean itself where a resample has no labelled draw."""
    labelled = ~np.isnan(reading.pointwise)
    weights = drawn[:, labelled].astype(np.float64)
    weights[weights.sum(axis=1) == 0] = 1.0
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
    return Reading(weights @ reading.distribution[labelled], weights @ reading.pointwise[labelled])
