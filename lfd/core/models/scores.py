"""Items' scores at positions in latent space: decoded and checked, and how many are held at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lfd.errors import InputError

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

    Floats = npt.NDArray[np.float64]

MOST_SCORES = 32_000_000  # held at once, whatever batch is asked for


def item_scores(model: LatentModel, latents: Floats) -> npt.NDArray[Any]:
    """Decode positions, and see that every item got a score.

    Parameters
    ----------
    model : LatentModel
    latents : numpy.ndarray, rows x latent

    Returns
    -------
    numpy.ndarray, rows x items

    Raises
    ------
    InputError
        The decoder gives another shape.
    """
    scores = np.asarray(model.decode(latents))
    if scores.shape != (len(latents), model.n_items):
        raise InputError(
            f"the model decodes {len(latents)} positions to shape {scores.shape} for {model.n_items} items",
            "decode(z) must return one row per position and one column per item",
        )
    return scores


def users_at_once(batch: int, n_items: int) -> int:
    """Users whose scores are held at once: as many as were asked for, where that is not too many.

    Parameters
    ----------
    batch, n_items : int
    """
    return max(1, min(batch, MOST_SCORES // n_items))
