"""`lfd encode`: where users are in latent space; all users of the run, or histories from a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfd.cli.command import stage_command
from lfd.cli.console import Console
from lfd.cli.options import Resolved
from lfd.cli.shares import spread_over
from lfd.cli.tables import print_frame

if TYPE_CHECKING:
    from scipy import sparse

    from lfd.cli.work import Work
    from lfd.core.models.protocol import Floats, LatentModel
    from lfd.run.folder import Snapshot
    from lfd.settings.encoding import EncodeSettings
    from lfd.settings.running import Sharing

EXAMPLES = (
    "lfd gen-data | lfd train | lfd encode -o tastes",
    "lfd encode movies",
    "lfd encode movies --devices 4 --batch 1024",
    "lfd encode movies --histories new.csv --format csv > latents.csv",
)
SHOWN = ["axis", "active", "kl", "variance", "reliability", "mean", "q02", "q50", "q98"]
Histories = Annotated[
    Path | None,
    typer.Option(
        "--histories",
        metavar="FILE",
        help="Encode these histories (CSV or Parquet: user, item[, value]) and print their latents.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    stage_command(
        app, "encode", EXAMPLES, extras=[("histories", Histories, None)], before=_histories, show=show
    )


def compute(work: Work, settings: EncodeSettings) -> str:
    """Encode all users and say what each axis carries."""
    import numpy as np

    from lfd.core.models.axes import axis_statistics
    from lfd.core.models.reliability import axis_reliability
    from lfd.run.alignment import ROTATION, read_rotation
    from lfd.run.dataset import read_dataset
    from lfd.run.latents import ALIGNED, RAW, USERS, latents_frame, write_axes, write_frame
    from lfd.run.model import read_model_in
    from lfd.run.tables import TableWriter

    frame = RAW if settings.raw or ROTATION not in work else ALIGNED
    data, model = read_dataset(work), read_model_in(work, frame)
    write_frame(work.place, frame)
    means, deviations = [], []
    with TableWriter(work.place(USERS)) as table:
        for first, mean, deviation in _batches(
            model, data.interactions, settings.batch, work.running, work.console
        ):
            table.write(latents_frame(data.users["user"].iloc[first : first + len(mean)], mean, deviation))
            means.append(mean)
            deviations.append(deviation)
    units = read_rotation(work).units if frame == ALIGNED else 1.0
    known = axis_reliability(model, data.interactions)
    axes = axis_statistics(np.concatenate(means), np.concatenate(deviations), units, known)
    write_axes(work.place, axes)
    return f"{data.n_users:,} users, {int(axes['active'].sum())} of {len(axes)} {frame} axes active"


def show(run: Snapshot, console: Console, form: str) -> None:
    """Print what each axis carries."""
    from lfd.run.latents import AXES
    from lfd.run.tables import read_frame

    axes = read_frame(run, AXES)
    if form == "table":
        axes = axes[SHOWN].assign(mean=axes["mean"].round(9) + 0.0)  # aligned axes are centred up to rounding
    title = "Axes: users' means (q02 to q98: their quantiles), KL in nats, split-half reliability"
    print_frame(console, axes, form, title=title)


def _histories(resolved: Resolved, given: dict[str, Any], console: Console) -> bool:
    """Encode the histories of a table, where one is given."""
    if given["histories"] is None:
        return False
    import pandas as pd

    from lfd.cli.places import reading
    from lfd.run.alignment import ROTATION
    from lfd.run.histories import read_histories
    from lfd.run.latents import ALIGNED, RAW, latents_frame
    from lfd.run.model import read_model_in

    with reading(given["run"], "encode", console) as run:
        axes = ALIGNED if ROTATION in run and not resolved.settings.raw else RAW
        users, interactions, dropped = read_histories(run, given["histories"])
        if dropped:
            console.warn(
                f"{given['histories']}: {dropped} interactions name items the run does not have: left out"
            )
        model, batch = read_model_in(run, axes), resolved.settings.batch
        batches = list(_batches(model, interactions, batch, resolved.running, console))
    frame: pd.DataFrame = pd.concat([latents_frame(users.iloc[f : f + len(m)], m, d) for f, m, d in batches])
    print_frame(console, frame, given["format"], title="Latents")
    return True


def _batches(
    model: LatentModel, interactions: sparse.csr_array, batch: int, running: Sharing, console: Console
) -> Iterator[tuple[int, Floats, Floats]]:
    """Encode in batches, with progress."""
    from lfd.core.models.axes import encode_users

    with console.progress("encode", interactions.shape[0]) as advance:
        for first, mean, deviation in encode_users(model, interactions, batch, spread_over(running.devices)):
            yield first, mean, deviation
            advance(len(mean), "users")
