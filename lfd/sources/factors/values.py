"""What an array must be to be factors, a bias or a number: dimensions, type, finite values."""

from __future__ import annotations

import numpy as np

from lfd.errors import InputError
from lfd.sources.factors.files import Named, Values


def scalar(named: Named | None) -> float | None:
    """A number that stands beside the factors, None where there is none.

    Parameters
    ----------
    named : Named or None
    """
    if named is None or named.values.size != 1 or named.values.dtype.kind not in "fiu":
        return None
    return float(named.values.reshape(()))


def matrix(named: Named) -> Values:
    """An array as factors: two dimensions, at least one factor, all finite.

    Parameters
    ----------
    named : Named

    Returns
    -------
    numpy.ndarray, rows x factors, float64

    Raises
    ------
    InputError
        It is not; says the row and the column of the first value that is not finite.
    """
    values = named.values
    where = f"{named.file}: {named.name}"
    if values.ndim != 2 or values.dtype.kind not in "fiu":
        raise InputError(
            f"{where} is {values.ndim}-dimensional, of type {values.dtype}", "factors are rows of numbers"
        )
    if values.shape[1] < 1 or values.shape[0] < 1:
        raise InputError(
            f"{where} has {values.shape[0]} rows of {values.shape[1]} factors",
            "give at least one row and one factor",
        )
    return finite(named)


def finite(named: Named) -> Values:
    """The values as float64.

    Parameters
    ----------
    named : Named

    Raises
    ------
    InputError
        One is not a finite number; says where.
    """
    values = named.values.astype(np.float64)
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        place = ", ".join(f"{w} {n}" for w, n in zip(("row", "column"), wrong[0].tolist(), strict=False))
        raise InputError(
            f"{named.file}: {named.name}, {place}: {values[tuple(wrong[0])]} is no finite number"
            f" ({len(wrong):,} such values)",
            "train again with smaller steps or more regularisation, or leave the row out",
        )
    return values
