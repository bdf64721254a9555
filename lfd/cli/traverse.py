"""`lfd traverse`: what is recommended along each axis, and to users moved along it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from lfd.cli.command import stage_command
from lfd.cli.latents import chosen_latents, model_of_latents, units_of_latents, warn_if_far
from lfd.cli.shares import spread_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import pandas as pd
    from scipy import sparse

    from lfd.cli.work import Work
    from lfd.core.decoding.traversal import Recommendations
    from lfd.settings.decoding import TraverseSettings

EXAMPLES = (
    "lfd gen-data | lfd train | lfd traverse | lfd decode-mc | lfd report",
    "lfd traverse movies --move shift:2 --exclude-seen",
    "lfd traverse movies --on both --devices 2",
    "lfd traverse movies --latents edited.parquet",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    stage_command(app, "traverse", EXAMPLES, forwards={"encode": ("raw",)})


def compute(work: Work, settings: TraverseSettings) -> str:
    """Walk the grid, and move users."""
    import numpy as np

    from lfd.cli.memory import refuse_too_large
    from lfd.core.decoding.traversal import traverse_grid, traverse_users
    from lfd.core.models.scores import users_at_once
    from lfd.core.size import traversal_need
    from lfd.run.dataset import ITEMS
    from lfd.run.tables import read_frame
    from lfd.run.traversals import Walked, write_grid, write_moved_users

    model, items = model_of_latents(work), read_frame(work, ITEMS)["item"]
    users, means = chosen_latents(work, settings.latents)
    warn_if_far(work, means, settings.scale)
    devices = work.running.devices
    size = users_at_once(min(settings.batch, settings.users or len(users), len(users)), model.n_items)
    refuse_too_large(traversal_need(model.n_items, size, devices), "this traversal", "--devices")
    seen = _seen(work, users, items) if settings.exclude_seen else None
    units = units_of_latents(work, model.n_latent, settings.on, settings.kind)
    walked = Walked(units.n_axes, units.names)
    grid = traverse_grid(model, means, settings, directions=units.directions)
    write_grid(work.place, grid, walked, items)
    rng = np.random.default_rng(settings.seed)
    chunks = traverse_users(
        model,
        means,
        settings,
        rng,
        seen=seen,
        directions=units.directions,
        held_out=units.held_out,
        spread=spread_over(devices),
    )
    watched = _watched(work, chunks, settings, len(users))
    rows = write_moved_users(work.place, watched, walked, users, items)
    along = f"{walked.n_axes} axes" + f", {len(units.names)} directions" * bool(units.names)
    return f"{along}, {rows:,} recommendations of users as they are and moved ({settings.move})"


def _watched(
    work: Work, chunks: Iterator[Recommendations], settings: TraverseSettings, users: int
) -> Iterator[Recommendations]:
    """The chunks as they are, with progress."""
    import numpy as np

    total = min(settings.users or users, users)
    with work.console.progress("traverse", total) as advance:
        for chunk in chunks:
            advance(0 if chunk.user is None else len(np.unique(chunk.user)), "users")
            yield chunk


def _seen(work: Work, users: pd.Series[Any], items: pd.Series[Any]) -> sparse.csr_array:
    """What each of these users has, in their order; users whom the run does not know have nothing."""
    import pandas as pd

    from lfd.run.dataset import read_dataset, rows_of

    data = read_dataset(work)
    return rows_of(data.interactions, pd.Index(data.users["user"]).get_indexer(pd.Index(users)))
