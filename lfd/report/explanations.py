"""Explanations as people read them: a table and a few sentences an item; and as plain values for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lfd.core.explaining.contributions import NOTHING, TOLERANCE
from lfd.core.explaining.explain import Explanation, Pulls, Reason
from lfd.core.explaining.leanings import AXES, CONCEPTS, Leanings
from lfd.report.leanings import Sides
from lfd.report.table import Table

REMAINDER = {CONCEPTS: "what no concept explains", AXES: "where no user of the run is"}
LEAST = 1e-6  # nats, that something beside the axes must contribute to be told
REST = "remainder"
COLUMNS = ("leaning", "how far", "contribution", "place without")


@dataclass(frozen=True)
class Telling:
    """What is needed to tell an explanation to people.

    Attributes
    ----------
    leanings : Leanings
    sides : tuple of Sides
        What each leaning is called.
    called : callable
        From an item's row to its title.
    ids : sequence of str
        Of the items.
    most : int
        Leanings that are told one by one.
    """

    leanings: Leanings
    sides: tuple[Sides, ...]
    called: Callable[[int], str]
    ids: Sequence[Any] = field(repr=False)
    most: int

    def is_rest(self, reason: Reason) -> bool:
        """Whether it is what no leaning explains."""
        return reason.part == len(self.sides)

    def name(self, reason: Reason) -> str:
        """z9, genre=Crime, or remainder."""
        return REST if self.is_rest(reason) else self.leanings.names[reason.part]

    def words(self, reason: Reason) -> str:
        """to Crime (z9+)."""
        return (
            REMAINDER[self.leanings.by]
            if self.is_rest(reason)
            else self.sides[reason.part].said(reason.coordinate)
        )


def explanation_table(explanation: Explanation, telling: Telling) -> Table:
    """The contributions to one item, strongest first, up to their sum.

    Parameters
    ----------
    explanation : Explanation
    telling : Telling
    """
    named = [reason for reason in explanation.reasons if not telling.is_rest(reason)]
    rows = [_row(reason, telling) for reason in named[: telling.most]]
    if others := named[telling.most :]:
        total = sum(reason.contribution for reason in others)
        rows.append((f"{len(others)} others", "", _nats(total), ""))
    rows += [_row(reason, telling) for reason in _told(explanation, telling) if telling.is_rest(reason)]
    difference = explanation.log_probability - explanation.mean_log_probability
    rows.append(("sum", "", _nats(difference), ""))
    had = ", which the user has already" if explanation.had else ""
    return Table(
        f"{telling.called(explanation.item)}{had}: place {explanation.place}, "
        f"for the mean user {explanation.mean_place}",
        COLUMNS,
        tuple(rows),
        "\n".join(sentences(explanation, telling)),
    )


def history_table(explanations: Sequence[Explanation], telling: Telling) -> Table:
    """The leanings that the tables tell of, and the history that put the user there.

    Parameters
    ----------
    explanations : sequence of Explanation
        Of one user, whose leanings are the same for all items.
    telling : Telling
    """
    shown = {
        reason.part: reason
        for explanation in explanations
        for reason in [r for r in explanation.reasons if not telling.is_rest(r)][: telling.most]
        if reason.history
    }
    rows = tuple(
        (telling.words(reason), "; ".join(telling.called(item) for item, _ in reason.history))
        for reason in sorted(shown.values(), key=lambda reason: -abs(reason.coordinate))
    )
    return Table("What put you there", ("leaning", "items of your history, furthest first"), rows)


def sentences(explanation: Explanation, telling: Telling) -> tuple[str, ...]:
    """What an explanation comes to: the leading reason, the one that holds the item back, the history.

    Parameters
    ----------
    explanation : Explanation
    telling : Telling
    """
    told_of = _told(explanation, telling)
    up = next((reason for reason in told_of if reason.contribution > NOTHING), None)
    down = next((reason for reason in told_of if reason.contribution < -NOTHING), None)
    told = [_counterfactual(up, explanation.place, telling)] if up else []
    if down and down.place < explanation.place:
        told.append(_counterfactual(down, explanation.place, telling))
    if explanation.history:
        told.append(f"What speaks most for it in your history: {_titles(explanation.history, telling)}.")
    return tuple(told)


def _counterfactual(reason: Reason, place: int, telling: Telling) -> str:
    """Where the item would be without a leaning."""
    words = telling.words(reason)
    what = f"{words[0].upper()}{words[1:]}" if telling.is_rest(reason) else f"Your leaning {words}"
    if reason.place > place:
        return f"{what} lifted it from place {reason.place} to {place}."
    if reason.place < place:
        return f"{what} holds it back: at place {place}, without it {reason.place}."
    return f"{what} makes it likelier, and its place is {place} with it and without."


def _row(reason: Reason, telling: Telling) -> tuple[str, ...]:
    far = "" if telling.is_rest(reason) else f"{abs(reason.coordinate):.1f} sd"
    return (telling.words(reason), far, _nats(reason.contribution), str(reason.place))


def _nats(value: float) -> str:
    """With its sign, and none where rounding leaves nothing."""
    text = f"{value:+.2f}"
    return text if text.strip("+-0.") else text[1:]


def _titles(history: Pulls, telling: Telling) -> str:
    titles = [telling.called(item) for item, _ in history]
    return " and ".join(filter(None, ("; ".join(titles[:-1]), titles[-1])))


def explanation_facts(explanation: Explanation, telling: Telling) -> dict[str, Any]:
    """One explanation as plain values, in full.

    Parameters
    ----------
    explanation : Explanation
    telling : Telling
    """
    return {
        **_standing(explanation, telling),
        "sum": sum(reason.contribution for reason in explanation.reasons),
        "gap": explanation.gap,
        "tolerance": TOLERANCE,
        "sentences": list(sentences(explanation, telling)),
        "history": _pulled(explanation.history, telling),
        "contributions": [
            _reason_facts(reason, telling) | {"history": _pulled(reason.history, telling)}
            for reason in _told(explanation, telling)
        ],
    }


def explanation_rows(explanation: Explanation, telling: Telling) -> list[dict[str, Any]]:
    """The same as rows of a table, one a contribution.

    Parameters
    ----------
    explanation : Explanation
    telling : Telling
    """
    standing = _standing(explanation, telling)
    return [
        standing
        | _reason_facts(reason, telling)
        | {"history": "; ".join(telling.called(item) for item, _ in reason.history)}
        for reason in _told(explanation, telling)
    ]


def _told(explanation: Explanation, telling: Telling) -> list[Reason]:
    """All reasons; of axes, which leave nothing, without the remainder."""
    concepts = telling.leanings.by == CONCEPTS
    return [
        reason
        for reason in explanation.reasons
        if concepts or not telling.is_rest(reason) or abs(reason.contribution) > LEAST
    ]


def _standing(explanation: Explanation, telling: Telling) -> dict[str, Any]:
    return {
        "item": telling.ids[explanation.item],
        "title": telling.called(explanation.item),
        "had": explanation.had,
        "place": explanation.place,
        "mean_place": explanation.mean_place,
        "log_probability": explanation.log_probability,
        "mean_log_probability": explanation.mean_log_probability,
    }


def _reason_facts(reason: Reason, telling: Telling) -> dict[str, Any]:
    return {
        "leaning": telling.name(reason),
        "words": telling.words(reason),
        "coordinate": None if telling.is_rest(reason) else reason.coordinate,
        "contribution": reason.contribution,
        "place_without": reason.place,
        "log_probability_without": reason.log_probability,
    }


def _pulled(history: Pulls, telling: Telling) -> list[dict[str, Any]]:
    return [{"item": telling.ids[i], "title": telling.called(i), "pull": pull} for i, pull in history]
