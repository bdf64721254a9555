"""Which factors of a run are decoded, in its own axes and in aligned ones; nothing but figures is kept.

In the axes that the run's latents are in its scores say it, as `lfd report` does; in the others the model is
decoded again, with the options that the run was decoded with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from lfd.cli.work import Work
    from lfd.core.data import Dataset
    from lfd.core.evaluation.decoded import TruthReport
    from lfd.core.evaluation.frames import Frame

Reports = dict[str, dict[str, "TruthReport"]]


def reports_by_frame(work: Work, data: Dataset, held_out: npt.NDArray[np.bool_]) -> Reports:
    """By frame (raw, aligned) and method, how the run's factors are decoded."""
    from lfd.core.evaluation.frames import decoded_in
    from lfd.report.decoding import truth_reports
    from lfd.run.dataset import read_items_and_attributes
    from lfd.run.decoders import read_decoders
    from lfd.run.latents import read_frame_axes
    from lfd.run.scores import MEMBERS, read_scores

    own = truth_reports(work, {method: read_scores(work, method) for method in MEMBERS})
    reports: Reports = {read_frame_axes(work): own} if set(own) == set(MEMBERS) else {}
    _, attributes = read_items_and_attributes(work)
    for name, frame in _frames(work).items():
        if name not in reports:
            decoders = read_decoders(work.run.manifest)
            reports[name] = decoded_in(frame, data, attributes, held_out, decoders)
    return reports


def frame_notes(work: Work, reports: Reports) -> tuple[str, ...]:
    """What is to be known of the frames: one that there is not, or other latents in one of them."""
    from lfd.run.decoders import edited_latents, not_aligned
    from lfd.run.latents import ALIGNED, read_frame_axes

    said = []
    if ALIGNED not in reports:
        said.append(not_aligned(work.run.manifest))
    if file := edited_latents(work.run.manifest):
        own = read_frame_axes(work)
        said.append(f"{own} axes were decoded from the latents in {file}, any others from the run's own")
    return tuple(said)


def _frames(work: Work) -> dict[str, Frame]:
    from lfd.core.evaluation.frames import aligned_frame, raw_frame
    from lfd.run.alignment import ROTATION, read_fitted, read_rotation
    from lfd.run.latents import ALIGNED, RAW
    from lfd.run.model import read_model

    model = read_model(work)
    frames = {RAW: raw_frame(model)}
    if ROTATION in work:
        frames[ALIGNED] = aligned_frame(model, read_rotation(work), read_fitted(work, "steering"))
    return frames
