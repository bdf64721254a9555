"""`lfd gen-data`: synthetic interactions whose generative factors are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from lfd.cli.command import stage_command
from lfd.cli.console import Advance

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from lfd.cli.work import Work
    from lfd.core.synthetic import Synthetic
    from lfd.settings.synthetic import GenDataSettings

EXAMPLES = (
    "lfd gen-data | lfd train | lfd report",
    "lfd gen-data --generator bipolar --factors 4 --users 5000 --items 300 -o tastes",
    "lfd gen-data --config four-factors.yaml -o tastes",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    stage_command(app, "gen-data", EXAMPLES)


def compute(work: Work, settings: GenDataSettings) -> str:
    """Draw the data set and write it, users a chunk at a time."""
    from lfd.core.synthetic import generate
    from lfd.run.dataset import write_chunks, write_items

    made = generate(settings)
    write_items(work.place, made.items, made.schema, {"generator": settings.generator, "truth": _truth(made)})
    with work.console.progress("gen-data", made.n_users) as advance:
        users, interactions = write_chunks(work.place, _tables(made, advance))
    density = interactions / (users * len(made.items))
    return (
        f"{users:,} users, {len(made.items):,} items, {interactions:,} interactions (density {density:.2%})"
    )


def _truth(made: Synthetic) -> dict[str, dict[str, float]]:
    """For each factor, what each of its values does to a user who leans to it."""
    return {
        str(factor): dict(zip(rows["value"].astype(str), map(float, rows["coefficient"]), strict=True))
        for factor, rows in made.truth.groupby("factor", sort=False)
    }


def _tables(made: Synthetic, advance: Advance) -> Iterator[tuple[pd.DataFrame, pa.Table]]:
    import pyarrow as pa

    items, first = made.items["item"].to_numpy(), 0
    for chunk in made.chunks():
        ids = chunk.users["user"].to_numpy()[chunk.user - first]
        first += len(chunk.users)
        yield chunk.users, pa.table({"user": ids, "item": items[chunk.item], "value": chunk.value})
        advance(len(chunk.users), "users")
