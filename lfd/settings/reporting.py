"""Options of `report`: those of the mapping, since that is what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from lfd.settings.decoding import MappingSettings


@dataclass(frozen=True)
class ReportSettings(MappingSettings):
    """What is reported, and from which score on."""
