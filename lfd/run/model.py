"""The members under model/: configuration, weights, training history, and which users were held out."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy

from lfd.errors import InputError
from lfd.run.evaluation import plain_outcome
from lfd.run.latents import ALIGNED
from lfd.run.tables import Place, Reader, read_frame, read_yaml, write_table, write_yaml

if TYPE_CHECKING:
    import pandas as pd

    from lfd.core.evaluation.outcome import Outcome
    from lfd.core.models.protocol import LatentModel
    from lfd.core.training.fitted import Fitted

CONFIG = "model/config.yaml"
WEIGHTS = "model/weights.safetensors"
HISTORY = "model/history.csv"
SPLIT = "model/split.parquet"
NOTES = "model/notes.yaml"


def write_model(place: Place, config: dict[str, Any], weights: dict[str, npt.NDArray[Any]]) -> None:
    """Write what a model is made of: plain values, and arrays."""
    write_yaml(place(CONFIG), config)
    arrays = {
        name: np.ascontiguousarray(value) for name, value in weights.items()
    }  # it saves memory as it lies
    place(WEIGHTS).write_bytes(safetensors.numpy.save(arrays))


def read_model(run: Reader) -> LatentModel:
    """The model of a run, ready to encode and decode.

    Raises
    ------
    InputError : configuration and weights do not fit together
    """
    from lfd.core.models.build import build_model

    return build_model(read_yaml(run, CONFIG), read_weights(run))


def read_weights(run: Reader) -> dict[str, npt.NDArray[Any]]:
    """The arrays that a model is made of.

    Raises
    ------
    InputError : the file is no such thing
    """
    try:
        return safetensors.numpy.load(bytes(run.buffer(WEIGHTS)))
    except safetensors.SafetensorError as error:
        raise InputError(f"{WEIGHTS} cannot be read: {error}", "train again: lfd train RUN --force") from None


def read_model_in(run: Reader, axes: str) -> LatentModel:
    """The model of a run in its own axes (`raw`), or in those that `align` gave it (`aligned`)."""
    from lfd.core.alignment.rotated import AlignedModel
    from lfd.run.alignment import read_rotation

    model = read_model(run)
    return AlignedModel(model, read_rotation(run)) if axes == ALIGNED else model


def write_training(place: Place, fitted: Fitted, users: pd.Series[Any]) -> None:
    """Write the history, an epoch a row, the parts of the users (train, validation, test), and notes."""
    import pandas as pd

    history, split = fitted.history, fitted.split
    write_yaml(place(NOTES), {"notes": fitted.notes, "auto": fitted.auto})
    history.to_csv(place(HISTORY), index=False, lineterminator="\n")
    write_table(place(SPLIT), pd.DataFrame({"user": users.to_numpy(), "part": split}))


def write_imported(
    place: Place, users: pd.Series[Any], held_out: npt.NDArray[np.bool_], found: Outcome
) -> None:
    """Write of a model that was trained elsewhere what its check found, and who took no part in training."""
    import pandas as pd

    write_yaml(place(NOTES), plain_outcome(found))
    part = np.where(held_out, "validation", "train")
    write_table(place(SPLIT), pd.DataFrame({"user": users.to_numpy(), "part": part}))


def read_history(run: Reader) -> pd.DataFrame:
    """Training history, an epoch a row."""
    import pandas as pd

    return pd.read_csv(io.BytesIO(run.buffer(HISTORY)))


def read_split(run: Reader) -> pd.DataFrame:
    """Each user's part in training."""
    return read_frame(run, SPLIT)


def read_notes(run: Reader) -> tuple[str, ...]:
    """What is to be known of the training: collapse and its remedy, options without effect."""
    return tuple(map(str, read_yaml(run, NOTES)["notes"]))


def read_decided(run: Reader) -> tuple[str, ...]:
    """What auto stood for, a sentence an option; none where every number was given."""
    return tuple(map(str, read_yaml(run, NOTES).get("auto", {}).get("said", ())))
