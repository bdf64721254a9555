"""The checkpoint of a training that is not through: one safetensors file beside the members of the run.

Arrays are those of network, optimiser and best epoch; what the training stands at, and what it was asked
for, are JSON in the file's header. The run's manifest knows nothing of it, so the run is what it was.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from lfd.core.training.state import State
from lfd.core.training.watch import Best, EpochRecord
from lfd.errors import InputError

NAME = "checkpoint.safetensors"
ASKED, STANDS = "asked", "stands"  # the header's keys
BEST, NETWORK, OPTIMIZER = "best", "network", "optimizer"


@dataclass(frozen=True)
class Asked:
    """What a training was asked for: a checkpoint goes on only for the same.

    Attributes
    ----------
    version : of the program
    options : of `train`, as resolved
    data : digests of the members that were read
    """

    version: str
    options: dict[str, Any]
    data: dict[str, str]


def write_checkpoint(folder: Path, asked: Asked, state: State) -> None:
    """Put a state in the place of the one before; a reader finds either, never half of one.

    Parameters
    ----------
    folder : made where it is not there
    asked : what the training was asked for
    state : where it stands
    """
    folder.mkdir(parents=True, exist_ok=True)
    best, same = state.best, state.best.epoch == state.epochs - 1
    stands = {
        "epochs": state.epochs,
        "steps": state.steps,
        "over": state.over,
        "scaler": state.scaler,
        "history": [_row(record) for record in state.history],
        "best": {"epoch": best.epoch, "loss": _finite(best.loss), "annealed": best.annealed},
    }
    kept = {NETWORK: state.weights, OPTIMIZER: state.optimizer, BEST: {} if same else best.weights}
    arrays = {
        f"{part}/{n}": np.ascontiguousarray(v) for part, values in kept.items() for n, v in values.items()
    }
    header = {ASKED: json.dumps(asdict(asked)), STANDS: json.dumps(stands)}
    partial = folder / f".{NAME}.partial"
    safetensors.numpy.save_file(arrays, partial, metadata=header)
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(partial, folder / NAME)


def found(folder: Path | None) -> tuple[Asked, int] | None:
    """What the training was asked for whose checkpoint lies in a folder, and how many epochs are done.

    Parameters
    ----------
    folder : None where nothing is kept

    Raises
    ------
    InputError : there is a file, and it is none that `write_checkpoint` wrote
    """
    if folder is None or not (folder / NAME).is_file():
        return None
    header = _header(folder / NAME)
    return Asked(**header[ASKED]), int(header[STANDS]["epochs"])


def read_checkpoint(folder: Path) -> State:
    """Where a training stood.

    Parameters
    ----------
    folder : one in which `found` finds something

    Raises
    ------
    InputError : the file is damaged
    """
    path = folder / NAME
    stands = _header(path)[STANDS]
    try:
        arrays = safetensors.numpy.load_file(path)
    except (safetensors.SafetensorError, OSError) as error:
        raise _damaged(path, error) from None
    parts: dict[str, dict[str, Any]] = {NETWORK: {}, OPTIMIZER: {}, BEST: {}}
    for key, value in arrays.items():
        part, _, name = key.partition("/")
        parts[part][name] = value
    best = stands["best"]
    return State(
        epochs=stands["epochs"],
        steps=stands["steps"],
        over=stands["over"],
        history=tuple(EpochRecord(**row) for row in stands["history"]),
        best=Best(
            None,
            best["epoch"],
            math.inf if best["loss"] is None else best["loss"],
            parts[BEST] or parts[NETWORK],
            best["annealed"],
        ),
        weights=parts[NETWORK],
        optimizer=parts[OPTIMIZER],
        scaler=stands["scaler"],
    )


def _row(record: EpochRecord) -> dict[str, Any]:
    return {f.name: getattr(record, f.name) for f in fields(record) if f.name not in ("weights", "warning")}


def _finite(loss: float) -> float | None:
    return loss if math.isfinite(loss) else None


def _header(path: Path) -> dict[str, Any]:
    try:
        with safetensors.safe_open(path, framework="np") as file:
            header = file.metadata()
        return {key: json.loads(header[key]) for key in (ASKED, STANDS)}
    except (safetensors.SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> InputError:
    said = str(error).splitlines()[0] if str(error) else "it is cut"
    return InputError(f"the checkpoint {path} cannot be read: {said}", "remove it, and train from the start")
