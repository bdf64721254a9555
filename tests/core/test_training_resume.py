"""A training that goes on from a state gives what one gives that was never interrupted, to the last bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from lfd.core.training.fit import fit
from lfd.core.training.state import Checkpoints, State
from lfd.errors import InputError
from lfd.run.checkpoint import NAME, Asked, found, read_checkpoint, write_checkpoint
from lfd.settings.training import PRESETS, TrainSettings

RNG = np.random.default_rng(5)
ROWS = sparse.csr_array((RNG.random((150, 20)) < 0.3).astype(np.float32))
SMALL = TrainSettings(epochs=9, batch=40, latent=4, hidden=(12,), anneal=10, device="cpu")
ASKED = Asked("1", {"latent": 4}, {"data/interactions.parquet": "ab"})


class Killed(Exception):
    """In the place of SIGKILL."""


def killed_after(epochs: int, settings: TrainSettings, folder: Path) -> State:
    """Train until a state was written after so many epochs, then read it from the file."""

    def save(state: State) -> None:
        write_checkpoint(folder, ASKED, state)
        if state.epochs == epochs:
            raise Killed

    with pytest.raises(Killed):
        fit(ROWS, settings, checkpoints=Checkpoints(save))
    return read_checkpoint(folder)


@pytest.mark.parametrize("epochs", [1, 4, 9])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"model": "ae"},
        {"holdout": 0.0},
        {"precision": "bf16-mixed"},
        PRESETS["recvae"],
        {"patience": 1, "learning_rate": 0.05},
    ],
    ids=["vae", "ae", "all users", "bfloat16", "recvae", "patience"],
)
def test_it_goes_on_as_if_nothing_had_happened(epochs: int, options: dict[str, Any], tmp_path: Path) -> None:
    settings = replace(SMALL, **options)
    whole = fit(ROWS, settings)
    epochs = min(epochs, len(whole.history))
    state = killed_after(epochs, settings, tmp_path)
    seen: list[int] = []
    later = fit(
        ROWS,
        settings,
        on_epoch=lambda record: seen.append(record.epoch),
        checkpoints=Checkpoints(lambda state: None, lambda: state),
    )
    assert seen == list(range(epochs, len(whole.history)))
    assert later.history.equals(whole.history)
    assert later.best_epoch == whole.best_epoch
    assert {n: v.tobytes() for n, v in later.weights.items()} == {
        n: v.tobytes() for n, v in whole.weights.items()
    }


def test_a_training_whose_optimiser_forgot_would_not(tmp_path: Path) -> None:
    """The test above can fail: without its moments the training takes another way."""
    state = killed_after(4, SMALL, tmp_path)
    zeros = {n: np.zeros_like(v) for n, v in state.optimizer.items()}
    other = fit(ROWS, SMALL, checkpoints=Checkpoints(lambda s: None, lambda: replace(state, optimizer=zeros)))
    assert not other.history.equals(fit(ROWS, SMALL).history)


def test_states_are_told_every_so_many_epochs_and_at_the_end() -> None:
    told: list[int] = []
    fit(ROWS, SMALL, checkpoints=Checkpoints(lambda state: told.append(state.epochs), every=4))
    assert told == [4, 8, 9]
    fit(ROWS, SMALL, checkpoints=Checkpoints(lambda state: told.append(-1), every=0))
    assert told == [4, 8, 9]


def test_a_checkpoint_says_what_it_was_asked_for_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    assert found(None) is None
    assert found(tmp_path) is None
    killed_after(2, SMALL, tmp_path)
    assert found(tmp_path) == (ASKED, 2)
    assert [p.name for p in tmp_path.iterdir()] == [NAME]
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"checkpoint .* cannot be read.*train from the start"):
        found(tmp_path)
