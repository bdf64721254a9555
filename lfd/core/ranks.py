"""Ranks, ties sharing their mean rank, and rank correlation of columns with columns: Spearman (1904)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def mean_ranks(columns: npt.NDArray[Any]) -> Floats:
    """Ranks within each column.

    As scipy.stats.rankdata, whose import takes longer than all that is ranked in a run.

    Parameters
    ----------
    columns : numpy.ndarray, rows x columns, finite

    Returns
    -------
    numpy.ndarray, rows x columns
        From 1; what is equal shares the mean of its ranks.
    """
    ranks = np.empty(columns.shape)
    for own, column in zip(ranks.T, columns.T, strict=True):
        ordered = np.sort(column)
        below, reached = (np.searchsorted(ordered, column, side) for side in ("left", "right"))
        own[:] = (below + reached + 1) / 2
    return ranks


def spearman(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> Floats:
    """Rank correlation of every column of one table with every column of another.

    Parameters
    ----------
    first : numpy.ndarray, rows x columns, finite
    second : numpy.ndarray, rows x columns, finite

    Returns
    -------
    numpy.ndarray, columns of the first x columns of the second, in [-1, 1]
        0 for a column that does not vary.
    """
    return _unit_ranks(first).T @ _unit_ranks(second)


def paired_spearman(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> Floats:
    """Rank correlation column by column.

    Parameters
    ----------
    first : numpy.ndarray, rows x columns, finite
    second : numpy.ndarray, rows x columns, finite

    Returns
    -------
    numpy.ndarray, (columns,), in [-1, 1]
        0 for a column that does not vary.
    """
    product: Floats = (_unit_ranks(first) * _unit_ranks(second)).sum(axis=0)
    return product


def _unit_ranks(columns: npt.NDArray[Any]) -> Floats:
    """Ranks of each column, centred and of length 1; 0 where all are equal."""
    ranks = mean_ranks(columns)
    ranks -= ranks.mean(axis=0)
    length = np.sqrt((ranks**2).sum(axis=0))
    unit: Floats = np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0)
    return unit


def auc_by_axis(latents: Floats, members: npt.NDArray[np.bool_]) -> Floats:
    """How often a member lies farther up an axis than another user; ties count half.

    The Mann-Whitney statistic over its maximum; along the negative side it is 1 minus this.

    Parameters
    ----------
    latents : numpy.ndarray, users x axes
    members : numpy.ndarray of bool, (users,)

    Returns
    -------
    numpy.ndarray, (axes,), in [0, 1]; NaN where all or none are members
    """
    ranks = mean_ranks(latents)
    inside, outside = int(members.sum()), int((~members).sum())
    if inside * outside == 0:
        return np.full(ranks.shape[1], np.nan)
    auc: Floats = (ranks[members].sum(axis=0) - inside * (inside + 1) / 2) / (inside * outside)
    return auc
