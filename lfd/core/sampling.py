"""Sampling: what is recommended on one side of one axis, with everything else at its centre.

    IG[a, j, s] = H(pi_a) - H( mean over draws of p_a(. | z) ),  z = centre + s r unit_j e_j,  r ~ N(m, eps^2)

The thesis drew around 0 in units of the prior; by default the draws lie here where the users do. Compared
with the catalogue, all axes share what the model recommends to everybody (popular items): an axis that the
decoder ignores scores as the centre does. Compared with the centre's own list, it scores exactly 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.core.positions import check_latents, frame
from lfd.core.ranking import list_length, recommend
from lfd.core.scores import Cells, Reader, Reading, concentration, draw_shuffles, relabelled, score_table
from lfd.core.traversal import MOST_SCORES, item_scores
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
    directions: Floats | None = None,
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
        For the draws, then the shuffles.
    item_weight : numpy.ndarray, (items,), default every item counts 1
        How items count in pi_a, for example their popularity.
    directions : numpy.ndarray, axes x latent, rows of length 1, default the coordinate axes

    Returns
    -------
    pandas.DataFrame
        The score table, `method` sample; `share_before` is pi_a, or the centre's where `settings.against`
        is centre. Draws without any labelled item are left out of the means.

    Raises
    ------
    InputError
        Latents, directions, attributes or the decoder's scores cannot be used.
    UsageError
        More items are asked for than there are.
    """
    units = check_latents(means, model.n_latent, directions)
    weighting = parse_weighting(settings.weights)
    list_length(weighting, model.n_items)
    reader = Reader(attributes, model.n_items, item_weight)
    centre, deviation = frame(means, units, settings.scale)
    out = settings.centre + settings.spread * rng.standard_normal(settings.draws)
    axis, side = np.repeat(np.arange(len(units)), 2), np.tile([-1, 1], len(units))
    lists = [
        _weights(model, centre + np.outer(s * out * deviation[j], units[j]), weighting)
        for j, s in zip(axis, side, strict=True)
    ]
    if settings.against == "centre":
        # As many rows as there are draws, so that an axis that is ignored decodes to the same scores.
        lists.append(_weights(model, np.repeat(centre[None], settings.draws, axis=0), weighting))
    orders = [None, *draw_shuffles(model.n_items, settings.shuffles, rng)]
    cells, *chance = [_cells(reader, lists, order, settings) for order in orders]
    return score_table("sample", axis, side, cells, chance)


def _weights(model: LatentModel, latents: Floats, weighting: Weighting) -> sparse.csr_array:
    size = max(1, MOST_SCORES // model.n_items)
    parts = [
        recommend(item_scores(model, latents[start : start + size]), weighting).matrix(model.n_items)
        for start in range(0, len(latents), size)
    ]
    return sparse.csr_array(sparse.vstack(parts, format="csr"))


def _cells(
    reader: Reader,
    lists: list[sparse.csr_array],
    order: npt.NDArray[np.int64] | None,
    settings: DecodeSampleSettings,
) -> list[Cells]:
    """Every attribute's means, under the items' own labels or in a shuffled `order` of them."""
    labelled = lists if order is None else [relabelled(weights, order) for weights in lists]
    read = [[_mean(reading) for reading in reader.read(weights)] for weights in labelled]
    centre = read.pop() if settings.against == "centre" else None
    return [
        _attribute_cells(
            attribute,
            settings.estimator,
            reader.catalogue[i] if centre is None else centre[i][0],
            [unit[i] for unit in read],
        )
        for i, attribute in enumerate(reader.attributes)
    ]


def _mean(reading: Reading) -> tuple[Reading, int]:
    """The mean over draws that have a labelled item, and how many these are."""
    labelled = ~np.isnan(reading.pointwise)
    number = int(labelled.sum())
    mean = Reading(
        reading.distribution[labelled].sum(axis=0) / (number or np.nan),
        reading.pointwise[labelled].sum() / (number or np.nan),
    )
    return mean, number


def _attribute_cells(
    attribute: Attribute, estimator: Estimator, before: Reading, units: list[tuple[Reading, int]]
) -> Cells:
    after = Reading(
        np.stack([reading.distribution for reading, _ in units]),
        np.stack([reading.pointwise for reading, _ in units]),
    )
    return Cells(
        attribute,
        score=concentration(estimator, before, after),
        before=np.broadcast_to(before.distribution, after.distribution.shape),
        after=after.distribution,
        lists=np.array([number for _, number in units]),
    )
