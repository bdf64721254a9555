"""Explanations as plain values, for programs: nested as JSON holds them, or as rows of a table."""

from __future__ import annotations

from typing import Any

from lfd.core.explaining.contributions import TOLERANCE
from lfd.core.explaining.explain import Explanation, Pulls, Reason
from lfd.report.explanations import Telling, sentences, told_of


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
            for reason in told_of(explanation, telling)
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
        for reason in told_of(explanation, telling)
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
