"""A trained model again, from its configuration and weights; torch is imported for networks only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

if TYPE_CHECKING:
    from lfd.core.models.protocol import LatentModel

FACTORS = ("factors", "als")
"""Models that are factors of items and a fold-in, whoever found them."""


def build_model(config: Mapping[str, Any], weights: Mapping[str, npt.NDArray[Any]]) -> LatentModel:
    """The trained model again, on the CPU.

    Parameters
    ----------
    config : mapping
        As in `Fitted.config`; `model` says which kind it is. Only a network needs torch.
    weights : mapping of str to numpy.ndarray
        As in `Fitted.weights`.

    Returns
    -------
    LatentModel

    Raises
    ------
    InputError
        If configuration and weights do not fit each other, or hold values that are not finite.
    """
    if config.get("model") == "svd":
        from lfd.core.models.svd import svd_model

        return svd_model(weights)
    if config.get("model") in FACTORS:
        from lfd.core.models.factors import factor_model

        return factor_model(config, weights)
    from lfd.core.models import wrapper

    return wrapper.build_model(config, weights)
