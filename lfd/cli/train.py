"""`lfd train`: a latent-factor recommender from interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from lfd.cli.command import stage_command

if TYPE_CHECKING:
    from lfd.cli.work import Work
    from lfd.settings.training import TrainSettings

EXAMPLES = (
    "lfd gen-data | lfd train --model ae | lfd report",
    "lfd train movies --latent 24 --beta 0.2 --epochs 300",
    "lfd train movies --preset thesis --force",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    stage_command(app, "train", EXAMPLES)


def compute(work: Work, settings: TrainSettings) -> str:
    """Train the model, showing each epoch, and write its best state."""
    from lfd.core.training import fit
    from lfd.run.dataset import read_dataset
    from lfd.run.model import write_model, write_training

    data = read_dataset(work)
    with work.console.progress("train", settings.epochs) as advance:
        fitted = fit(data.interactions, settings, on_epoch=lambda epoch: advance(1, str(epoch)))
    for note in fitted.notes:
        work.console.warn(note)
    write_model(work.place, fitted.config, fitted.weights)
    write_training(work.place, fitted.history, data.users["user"], fitted.split)
    best = fitted.history.iloc[fitted.best_epoch]
    return str(best)
