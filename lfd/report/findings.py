"""Findings: everything a report says, as plain values that JSON holds.

Knows mappings and tables; knows no terminal, no Markdown, no file.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lfd.core.decoding.mapped import Mapping, axis_name
from lfd.core.decoding.mapping import map_scores
from lfd.core.evaluation.decoded import TruthReport
from lfd.report.complexity import ComplexityFacts
from lfd.report.concepts import ConceptFacts
from lfd.report.evidence import Evidence
from lfd.settings.decoding import MappingSettings

SCHEMA = 1
TITLES = {"mc": "Magnitude of Change", "sample": "Sampling"}


@dataclass(frozen=True)
class DataFacts:
    """Sizes of the data, and how the items' attributes were read."""

    users: int
    items: int
    interactions: int
    attributes: tuple[str, ...]
    dropped: dict[str, int]


@dataclass(frozen=True)
class ModelFacts:
    """What was trained, in which axes it is read, what training said, and what auto stood for in it."""

    config: dict[str, Any]
    epochs: int
    best_epoch: int
    axes: str
    notes: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()


@dataclass(frozen=True)
class AxisFacts:
    """One axis: KL in nats, variance over users of its mean, whether it is active, who it was fitted to."""

    axis: int
    kl: float | None
    variance: float
    active: bool
    concept: str | None

    @property
    def name(self) -> str:
        """The axis, as z3."""
        return axis_name(self.axis)


@dataclass(frozen=True)
class Findings:
    """A whole report.

    Attributes
    ----------
    schema : version of this structure
    data, model : what was trained on what
    axes : one entry an axis, by number
    mappings : by method, mc and sample; empty where directions alone were decoded
    directions : the same on the directions of concepts; empty where axes alone were decoded
    truth : by method, on synthetic data; empty elsewhere
    concepts : what alignment found, strongest first; empty where the run is not aligned
    complexity : of the data; None where it was not measured
    commands : what to type to make the run again
    evidence : what pictures are drawn from
    """

    schema: int
    data: DataFacts
    model: ModelFacts
    axes: tuple[AxisFacts, ...]
    mappings: dict[str, Mapping]
    directions: dict[str, Mapping]
    truth: dict[str, TruthReport]
    concepts: tuple[ConceptFacts, ...]
    complexity: ComplexityFacts | None
    commands: tuple[str, ...]
    evidence: Evidence = field(default_factory=Evidence)


def find(
    data: DataFacts,
    model: ModelFacts,
    axes: pd.DataFrame,
    scores: MappingOf[str, pd.DataFrame],
    truth: MappingOf[str, TruthReport],
    commands: tuple[str, ...],
    settings: MappingSettings,
    concepts: tuple[ConceptFacts, ...] = (),
    fitted_to: Sequence[str | None] = (),
    complexity: ComplexityFacts | None = None,
    evidence: Evidence | None = None,
) -> Findings:
    """Put a report together.

    Parameters
    ----------
    data, model : facts about the run
    axes : per axis kl, variance, spread and active
    scores : score tables by method
    truth : how each method did against the truth, where it is known
    commands : what made the run
    settings : of the mapping
    concepts : what alignment found; none by default
    fitted_to : the concept that each axis was fitted to; none by default
    complexity : of the data; none by default
    evidence : what pictures are drawn from; none by default
    """
    active, spread = axes["active"].to_numpy(np.bool_), axes["spread"].to_numpy(np.float64)
    return Findings(
        SCHEMA,
        data,
        model,
        tuple(_axis(row, fitted_to) for row in axes.to_dict("records")),
        {m: map_scores(t, active, settings, spread) for m, t in _on(scores, directions=False).items()},
        {m: _map_directions(t, settings) for m, t in _on(scores, directions=True).items()},
        dict(truth),
        concepts,
        complexity,
        commands,
        evidence or Evidence(),
    )


def _on(scores: MappingOf[str, pd.DataFrame], *, directions: bool) -> dict[str, pd.DataFrame]:
    """The tables' rows on directions, or those on axes; without the tables that have none."""
    parts = {m: table[table["direction"].notna() == directions] for m, table in scores.items()}
    return {m: part for m, part in parts.items() if len(part)}


def _map_directions(table: pd.DataFrame, settings: MappingSettings) -> Mapping:
    return map_scores(table, np.ones(int(table["axis"].max()) + 1, dtype=np.bool_), settings)


def _axis(row: dict[Any, Any], fitted_to: Sequence[str | None]) -> AxisFacts:
    kl, axis = float(row["kl"]), int(row["axis"])
    return AxisFacts(
        axis,
        kl if np.isfinite(kl) else None,
        float(row["variance"]),
        bool(row["active"]),
        fitted_to[axis] if axis < len(fitted_to) else None,
    )


def dump(findings: Findings) -> bytes:
    """Findings as JSON; never NaN."""
    from pydantic import TypeAdapter

    return TypeAdapter(Findings).dump_json(findings, indent=1) + b"\n"


def parse(text: bytes) -> Findings:
    """Findings from JSON."""
    from pydantic import TypeAdapter

    return TypeAdapter(Findings).validate_json(text)
