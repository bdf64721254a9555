"""What training gives back, whichever model was trained: plain arrays and a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

Weights = dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Fitted:
    """A trained model and how it came about.

    Attributes
    ----------
    config : dict
        What `lfd.core.models.build.build_model` needs beside the weights; strings, numbers and lists only.
    weights : dict of str to numpy.ndarray, float32
    history : pandas.DataFrame, one row an epoch
        epoch, beta, loss, reconstruction, kl, validation_loss, active_axes: see `EpochRecord`. A model that
        is computed at once has one row; what it has not (beta, kl) is missing.
    split : numpy.ndarray of str, one a user
        `train`, `validation` or `test`.
    notes : list of str
        What the user should be told: collapse, a loss that was not finite, options without effect.
    best_epoch : int
        The epoch whose weights these are.
    remark : str
        What is no fault but good to know: that few axes are as many as the data need. Empty where nothing is.
    auto : dict
        What `auto` stood for and why: plain values and `said`, sentences; empty where all was given.
    """

    config: dict[str, Any]
    weights: Weights = field(repr=False)
    history: pd.DataFrame = field(repr=False)
    split: npt.NDArray[np.str_] = field(repr=False)
    notes: list[str]
    best_epoch: int
    remark: str = ""
    auto: dict[str, Any] = field(default_factory=dict)


def kept_epoch(history: pd.DataFrame) -> int:
    """The epoch whose weights were kept: the lowest held-out loss under the whole beta, else the last.

    Parameters
    ----------
    history : pandas.DataFrame
        As in `Fitted.history`, at least one epoch.

    Returns
    -------
    int, from 0
    """
    annealed = history[(history["beta"] == history["beta"].iloc[-1]) | history["beta"].isna()]
    losses = annealed["validation_loss"]
    return int(history["epoch"].iloc[-1] if losses.isna().all() else annealed["epoch"][losses.idxmin()])
