"""The members under latents/: where users are in latent space, and what each axis carries.

A table of latents is an ordinary one: `user`, then z0, z1, ... (means) and z0_sd, z1_sd, ... (standard
deviations). One made or edited elsewhere, as Parquet or CSV, stands in for the run's own.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lfd.errors import InputError
from lfd.run.tables import Place, Reader, read_frame, read_outside, read_yaml, write_table, write_yaml

if TYPE_CHECKING:
    import pandas as pd

USERS = "latents/users.parquet"
AXES = "latents/axes.parquet"
FRAME = "latents/frame.yaml"
RAW, ALIGNED = "raw", "aligned"
Floats = npt.NDArray[np.float64]
AnyFloats = npt.NDArray[np.floating[Any]]


def latents_frame(users: pd.Series[Any], mean: AnyFloats, deviation: AnyFloats) -> pd.DataFrame:
    """Latents as a table.

    Parameters
    ----------
    users : ids, one a row
    mean, deviation : users x axes
    """
    import pandas as pd

    axes = range(mean.shape[1])
    columns = {"user": users.to_numpy()}
    columns |= {f"z{j}": mean[:, j].astype(np.float32) for j in axes}
    columns |= {f"z{j}_sd": deviation[:, j].astype(np.float32) for j in axes}
    return pd.DataFrame(columns)


def write_axes(place: Place, axes: pd.DataFrame) -> None:
    """Write what each axis carries: KL, variance, quantiles, active or not."""
    write_table(place(AXES), axes)


def write_frame(place: Place, axes: str) -> None:
    """Write which axes the latents are in: `raw` or `aligned`."""
    write_yaml(place(FRAME), {"axes": axes})


def read_frame_axes(run: Reader) -> str:
    """Which axes the latents are in: `raw` or `aligned`."""
    return str(read_yaml(run, FRAME)["axes"])


def read_latents(run: Reader) -> tuple[pd.Series[Any], Floats, Floats]:
    """Ids, means and deviations (users x axes) of the run's users."""
    return from_frame(read_frame(run, USERS), USERS)


def read_latents_file(path: Path) -> tuple[pd.Series[Any], Floats, Floats]:
    """Ids, means and deviations from a file made or edited elsewhere: Parquet, or CSV.

    Raises
    ------
    InputError : neither format, a column is missing, a value is not a finite number
    """
    return from_frame(read_outside(path, f"start from: lfd cat RUN {USERS} --format csv"), str(path))


def from_frame(frame: pd.DataFrame, where: str) -> tuple[pd.Series[Any], Floats, Floats]:
    """Ids, means and deviations from a table of latents; deviations that are not there are 0.

    Raises
    ------
    InputError : a column is missing, or a value is not a finite number (says where)
    """
    axes = sum(bool(re.fullmatch(r"z\d+", str(c))) for c in frame.columns)
    missing = [c for c in ("user", *(f"z{j}" for j in range(max(axes, 1)))) if c not in frame.columns]
    if missing:
        there = ", ".join(map(str, frame.columns))
        raise InputError(
            f"{where} has no column {missing[0]} (columns: {there})", f"see: lfd cat RUN {USERS}"
        )
    mean = _numbers(frame, [f"z{j}" for j in range(axes)], where)
    spread = [f"z{j}_sd" for j in range(axes)]
    has_spread = set(spread) <= set(map(str, frame.columns))
    return frame["user"], mean, _numbers(frame, spread, where) if has_spread else np.zeros_like(mean)


def _numbers(frame: pd.DataFrame, columns: list[str], where: str) -> Floats:
    import pandas as pd

    numbers: Floats = frame[columns].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    wrong = np.argwhere(~np.isfinite(numbers))
    if len(wrong):
        row, column = wrong[0]
        value = frame[columns[column]].iloc[row]
        raise InputError(
            f"{where}, row {row}, column {columns[column]}: {value!r} is no finite number", "correct it"
        )
    return numbers
