"""What a leaning is called, whichever way a user leans: to Crime (z9+), away from Crime (z9-).

An axis is called by the concept that it was fitted to; another by the values that decoding found on the side
in question; without those by the concept whose reading direction is nearest, marked ~. An ordered attribute
as a whole is high or low.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lfd.core.concepts import Concept
from lfd.core.decoding.mapped import axis_name
from lfd.core.decoding.mapping import map_scores
from lfd.core.explaining.leanings import CONCEPTS, Leanings
from lfd.run.alignment import ROTATION, read_rotation
from lfd.run.dataset import SCHEMA
from lfd.run.latents import ALIGNED, AXES, read_frame_axes
from lfd.run.leanings import SURE
from lfd.run.placing import read_found, read_kind
from lfd.run.scores import MEMBERS, read_scores
from lfd.run.tables import Reader, read_columns, read_yaml

NEAR = 0.5  # least cosine of a concept that an axis without one of its own is called by
MOST_VALUES = 2
TELLING = ("multi", "nominal")  # kinds of attributes whose values say by themselves what they are

Kinds = dict[str, str]
Words = tuple[str, str]


@dataclass(frozen=True)
class Sides:
    """What leaning to the negative and to the positive side is called; empty where nobody knows.

    Attributes
    ----------
    away, towards : str
        `away from Crime`, `to Crime`.
    axis : str
        z9; empty for a concept to which no axis was fitted.
    """

    away: str
    towards: str
    axis: str = ""

    def said(self, coordinate: float) -> str:
        """A leaning in words, with its signed axis in brackets."""
        words, side = (self.away, "-") if coordinate < 0 else (self.towards, "+")
        if not self.axis:
            return words
        return f"{words} ({self.axis}{side})" if words else f"along {self.axis}{side}"


def sides_of(run: Reader, leanings: Leanings) -> tuple[Sides, ...]:
    """What each leaning is called on either side.

    Parameters
    ----------
    run : whose leanings they are
    leanings : Leanings
    """
    kinds = {name: how["kind"] for name, how in read_yaml(run, SCHEMA)["attributes"].items()}
    called = {concept.name: _called(concept, kinds) for concept in read_found(run).concepts}
    aligned = ROTATION in run and read_frame_axes(run) == ALIGNED
    fitted = read_rotation(run).names if aligned else ("",) * len(leanings.centre)
    if leanings.by == CONCEPTS:
        axes = {name: axis_name(axis) for axis, name in enumerate(fitted)}
        return tuple(Sides(*called[name], axes.get(name, "")) for name in leanings.names)
    known = [called.get(name, ("", "")) for name in fitted]
    for guesses in (_decoded(run, kinds, len(known)), _nearest(run, kinds) if aligned else None):
        known = [
            (away or guess[0], towards or guess[1])
            for (away, towards), guess in zip(known, guesses or known, strict=True)
        ]
    return tuple(Sides(*words, axis_name(axis)) for axis, words in enumerate(known))


def _called(concept: Concept, kinds: Kinds, mark: str = "") -> Words:
    if concept.value is None:
        return f"to {mark}low {concept.attribute}", f"to {mark}high {concept.attribute}"
    words = _value_words(concept.attribute, concept.value, kinds)
    return f"away from {mark}{words}", f"to {mark}{words}"


def _value_words(attribute: str, value: str, kinds: Kinds) -> str:
    return value if kinds.get(attribute) in TELLING else f"{attribute} {value}"


def _decoded(run: Reader, kinds: Kinds, n_axes: int) -> list[Words] | None:
    """The values that decoding found on each side of each axis, where the run was decoded in these axes."""
    if MEMBERS["mc"] not in run:
        return None
    scores = read_scores(run, "mc")
    scores = scores[scores["direction"].isna()]
    if not len(scores):
        return None
    active = np.array(read_columns(run, AXES, ("active",))["active"], dtype=np.bool_)
    found = [["", ""] for _ in range(n_axes)]
    for one in map_scores(scores, active).axes:
        values = [_value_words(v.attribute, v.value, kinds) for v in one.values[:MOST_VALUES]]
        found[one.axis][one.side > 0] = f"to {', '.join(values)}" if values else ""
    return [(away, towards) for away, towards in found]


def _nearest(run: Reader, kinds: Kinds) -> list[Words] | None:
    """What the nearest concept that is told apart is called, where one is near; of ordered ones the whole."""
    found = read_found(run)
    concepts = found.concepts
    wholes = {concept.attribute for concept in concepts if concept.value is None}
    single = [c.value is not None and c.attribute in wholes for c in concepts]
    rows = [row for row, q in enumerate(found.q_given) if q < SURE and not single[row]]
    if not rows:
        return None
    sides: list[Words] = []
    for cosines in read_kind(run, "reading", rows).T:
        best = int(np.abs(cosines).argmax())
        away, towards = _called(concepts[rows[best]], kinds, "~")
        if abs(cosines[best]) < NEAR:
            away, towards = "", ""
        sides.append((away, towards) if cosines[best] > 0 else (towards, away))
    return sides
