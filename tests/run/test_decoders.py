"""What the chain of stages says of how a run was decoded, and in which axes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import pytest

from lfd.core.alignment.directions import KINDS
from lfd.core.evaluation.frames import Decoders
from lfd.errors import InputError
from lfd.run.alignment import DIRECTIONS, read_fitted
from lfd.run.decoders import edited_latents, not_aligned, read_decoders
from lfd.run.manifest import Manifest, StageRecord
from lfd.run.tables import read_frame, write_table
from lfd.settings.decoding import DecodeSampleSettings, Kind, TraverseSettings
from tests.run.test_evaluation import Files
from tests.run.test_positions import aligned


def chain(**options: dict[str, Any]) -> Manifest:
    """A manifest with these stages, by name with _ for -, and their options."""
    records = (StageRecord(n.replace("_", "-"), "1", o, {}, {}, {}, ()) for n, o in options.items())
    return Manifest(members={}, stages=tuple(records))


def test_options_are_those_of_the_chain_and_else_the_defaults() -> None:
    assert read_decoders(chain()) == Decoders()
    walked = asdict(TraverseSettings(move="shift:2", users=7)) | {"latents": "edited.parquet"}
    found = read_decoders(chain(traverse=walked, decode_sample={"draws": 9}))
    assert found.traverse == TraverseSettings(
        move="shift:2", users=7
    )  # in whose axes the file is, is not known
    assert found.sample == DecodeSampleSettings(draws=9)
    assert edited_latents(chain(traverse=walked)) == "edited.parquet"
    assert edited_latents(chain(traverse=asdict(TraverseSettings()))) is None


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        (chain(encode={"raw": True}), "since it was encoded with --raw"),
        (chain(encode={"raw": False}), "since alignment by its defaults was not possible"),
        (chain(), "since latents from elsewhere were put in"),
    ],
)
def test_why_a_run_has_raw_axes_only(manifest: Manifest, why: str) -> None:
    said = not_aligned(manifest)
    assert why in said
    assert said.endswith("lfd align RUN")


def test_every_kind_of_direction_is_stored_and_can_be_asked_for(tmp_path: Path) -> None:
    assert set(get_args(Kind)) == set(KINDS)
    files = Files(tmp_path)
    aligned(files)
    for kind in KINDS:
        fitted = read_fitted(files, kind)
        assert fitted.fold_directions[0] == pytest.approx(fitted.directions)
    stored = read_frame(files, DIRECTIONS)
    write_table(files.place(DIRECTIONS), stored[stored["kind"] != "natural"])
    with pytest.raises(InputError, match="no natural directions") as error:
        read_fitted(files, "natural")
    assert error.value.hint == "align again: lfd align RUN --force"
