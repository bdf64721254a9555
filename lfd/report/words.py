"""The words of a report: how mapped cells, axes and truth are said in a table, whatever the medium.

A table is a title, column names and rows; a cell is text, with a line for each signed axis.
"""

from __future__ import annotations

from dataclasses import replace

from lfd.core.decoding.mapped import MappedCell, SignedAxisMap, ValueShift
from lfd.core.decoding.mapping import LEVEL
from lfd.core.evaluation.decoded import TruthReport
from lfd.report.complexity import ComplexityFacts, complexity_table, sentence
from lfd.report.concepts import COLUMNS, concept_row
from lfd.report.findings import TITLES, Findings
from lfd.report.table import Table

MOST_AXES = 3
MOST_CONCEPTS = 12
SURE, VERY_SURE = 0.05, 0.001
MOST_VALUES = 2
FULL = 0.9  # share of lists that one value has where they can hardly hold more of it
NOWHERE = "nowhere"
UNMAPPED = "unmapped"
COLLAPSED = (
    "collapsed: no axis is active, so that every user is recommended the same; "
    "train with longer annealing (--anneal) or a lower --beta"
)
CHANCE_ALONE = (
    "no axis is active: where users lie hangs on which of their items are looked at "
    "(lfd encode: reliability); see whether the data have any factor: lfd complexity"
)


def tables(findings: Findings) -> list[Table]:
    """The tables of a report: factors to axes, axes to factors, and on synthetic data the truth."""
    made = [factor_table(findings), axis_table(findings)] if findings.mappings else []
    made += [concept_table(findings)] if findings.concepts else []
    made += [complexity_of(findings.complexity)] if findings.complexity else []
    made += [direction_table(findings)] if findings.directions else []
    return [*made, truth_table(findings)] if findings.truth else made


def headline(findings: Findings) -> str:
    """What was trained on what, in one line."""
    data, config = findings.data, findings.model.config
    active = sum(axis.active for axis in findings.axes)
    library = f" from {config['library']}" if "library" in config else ""
    return (
        f"{config.get('model', 'model')}{library}, {len(findings.axes)} axes ({active} active), "
        f"{data.users:,} users, {data.items:,} items, {data.interactions:,} interactions; "
        f"{findings.model.axes} axes"
    )


def decided(findings: Findings) -> list[str]:
    """What auto stood for in training, a line an option."""
    return [*findings.model.decided]


def warnings(findings: Findings) -> list[str]:
    """What training, or the check of a model that was trained elsewhere, said; a line each."""
    who = "model" if "library" in findings.model.config else "training"
    return [f"{who}: {note}" for note in findings.model.notes]


def verdict(findings: Findings) -> str:
    """Decoded k of n by each method; empty where no truth is known."""
    said = [f"{TITLES[m]} {report.decoded} of {report.of}" for m, report in findings.truth.items()]
    return f"decoded: {', '.join(said)}" if said else ""


def factor_table(findings: Findings) -> Table:
    """Factor to signed axes, the methods side by side."""
    methods = list(findings.mappings)
    rows = tuple(
        (name, *("\n".join(map(_cell, _best(findings, m, name))) or NOWHERE for m in methods))
        for name in findings.data.attributes
    )
    note = (
        f"score (* q < {VERY_SURE}), then the values that gain most there: share after / share before; "
        "what is shown is what shuffled labels do not explain"
    )
    if findings.model.axes == "aligned":
        note += "; named axes are judged on labels that they were not fitted to"
    level = ", ".join(name for name in findings.data.attributes if _level(findings, name))
    if level:
        note += (
            f"; level, as lists are full of one value on two axes: {level} (--weights softmax:1 sees more)"
        )
    return Table("Factor -> signed axes", ("factor", *(TITLES[m] for m in methods)), rows, note)


def _level(findings: Findings, attribute: str) -> bool:
    """Whether an attribute's two best axes score alike because lists can hold no more of a value."""
    best = [mapping.attributes.get(attribute, ())[:2] for mapping in findings.mappings.values()]
    pairs = [cells for cells in best if len(cells) == 2 and cells[0].axis != cells[1].axis]
    return any(
        round(one.score, LEVEL) == round(other.score, LEVEL) and min(map(_fullest, (one, other))) >= FULL
        for one, other in pairs
    )


def _fullest(cell: MappedCell) -> float:
    """The largest share that a value reaches there."""
    return max((value.share_after for value in cell.values), default=0.0)


def axis_table(findings: Findings) -> Table:
    """Signed axis to factors, the methods side by side, with KL, activity and flags."""
    methods = list(findings.mappings)
    signed: dict[tuple[int, int], dict[str, SignedAxisMap]] = {}
    for method in methods:
        for one in findings.mappings[method].axes:
            signed.setdefault((one.axis, one.side), {})[method] = one
    active = [axis.active for axis in findings.axes]
    shown = [by_method for (axis, _), by_method in sorted(signed.items()) if active[axis]]
    rows = tuple(_axis_row(findings, by_method, methods) for by_method in shown)
    columns = ("axis", "KL", *(TITLES[m] for m in methods), "flags")
    return Table("Signed axis -> factors", columns, rows, _activity(findings, active))


def _activity(findings: Findings, active: list[bool]) -> str:
    """How many axes carry something, where some do not."""
    if any(mapping.collapsed for mapping in findings.mappings.values()):
        return COLLAPSED if any(axis.kl is not None for axis in findings.axes) else CHANCE_ALONE
    if all(active):
        return ""
    return (
        f"{active.count(True)} of {len(active)} axes carry everything; the others are inactive and not shown"
    )


def concept_table(findings: Findings) -> Table:
    """The concepts that alignment is sure of, strongest first."""
    sure = [found for found in findings.concepts if found.q < SURE]
    note = (
        f"{len(sure)} of {len(findings.concepts)} concepts at q < {SURE}, alone and given the others; share "
        "of the list before and after a move along the steering direction, on labels it was not fitted to"
    )
    if len(sure) > MOST_CONCEPTS:
        note += f"; the {MOST_CONCEPTS} strongest are shown, lfd align shows all"
    return Table("Concepts in latent space", COLUMNS, tuple(map(concept_row, sure[:MOST_CONCEPTS])), note)


def complexity_of(found: ComplexityFacts) -> Table:
    """The factors of the data, and under them what they mean."""
    table = complexity_table(found)
    return replace(table, note=f"{sentence(found)}; {table.note}")


def direction_table(findings: Findings) -> Table:
    """Each concept's direction with the values that moving towards it raises, the methods side by side."""
    methods = list(findings.directions)
    named: dict[str, dict[str, SignedAxisMap]] = {}
    for method in methods:
        for one in findings.directions[method].axes:
            if one.side > 0 and one.direction is not None:
                named.setdefault(one.direction, {})[method] = one
    rows = tuple(
        (name, *(_values(by_method[m]) if m in by_method else "" for m in methods))
        for name, by_method in named.items()
    )
    note = "values whose share rises along the direction, surest first; judged on labels it was not fitted to"
    return Table("Direction -> values", ("direction", *(TITLES[m] for m in methods)), rows, note)


def truth_table(findings: Findings) -> Table:
    """Each factor's true place beside the one that decoding found."""
    methods = list(findings.truth)
    first = findings.truth[methods[0]]
    rows = tuple(
        (
            factor.factor,
            _place(factor.true, factor.fit),
            *(_found(findings.truth[m], number) for m in methods),
        )
        for number, factor in enumerate(first.factors)
    )
    measure = {"auc": "AUC of the factor's held-out users", "spearman": "|Spearman| with its strength"}[
        first.measure
    ]
    return Table(
        "Against the truth",
        ("factor", "true axis", *(TITLES[m] for m in methods)),
        rows,
        f"in brackets: {measure}",
    )


def _best(findings: Findings, method: str, attribute: str) -> tuple[MappedCell, ...]:
    return findings.mappings[method].attributes.get(attribute, ())[:MOST_AXES]


def _cell(cell: MappedCell) -> str:
    values = ", ".join(value_words(v) for v in cell.values[:MOST_VALUES])
    sure = "*" if cell.q < VERY_SURE else " "
    return f"{cell.name:<4} {cell.score:.2f}{sure} {values}".rstrip()


def value_words(value: ValueShift) -> str:
    """A value and how its share changes: 1950s x3.0."""
    return f"{value.value} ×{value.lift:.1f}" if value.lift is not None else f"{value.value} (new)"


def _axis_row(findings: Findings, by_method: dict[str, SignedAxisMap], methods: list[str]) -> tuple[str, ...]:
    one = next(iter(by_method.values()))
    axis = findings.axes[one.axis]
    named = one.name if axis.concept is None else f"{one.name} {axis.concept}"
    flags = dict.fromkeys(f for found in by_method.values() for f in found.flags if f != UNMAPPED)
    if all(UNMAPPED in found.flags for found in by_method.values()):
        flags[UNMAPPED] = None
    said = (_about(by_method[m]) if m in by_method else "" for m in methods)
    return (named, "" if axis.kl is None else f"{axis.kl:.2f}", *said, ", ".join(flags))


def _about(signed: SignedAxisMap) -> str:
    """What a signed axis is about: its factors with their scores, then the values that gain most."""
    factors = ", ".join(f"{cell.attribute} {cell.score:.2f}" for cell in signed.attributes[:MOST_VALUES])
    values = _values(signed)
    return f"{factors}\n{values}" if factors and values else factors or values


def _values(signed: SignedAxisMap) -> str:
    return ", ".join(map(value_words, signed.values[:MOST_AXES]))


def _found(report: TruthReport, number: int) -> str:
    factor = report.factors[number]
    return f"{'✓' if factor.decoded else '✗'} {_place(factor.found, factor.found_fit)}"


def _place(name: str | None, fit: float | None) -> str:
    return NOWHERE if name is None else f"{name} ({fit:.2f})" if fit is not None else name
