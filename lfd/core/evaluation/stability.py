"""Do independent trainings agree? The same users' positions, compared between trainings.

Where no truth is known, agreement is what speaks for a direction: one that another seed does not find again
says nothing of the data. Raw axes are matched one to one so that the sum of their |Spearman| is largest
(Hungarian algorithm: Kuhn 1955), which is to their advantage; aligned axes and concepts are matched by
name, and count with their sign. Beside it stands how alike different axes or concepts are within one
training, so that agreement is not bought by all of them being one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from lfd.core.decoding.mapped import axis_name
from lfd.core.evaluation.outcome import Outcome
from lfd.core.evaluation.space import Positions, check_active
from lfd.core.measure import Measure, Parameters, mean
from lfd.core.ranks import paired_spearman, spearman
from lfd.errors import InputError, UsageError

Floats = npt.NDArray[np.float64]

SURE = 0.05  # concepts are compared where both trainings find them with a smaller q
KINDS = ("steering", "reading", "pure")
PLACES = {
    "raw": "active raw axes under the best one-to-one matching, either sign",
    "aligned": "aligned axes of the same name",
    "steering": "steering directions of concepts that both trainings find (q < 0.05)",
    "reading": "reading directions of concepts that both trainings find (q < 0.05)",
    "pure": "pure directions of concepts that both trainings find (q < 0.05)",
}
COLUMNS = ["first", "second", "place", "name", "other", "correlation"]
FORMULA = "spearman1904"


@dataclass(frozen=True, eq=False)
class Training:
    """One training: a name for tables, and where it puts the users."""

    name: str
    positions: Positions = field(repr=False)


@dataclass(frozen=True, eq=False)
class _Lines:
    """Named columns of users' positions."""

    names: list[str]
    columns: Floats


def evaluate_stability(trainings: Sequence[Training]) -> Outcome:
    """Compare every pair of trainings.

    Parameters
    ----------
    trainings : sequence of Training, two or more
        Of the same users, row by row. What is not aligned is compared by its raw axes only.

    Returns
    -------
    Outcome
        Table, a row for each pair of trainings and matched axis or concept: COLUMNS. Measures, by place (see
        PLACES): stability_<place>, the mean Spearman over pairs and what is matched (parts: by pair);
        lowest_<place>, the lowest of all; likeness_<place>, the mean |Spearman| between different ones
        within a training (parts: by training).

    Raises
    ------
    UsageError
        There are fewer than two trainings.
    InputError
        They have different numbers of users, fewer than three, or one has no active axis.
    """
    _check(trainings)
    lines = [_lines(training) for training in trainings]
    rows: list[tuple[object, ...]] = []
    for (one, here), (two, there) in combinations(zip(trainings, lines, strict=True), 2):
        for place in PLACES:
            if place in here and place in there:
                match = _matched if place == "raw" else _same_names
                rows += [(one.name, two.name, place, *found) for found in match(here[place], there[place])]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return Outcome(tuple(_measures(table, trainings, lines)), table, tuple(_notes(trainings, lines)))


def _check(trainings: Sequence[Training]) -> None:
    if len(trainings) < 2:
        raise UsageError(
            f"stability compares trainings, and {len(trainings)} was given",
            "give two or more: lfd evaluate --what stability RUN RUN",
        )
    lengths = [len(t.positions.raw) for t in trainings]
    if len(set(lengths)) > 1 or lengths[0] < 3:
        said = ", ".join(f"{t.name} {n}" for t, n in zip(trainings, lengths, strict=True))
        raise InputError(f"users to compare: {said}", "give the same three or more users of each training")
    for training in trainings:
        check_active(training.positions.active, training.name)


def _lines(training: Training) -> dict[str, _Lines]:
    """What is compared, by place."""
    positions, alignment = training.positions, training.positions.alignment
    active = np.flatnonzero(positions.active)
    made = {"raw": _Lines([axis_name(int(j)) for j in active], positions.raw[:, active])}
    if alignment is None:
        return made
    if axes := [j for j, name in enumerate(alignment.rotation.names) if name]:
        names = [alignment.rotation.names[j] for j in axes]
        made["aligned"] = _Lines(names, alignment.rotation.align(positions.raw)[:, axes])
    there = np.flatnonzero(alignment.concepts["q"] < SURE)
    for kind in KINDS if there.size else ():
        names = alignment.concepts["concept"].iloc[there].tolist()
        made[kind] = _Lines(names, alignment.along(positions.raw, kind)[:, there])
    return made


def _matched(here: _Lines, there: _Lines) -> Iterator[tuple[str, str, float]]:
    from scipy.optimize import linear_sum_assignment

    between = np.abs(spearman(here.columns, there.columns))
    for i, j in zip(*linear_sum_assignment(-between), strict=True):
        yield here.names[i], there.names[j], float(between[i, j])


def _same_names(here: _Lines, there: _Lines) -> Iterator[tuple[str, str, float]]:
    names = [name for name in here.names if name in there.names]
    if not names:
        return
    columns = (x.columns[:, [x.names.index(n) for n in names]] for x in (here, there))
    for name, rho in zip(names, paired_spearman(*columns).tolist(), strict=True):
        yield name, name, rho


def _measures(
    table: pd.DataFrame, trainings: Sequence[Training], lines: Sequence[dict[str, _Lines]]
) -> Iterator[Measure]:
    users: Parameters = {"users": len(trainings[0].positions.raw)}
    for place, words in PLACES.items():
        own = table[table["place"] == place]
        if own.empty:
            continue
        counted, rho = users | {"compared": len(own)}, own["correlation"]
        pairs = rho.groupby(own["first"] + " ~ " + own["second"], sort=False).mean()
        parts = {str(pair): float(x) for pair, x in pairs.items()}
        alike = {t.name: _likeness(found, place) for t, found in zip(trainings, lines, strict=True)}
        known = {name: x for name, x in alike.items() if x is not None}
        yield Measure(
            f"stability_{place}", "stability", float(rho.mean()), FORMULA,
            f"mean Spearman between trainings: {words}", counted, parts,
        )  # fmt: skip
        yield Measure(
            f"lowest_{place}", "stability", float(rho.min()), FORMULA,
            f"lowest Spearman between trainings: {words}", counted,
        )  # fmt: skip
        yield Measure(
            f"likeness_{place}", "likeness", mean(known), FORMULA,
            f"mean |Spearman| between different ones within a training: {words}", users, known,
            "" if known else "no training has two to compare",
        )  # fmt: skip


def _likeness(lines: dict[str, _Lines], place: str) -> float | None:
    if place not in lines or len(lines[place].names) < 2:
        return None
    between = np.abs(spearman(lines[place].columns, lines[place].columns))
    return float(between[np.triu_indices(len(between), 1)].mean())


def _notes(trainings: Sequence[Training], lines: Sequence[dict[str, _Lines]]) -> Iterator[str]:
    for training, found in zip(trainings, lines, strict=True):
        axes = training.positions.raw.shape[1]
        if len(found["raw"].names) == 1:
            yield f"{training.name}: a single axis is active"
        elif len(found["raw"].names) < axes:
            yield f"{training.name}: {len(found['raw'].names)} of {axes} raw axes are active and compared"
        if training.positions.alignment is None:
            yield f"{training.name}: not aligned, so raw axes only"
