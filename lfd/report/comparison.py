"""Runs side by side, as plain values that JSON holds.

A figure is compared only with figures of the same definition, taken with the same parameters on the same
data: whatever differs from most of the others is flagged, and no difference is made from it. Knows figures;
knows neither runs nor how a table looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lfd.core.measure import Measure

SCHEMA = 1
BASELINE = "ae"
Setting = int | float | str | bool | None


@dataclass(frozen=True)
class Figure:
    """A measure of one run, and what it is about: recommendation, axes, decoding, or an evaluation."""

    subject: str
    measure: Measure

    @property
    def id(self) -> str:
        """What tells its column from the others."""
        return f"{self.subject}.{self.measure.name}"


@dataclass(frozen=True)
class RunFacts:
    """What a run brings to a comparison.

    Attributes
    ----------
    name : where it is
    data : digest of the data
    settings : how it was trained, by option; None where an option means nothing to its model
    figures : what is known of it
    warnings : what is to be said of it: collapse, axes in which it was not decoded
    popularity : by figure, what recommending the most popular items reaches on the same users
    """

    name: str
    data: str
    settings: dict[str, Setting]
    figures: tuple[Figure, ...]
    warnings: tuple[str, ...] = ()
    popularity: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A figure that at least one run has, with the definition that most of them share."""

    id: str
    subject: str
    name: str
    formula: str
    definition: str
    parameters: dict[str, int | float | str]


@dataclass(frozen=True)
class Cell:
    """One run's figure.

    Attributes
    ----------
    value : float or None
    of : int or None
        Of how many, where the figure is a number of factors.
    difference : float or None
        To the baseline.
    flagged : bool
        Whether it was taken otherwise than the column says.
    """

    value: float | None
    of: int | None = None
    difference: float | None = None
    flagged: bool = False


@dataclass(frozen=True)
class Row:
    """One run: its settings, its cells by column, its baseline runs, and what popularity reaches."""

    name: str
    settings: dict[str, Setting]
    cells: dict[str, Cell]
    baseline: tuple[str, ...] = ()
    popularity: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """Runs side by side.

    Attributes
    ----------
    schema : version of this structure
    settings : the options that are shown, first those always shown
    columns, rows : figures and runs
    notes : what differs, what is missing and which command gives it
    """

    schema: int
    settings: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = field(default=())


ALWAYS = ("model", "beta", "latent", "seed")
COMMANDS = {
    "recommendation": "lfd train RUN --holdout 0.1",
    "decoding": "lfd decode-mc RUN && lfd decode-sample RUN",
    "complexity": "lfd complexity RUN",
}


def compare(runs: Sequence[RunFacts]) -> Comparison:
    """Put runs side by side.

    The baseline of a run is the autoencoder of the same data: the one with its latent size and seed where
    there is one, else those that share what they can, and of several the mean.

    Parameters
    ----------
    runs : sequence of RunFacts
        In the order in which they are to stand.

    Returns
    -------
    Comparison
    """
    columns = _columns(runs)
    data = _commonest([run.data for run in runs])
    cells = [{c.id: _cell(run, c, data) for c in columns if _figure(run, c)} for run in runs]
    rows = tuple(
        Row(
            run.name,
            run.settings,
            _with_differences(own, base, runs, cells),
            tuple(r.name for r in base),
            run.popularity,
        )
        for run, own, base in ((run, own, _baseline(run, runs)) for run, own in zip(runs, cells, strict=True))
    )
    notes = (*_other_data(runs, data), *_other_ways(runs, columns), *_missing(runs, columns), *_warned(runs))
    return Comparison(SCHEMA, _settings(runs), columns, rows, notes)


def dump(comparison: Comparison) -> bytes:
    """A comparison as JSON; never NaN."""
    from pydantic import TypeAdapter

    return TypeAdapter(Comparison).dump_json(comparison, indent=1) + b"\n"


def _columns(runs: Sequence[RunFacts]) -> tuple[Column, ...]:
    by_id: dict[str, list[Figure]] = {}
    for run in runs:
        for figure in run.figures:
            by_id.setdefault(figure.id, []).append(figure)
    subjects = list(dict.fromkeys(f.subject for run in runs for f in run.figures))
    known = [figures for figures in by_id.values() if any(f.measure.value is not None for f in figures)]
    made = map(_column, known)
    return tuple(sorted(made, key=lambda column: subjects.index(column.subject)))


def _column(figures: Sequence[Figure]) -> Column:
    way = _commonest([_way(figure.measure) for figure in figures])
    one = next(f for f in figures if _way(f.measure) == way)
    m = one.measure
    return Column(one.id, one.subject, m.name, m.formula, m.definition, dict(m.parameters))


def _way(measure: Measure) -> tuple[Any, ...]:
    """How a figure was taken: what must agree before two of them are compared."""
    return measure.formula, measure.definition, tuple(sorted(measure.parameters.items()))


def _commonest(things: Sequence[Any]) -> Any:
    """What most have; of equals the first."""
    return Counter(things).most_common(1)[0][0] if things else ""


def _figure(run: RunFacts, column: Column) -> Figure | None:
    return next((figure for figure in run.figures if figure.id == column.id), None)


def _same_way(figure: Figure, column: Column) -> bool:
    wanted = Measure("", "", None, column.formula, column.definition, column.parameters)
    return _way(figure.measure) == _way(wanted)


def _cell(run: RunFacts, column: Column, data: str) -> Cell:
    figure = _figure(run, column)
    assert figure is not None
    of = figure.measure.parameters.get("of")
    flagged = run.data != data or not _same_way(figure, column)
    return Cell(figure.measure.value, None if of is None else int(of), flagged=flagged)


def _baseline(run: RunFacts, runs: Sequence[RunFacts]) -> list[RunFacts]:
    if run.settings.get("model") == BASELINE:
        return []
    found = [r for r in runs if r.settings.get("model") == BASELINE and r.data == run.data]
    for option in ("latent", "seed"):
        nearer = [r for r in found if r.settings.get(option) == run.settings.get(option)]
        found = nearer or found
    return found


def _with_differences(
    own: dict[str, Cell], base: Sequence[RunFacts], runs: Sequence[RunFacts], cells: Sequence[dict[str, Cell]]
) -> dict[str, Cell]:
    theirs = [found for run, found in zip(runs, cells, strict=True) if run in base]
    return {name: replace(cell, difference=_difference(name, cell, theirs)) for name, cell in own.items()}


def _difference(name: str, cell: Cell, theirs: Sequence[dict[str, Cell]]) -> float | None:
    known = [c[name] for c in theirs if name in c and not c[name].flagged and c[name].of == cell.of]
    values = [c.value for c in known if c.value is not None]
    if cell.flagged or cell.value is None or not values:
        return None
    return cell.value - sum(values) / len(values)


def _settings(runs: Sequence[RunFacts]) -> tuple[str, ...]:
    """The options that are shown: those always shown, and whatever else differs between runs."""
    every = dict.fromkeys(name for run in runs for name in run.settings)
    differ = [n for n in every if len({str(v) for run in runs if (v := run.settings.get(n)) is not None}) > 1]
    return (*ALWAYS, *(name for name in differ if name not in ALWAYS))


def _other_data(runs: Sequence[RunFacts], data: str) -> list[str]:
    others = [run.name for run in runs if run.data != data]
    return [f"† {', '.join(others)}: of other data than the rest, so not comparable"] if others else []


def _other_ways(runs: Sequence[RunFacts], columns: Sequence[Column]) -> list[str]:
    said: dict[str, list[str]] = {}
    for run in runs:
        for figure, column in ((_figure(run, c), c) for c in columns):
            if figure is not None and not _same_way(figure, column):
                said.setdefault(_what_differs(figure.measure, column), []).append(
                    f"{column.name} of {run.name}"
                )
    return [f"† {', '.join(which)}: taken {how}, so not comparable" for how, which in said.items()]


def _what_differs(measure: Measure, column: Column) -> str:
    names = sorted({*measure.parameters, *column.parameters})
    other = [n for n in names if measure.parameters.get(n) != column.parameters.get(n)]
    if not other or measure.formula != column.formula:
        return "by another definition than the others"
    mine = ", ".join(f"{n} {measure.parameters.get(n, 'unset')}" for n in other)
    theirs = ", ".join(f"{n} {column.parameters.get(n, 'unset')}" for n in other)
    return f"with {mine} (the others: {theirs})"


def _missing(runs: Sequence[RunFacts], columns: Sequence[Column]) -> list[str]:
    notes = []
    for subject in dict.fromkeys(column.subject for column in columns):
        lacking = [run.name for run in runs if not any(f.subject == subject for f in run.figures)]
        if lacking:
            command = COMMANDS.get(subject, f"lfd evaluate RUN --what {subject}")
            notes.append(f"no {subject} of {', '.join(lacking)}: {command}")
    return notes


def _warned(runs: Sequence[RunFacts]) -> list[str]:
    said: dict[str, list[str]] = {}
    for run in runs:
        for warning in run.warnings:
            said.setdefault(warning, []).append(run.name)
    return [f"{', '.join(names)}: {warning}" for warning, names in said.items()]
