"""Options of a stage resolved from four places.

Flags come before the environment (LFD_STAGE_OPTION), that before `--config FILE.yaml` (a section a
stage), that before the preset and the defaults. What is unknown anywhere is an error.
"""

from __future__ import annotations

import dataclasses
import os
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lfd.cli.fields import (
    PRESET,
    Field,
    alternatives,
    fields,
    presets,
    running_class,
    settings_class,
    stage_fields,
)
from lfd.errors import UsageError, nearest
from lfd.stages import STAGES, USES, Stage

PREFIX = "LFD_"


@dataclass(frozen=True)
class Resolved:
    """The settings of one stage, the same as plain values, and where each came from.

    `running` are the options that leave no trace in the result; None where the stage has none.
    """

    settings: Any
    values: dict[str, Any]
    origins: dict[str, str]
    running: Any = None


def resolve(stage: Stage, given: Mapping[str, Any], config: Path | None) -> Resolved:
    """The settings of a stage from flags, environment, configuration file and defaults.

    Parameters
    ----------
    stage : whose settings
    given : values of the flags that were given; None where one was not
    config : a YAML file with a section for each stage, or None

    Raises
    ------
    UsageError : an unknown key, or a value that the option cannot have; says where it came from
    """
    cls, beside = settings_class(stage), running_class(stage)
    known = {f.name: f for f in stage_fields(stage)}
    layers = [
        (f"{config}: {stage.name}.", _section(stage, config, known) if config else {}),
        (PREFIX, _environment(stage, known)),
        ("--", {k: v for k, v in given.items() if v is not None}),
    ]
    raw: dict[str, Any] = {}
    places: dict[str, str] = {}
    for place, layer in layers:
        for name, value in layer.items():
            raw[name] = _parsed(known[name], value)
            places[name] = _place(place, stage, name)
    preset, base = _preset(cls, raw.pop(PRESET, None))
    apart = {f.name: raw.pop(f.name) for f in (fields(beside) if beside else ()) if f.name in raw}
    settings = _validated(cls, base | raw, places)
    running = _validated(beside, apart, places) if beside else None
    values = plain(settings)
    origins = {n: places.get(n) or (preset if n in base else "default") for n in values}
    return Resolved(settings, values, origins, running)


def taken_over(stage: Stage, resolved: Resolved, values: Mapping[str, Any], place: str) -> Resolved:
    """Options with those that nobody gave taken from elsewhere.

    Parameters
    ----------
    stage : whose options
    resolved : as given
    values : plain values, as in `Resolved.values`
    place : what is said of where they came from
    """
    free = {n: v for n, v in values.items() if resolved.origins.get(n) == "default"}
    settings = _validated(settings_class(stage), resolved.values | free, {})
    changed = {n: place for n, v in free.items() if v != resolved.values[n]}
    return dataclasses.replace(
        resolved, settings=settings, values=plain(settings), origins=resolved.origins | changed
    )


def flag_value(name: str, value: Any, bare: bool = False) -> str:
    """An option as one types it; `bare`: its value alone."""
    said = "none" if value is None else ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return said if bare else f"--{name.replace('_', '-')} {said}"


def plain(settings: Any) -> dict[str, Any]:
    """Settings as values that JSON and YAML hold."""
    from pydantic import TypeAdapter

    values: dict[str, Any] = TypeAdapter(type(settings)).dump_python(settings, mode="json")
    return values


def _parsed(field: Field, value: Any) -> Any:
    """A flag's or variable's text as a value: lists by commas or as YAML, `none` for nothing."""
    if field.repeats and isinstance(value, list):
        return [one for part in value for one in str(part).split(",")]
    if not isinstance(value, str):
        return value
    kinds = alternatives(field.kind)
    if value.lower() == "none" and types.NoneType in kinds and str not in kinds:
        return None
    if field.is_list and value[:1] in "[{":
        return _yaml(value, field.flag)
    if field.is_list and not value.isdigit():
        return [part.strip() for part in value.split(",") if part.strip()]
    if field.is_list and int not in alternatives(field.kind):
        return [value]
    return value


def _section(stage: Stage, config: Path, known: Mapping[str, Field]) -> dict[str, Any]:
    try:
        content = _yaml(config.read_text(encoding="utf-8"), str(config)) or {}
    except FileNotFoundError:
        raise UsageError(f"there is no file {config}", "write one: lfd STAGE --print-config > FILE") from None
    except UnicodeDecodeError:
        raise UsageError(
            f"{config} is not UTF-8 text", "write one: lfd STAGE --print-config > FILE"
        ) from None
    if not isinstance(content, dict):
        raise UsageError(f"{config} has no sections", "write one: lfd STAGE --print-config > FILE")
    for name in content:
        if name not in STAGES | USES:
            raise UsageError(f"{config}: unknown section {name}", nearest(str(name), [*STAGES, *USES]))
    section = content.get(stage.name) or {}
    if not isinstance(section, dict):
        raise UsageError(
            f"{config}: section {stage.name} is not a mapping", "write OPTION: VALUE lines in it"
        )
    unknown = [str(k) for k in section if str(k).replace("-", "_") not in known]
    if unknown:
        raise UsageError(
            f"{config}: {stage.name} has no option {unknown[0]}", nearest(unknown[0], list(known))
        )
    return {str(k).replace("-", "_"): v for k, v in section.items()}


def _environment(stage: Stage, known: Mapping[str, Field]) -> dict[str, str]:
    prefix = _variable(stage, "")
    found = {k: v for k, v in os.environ.items() if k.startswith(prefix)}
    for variable in found:
        if variable.removeprefix(prefix).lower() not in known:
            variables = [_variable(stage, name) for name in known]
            raise UsageError(f"unknown variable {variable}", nearest(variable, variables))
    return {k.removeprefix(prefix).lower(): v for k, v in found.items()}


def _variable(stage: Stage, name: str) -> str:
    return f"{PREFIX}{stage.name}_{name}".replace("-", "_").upper()


def _place(place: str, stage: Stage, name: str) -> str:
    if place == PREFIX:
        return _variable(stage, name)
    return place + (name.replace("_", "-") if place == "--" else name)


def _preset(cls: type[Any], name: str | None) -> tuple[str, dict[str, Any]]:
    """Where the values of a preset come from, and the values."""
    known = presets(cls)
    if name is None:
        return "", {}
    if name not in known:
        raise UsageError(f"--preset: unknown preset {name}", nearest(name, list(known)))
    return f"preset {name}", dict(known[name])


def _validated(cls: type[Any], raw: dict[str, Any], places: Mapping[str, str]) -> Any:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(cls).validate_python(raw)
    except ValidationError as error:
        first = max(error.errors(), key=lambda found: len(found["loc"]))  # of a choice, the nearest miss
        name = str(first["loc"][0]) if first["loc"] else ""
        inner = ".".join(
            str(part) for part in first["loc"][1:] if isinstance(part, int) or part.isidentifier()
        )
        where = places.get(name, name) + (f"[{inner}]" if inner else "")
        hint = next((f.help for f in fields(cls) if f.name == name), "see --help")
        said = first["msg"][0].lower() + first["msg"][1:]
        near = nearest(str(first["input"]), _choices(cls, name))
        hint = near if near.startswith("did") else hint[0].lower() + hint[1:]
        raise UsageError(f"{where}: {first['input']!r}: {said}", hint) from None


def _choices(cls: type[Any], name: str) -> list[str]:
    return next(([*f.choices] for f in fields(cls) if f.name == name), [])


def _yaml(text: str, where: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(
            f"{where} is not YAML: {str(error).splitlines()[0]}", "check its indentation"
        ) from None
