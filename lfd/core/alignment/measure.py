"""What is known of a latent space before any label is looked at: where users are, what the decoder does.

Encodes users where nobody has, whitens them, reads the decoder along them, puts loadings on the scale of
logits, groups items by popularity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.alignment.choices import on_logit_scale
from lfd.core.alignment.jacobians import Jacobians, jacobians
from lfd.core.alignment.metric import recommendation_metric
from lfd.core.alignment.unseen import unseen_choices
from lfd.core.alignment.whitening import Whitening, whiten
from lfd.core.decoding.positions import choose_users
from lfd.core.models.axes import encode_users
from lfd.core.models.reliability import reliability
from lfd.core.strata import popularity_strata
from lfd.errors import InputError, UsageError
from lfd.settings.alignment import AlignSettings

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_CHOICES = 1_500_000  # users x items over which choices tell the loadings' scale, if the sample has fewer
FLAT = 5.0  # popularity is flat where the top tenth begins at less than this many times where the lowest ends


@dataclass(frozen=True)
class Measured:
    """A latent space as its users fill it and its decoder reads it.

    Attributes
    ----------
    means : numpy.ndarray, users x latent
    sample : numpy.ndarray, some users x latent
    whitening : Whitening
    both : Jacobians
        With the metric. Loadings are on the scale of logits; of a model without noise they are in proportion
        to how reliable each coordinate is.
    strata : numpy.ndarray of int64, (items,)
    """

    means: Floats
    sample: Floats
    whitening: Whitening
    both: Jacobians
    strata: Integers


def measure(
    model: LatentModel,
    interactions: sparse.csr_array,
    settings: AlignSettings,
    streams: Sequence[np.random.Generator],
    popularity: Floats | None = None,
    latents: tuple[Floats, Floats] | None = None,
) -> Measured:
    """Measure a latent space.

    Parameters
    ----------
    model : LatentModel
    interactions : scipy.sparse.csr_array, users x items
    settings : AlignSettings
    streams : sequence of two numpy.random.Generator
        To draw the sample of users, and to cut their histories in two.
    popularity : numpy.ndarray, (items,), default each item's number of interactions
    latents : tuple of two numpy.ndarray, users x latent, default by encoding
        Mean and deviation of the same users.

    Returns
    -------
    Measured

    Raises
    ------
    InputError
        Users do not differ in any direction, or the decoder ignores z; sizes do not fit.
    UsageError
        The settings ask for a rank or lists that there are not.
    """
    means, deviations = _encoded(model, interactions) if latents is None else latents
    _check_sizes(model, interactions, means, settings)
    whitening = whiten(means, deviations, least_share=settings.least_variance, rank=settings.rank)
    chosen = choose_users(len(means), settings.users, streams[0])
    counts = np.asarray(interactions.sum(axis=0), dtype=np.float64) if popularity is None else popularity
    both = jacobians(model, means[chosen], whitening)
    asked = choose_users(len(means), max(settings.users, MOST_CHOICES // model.n_items), streams[0])
    coordinates = whitening.coordinates(means[asked])
    loadings = on_logit_scale(both.loadings, coordinates, interactions[asked], counts)
    if not (deviations > 0).any():
        loadings = loadings * reliability(model, interactions[chosen], streams[1], whitening.coordinates)
    metric = recommendation_metric(model, means[chosen], whitening, both.temperature)
    unseen = unseen_choices(model, interactions[asked], whitening, streams[0])
    both = replace(both, loadings=loadings, metric=metric, unseen=unseen)
    low, high = np.quantile(counts, [0.1, 0.9])
    strata = popularity_strata(counts, settings.strata if high >= FLAT * low else 1)
    return Measured(means, means[chosen], whitening, both, strata)


def _encoded(model: LatentModel, interactions: sparse.csr_array) -> tuple[Floats, Floats]:
    parts = [(mean, deviation) for _, mean, deviation in encode_users(model, interactions)]
    return np.vstack([mean for mean, _ in parts]), np.vstack([deviation for _, deviation in parts])


def _check_sizes(
    model: LatentModel, interactions: sparse.csr_array, means: Floats, settings: AlignSettings
) -> None:
    if interactions.shape != (len(means), model.n_items) or means.shape[1] != model.n_latent:
        users, items = interactions.shape
        raise InputError(
            f"{users} users x {items} items and latents of shape {means.shape} do not fit a model of "
            f"{model.n_items} items and {model.n_latent} latents",
            "encode the same users with the same model: lfd encode",
        )
    if settings.top >= model.n_items or settings.folds > model.n_items:
        raise UsageError(
            f"lists of {settings.top} items or {settings.folds} folds are too many for {model.n_items} items",
            f"ask for fewer: --top {max(1, model.n_items // 6)}",
        )
