"""Both decodings in a model's own axes and in aligned ones, and how many factors each decodes there.

Does in memory what `encode`, `traverse`, `decode-mc` and `decode-sample` do to a run, with the same seeds, so
that a count is the one that a report of the run in these axes has. How sure a score is (p, q, intervals) has
no part in it. Knows no run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.alignment.rotated import AlignedModel, Rotation
from lfd.core.alignment.units import Fitted, Units, raw_axes, units
from lfd.core.attributes import Attribute
from lfd.core.data import Dataset
from lfd.core.decoding.magnitude import magnitude_of_change
from lfd.core.decoding.sampling import decode_samples
from lfd.core.decoding.traversal import traverse_users
from lfd.core.evaluation.decoded import TruthReport, decoded_against_truth
from lfd.core.models.axes import axis_statistics, encode_users
from lfd.core.models.reliability import axis_reliability
from lfd.settings.decoding import DecodeMcSettings, DecodeSampleSettings, TraverseSettings

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Decoders:
    """How both methods decode: the options of `traverse`, `decode-mc` and `decode-sample`."""

    traverse: TraverseSettings = field(default_factory=TraverseSettings)
    mc: DecodeMcSettings = field(default_factory=DecodeMcSettings)
    sample: DecodeSampleSettings = field(default_factory=DecodeSampleSettings)


@dataclass(frozen=True, eq=False)
class Frame:
    """Axes to decode.

    Attributes
    ----------
    model : LatentModel
        In these axes.
    units : Units
        The axes, and what is known of each fold where they were fitted to labels.
    lengths : numpy.ndarray, (latent,), or float
        Of each axis's unit in the model's own.
    """

    model: LatentModel
    units: Units = field(repr=False)
    lengths: Floats | float = field(default=1.0, repr=False)


def raw_frame(model: LatentModel) -> Frame:
    """A model's own axes.

    Parameters
    ----------
    model : LatentModel

    Returns
    -------
    Frame
    """
    return Frame(model, raw_axes(model.n_latent))


def aligned_frame(model: LatentModel, rotation: Rotation, fitted: Fitted) -> Frame:
    """The axes that an alignment gave a model.

    Parameters
    ----------
    model : LatentModel
        In its own axes.
    rotation : Rotation
    fitted : Fitted
        Of any kind of directions.

    Returns
    -------
    Frame
    """
    walked = units(rotation, fitted, "axes", aligned=True)
    return Frame(AlignedModel(model, rotation), walked, rotation.units)


def decoded_in(
    frame: Frame,
    data: Dataset,
    attributes: Sequence[Attribute],
    held_out: Bools,
    decoders: Decoders | None = None,
) -> dict[str, TruthReport]:
    """Decode a frame's axes by both methods, and hold both against the truth.

    Parameters
    ----------
    frame : Frame
    data : Dataset
        Its users carry truth.
    attributes : sequence of Attribute
        Of its items.
    held_out : numpy.ndarray of bool, (users,)
        Who took no part in training; all are judged where there is nobody.
    decoders : Decoders, default the defaults of the stages

    Returns
    -------
    dict of method (mc, sample) to TruthReport

    Raises
    ------
    InputError
        The users carry no truth; attributes or the model's scores cannot be used.
    UsageError
        More items are asked for than there are.
    """
    parts = [(mean, deviation) for _, mean, deviation in encode_users(frame.model, data.interactions)]
    means, deviations = (np.concatenate(part) for part in zip(*parts, strict=True))
    known = axis_reliability(frame.model, data.interactions)
    axes = axis_statistics(means, deviations, frame.lengths, known)
    means = means.astype(np.float32).astype(np.float64)  # as a run keeps them
    scores = _scores(frame, means, data.interactions, attributes, decoders or Decoders())
    return reports_on_axes(scores, axes, means, data.users, held_out)


def _scores(
    frame: Frame,
    means: Floats,
    interactions: sparse.csr_array,
    attributes: Sequence[Attribute],
    how: Decoders,
) -> dict[str, pd.DataFrame]:
    """Both methods' score tables of the axes."""
    model, axes, held_out = frame.model, frame.units.directions, frame.units.held_out
    chosen = np.bincount(interactions.indices, minlength=model.n_items).astype(np.float64)
    weight = {"uniform": None, "popularity": chosen}
    moved = traverse_users(
        model,
        means,
        how.traverse,
        np.random.default_rng(how.traverse.seed),
        seen=interactions if how.traverse.exclude_seen else None,
        directions=axes,
        held_out=held_out,
    )
    sampled = decode_samples(
        model,
        means,
        attributes,
        how.sample,
        np.random.default_rng(how.sample.seed),
        item_weight=weight[how.sample.catalogue],
        directions=axes,
        held_out=held_out,
    )
    at = weight[how.mc.catalogue]
    return {
        "mc": magnitude_of_change(moved, attributes, model.n_latent, how.mc.estimator, at),
        "sample": sampled,
    }


def reports_on_axes(
    scores: Mapping[str, pd.DataFrame],
    axes: pd.DataFrame,
    latents: Floats,
    users: pd.DataFrame,
    held_out: Bools,
) -> dict[str, TruthReport]:
    """Each method's scores of active axes against the truth of held-out users.

    Parameters
    ----------
    scores : mapping of method to pandas.DataFrame
        Score tables; rows on directions are left out, and so is a table that has no others.
    axes : pandas.DataFrame, one row an axis
        See `axis_statistics`.
    latents : numpy.ndarray, users x latent
        In these axes.
    users : pandas.DataFrame
        The same users, with their truth.
    held_out : numpy.ndarray of bool, (users,)
        Who took no part in training; all are judged where there is nobody.

    Returns
    -------
    dict of method to TruthReport

    Raises
    ------
    InputError
        There is no truth, or it does not belong to the latents.
    """
    judged = held_out if held_out.any() else np.ones(len(users), dtype=np.bool_)
    active, spread = np.flatnonzero(axes["active"]), axes["spread"].to_numpy(np.float64)
    on_axes = {method: table[table["direction"].isna()] for method, table in scores.items()}
    return {
        method: decoded_against_truth(
            table.assign(score=table["score"].where(table["axis"].isin(active))),
            latents[judged],
            users[judged],
            spread,
        )
        for method, table in on_axes.items()
        if len(table)
    }
