"""The members under alignment/: latent space in other axes, and the concepts found in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy

from lfd.core.alignment.rotated import Rotation
from lfd.errors import InputError
from lfd.run.tables import Place, Reader, read_frame, read_yaml, write_table, write_yaml

if TYPE_CHECKING:
    import pandas as pd

    from lfd.core.alignment.directions import Directions
    from lfd.core.alignment.units import Fitted

ROTATION = "alignment/rotation.safetensors"
SUMMARY = "alignment/summary.yaml"
CONCEPTS = "alignment/concepts.parquet"
DIRECTIONS = "alignment/directions.parquet"
FOLDS = "alignment/folds.safetensors"
ARRAYS = ("mean", "to_aligned", "to_raw")


def write_rotation(place: Place, rotation: Rotation, facts: dict[str, Any]) -> None:
    """Write the map to aligned axes: its arrays, and in words how it came about."""
    arrays = {name: np.ascontiguousarray(getattr(rotation, name)) for name in ARRAYS}
    place(ROTATION).write_bytes(safetensors.numpy.save(arrays))
    words = {
        "method": rotation.method,
        "rank": rotation.rank,
        "names": list(rotation.names),
        "sign_rule": rotation.sign_rule,
    }
    write_yaml(place(SUMMARY), words | facts)


def read_rotation(run: Reader) -> Rotation:
    """The map to aligned axes."""
    words = read_yaml(run, SUMMARY)
    arrays = safetensors.numpy.load(bytes(run.buffer(ROTATION)))
    return Rotation(
        **{name: arrays[name] for name in ARRAYS},
        rank=int(words["rank"]),
        names=tuple(words["names"]),
        method=words["method"],
        sign_rule=words["sign_rule"],
    )


def write_concepts(
    place: Place,
    concepts: pd.DataFrame,
    directions: Directions,
    folds: npt.NDArray[np.int64],
    fold_directions: Sequence[Directions],
    fold_axes: Sequence[npt.NDArray[np.float64]],
) -> None:
    """Write the table of concepts; their directions in aligned axes, a row each; and the same by fold."""
    import pandas as pd

    from lfd.core.alignment.directions import KINDS

    write_table(place(CONCEPTS), concepts)
    frames = [
        pd.DataFrame(directions.of(kind)).add_prefix("z").assign(concept=concepts["concept"], kind=kind)
        for kind in KINDS
    ]
    write_table(place(DIRECTIONS), pd.concat(frames, ignore_index=True))
    by_fold = {kind: np.stack([d.of(kind) for d in fold_directions]) for kind in KINDS}
    arrays = by_fold | {"folds": folds, "axes": np.stack(fold_axes)}
    place(FOLDS).write_bytes(
        safetensors.numpy.save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    )


def read_concepts(run: Reader) -> pd.DataFrame:
    """The table of concepts."""
    return read_frame(run, CONCEPTS)


def read_directions(run: Reader) -> dict[str, npt.NDArray[np.float64]]:
    """By kind, the concepts' directions in aligned axes (concepts x latent, in the order of their table)."""
    frame = read_frame(run, DIRECTIONS)
    axes = [f"z{j}" for j in range(sum(str(c).startswith("z") for c in frame.columns))]
    return {str(kind): own[axes].to_numpy(np.float64) for kind, own in frame.groupby("kind", sort=False)}


def read_fitted(run: Reader, kind: str) -> Fitted:
    """Directions of one kind (one of KINDS) in aligned axes, and what is known of each fold.

    Raises
    ------
    InputError : the alignment holds none of this kind
    """
    from lfd.core.alignment.units import Fitted

    arrays = safetensors.numpy.load(bytes(run.buffer(FOLDS)))
    directions = read_directions(run)
    if kind not in arrays or kind not in directions:
        raise InputError(
            f"the alignment holds no {kind} directions (it has {', '.join(directions)})",
            "align again: lfd align RUN --force",
        )
    return Fitted(
        concepts=tuple(read_concepts(run)["concept"]),
        directions=directions[kind],
        folds=arrays["folds"],
        fold_directions=arrays[kind],
        fold_axes=arrays["axes"],
    )
