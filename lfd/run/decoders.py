"""How a run was decoded, and why in raw axes only: what its chain of stages says of both."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

from lfd.core.evaluation.frames import Decoders
from lfd.settings.decoding import DecodeMcSettings, DecodeSampleSettings, TraverseSettings

if TYPE_CHECKING:
    from lfd.run.manifest import Manifest

Settings = TypeVar("Settings", TraverseSettings, DecodeMcSettings, DecodeSampleSettings)
LATENTS = "latents"


def read_decoders(manifest: Manifest) -> Decoders:
    """The options that the run was decoded with; a stage's defaults where it was not run.

    Latents that were taken from a file are none of these: they belong to the axes that they were written in.
    """
    return Decoders(
        _settings(manifest, "traverse", TraverseSettings),
        _settings(manifest, "decode-mc", DecodeMcSettings),
        _settings(manifest, "decode-sample", DecodeSampleSettings),
    )


def edited_latents(manifest: Manifest) -> str | None:
    """The file that the run was decoded from instead of its own latents; None where it was not."""
    records = filter(None, map(manifest.record, ("traverse", "decode-sample")))
    return next((str(r.options[LATENTS]) for r in records if r.options.get(LATENTS)), None)


def not_aligned(manifest: Manifest) -> str:
    """Of a run without alignment, a sentence that says why its axes are raw, and what to do."""
    record = manifest.record("encode")
    why = "alignment by its defaults was not possible"
    if record is None or record.options.get("raw"):
        why = "latents from elsewhere were put in" if record is None else "it was encoded with --raw"
    return f"decoded in raw axes only, since {why}; for aligned ones: lfd align RUN"


def _settings(manifest: Manifest, stage: str, cls: type[Settings]) -> Settings:
    record = manifest.record(stage)
    known = {f.name for f in dataclasses.fields(cls)} - {LATENTS}
    given: dict[str, Any] = {} if record is None else record.options
    return cls(**{name: value for name, value in given.items() if name in known})
