"""What a leaning is called, whichever way a user leans: "leaning to Crime (z9+)", "away from Crime (z9-)".

An axis is called by the concept that it was fitted to; another by the values that decoding found on the side in
question; without those by the concept whose reading direction is nearest, marked ~. An ordered attribute as a
whole is high or low.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lfd.core.concepts import Concept
from lfd.core.decoding.mapped import axis_name
from lfd.core.decoding.mapping import map_scores
from lfd.core.explaining.leanings import CONCEPTS, Leanings
from lfd.run.alignment import CONCEPTS as TABLE
from lfd.run.alignment import ROTATION, read_directions, read_rotation
from lfd.run.dataset import SCHEMA
from lfd.run.latents import AXES, read_frame_axes
from lfd.run.leanings import frame_of, read_concept_list
from lfd.run.scores import MEMBERS, read_scores
from lfd.run.tables import Reader, read_columns, read_yaml

NEAR = 0.5  # least cosine of a concept that an axis without one of its own is called by
MOST_VALUES = 2
MANNERS = ("multi", "nominal")  # kinds of attributes whose values say by themselves what they are


@dataclass(frozen=True)
class Sides:
    """What leaning to the negative and to the positive side is called; empty where nobody knows.

    Attributes
    ----------
    away, towards : str
        `away from Crime`, `to Crime`.
    unit : str
        The axis (z9), or the concept (genre=Crime).
    """

    away: str
    towards: str
    unit: str

    def said(self, coordinate: float) -> str:
        """A leaning in words, with its signed axis or concept in brackets where they are not the same."""
        side = "-" if coordinate < 0 else "+"
        words = self.away if coordinate < 0 else self.towards
        return f"{words} ({self.unit}{side})" if words else f"along {self.unit}{side}"


def sides_of(run: Reader, leanings: Leanings) -> tuple[Sides, ...]:
    """What each leaning is called on either side.

    Parameters
    ----------
    run : whose leanings they are
    leanings : Leanings
    """
    kinds = {name: how["kind"] for name, how in read_yaml(run, SCHEMA)["attributes"].items()}
    concepts = read_concept_list(run) if TABLE in run else []
    called = {concept.name: _called(concept, kinds) for concept in concepts}
    if leanings.by == CONCEPTS:
        return tuple(Sides(*called[name], name) for name in leanings.names)
    known = [called.get(name, ("", "")) for name in _fitted(run, len(leanings.names))]
    for guesses in (_decoded(run, kinds, len(known)), _nearest(run, concepts, called)):
        known = [
            (away or guess[0], towards or guess[1])
            for (away, towards), guess in zip(known, guesses or known, strict=True)
        ]
    return tuple(Sides(*words, axis_name(axis)) for axis, words in enumerate(known))


def _called(concept: Concept, kinds: dict[str, str]) -> tuple[str, str]:
    if concept.value is None:
        return f"to low {concept.attribute}", f"to high {concept.attribute}"
    words = _value_words(concept.attribute, concept.value, kinds)
    return f"away from {words}", f"to {words}"


def _value_words(attribute: str, value: str, kinds: dict[str, str]) -> str:
    return value if kinds.get(attribute) in MANNERS else f"{attribute} {value}"


def _fitted(run: Reader, n_axes: int) -> Sequence[str]:
    """The concept that each axis was fitted to; empty where there is none."""
    return read_rotation(run).names if ROTATION in run else [""] * n_axes


def _decoded(run: Reader, kinds: dict[str, str], n_axes: int) -> list[tuple[str, str]] | None:
    """The values that decoding found on each side of each axis, where the run was decoded in these axes."""
    if MEMBERS["mc"] not in run or AXES not in run or read_frame_axes(run) != frame_of(run):
        return None
    scores = read_scores(run, "mc")
    scores = scores[scores["direction"].isna()]
    if not len(scores):
        return None
    table = read_columns(run, AXES, ("active",))
    found = [["", ""] for _ in range(n_axes)]
    for one in map_scores(scores, np.array(table["active"], dtype=np.bool_)).axes:
        values = [_value_words(v.attribute, v.value, kinds) for v in one.values[:MOST_VALUES]]
        found[one.axis][one.side > 0] = f"to {', '.join(values)}" if values else ""
    return [(away, towards) for away, towards in found]


def _nearest(
    run: Reader, concepts: Sequence[Concept], called: dict[str, tuple[str, str]]
) -> list[tuple[str, str]] | None:
    """What the concept nearest to each axis is called, where one is near."""
    if not concepts:
        return None
    cosines = read_directions(run)["reading"].T
    found = []
    for own in cosines:
        best = int(np.abs(own).argmax())
        words = [
            f"{said.partition(' ')[0]} ~{said.partition(' ')[2]}" for said in called[concepts[best].name]
        ]
        sides = (words[0], words[1]) if own[best] > 0 else (words[1], words[0])
        found.append(sides if abs(own[best]) >= NEAR else ("", ""))
    return found
