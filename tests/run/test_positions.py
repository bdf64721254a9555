"""Where users are does not depend on the axes in which their latents are stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lfd.core.alignment.directions import Directions
from lfd.errors import InputError
from lfd.run.alignment import write_concepts, write_rotation
from lfd.run.latents import USERS, latents_frame, write_frame
from lfd.run.positions import read_positions
from lfd.run.tables import write_table
from tests.core.evaluation_spaces import placed, turn
from tests.run.test_evaluation import Files

STRENGTHS = np.random.default_rng(0).standard_normal((50, 2))
SPACE = placed(STRENGTHS, turn(30) @ np.diag([2.0, 1.0]), ["genre", "year"])


def stored(files: Files, latents: np.ndarray, frame: str, deviation: float = 0.0) -> None:
    users = pd.Series([f"u{i}" for i in range(len(latents))])
    write_table(files.place(USERS), latents_frame(users, latents, np.full(latents.shape, deviation)))
    write_frame(files.place, frame)


def aligned(files: Files) -> None:
    assert SPACE.alignment is not None
    write_rotation(files.place, SPACE.alignment.rotation, {})
    kinds = SPACE.alignment.directions
    slope = np.ones(len(SPACE.alignment.concepts))
    directions = Directions(**kinds, decoded=kinds["reading"], slope=slope)
    folds = np.zeros(7, dtype=np.int64)
    axes = np.eye(len(SPACE.raw[0]))
    write_concepts(files.place, SPACE.alignment.concepts, directions, folds, (directions,), (axes,))


@pytest.mark.parametrize("frame", ["raw", "aligned"])
def test_positions_are_raw_whatever_is_stored(tmp_path: Path, frame: str) -> None:
    files = Files(tmp_path)
    aligned(files)
    stored(files, SPACE.raw if frame == "raw" else STRENGTHS, frame)
    users, found = read_positions(files)
    assert users.tolist() == [f"u{i}" for i in range(50)]
    assert found.raw == pytest.approx(SPACE.raw, abs=1e-5)
    assert found.alignment is not None
    assert found.alignment.along(found.raw, "reading") == pytest.approx(STRENGTHS, abs=1e-5)


def test_what_is_not_aligned_has_raw_positions_only(tmp_path: Path) -> None:
    files = Files(tmp_path)
    stored(files, STRENGTHS * [1, 1e-3], "raw", deviation=0.5)
    _, found = read_positions(files)
    assert found.alignment is None
    assert found.active.tolist() == [True, False]  # in the prior's unit


def test_an_alignment_of_other_axes_is_refused(tmp_path: Path) -> None:
    files = Files(tmp_path)
    aligned(files)
    stored(files, STRENGTHS[:, :1], "raw")
    with pytest.raises(InputError, match="is for 2 axes and the latents have 1"):
        read_positions(files)
