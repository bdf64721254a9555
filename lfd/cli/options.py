"""Options of a stage: flags made from its settings, and values resolved from four places.

Flags come before the environment (LFD_STAGE_OPTION), that before `--config FILE.yaml` (a section a
stage), that before the preset and the defaults. What is unknown anywhere is an error.
"""

from __future__ import annotations

import dataclasses
import os
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from lfd.errors import InputError, UsageError, nearest
from lfd.stages import STAGES, USES, Stage

PREFIX = "LFD_"
PRESET = "preset"


@dataclass(frozen=True)
class Resolved:
    """The settings of one stage, the same as plain values, and where each came from.

    `running` are the options that leave no trace in the result; None where the stage has none.
    """

    settings: Any
    values: dict[str, Any]
    origins: dict[str, str]
    running: Any = None


@dataclass(frozen=True)
class Field:
    """One option: its name, type, help and default, and the choices where it has any."""

    name: str
    kind: Any
    help: str
    default: Any
    choices: tuple[str, ...]

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def is_bool(self) -> bool:
        return self.kind is bool

    @property
    def is_list(self) -> bool:
        return any(typing.get_origin(k) in (tuple, list, dict) for k in _alternatives(self.kind))

    @property
    def repeats(self) -> bool:
        """Whether the flag may be given several times: a list of choices."""
        return self.is_list and bool(self.choices)

    @property
    def metavar(self) -> str:
        if self.repeats:
            return "|".join(self.choices)
        others = [k for k in _alternatives(self.kind) if k is not types.NoneType and not _is_literal(k)]
        return "|".join(dict.fromkeys([*map(_type_name, others), *self.choices]))


def settings_class(stage: Stage) -> type[Any]:
    """The settings dataclass of a stage."""
    return _class(stage.settings)


def running_class(stage: Stage) -> type[Any] | None:
    """The dataclass of a stage's options that leave no trace in the result, where it has any."""
    return _class(stage.running) if stage.running else None


def fields(cls: type[Any]) -> list[Field]:
    """The options that a settings dataclass declares, in its order."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return [_field(f.name, hints[f.name], f.default) for f in dataclasses.fields(cls)]


def preset_field(cls: type[Any]) -> list[Field]:
    """The option that chooses among a settings class's presets, where it has any."""
    names = tuple(_presets(cls))
    words = "Values for the options that are not given, by name."
    return [Field(PRESET, str, words, names[0], names)] if names else []


def all_fields(cls: type[Any]) -> list[Field]:
    """Every option: the choice of a preset, where there are any, then what the settings declare."""
    return [*preset_field(cls), *fields(cls)]


def stage_fields(stage: Stage) -> list[Field]:
    """Every option of a stage, those last that leave no trace in the result."""
    running = running_class(stage)
    return [*all_fields(settings_class(stage)), *(fields(running) if running else ())]


def flags(stage: Stage) -> list[tuple[str, Any]]:
    """For each option its name and the typer annotation that asks for it; None means not given."""
    return [flag(field) for field in stage_fields(stage)]


def flag(field: Field) -> tuple[str, Any]:
    """An option's name and the typer annotation that asks for it."""
    import typer

    common: dict[str, Any] = {"help": field.help + shown(field.default), "show_default": False}
    if field.is_bool:
        name = field.flag[2:]
        return field.name, typing.Annotated[bool | None, typer.Option(f"--{name}/--no-{name}", **common)]
    short = [f"-{field.name}"] if len(field.name) == 1 else []
    option = typer.Option(
        field.flag, *short, metavar=field.metavar, autocompletion=_completer(field.choices), **common
    )
    return field.name, typing.Annotated[list[str] | None if field.repeats else str | None, option]


def shown(default: Any) -> str:
    """A default at the end of a help text; nothing where there is none."""
    if default is None or default == () or default is dataclasses.MISSING:
        return ""
    if isinstance(default, bool):
        return f"  [{'on' if default else 'off'}]"
    return f"  [{','.join(map(str, default)) if isinstance(default, tuple) else default}]"


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


def _class(dotted: str) -> type[Any]:
    module, _, name = dotted.partition(":")
    found: type[Any] = getattr(import_module(module), name)
    return found


def _field(name: str, hint: Any, default: Any) -> Field:
    kind, *notes = typing.get_args(hint)
    inner = [typing.get_args(k)[0] for k in _alternatives(kind) if typing.get_origin(k) is tuple]
    choices = next((typing.get_args(k) for k in (*_alternatives(kind), *inner) if _is_literal(k)), ())
    return Field(name, kind, str(notes[-1]), default, tuple(map(str, choices)))


def _alternatives(kind: Any) -> tuple[Any, ...]:
    union = typing.get_origin(kind) in (typing.Union, types.UnionType)
    return typing.get_args(kind) if union else (kind,)


def _is_literal(kind: Any) -> bool:
    return typing.get_origin(kind) is typing.Literal


def _type_name(kind: Any) -> str:
    if typing.get_origin(kind) is typing.Annotated:
        return _type_name(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (tuple, list):
        return "LIST"
    names = {int: "INTEGER", float: "NUMBER", str: "TEXT", Path: "FILE"}
    return names.get(kind, "YAML")


def _completer(choices: tuple[str, ...]) -> Callable[[str], list[str]] | None:
    return (lambda incomplete: [c for c in choices if c.startswith(incomplete)]) if choices else None


def _parsed(field: Field, value: Any) -> Any:
    """A flag's or variable's text as a value: lists by commas or as YAML, `none` for nothing."""
    if field.repeats and isinstance(value, list):
        return [one for part in value for one in str(part).split(",")]
    if not isinstance(value, str):
        return value
    kinds = _alternatives(field.kind)
    if value.lower() == "none" and types.NoneType in kinds and str not in kinds:
        return None
    if field.is_list and value[:1] in "[{":
        return _yaml(value, field.flag)
    if field.is_list and not value.isdigit():
        return [part.strip() for part in value.split(",") if part.strip()]
    if field.is_list and int not in _alternatives(field.kind):
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


def _presets(cls: type[Any]) -> dict[str, dict[str, Any]]:
    """The presets that stand beside a settings class, by name."""
    found: dict[str, dict[str, Any]] = getattr(import_module(cls.__module__), "PRESETS", {})
    return found


def _preset(cls: type[Any], name: str | None) -> tuple[str, dict[str, Any]]:
    """Where the values of a preset come from, and the values."""
    presets = _presets(cls)
    if name is None:
        return "", {}
    if name not in presets:
        raise UsageError(f"--preset: unknown preset {name}", nearest(name, list(presets)))
    return f"preset {name}", dict(presets[name])


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


def file_digest(path: Path) -> str:
    """SHA-256 of a file outside the run.

    Raises
    ------
    InputError : it cannot be read
    """
    from lfd.run.folder import measure

    try:
        return measure(path).sha256
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "check the path") from None
