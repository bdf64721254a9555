"""The one named place where z can be intercepted: between encode and decode.

Everything that decodes takes a `LatentModel`, so a model wrapped here carries a user's own
transformation of z through all of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.models.protocol import Floats, LatentModel
from lfd.errors import InputError

Transform = Callable[[npt.NDArray[np.float64]], npt.ArrayLike]


class Intercepted:
    """A model in which every z passes through `transform` just before it is decoded.

    Encoding is untouched, so that latents, traversals and what is stored stay in the coordinates of
    the model itself, and the transformation is applied exactly once, whatever leads to `decode`.

    Parameters
    ----------
    model : LatentModel
        The model to wrap; it is not changed.
    transform : callable, (batch x latent) -> (batch x latent)
        From z to the z that is decoded. It gets a copy, so it may work in place.

    Examples
    --------
    Shrink axis 3 to 0 and see its factor vanish from what is recommended::

        without = Intercepted(model, lambda z: z * (np.arange(z.shape[1]) != 3))
    """

    def __init__(self, model: LatentModel, transform: Transform) -> None:
        self.model = model
        self.transform = transform

    @property
    def n_items(self) -> int:
        return self.model.n_items

    @property
    def n_latent(self) -> int:
        return self.model.n_latent

    def encode(
        self, interactions: sparse.csr_array
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Place users in latent space, as the wrapped model does."""
        return self.model.encode(interactions)

    def decode(self, latents: Floats) -> Floats:
        """Score every item at `transform(latents)`.

        Parameters
        ----------
        latents : numpy.ndarray, batch x latent

        Returns
        -------
        scores : numpy.ndarray, batch x items

        Raises
        ------
        InputError
            If the transformation changes the shape or gives values that are not finite.
        """
        moved = np.asarray(self.transform(np.array(latents, dtype=np.float64)), dtype=np.float64)
        if moved.shape != np.shape(latents):
            raise InputError(
                f"the transformation of z turned shape {np.shape(latents)} into {moved.shape}",
                "give one z for each z: batch x latent in, batch x latent out",
            )
        if not np.isfinite(moved).all():
            raise InputError(
                "the transformation of z gave values that are not finite", "check it for divisions by zero"
            )
        return self.model.decode(moved)
