"""A command of several stages: which parts are asked for, and which flag belongs to which of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lfd.cli.fields import Field, all_fields, flag, settings_class, shown
from lfd.errors import UsageError, nearest
from lfd.stages import Stage


def chosen_parts(text: str | None, known: Sequence[str]) -> tuple[str, ...]:
    """The parts that a comma-separated list names, each once; none where nothing was given.

    Raises
    ------
    UsageError : there is no such part
    """
    names = tuple(dict.fromkeys(n.strip() for n in (text or "").split(",") if n.strip()))
    for name in names:
        if name not in known:
            raise UsageError(f"--what: unknown {name}", nearest(name, list(known)))
    if text is not None and not names:
        raise UsageError("--what names nothing", f"name some of: {', '.join(known)}")
    return names


def part_flags(stages: Sequence[Stage]) -> list[tuple[str, Any]]:
    """The flags of all parts, each once; its help says which parts have it, and with what default."""
    return [flag(_shared(name, stages)) for name in _owners(stages)]


def part_values(
    stages: Sequence[Stage], chosen: Sequence[str], given: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The values given for each of the chosen parts that is a stage, by part.

    Raises
    ------
    UsageError : a flag was given that none of them has
    """
    for name, of in _owners(stages).items():
        if given[name] is not None and not set(of) & set(chosen):
            raise UsageError(
                f"--{name.replace('_', '-')} means nothing to {', '.join(chosen)}",
                f"leave it out, or ask for {' or '.join(of)}: --what {of[0]}",
            )
    own = {s.part: all_fields(settings_class(s)) for s in stages if s.part in chosen}
    return {part: {f.name: given[f.name] for f in fields} for part, fields in own.items()}


def _owners(stages: Sequence[Stage]) -> dict[str, list[str]]:
    """For each flag the parts that have it."""
    owners: dict[str, list[str]] = {}
    for stage in stages:
        for field in all_fields(settings_class(stage)):
            owners.setdefault(field.name, []).append(stage.part)
    return owners


def _shared(name: str, stages: Sequence[Stage]) -> Field:
    """An option as all parts that have it describe it."""
    own = {s.part: f for s in stages for f in all_fields(settings_class(s)) if f.name == name}
    said: dict[str, list[str]] = {}
    for part, field in own.items():
        said.setdefault(field.help + shown(field.default), []).append(part)
    help = "; ".join(f"({', '.join(parts)}) {text}" for text, parts in said.items())
    return replace(next(iter(own.values())), help=help, default=None)
