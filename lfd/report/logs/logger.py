"""What a logger is: told of options, epochs, the epoch that is kept, and the report; closed at the end."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

from lfd.errors import UsageError

ALWAYS = "csv"  # model/history.csv, which every training writes
OPENED = {
    "tensorboard": "lfd.report.logs.tensorboard:TensorBoard",
    "wandb": "lfd.report.logs.weights_biases:WeightsAndBiases",
}
Numbers = Mapping[str, float]


class Logger(Protocol):
    """Somebody who is told. Built from the folder of the log, its title and the first epoch to come."""

    def options(self, values: Mapping[str, Any]) -> None:
        """The options of the training, as plain values."""

    def epoch(self, number: int, values: Numbers) -> None:
        """What an epoch (from 0) came to."""

    def kept(self, values: Numbers) -> None:
        """What the epoch came to whose model is kept."""

    def report(self, files: Mapping[str, bytes]) -> None:
        """The files of a report by name: tables as JSON and Markdown, pictures."""

    def close(self, failed: bool) -> None:
        """Nothing more comes."""


def check_installed(names: tuple[str, ...]) -> None:
    """Refuse loggers whose library is not there.

    Parameters
    ----------
    names : tuple of str
        As in `OPENED`; `csv` needs nothing.

    Raises
    ------
    UsageError
        The hint is the line that installs it.
    """
    for name in names:
        if name != ALWAYS and find_spec(name) is None:
            raise UsageError(f"--logger {name}: {name} is not installed", f"pip install 'lfd[{name}]'")


def open_loggers(names: tuple[str, ...], folder: Path, title: str, first: int) -> list[Logger]:
    """Open each logger once.

    Parameters
    ----------
    names : tuple of str
    folder : Path
        Of this log; made where it is not there.
    title : str
        The run's name.
    first : int
        The epoch that comes first: what a log already has from there on, it forgets.

    Returns
    -------
    list of Logger
    """
    found = []
    for name in dict.fromkeys(n for n in names if n != ALWAYS):
        folder.mkdir(parents=True, exist_ok=True)
        module, _, made = OPENED[name].partition(":")
        found.append(getattr(import_module(module), made)(folder, title, first))
    return found


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Those of some values that are finite numbers.

    Parameters
    ----------
    values : mapping of str to anything

    Returns
    -------
    dict of str to float
    """
    plain = {k: float(v) for k, v in values.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    return {k: v for k, v in plain.items() if isfinite(v)}
