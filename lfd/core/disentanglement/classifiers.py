"""Fitting scikit-learn's classifiers quietly: what they would warn of is returned, to become a note."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lfd.core.disentanglement.given import Classes, Codes


def fit(model: Any, codes: Codes, classes: Classes) -> bool:
    """Fit a classifier in place.

    Parameters
    ----------
    model : a scikit-learn classifier
    codes : numpy.ndarray, rows x codes
    classes : numpy.ndarray, (rows,), at least two different ones

    Returns
    -------
    bool
        Whether it converged; True for one that does not iterate towards a solution.
    """
    with warnings.catch_warnings():
        # Not converged (told by the iterations), or many classes for few rows: nothing to stop for.
        warnings.simplefilter("ignore", UserWarning)
        model.fit(codes, classes)
    limit = getattr(model, "max_iter", None)
    return limit is None or bool(np.max(model.n_iter_) < limit)


def unconverged(names: list[str]) -> str:
    """The note on factors whose classifier did not converge; empty where all did.

    Parameters
    ----------
    names : of these factors
    """
    return f"stopped before it converged: {', '.join(names)}" if names else ""
