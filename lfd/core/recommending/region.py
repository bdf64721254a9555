"""Where users live: how far along a direction any of them is, so that nobody is sent beyond unawares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Region:
    """The users' range along some directions, and where somebody is, in the users' standard deviations.

    Attributes
    ----------
    low, high : numpy.ndarray, (directions,)
        Of the users, from their mean.
    at : numpy.ndarray, (directions,)
        The farthest of those who are asked about, on either side.
    """

    low: Floats
    high: Floats
    at: Floats

    @property
    def beyond(self) -> npt.NDArray[np.bool_]:
        """Along which directions nobody is that far."""
        return (self.at > self.high) | (self.at < self.low)


def region(users: Floats, latents: Floats, steps: Floats) -> Region:
    """See whether places are where users are.

    Parameters
    ----------
    users : numpy.ndarray, users x latent
    latents : numpy.ndarray, places x latent
    steps : numpy.ndarray, directions x latent

    Returns
    -------
    Region
    """
    along = steps / np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-300)
    coordinates = users @ along.T
    centre, unit = coordinates.mean(axis=0), np.maximum(coordinates.std(axis=0), 1e-300)
    own = (latents @ along.T - centre) / unit
    low, high = ((end - centre) / unit for end in (coordinates.min(axis=0), coordinates.max(axis=0)))
    up, down = own.max(axis=0), own.min(axis=0)
    return Region(low, high, np.where(up - high >= low - down, up, down))
