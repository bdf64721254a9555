"""`lfd encode`: where users are in latent space; all users of the run, or histories from a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfd.cli.command import stage_command
from lfd.cli.console import Console
from lfd.cli.options import Resolved
from lfd.cli.tables import print_frame

if TYPE_CHECKING:
    from lfd.cli.work import Work
    from lfd.run.folder import Snapshot
    from lfd.settings.encoding import EncodeSettings

EXAMPLES = (
    "lfd gen-data | lfd train | lfd encode -o tastes",
    "lfd encode movies",
    "lfd encode movies --histories new.csv --format csv > latents.csv",
)
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
    from lfd.core.models import axis_statistics
    from lfd.run.dataset import read_dataset
    from lfd.run.latents import USERS, latents_frame, write_axes
    from lfd.run.model import read_model
    from lfd.run.tables import write_table

    data, model = read_dataset(work), read_model(work)
    mean, deviation = _encode(model, data.interactions, settings.batch, work.console)
    write_table(work.place(USERS), latents_frame(data.users["user"], mean, deviation))
    axes = axis_statistics(mean, deviation)
    write_axes(work.place, axes)
    return f"{len(mean):,} users, {int(axes['active'].sum())} of {len(axes)} axes active"


def show(run: Snapshot, console: Console, form: str) -> None:
    """Print what each axis carries."""
    from lfd.run.latents import AXES
    from lfd.run.tables import read_frame

    axes = read_frame(run, AXES)
    print_frame(console, axes, form, title="Axes")


def _histories(resolved: Resolved, given: dict[str, Any], console: Console) -> bool:
    """Encode the histories of a table, where one is given."""
    if given["histories"] is None:
        return False
    from lfd.cli.places import reading
    from lfd.run.histories import read_histories
    from lfd.run.latents import latents_frame
    from lfd.run.model import read_model

    with reading(given["run"], "encode", console) as run:
        users, interactions, dropped = read_histories(run, given["histories"])
        if dropped:
            console.warn(
                f"{given['histories']}: {dropped} interactions name items the run does not have: left out"
            )
        model = read_model(run)
        frame = latents_frame(users, *_encode(model, interactions, resolved.settings.batch, console))
    print_frame(console, frame, given["format"], title="Latents")
    return True


def _encode(model: Any, interactions: Any, batch: int, console: Console) -> Any:
    """Encode in batches, with progress."""
    from lfd.core.models import encode_users

    with console.progress("encode", interactions.shape[0]) as advance:
        return encode_users(model, interactions, batch, lambda done: advance(done, "users"))
