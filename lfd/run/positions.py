"""Where a run's users are, in the model's own axes, with what alignment found there, if it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lfd.core.evaluation.space import Alignments, Positions
from lfd.errors import InputError
from lfd.run.alignment import ROTATION, read_concepts, read_directions, read_rotation
from lfd.run.latents import ALIGNED, read_frame_axes, read_latents

if TYPE_CHECKING:
    from lfd.run.tables import Reader


def read_positions(run: Reader) -> tuple[pd.Series[Any], Positions]:
    """Ids of the users, and where they are.

    Raises
    ------
    InputError : the alignment is of another number of axes than the latents
    """
    users, means, deviations = read_latents(run)
    noisy = bool((deviations > 0).any())
    if ROTATION not in run:
        return users, Positions(means, noisy=noisy)
    turned = read_rotation(run)
    if turned.n_latent != means.shape[1]:
        raise InputError(
            f"{ROTATION} is for {turned.n_latent} axes and the latents have {means.shape[1]}",
            "align and encode the same model: lfd align RUN --force",
        )
    found = Alignments(turned, read_concepts(run), read_directions(run))
    raw = found.rotation.restore(means) if read_frame_axes(run) == ALIGNED else means
    return users, Positions(np.ascontiguousarray(raw), found, noisy)
