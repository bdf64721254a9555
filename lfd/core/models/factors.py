"""A linear model that another program trained: factors of users, factors of items, a bias of each item.

    decode(z) = t (D z + b),   encode(x) = where those are who have the history x, else folded in

Users with one history are one point, the mean of their factors, since encode is a function of the history.
Others (a history with some items hidden, a user without factors) are folded in by ridge least squares on the
items' factors; where given factors are not what least squares gives (those of BPR are not), an affine map of
latent space, fitted on the given users, brings the folded-in ones to where the given ones lie. t, one number,
puts the scores on the scale of logits. Knows numpy and scipy only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.models.folding import fold_histories, folding_gradients
from lfd.core.models.histories import Keys, history_keys
from lfd.core.models.protocol import Floats
from lfd.core.models.rows import canonical, check_width
from lfd.errors import InputError

KIND = "factors"
NAMES = ("item_factors", "item_bias", "user_factors", "user_histories", "fold_in", "decoder")
AGAIN = "load the model again: lfd load-model --force"


class FactorModel:
    """Given factors behind the protocol of `LatentModel`; it knows no uncertainty.

    Parameters
    ----------
    items : numpy.ndarray, items x latent
        As they were given: what histories are folded in on.
    bias : numpy.ndarray, (items,)
    users : numpy.ndarray, histories x latent
        Where those are whose history is one of `histories`.
    histories : numpy.ndarray, uint64, ascending
        As `history_keys` gives them.
    fold_in : numpy.ndarray, (1 + latent) x latent
        From 1 and what least squares gives to latent space.
    decoder : numpy.ndarray, items x latent
    temperature : float, above 0
    alpha : float, from 0
    ridge : float, above 0
    """

    def __init__(
        self,
        items: Floats,
        bias: Floats,
        users: Floats,
        histories: Keys,
        fold_in: Floats,
        decoder: Floats,
        temperature: float,
        alpha: float,
        ridge: float,
    ) -> None:
        self.items, self.bias = items.astype(np.float64), bias.astype(np.float64)
        self.users, self.histories = users.astype(np.float64), histories
        self.fold_in, self.decoder = fold_in.astype(np.float64), decoder.astype(np.float64)
        self.temperature, self.alpha, self.ridge = temperature, alpha, ridge

    @property
    def n_items(self) -> int:
        return int(self.items.shape[0])

    @property
    def n_latent(self) -> int:
        return int(self.items.shape[1])

    def encode(
        self, interactions: sparse.csr_array
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Place users (users x latent): where they were given, else by their history; the deviation is 0."""
        check_width(interactions, self.n_items)
        rows = canonical(interactions)
        place, known = self._known(rows)
        mean = np.empty((rows.shape[0], self.n_latent))
        mean[known] = self.users[place[known]]
        if not known.all():
            mean[~known] = self.folded(rows[np.flatnonzero(~known)])
        return mean, np.zeros_like(mean)

    def folded(self, interactions: sparse.csr_array) -> npt.NDArray[np.float64]:
        """Users by their histories alone, whether given or not.

        Parameters
        ----------
        interactions : scipy.sparse.csr_array, users x items

        Returns
        -------
        numpy.ndarray, users x latent
        """
        solved = fold_histories(interactions, self.items, self.alpha, self.ridge)
        placed: npt.NDArray[np.float64] = self.fold_in[0] + solved @ self.fold_in[1:]
        return placed

    def decode(self, latents: Floats) -> Floats:
        """Scores (batch x items) at `latents` (batch x latent)."""
        scores: Floats = np.asarray(latents, dtype=np.float64) @ self.decoder.T + self.bias
        return self.temperature * scores

    def score_gradients(
        self, latents: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Gradients by z of weighted sums of scores, the same at every z; see `Differentiable`."""
        return np.asarray(self.temperature * (weights @ self.decoder))

    def history_gradients(
        self, interactions: sparse.csr_array, directions: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Gradients by what users chose of where folding in puts them; see `Differentiable`."""
        check_width(interactions, self.n_items)
        solved_for = directions @ self.fold_in[1:].T
        return folding_gradients(interactions, self.items, self.alpha, self.ridge, solved_for)

    def _known(self, rows: sparse.csr_array) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
        keys = history_keys(rows)
        if not len(self.histories):
            return np.zeros(len(keys), np.intp), np.zeros(len(keys), np.bool_)
        place = np.minimum(np.searchsorted(self.histories, keys), len(self.histories) - 1)
        return place, self.histories[place] == keys


def factor_model(config: Mapping[str, Any], weights: Mapping[str, npt.NDArray[Any]]) -> FactorModel:
    """The model again from its configuration and weights.

    Parameters
    ----------
    config : mapping
        temperature, alpha and ridge are read.
    weights : mapping of str to numpy.ndarray
        The arrays of `NAMES`, as `import_factors` gives them.

    Raises
    ------
    InputError
        If an array or a number is missing, they do not fit each other, or one is not finite.
    """
    arrays = [np.asarray(weights.get(name, np.zeros(0))) for name in NAMES]
    items, bias, users, histories, fold_in, decoder = arrays
    latent = items.shape[1] if items.ndim == 2 else -1
    fits = (
        latent > 0
        and bias.shape == items.shape[:1]
        and users.shape == (len(histories), latent)
        and fold_in.shape == (1 + latent, latent)
        and decoder.shape == items.shape
        and histories.dtype == np.uint64
    )
    if not fits or not all(np.isfinite(array).all() for array in arrays):
        raise InputError(
            f"the weights of a factor model do not fit: items {items.shape}, biases {bias.shape}, users"
            f" {users.shape}, fold-in {fold_in.shape}, decoder {decoder.shape}",
            AGAIN,
        )
    try:
        numbers = [float(config[name]) for name in ("temperature", "alpha", "ridge")]
    except (KeyError, TypeError, ValueError):
        raise InputError("the model's configuration lacks temperature, alpha or ridge", AGAIN) from None
    return FactorModel(items, bias, users, histories, fold_in, decoder, *numbers)
