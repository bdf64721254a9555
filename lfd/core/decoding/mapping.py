"""From a score table to the mapping: which signed axes an attribute lies on, and what each axis is about.

A cell maps where chance does not explain it (its q is below a level), its score is above a floor, and the
ends of the axis differ. What is recommended on both ends alike is not about the axis, however concentrated
it is (what everybody gets is popular films): a factor maps only by values that are ahead of the other end.

Knows score tables only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from lfd.core.decoding.mapped import MappedCell, Mapping, SignedAxisMap, ValueShift
from lfd.errors import InputError
from lfd.settings.decoding import MappingSettings

SignedAxis = tuple[int, int]
Floats = npt.NDArray[np.float64]

LEVEL = 2  # digits in which two scores must differ for one to be the better


def map_scores(
    scores: pd.DataFrame,
    active: npt.NDArray[np.bool_],
    settings: MappingSettings | None = None,
    spread: Floats | None = None,
) -> Mapping:
    """Read the mapping off one method's score table.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns SCORE_COLUMNS, one method; on axes, or on directions.
    active : numpy.ndarray of bool, (axes,)
        Which axes users differ on. Nothing is mapped on the others: what is recommended there is what
        everybody gets.
    settings : MappingSettings, default its defaults
    spread : numpy.ndarray, (axes,), default the same for all
        Variance over users on each axis: where cells score level, the wider axis comes first.

    Returns
    -------
    Mapping

    Raises
    ------
    InputError
        The table has no row, or several methods; it does not say how sure it is; it names an axis beyond
        `active`.
    """
    settings = settings or MappingSettings()
    method = _only_method(scores)
    if int(scores["axis"].max()) >= len(active):
        raise InputError(
            f"the scores go up to z{scores['axis'].max()}, and the latents have {len(active)} axes",
            "decode again with the latents of the same run: lfd decode-mc",
        )
    if scores["p"].isna().all() and scores["score"].any():
        raise InputError(
            f"the scores of {method} do not say how sure they are (every p is missing)",
            f"decode again: lfd decode-{method} --force",
        )
    ahead, apart = _contrast(scores)
    maps = (scores["q"] < settings.level) & (scores["score"] > settings.floor) & (apart >= settings.contrast)
    table = scores.assign(ahead=ahead, maps=maps & active[scores["axis"].to_numpy()])
    if settings.one_to_one:
        table = _each_one(table)
    quiet = np.flatnonzero(~active).tolist()
    axes = tuple(_axis_map(cells, quiet, settings) for _, cells in table.groupby(["axis", "side"], sort=True))
    found = [cell for signed in axes for cell in signed.attributes]
    attributes = {
        str(name): tuple(sorted((c for c in found if c.attribute == name), key=lambda c: _rank(c, spread)))
        for name in table["attribute"].unique()
    }
    return Mapping(method, attributes, axes, tuple(quiet), not active.any())


def one_to_one(scores: pd.DataFrame) -> dict[str, SignedAxis]:
    """Assign attributes to signed axes, each at most once, so that the total score is largest.

    Hungarian algorithm (Kuhn 1955; here Crouse 2016, as scipy has it). With more attributes than signed
    axes some attributes get none.

    Parameters
    ----------
    scores : pandas.DataFrame
        One method's score table.

    Returns
    -------
    dict of attribute to (axis, side)
    """
    from scipy.optimize import linear_sum_assignment

    _only_method(scores)
    own = scores[scores["value"].isna()]
    grid = own.pivot(index="attribute", columns=["axis", "side"], values="score").sort_index(axis=1)
    grid = grid.loc[list(dict.fromkeys(own["attribute"]))]
    cost = -np.nan_to_num(grid.to_numpy(np.float64), nan=-1e9)  # a cell without a score is taken last
    row, column = linear_sum_assignment(cost)
    names, units = grid.index.tolist(), grid.columns.tolist()
    return {str(names[r]): (int(units[c][0]), int(units[c][1])) for r, c in zip(row, column, strict=True)}


def best_signed_axis(scores: pd.DataFrame, attribute: str, spread: Floats | None = None) -> SignedAxis | None:
    """The signed axis with an attribute's best score; None where it has no score.

    A list cannot be narrower than all of one value, so several often score level (alike to two digits):
    then the axis on which users differ most; then the one whose other side scores least, since an axis
    that the decoder ignores scores the same on both; then the lowest number.

    Parameters
    ----------
    scores : pandas.DataFrame
        One method's score table.
    attribute : str
    spread : numpy.ndarray, (axes,), default the same for all
        Variance over users on each axis.

    Returns
    -------
    (axis, side) or None
    """
    own = scores[(scores["attribute"] == attribute) & scores["value"].isna() & scores["score"].notna()]
    if own.empty:
        return None
    axis, side, score = (own[name].to_numpy() for name in ("axis", "side", "score"))
    score = score.round(LEVEL)
    width = np.zeros(len(axis)) if spread is None else spread[axis]
    opposite = dict(zip(zip(axis.tolist(), (-side).tolist(), strict=True), score.tolist(), strict=True))
    other = np.array([opposite.get(unit, 0.0) for unit in zip(axis.tolist(), side.tolist(), strict=True)])
    best = int(np.lexsort((side, axis, other, -width, -score))[0])
    return int(axis[best]), int(side[best])


def _rank(cell: MappedCell, spread: Floats | None) -> tuple[float, float, float]:
    """Order of an attribute's cells: by score, level ones by how much users differ on the axis."""
    return -round(cell.score, LEVEL), 0.0 if spread is None else -float(spread[cell.axis]), -cell.score


def _only_method(scores: pd.DataFrame) -> str:
    methods = scores["method"].unique().tolist()
    if len(methods) != 1:
        raise InputError(
            f"scores of one method are needed; the table has: {', '.join(map(str, methods)) or 'none'}",
            "decode first: lfd decode-mc or lfd decode-sample",
        )
    return str(methods[0])


def _each_one(table: pd.DataFrame) -> pd.DataFrame:
    """Keep an attribute's own row mapped only where it is assigned one to one."""
    own = table["value"].isna()
    assigned = one_to_one(table[own].assign(score=table["score"].where(table["maps"], 0.0)))
    units = zip(table["attribute"], table["axis"].tolist(), table["side"].tolist(), strict=True)
    kept = np.array([assigned.get(name) == (axis, side) for name, axis, side in units])
    return table.assign(maps=table["maps"] & (kept | ~own))


def _axis_map(cells: pd.DataFrame, quiet: Sequence[int], settings: MappingSettings) -> SignedAxisMap:
    axis, side = int(cells["axis"].iloc[0]), int(cells["side"].iloc[0])
    direction = cells["direction"].iloc[0] if "direction" in cells else None
    above = cells[cells["maps"]]
    gains = above[above["value"].notna() & (above["ahead"] > 0)]
    own = above[above["value"].isna()].sort_values("score", ascending=False, kind="stable")
    mapped = tuple(
        MappedCell(
            name, axis, side, score, low, high, q, _shifts(_leading(cells, name, settings.values)), direction
        )
        for name, score, low, high, q in zip(
            *(own[c].tolist() for c in ("attribute", "score", "ci_low", "ci_high", "q")), strict=True
        )
    )
    surest = gains.sort_values(["p", "score"], ascending=[True, False], kind="stable")
    flags = _flags(mapped, axis in quiet, settings.entangled)
    return SignedAxisMap(axis, side, mapped, _shifts(surest.head(settings.values)), flags, direction)


def _contrast(table: pd.DataFrame) -> tuple[pd.Series[float], pd.Series[float]]:
    """How far each value's share is ahead of the axis's other end, and how far apart the ends are.

    Apart is the total variation between the shares of the attribute's values on both ends, in [0, 1]; both
    are infinite where only one end was visited.
    """
    keys = ["axis", "side", "attribute", "value"]
    other = table[[*keys, "share_after"]].assign(side=-table["side"])
    joined = table[keys].merge(other, on=keys, how="left", indicator=True)
    gap = table["share_after"] - joined["share_after"].to_numpy()
    apart = gap.abs().groupby([table[k] for k in keys[:3]]).transform("sum") / 2
    alone = (joined["_merge"] == "left_only").to_numpy()
    return gap.where(~alone, np.inf), apart.where(~alone, np.inf)


def _leading(cells: pd.DataFrame, attribute: str, number: int) -> pd.DataFrame:
    """The attribute's values that gain most on this signed axis."""
    own = (cells["attribute"] == attribute) & cells["value"].notna()
    gains = cells[own & (cells["score"] > 0) & (cells["ahead"] > 0)]
    return gains.sort_values("score", ascending=False, kind="stable").head(number)


def _flags(mapped: Sequence[MappedCell], quiet: bool, near: float) -> tuple[str, ...]:
    entangled = len(mapped) > 1 and mapped[1].score >= (1 - near) * mapped[0].score
    flags = {"inactive": quiet, "entangled": entangled, "unmapped": not (mapped or quiet)}
    return tuple(name for name, is_set in flags.items() if is_set)


def _shifts(rows: pd.DataFrame) -> tuple[ValueShift, ...]:
    names = ("attribute", "value", "score", "share_before", "share_after", "lift", "q")
    return tuple(
        ValueShift(
            attribute, value, score, before, after, *(x if np.isfinite(x) else None for x in (lift, q))
        )
        for attribute, value, score, before, after, lift, q in zip(
            *(rows[c].tolist() for c in names), strict=True
        )
    )
