"""What a run's decoding comes to: which factors of synthetic data it finds, which attributes map elsewhere.

Reads members; nothing is decoded for it. Scores know the axes that the run is in; an evaluation of its truth
knows raw and aligned ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lfd.core.decoding.mapping import map_scores
from lfd.core.evaluation.decoded import TruthReport
from lfd.core.evaluation.decoded_figures import decoded_measures
from lfd.core.evaluation.factors import has_truth
from lfd.core.evaluation.frames import reports_on_axes
from lfd.core.measure import Measure
from lfd.run.dataset import USERS
from lfd.run.decoders import not_aligned, read_decoders
from lfd.run.folder import Snapshot
from lfd.run.latents import ALIGNED, AXES, read_frame_axes, read_latents
from lfd.run.model import SPLIT, read_split
from lfd.run.scores import MEMBERS, read_scores
from lfd.run.tables import Reader, read_frame


def truth_reports(run: Reader, scores: Mapping[str, pd.DataFrame]) -> dict[str, TruthReport]:
    """Each method's scores against the truth of synthetic data, on held-out users where there are any.

    Parameters
    ----------
    run : whose latents, users and split
    scores : score tables by method

    Returns
    -------
    dict of method to TruthReport, empty where no truth is known
    """
    users = read_frame(run, USERS)
    if not scores or not has_truth(users):
        return {}
    held_out = np.zeros(len(users), dtype=np.bool_)
    if SPLIT in run:
        held_out = (read_split(run)["part"] == "validation").to_numpy()
    _, means, _ = read_latents(run)
    return reports_on_axes(scores, read_frame(run, AXES), means, users, held_out)


def decoding_measures(
    run: Snapshot, evaluated: Sequence[Measure]
) -> tuple[tuple[Measure, ...], tuple[str, ...]]:
    """How many factors each method decodes; without truth, how many attributes map to an axis.

    Parameters
    ----------
    run : Snapshot
    evaluated : what an evaluation of its truth has found decoded; empty where there is none

    Returns
    -------
    tuple of Measure
    tuple of str : which axes they are silent about, and what to do
    """
    if evaluated:
        aligned = any(measure.name.endswith(ALIGNED) for measure in evaluated)
        return tuple(evaluated), () if aligned else (not_aligned(run.manifest),)
    every = {m: read_scores(run, m) for m, member in MEMBERS.items() if member in run}
    there = {m: t[t["direction"].isna()] for m, t in every.items() if t["direction"].isna().any()}
    if not there or AXES not in run:
        return (), ()
    frame, truth = read_frame_axes(run), truth_reports(run, there)
    if not truth:
        return _mapped(run, there, frame), ()
    said = f"decoded in {frame} axes only; in raw and in aligned ones: lfd evaluate RUN --what truth"
    return decoded_measures({frame: truth}, read_decoders(run.manifest)), (said,)


def _mapped(run: Snapshot, scores: Mapping[str, pd.DataFrame], frame: str) -> tuple[Measure, ...]:
    active = read_frame(run, AXES)["active"].to_numpy(np.bool_)
    measures = []
    for method, table in scores.items():
        attributes = map_scores(table, active).attributes
        k, n = sum(map(bool, attributes.values())), len(attributes)
        words = "attributes that map to at least one signed axis (q < 0.05)"
        measures.append(Measure(f"mapped_{method}_{frame}", "decoding", k, "mapped", words, {"of": n}))
    return tuple(measures)
