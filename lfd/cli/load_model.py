"""`lfd load-model`: a linear model that another program trained, from its factors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfd.cli.command import stage_command
from lfd.errors import UsageError

if TYPE_CHECKING:
    from lfd.cli.console import Console
    from lfd.cli.options import Resolved
    from lfd.cli.work import Work
    from lfd.core.evaluation.outcome import Outcome
    from lfd.core.models.imported import Imported
    from lfd.settings.importing import LoadModelSettings
    from lfd.sources.factors import Given

EXAMPLES = (
    "lfd load-model movies als.npz && lfd report movies",
    "lfd load-model movies users=W.npy items=components.npy",
    "lfd load-model movies users.parquet items.parquet --drop-unmatched --missing fold-in",
    "lfd gen-data | lfd load-model - factors.npz | lfd report",
)
Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE...",
        help="Files with the factors: .npy, .npz, safetensors, Parquet; or WHAT=FILE with users, items,"
        " user_bias, item_bias as WHAT.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    stage_command(app, "load-model", EXAMPLES, extras=[("source", Sources, None)], before=_named)


def compute(work: Work, settings: LoadModelSettings) -> str:
    """Read the factors, make a model of them, check it on the run's users, and write it."""
    import numpy as np

    from lfd.core.evaluation.incoming import check_model
    from lfd.core.evaluation.incoming_figures import spoken
    from lfd.core.models.build import build_model
    from lfd.run.dataset import read_dataset
    from lfd.run.model import write_imported, write_model
    from lfd.sources.factors import read_factors

    data = read_dataset(work)
    given = read_factors(settings, data.users["user"], data.items["item"])
    _note_inputs(work, settings)
    imported = _imported(data.interactions, given, settings)
    found = check_model(
        build_model(imported.config, imported.weights), data.interactions, np.random.default_rng(0)
    )
    _say(work.console, given, imported, spoken(found), found.notes)
    held_out = ~given.known if given.users is not None else np.ones(data.n_users, np.bool_)
    write_model(work.place, imported.config, imported.weights)
    write_imported(work.place, data.users["user"], held_out, _all(found, given, imported))
    latent = imported.config["n_latent"]
    return f"{given.library} factors, {latent} axes ({int(found.table['active'].sum())} active)"


def _named(resolved: Resolved, given: dict[str, Any], console: Console) -> bool:
    """See that a file is named; the one that was may have been taken for the run."""
    if not resolved.settings.source:
        raise UsageError(
            "load-model: no file with factors named",
            f"name the run first, - for stdin: lfd load-model - {given['run'] or 'FILE'}",
        )
    return False


def _note_inputs(work: Work, settings: LoadModelSettings) -> None:
    """Record the files that are read, so that the same ones need not be read again."""
    for source in settings.source:
        path = Path(source)
        work.input(path if path.exists() else Path(source.partition("=")[2]))
    for ids in (settings.user_ids, settings.item_ids):
        if ids is not None:
            work.input(ids)


def _imported(interactions: Any, given: Given, settings: LoadModelSettings) -> Imported:
    from lfd.core.models.imported import import_factors

    imported = import_factors(
        interactions,
        given.items,
        given.item_bias,
        given.users,
        given.known,
        settings.alpha if settings.alpha is not None else given.alpha or 0.0,
        settings.ridge if settings.ridge is not None else given.ridge,
        settings.units,
    )
    return replace(imported, config=imported.config | {"library": given.library})


def _say(
    console: Console, given: Given, imported: Imported, said: tuple[str, ...], warnings: tuple[str, ...]
) -> None:
    how = f"alpha {imported.config['alpha']:g}, ridge {imported.config['ridge']:.4g}"
    agreement = [
        f", which explains {m.value:.1%} of the given factors' variance" for m in imported.measures if m.value
    ]
    console.note(f"load-model: histories of others are folded in ({how}){''.join(agreement)}")
    if imported.config["units"] == "scores":
        console.note(
            "load-model: z is measured by what it does to the scores, axes turned as little as that takes;"
            " --units given keeps the factors as they are"
        )
    for sentence in (*given.notes, *imported.notes, *said):
        console.note(f"load-model: {sentence}")
    for warning in warnings:
        console.warn(warning)


def _all(found: Outcome, given: Given, imported: Imported) -> Outcome:
    """Figures and notes of reading, importing and checking together, as they are stored."""
    notes = (*given.notes, *imported.notes, *found.notes)
    return replace(found, measures=(*found.measures, *imported.measures), notes=notes)
