"""`lfd train`: a latent-factor recommender from interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from lfd.cli.command import stage_command
from lfd.cli.logs import check_loggers, logged
from lfd.cli.machines import take_part, this_machine
from lfd.cli.resume import go_on, kept

if TYPE_CHECKING:
    from scipy import sparse

    from lfd.cli.console import Console
    from lfd.cli.options import Resolved
    from lfd.cli.work import Work
    from lfd.core.training.fitted import Fitted
    from lfd.core.training.watch import EpochRecord
    from lfd.settings.training import TrainSettings

EXAMPLES = (
    "lfd gen-data | lfd train --model ae | lfd report",
    "lfd gen-data | lfd train --model svd | lfd report",
    "lfd train movies --model als --regularization 30",
    "lfd train movies --latent 24 --beta 0.2 --epochs 300",
    "lfd train movies --preset thesis --force",
    "lfd train movies --resume",
    "lfd train movies --logger tensorboard --logger wandb",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    stage_command(app, "train", EXAMPLES, before=_beforehand, choose=go_on)


def _beforehand(resolved: Resolved, given: dict[str, Any], console: Console) -> bool:
    """What can be refused at once; and on every machine but the first, all of the work."""
    return check_loggers(resolved, given, console) or take_part(resolved, given, console, foresee)


def compute(work: Work, settings: TrainSettings) -> str:
    """Train the model, showing each epoch, and write its best state."""
    from lfd.run.dataset import read_dataset
    from lfd.run.model import write_model, write_training

    data = read_dataset(work)
    foresee(settings, data.n_users, data.n_items)
    fitted = _fitted(work, settings, data.interactions)
    for note in fitted.notes:
        work.console.warn(note)
    if fitted.remark:
        work.console.note(f"train: {fitted.remark}")
    write_model(work.place, fitted.config, fitted.weights)
    write_training(work.place, fitted, data.users["user"])
    best = fitted.history.loc[fitted.history["epoch"] == fitted.best_epoch].iloc[0]
    words = f"{settings.model}, {fitted.config['n_latent']} axes ({int(best['active_axes'])} active)"
    if len(fitted.history) == 1:
        return words
    return f"{words}, best of {len(fitted.history)} epochs: {fitted.best_epoch + 1}"


def foresee(settings: TrainSettings, n_users: int, n_items: int) -> None:
    """Refuse a network that this machine's memory does not hold; a GPU has memory of its own.

    Raises
    ------
    RefusedError
    """
    from lfd.settings.training import LOOPS

    if settings.model not in LOOPS:
        return
    from lfd.cli.memory import refuse_too_large
    from lfd.core.size import training_need
    from lfd.core.training.engine import choose_device

    if choose_device(settings) != "cpu":
        return
    widths = ",".join(map(str, settings.hidden))
    others = f"--hidden (it is {widths})" + " or --devices" * (settings.devices > 1)
    refuse_too_large(
        training_need(settings, n_users, n_items),
        f"this training ({n_items:,} items)",
        f"{others}, or load fewer items: lfd load --min-item-users",
    )


def _fitted(work: Work, settings: TrainSettings, interactions: sparse.csr_array) -> Fitted:
    """Train with progress, checkpoints and logs."""
    from lfd.cli.options import plain
    from lfd.core.training.fit import fit
    from lfd.settings.training import LOOPS

    total = settings.epochs if settings.model in LOOPS and settings.epochs != "auto" else None
    options = plain(settings)
    with (
        kept(work, options) as (checkpoints, done),
        logged(work, options, done) as log,
        work.console.progress("train", total) as advance,
    ):

        def show(record: EpochRecord) -> None:
            if record.warning:
                work.console.note(f"train: epoch {record.epoch + 1}: {record.warning}")
            advance(1, _words(record))
            log.epoch(record)

        def say(sentence: str) -> None:
            work.console.note(f"train: {sentence}")

        advance(done, "")
        fitted = fit(interactions, settings, show, say, checkpoints, this_machine(settings))
        log.kept(fitted)
    return fitted


def _words(record: EpochRecord) -> str:
    """An epoch as the progress bar shows it."""
    held_out = "" if record.validation_loss is None else f" held-out {record.validation_loss:.3f}"
    return (
        f"loss {record.loss:.2f} reconstruction {record.reconstruction:.2f} KL {record.kl:.2f}{held_out} "
        f"active {record.active_axes} {record.users_per_second:,.0f} users/s"
    )
