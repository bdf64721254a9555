"""`lfd complexity`: how many factors the data have, how strong, and how well they can be known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from lfd.cli.command import stage_command

if TYPE_CHECKING:
    from lfd.cli.console import Console
    from lfd.cli.work import Work
    from lfd.run.folder import Snapshot
    from lfd.settings.complexity import ComplexitySettings

EXAMPLES = (
    "lfd gen-data --generator bipolar --factors 4 | lfd complexity",
    "lfd complexity movies",
    "lfd complexity movies --grow",
    "lfd complexity movies --format csv > factors.csv",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    stage_command(app, "complexity", EXAMPLES, show=show)


def compute(work: Work, settings: ComplexitySettings) -> str:
    """Measure the data and write what is found."""
    from lfd.core.complexity.measure import measure_complexity
    from lfd.run.complexity import write_complexity
    from lfd.run.dataset import read_dataset, read_items_and_attributes

    data = read_dataset(work)
    _, attributes = read_items_and_attributes(work)
    with work.console.progress("complexity", _steps(settings)) as advance:
        found = measure_complexity(data.interactions, attributes, settings, lambda words: advance(1, words))
    for note in found.notes:
        work.console.note(f"complexity: {note}")
    write_complexity(work.place, found)
    factors = found.factors
    return f"{factors.number} factors above chance, {len(factors.main)} of them main ones"


def _steps(settings: ComplexitySettings) -> int:
    """How often the measurement says what it does next."""
    draws = settings.draws if settings.null == "parallel" else 1
    return (3 + draws) * (3 if settings.grow else 1) + 2


def show(run: Snapshot, console: Console, form: str) -> None:
    """Print the factors, and what they mean."""
    from lfd.cli.tables import print_frame
    from lfd.report.gather import complexity_facts
    from lfd.run.complexity import read_complexity

    stored = read_complexity(run)
    if form == "json":
        console.text(json.dumps(_facts(stored), ensure_ascii=False, indent=1) + "\n")
    elif form in ("csv", "jsonl"):
        print_frame(console, stored.table, form)
    else:
        _print(complexity_facts(stored), console, form)


def _print(found: Any, console: Console, form: str) -> None:
    from lfd.report import markdown, terminal
    from lfd.report.complexity import complexity_table, growth_table, sentence

    tables = [complexity_table(found), *([growth_table(found)] if found.growth else [])]
    if form == "md":
        console.text(markdown.render_tables("Complexity of the data", tables, [found.data, sentence(found)]))
    else:
        console.show(*terminal.render_tables(tables, [found.data, "", sentence(found)]))


def _facts(stored: Any) -> dict[str, Any]:
    from dataclasses import asdict

    from lfd.cli.tables import JSON_SCHEMA, plain_row

    return {
        "schema": JSON_SCHEMA,
        "measures": [asdict(measure) for measure in stored.measures],
        "factors": [plain_row(row) for row in stored.table.to_dict("records")],
        "growth": stored.growth,
        "notes": list(stored.notes),
    }
