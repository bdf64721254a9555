"""What options a stage has: read from its settings, each as a field and as the flag that asks for it."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from lfd.stages import Stage

PRESET = "preset"


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
        return any(typing.get_origin(k) in (tuple, list, dict) for k in alternatives(self.kind))

    @property
    def repeats(self) -> bool:
        """Whether the flag may be given several times: a list of choices."""
        return self.is_list and bool(self.choices)

    @property
    def metavar(self) -> str:
        if self.repeats:
            return "|".join(self.choices)
        others = [k for k in alternatives(self.kind) if k is not types.NoneType and not _is_literal(k)]
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
    names = tuple(presets(cls))
    words = "Values for the options that are not given, by name."
    return [Field(PRESET, str, words, names[0], names)] if names else []


def all_fields(cls: type[Any]) -> list[Field]:
    """Every option: the choice of a preset, where there are any, then what the settings declare."""
    return [*preset_field(cls), *fields(cls)]


def stage_fields(stage: Stage) -> list[Field]:
    """Every option of a stage, those last that leave no trace in the result."""
    running = running_class(stage)
    return [*all_fields(settings_class(stage)), *(fields(running) if running else ())]


def presets(cls: type[Any]) -> dict[str, dict[str, Any]]:
    """The presets that stand beside a settings class, by name."""
    found: dict[str, dict[str, Any]] = getattr(import_module(cls.__module__), "PRESETS", {})
    return found


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


def _class(dotted: str) -> type[Any]:
    module, _, name = dotted.partition(":")
    found: type[Any] = getattr(import_module(module), name)
    return found


def _field(name: str, hint: Any, default: Any) -> Field:
    kind, *notes = typing.get_args(hint)
    inner = [typing.get_args(k)[0] for k in alternatives(kind) if typing.get_origin(k) is tuple]
    choices = next((typing.get_args(k) for k in (*alternatives(kind), *inner) if _is_literal(k)), ())
    return Field(name, kind, str(notes[-1]), default, tuple(map(str, choices)))


def alternatives(kind: Any) -> tuple[Any, ...]:
    """The kinds of value that an annotation allows."""
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
