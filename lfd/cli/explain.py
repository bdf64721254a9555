"""`lfd explain`: why these items for this user, or for a new history."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfd.cli.command import Extra
from lfd.cli.console import Console
from lfd.cli.options import Resolved
from lfd.cli.use import use_command
from lfd.errors import InputError, UsageError
from lfd.stages import USES

if TYPE_CHECKING:
    from lfd.core.explaining import Explanation, Leanings
    from lfd.report.explanations import Telling
    from lfd.run.folder import Snapshot
    from lfd.run.placing import Ground
    from lfd.settings.explaining import ExplainSettings

USE = USES["explain"]
EXAMPLES = (
    "lfd gen-data | lfd train | lfd explain --user 7",
    'lfd explain movies --user 308 --item "Chinatown"',
    "lfd explain movies --user 308 -k 5 --by concepts",
    "lfd explain movies --user 308 --by concepts --concepts genre=Crime,year --format json",
    'lfd explain movies --history "Alien" --history "Aliens" -k 1 --format md',
)
User = Annotated[str | None, typer.Option("--user", metavar="ID", help="User of the run to explain to.")]
Items = Annotated[
    list[str] | None,
    typer.Option(
        "--item",
        metavar="ITEM",
        help="Item to explain, by id or title; may be given again. Also one that the user has.",
    ),
]
History = Annotated[
    list[str] | None,
    typer.Option(
        "--history",
        metavar="ITEM",
        help="Item of a new user's history, by id or title, instead of --user; may be given again.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    first: list[Extra] = [("user", User, None), ("item", Items, None), ("history", History, None)]
    page = f"{USE.help}\n\nNeeds {', '.join(USE.needs)}.\n\nWrites nothing but what the run lacks."
    use_command(app, USE, page, EXAMPLES, _explain, first=first)


def _explain(given: dict[str, Any], resolved: Resolved, console: Console) -> None:
    if (given["user"] is None) == (not given["history"]):
        raise UsageError(
            "explain needs to know to whom: a user of the run, or a history, and not both",
            "name one: --user ID, or --history TITLE --history TITLE",
        )
    from lfd.cli.ready import ready
    from lfd.cli.recommend.whom import check_history

    if given["history"]:
        check_history(given["history"])
    with ready(given["run"], USE, resolved, given["config"], console) as run:
        found, telling = _explained(run, given, resolved.settings, console)
    _show(given["user"], found, telling, console, given["format"])


def _explained(
    run: Snapshot, given: dict[str, Any], settings: ExplainSettings, console: Console
) -> tuple[tuple[Explanation, ...], Telling]:
    import numpy as np

    from lfd.cli.recommend.whom import new_history, users_of_run
    from lfd.core.explaining import explain
    from lfd.report.explanations import Telling
    from lfd.report.leanings import sides_of
    from lfd.run.latents import ALIGNED, RAW
    from lfd.run.model import read_model_in
    from lfd.run.naming import item_names
    from lfd.run.placing import read_ground

    items, ground = item_names(run), read_ground(run)
    wanted = dict.fromkeys(items.find(word) for word in given["item"] or ())
    user, history = given["user"], given["history"]
    whom = users_of_run(run, ground, [user]) if user is not None else new_history(run, history, console)
    leanings = _leanings(run, ground, settings, console)
    model = read_model_in(run, RAW if ground.rotation is None else ALIGNED)
    found = explain(
        model,
        whom.seen,
        leanings,
        np.array([*wanted], dtype=np.int64) if wanted else None,
        latents=whom.places,
        k=min(settings.k, model.n_items),
        most_history=settings.entries,
    )
    for explanation in found:
        if not explanation.complete:
            console.warn(
                f"{items.called(explanation.item)}: the contributions miss the difference by "
                f"{explanation.gap:.1g}: the decoder is too rough for the integral"
            )
    if settings.entries and not any(reason.history for one in found for reason in one.reasons):
        console.note(
            f"{USE.name}: no item of the history moves the user: the encoder's gradients vanish here"
        )
    return found, Telling(leanings, sides_of(run, leanings), items.called, items.ids, settings.leanings)


def _leanings(run: Snapshot, ground: Ground, settings: ExplainSettings, console: Console) -> Leanings:
    """By what is asked for; unasked by concepts, where some are told apart from the others."""
    from lfd.core.lookup import find_concept
    from lfd.run.leanings import axis_leanings, concept_leanings
    from lfd.run.naming import concept_names

    if settings.by == "axes" or (settings.by == "auto" and ground.rotation is None):
        return axis_leanings(ground)
    names, values = concept_names(run)
    try:
        return concept_leanings(
            run, ground, [find_concept(word, names, values) for word in settings.concepts]
        )
    except InputError as error:
        if settings.by == "concepts":
            raise
        console.note(f"{USE.name}: {error.message}: by axes")
        return axis_leanings(ground)


def _show(
    user: str | None, found: tuple[Explanation, ...], telling: Telling, console: Console, form: str
) -> None:
    from lfd.report.explanation_facts import explanation_facts, explanation_rows
    from lfd.report.explanations import explanation_table, history_table

    if form == "json":
        from lfd.cli.tables import JSON_SCHEMA

        facts = [explanation_facts(one, telling) for one in found]
        whole = {"schema": JSON_SCHEMA, "user": user, "by": telling.leanings.by, "explanations": facts}
        console.text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n")
    elif form in ("csv", "jsonl"):
        import pandas as pd

        from lfd.cli.tables import print_frame

        rows = [{"user": user} | row for one in found for row in explanation_rows(one, telling)]
        print_frame(console, pd.DataFrame(rows), form)
    else:
        from lfd.report import markdown, terminal

        title = f"Why these items for user {user}" if user else "Why these items for this history"
        tables = [explanation_table(one, telling) for one in found]
        if any(reason.history for one in found for reason in one.reasons):
            tables.append(history_table(found, telling))
        if form == "md":
            console.text(markdown.render_tables(title, tables))
        else:
            console.show(*terminal.render_tables(tables))
