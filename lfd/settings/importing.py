"""The options of `load-model`: where the factors are, whose they are, and how histories are folded in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Gt

Library = Literal["auto", "implicit", "sklearn", "surprise", "arrays"]
Units = Literal["auto", "scores", "given"]


@dataclass(frozen=True)
class LoadModelSettings:
    """How a model that another program trained comes in."""

    source: Annotated[
        tuple[str, ...],
        "Files with factors of users and items: .npy, .npz, safetensors, Parquet; or WHAT=FILE.",
    ] = ()
    library: Annotated[
        Library, "Which library's conventions hold; auto tells by the names of the arrays."
    ] = "auto"
    user_ids: Annotated[
        Path | None, "Ids of the users' rows, a line each, or .npy; without: the run's users in its order."
    ] = None
    item_ids: Annotated[
        Path | None, "Ids of the items' rows, a line each, or .npy; without: the run's items in its order."
    ] = None
    drop_unmatched: Annotated[bool, "Leave out rows of users and items that the run does not have."] = False
    missing: Annotated[
        Literal["error", "fold-in"],
        "Users of the run without factors: refuse, or fold them in as held out (items: factors of 0).",
    ] = "error"
    alpha: Annotated[
        float | None,
        Ge(0),
        "Folding in: an item counts 1 + alpha x value (Hu et al. 2008); as the file says, else 0.",
    ] = None
    ridge: Annotated[
        float | None,
        Gt(0),
        "Folding in: penalty on the factors; as the file says, else a hundredth of the items' mean square.",
    ] = None
    units: Annotated[
        Units,
        "What z is measured by: what it does to scores, or as given; auto: as given where none is negative.",
    ] = "auto"
