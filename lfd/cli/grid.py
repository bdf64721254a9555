"""A grid of configurations in a YAML file: read, checked and spread out before anything runs.

data:                     # how the data are made or loaded; or name a run: lfd sweep GRID.yaml RUN
  gen-data: {users: 2000}
train:                    # options of lfd train; a list is tried value by value
  model: [vae, ae]
  beta: [0.5, 1, 2]
  seed: [0, 1, 2]
then:                     # stages to run on each
  - align
  - decode-mc: {permutations: 500}
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from lfd.cli.fields import stage_fields
from lfd.cli.options import resolve
from lfd.errors import LfdError, UsageError, nearest
from lfd.stages import STAGES, Stage

KEYS = ("data", "train", "then")
HINT = "see one: examples/sweep.yaml"
MODEL, SEED = "model", "seed"


@dataclass(frozen=True)
class Step:
    """One command on a run: the stage, the command's name, its options as given and as resolved."""

    stage: Stage
    command: str
    options: dict[str, Any]
    values: dict[str, Any]


@dataclass(frozen=True)
class Configuration:
    """One run of the grid; `group` is its name without the seed."""

    name: str
    group: str
    train: Step


@dataclass(frozen=True)
class Grid:
    """What is to be run: how data are made (None: a run is given), each configuration, what follows."""

    data: Step | None
    configurations: tuple[Configuration, ...]
    then: tuple[Step, ...]
    notes: tuple[str, ...]


def read_grid(path: Path) -> Grid:
    """Read a grid, and check every option of every configuration.

    Raises
    ------
    UsageError : unknown key or option, a value that an option cannot have; says where
    """
    content = _content(path)
    try:
        data = _data(content.get("data"))
        configurations, notes = _configurations(content.get("train") or {})
        then = tuple(_then(entry) for entry in _list(content.get("then")))
    except LfdError as error:
        error.message = f"{path}: {error.message}"
        raise
    return Grid(data, configurations, then, notes)


def step(name: str, options: Mapping[str, Any]) -> Step:
    """One command with its options, checked.

    Parameters
    ----------
    name : a command; of a command in parts, `what` among the options says which
    options : by name, with - or _

    Raises
    ------
    UsageError : unknown stage or option, or a value that it cannot have
    """
    given = {str(k).replace("-", "_"): v for k, v in options.items()}
    part = {k: v for k, v in given.items() if k == "what" and name not in STAGES}
    key = f"{name}-{part['what']}" if part else name
    if key not in STAGES:
        raise UsageError(f"there is no stage {key}", nearest(key, list(STAGES)))
    own = {k: v for k, v in given.items() if k not in part}
    known = [f.name for f in stage_fields(STAGES[key])]
    for option in own:
        if option not in known:
            raise UsageError(f"{key} has no option {option}", nearest(option, known))
    return Step(STAGES[key], name, given, resolve(STAGES[key], own, None).values)


def _content(path: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {(error.strerror or '').lower()}", HINT) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not YAML: {str(error).splitlines()[0]}", HINT) from None
    if not isinstance(content, dict) or "train" not in content:
        raise UsageError(f"{path} has no section train", HINT)
    for key in content:
        if key not in KEYS:
            raise UsageError(f"{path}: unknown section {key}", nearest(str(key), list(KEYS)))
    return content


def _data(section: Any) -> Step | None:
    if section is None:
        return None
    sources = [name for name, stage in STAGES.items() if stage.source]
    name, options = _entry(section, "data")
    if name not in sources:
        raise UsageError(f"data: {name} makes no data", nearest(name, sources))
    return step(name, options)


def _then(entry: Any) -> Step:
    name, options = _entry(entry, "then")
    made = step(name, options)
    if made.stage.source or "train" in (name, made.stage.instead):
        raise UsageError(f"then: {name} cannot follow the training", "name stages such as align, decode-mc")
    return made


def _entry(entry: Any, where: str) -> tuple[str, Mapping[str, Any]]:
    """A command and its options: `align`, or `decode-mc: {option: value}`."""
    if isinstance(entry, str):
        return entry, {}
    if isinstance(entry, dict) and len(entry) == 1:
        ((name, options),) = entry.items()
        if options is None or isinstance(options, dict):
            return str(name), options or {}
    raise UsageError(f"{where}: {entry!r} is not a command with options", HINT)


def _list(section: Any) -> list[Any]:
    return section if isinstance(section, list) else [] if section is None else [section]


def _configurations(section: Any) -> tuple[tuple[Configuration, ...], tuple[str, ...]]:
    if not isinstance(section, dict):
        raise UsageError("train is not a mapping of options", HINT)
    given = {str(k).replace("-", "_"): v for k, v in section.items()}
    lists = {k for k, v in given.items() if _is_grid(k, v)}
    varied = [k for k in given if k in lists and k not in (MODEL, SEED)]
    order = [MODEL, *(k for k in given if k not in (MODEL, SEED)), SEED]
    spread = [[*given[k]] if k in lists else [given[k]] for k in order if k in given]
    names = [k for k in order if k in given]
    made: dict[str, Configuration] = {}
    notes: dict[str, None] = {}
    for values in product(*spread):
        options, idle = _meaningful(dict(zip(names, values, strict=True)))
        shown = [k for k in varied if k in options]
        found = _configuration(options, shown, SEED in lists)
        made.setdefault(found.name, found)
        if idle & set(varied):
            words = ", ".join(sorted(idle & set(varied)))
            notes[f"{words}: no effect on {options.get(MODEL)}, which is trained once for all values"] = None
    return tuple(made.values()), tuple(notes)


def _is_grid(option: str, value: Any) -> bool:
    """Whether a value is a list of values to try; of an option that is a list itself, a list of lists."""
    known = {f.name: f for f in stage_fields(STAGES["train"])}
    if not isinstance(value, list) or not value:
        return False
    return not (option in known and known[option].is_list) or any(isinstance(v, list) for v in value)


def _meaningful(options: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Options that mean something to the model, and the names of the others."""
    from lfd.settings.training import NO_EFFECT

    idle = {*options} & {*NO_EFFECT.get(str(options.get(MODEL, "vae")), ())}
    return {k: v for k, v in options.items() if k not in idle}, idle


def _configuration(options: dict[str, Any], varied: Sequence[str], seeds: bool) -> Configuration:
    parts = [str(options.get(MODEL, "vae")), *(f"{k.replace('_', '-')}{_word(options[k])}" for k in varied)]
    group = re.sub(r"[^A-Za-z0-9.+-]", "_", "-".join(parts))
    name = f"{group}-{SEED}{_word(options[SEED])}" if seeds else group
    return Configuration(name, group, step("train", options))


def _word(value: Any) -> str:
    if isinstance(value, list):
        return "x".join(map(_word, value))
    return f"{value:g}" if isinstance(value, float) else str(value).lower()
