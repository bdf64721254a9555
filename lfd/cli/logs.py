"""`--logger`: where logs go, which one a training goes on with, and that each is closed whatever happens."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lfd.report.logs.logger import Logger, check_installed, numbers, open_loggers

if TYPE_CHECKING:
    from lfd.cli.console import Console
    from lfd.cli.options import Resolved
    from lfd.cli.places import Workspace
    from lfd.cli.work import Work
    from lfd.core.training.fitted import Fitted
    from lfd.core.training.watch import EpochRecord
    from lfd.run.folder import Snapshot

FOLDER = "lfd-logs"
PIPED = "lfd-run"  # the name of a run that comes and goes on a pipe
NOTED = "log"  # where an interrupted training logged
SAID = ("epoch", "warning", "weights")  # of a record, what is no measure


def check_loggers(resolved: Resolved, given: dict[str, Any], console: Console) -> bool:
    """Refuse loggers that are not installed, before anything else is done."""
    check_installed(resolved.running.logger)
    return False


class Log:
    """All loggers of one training.

    They are opened when there is something to tell, so that a training that cannot begin leaves no log, and
    processes are forked before there are any threads of a logger.
    """

    def __init__(self, names: tuple[str, ...], folder: Path, options: dict[str, Any], first: int) -> None:
        self.folder = folder
        self._names, self._options, self._first = names, options, first
        self._open: list[Logger] | None = None

    def epoch(self, record: EpochRecord) -> None:
        """Tell of an epoch."""
        values = {f.name: getattr(record, f.name) for f in fields(record) if f.name not in SAID}
        for logger in self._opened():
            logger.epoch(record.epoch, numbers(values))

    def kept(self, fitted: Fitted) -> None:
        """Tell of the epoch that is kept; a model that is computed at once has no other."""
        best = {str(k): v for k, v in _kept_row(fitted).items()}
        for logger in self._opened():
            if len(fitted.history) == 1:
                logger.epoch(0, numbers(best))
            logger.kept(numbers(best))

    def close(self, failed: bool) -> None:
        """Close those that are open."""
        for logger in self._open or ():
            logger.close(failed)

    def _opened(self) -> list[Logger]:
        if self._open is None:
            self._open = open_loggers(self._names, self.folder, self.folder.parent.name, self._first)
            for logger in self._open:
                logger.options(self._options)
        return self._open


def _kept_row(fitted: Fitted) -> dict[Any, Any]:
    return fitted.history.loc[fitted.history["epoch"] == fitted.best_epoch].iloc[0].to_dict()


@contextlib.contextmanager
def logged(work: Work, options: dict[str, Any], first: int) -> Iterator[Log]:
    """The log of a training whose first epoch is `first`: a new one, or that of the training that goes on."""
    names = _asked(work.running.logger, work.console)
    log = Log(names, _log_folder(work, first), options, first)
    if names and work.unfinished is not None:
        work.unfinished.mkdir(parents=True, exist_ok=True)
        (work.unfinished / NOTED).write_text(str(log.folder))
    try:
        yield log
    except BaseException:
        log.close(failed=True)
        raise
    log.close(failed=False)
    if names:
        work.console.note(f"train: logged in {log.folder}")


def _log_folder(work: Work, first: int) -> Path:
    """Where to log: in what an interrupted training noted, where it goes on; else in a new folder."""
    noted = work.unfinished / NOTED if work.unfinished else None
    if first and noted is not None and noted.is_file():
        return Path(noted.read_text())
    folder = _folder_of(work.running.log_dir, work.known_as)
    return folder / str(_last(folder) + 1)


def send_report(run: Snapshot, space: Workspace, resolved: Resolved, console: Console) -> None:
    """Send the report's tables and pictures to the loggers, with the training's log where there is one."""
    names = _asked(resolved.running.logger, console)
    if not names:
        return
    folder = _folder_of(resolved.running.log_dir, space.kept_in)
    place = folder / str(_last(folder) or 1)
    files = _report_files(run)
    for logger in open_loggers(names, place, folder.name, 0):
        try:
            logger.report(files)
        except BaseException:
            logger.close(failed=True)
            raise
        logger.close(failed=False)
    console.note(f"report: sent to {', '.join(names)}, logged in {place}")


def _report_files(run: Snapshot) -> dict[str, bytes]:
    """The report's tables by name; its pictures too, where there is a library to draw them."""
    from lfd.report.findings import parse
    from lfd.report.plots.all import write_plots

    members = [name for name in run.manifest.members if name.startswith("report/")]
    files = {name.removeprefix("report/"): bytes(run.buffer(name)) for name in members}
    if find_spec("matplotlib") is None:
        return files
    with tempfile.TemporaryDirectory() as folder:
        paths = write_plots(parse(files["report.json"]), Path(folder))
        return files | {path.name: path.read_bytes() for path in paths}


def _asked(names: tuple[str, ...], console: Console) -> tuple[str, ...]:
    """The loggers besides the CSV; Weights & Biases offline where it has no key to send anything with."""
    if "wandb" in names and not _has_key():
        os.environ["WANDB_MODE"] = "offline"
        console.note(
            "Weights & Biases has no key here, so it is logged offline; send it later with wandb sync"
        )
    return tuple(name for name in names if name != "csv")


def _has_key() -> bool:
    """Whether W&B has been told where to send to, or that it should not."""
    if {"WANDB_MODE", "WANDB_API_KEY", "WANDB_BASE_URL"} & set(os.environ):
        return True
    netrc = Path(os.environ.get("NETRC", "~/.netrc")).expanduser()
    try:
        return "wandb" in netrc.read_text()
    except OSError:
        return False


def _folder_of(asked: Path | None, run: Path | None) -> Path:
    """The folder of a run's logs: it stands beside the run, with those of the runs there."""
    place = Path(PIPED) if run is None else Path(os.path.abspath(run))
    return (asked or place.parent / FOLDER) / place.name.removesuffix(".tar")


def _last(folder: Path) -> int:
    """The number of the last log; 0 where there is none."""
    if not folder.is_dir():
        return 0
    return max((int(p.name) for p in folder.iterdir() if p.name.isdigit()), default=0)
