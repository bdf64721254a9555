"""`lfd report`: which factor each signed axis encodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from lfd.cli.command import stage_command
from lfd.cli.logs import check_loggers
from lfd.cli.report_views import EXTRAS, after, check, show_bars, write_comparison
from lfd.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from lfd.cli.console import Console
    from lfd.cli.frame import Show
    from lfd.cli.options import Resolved
    from lfd.cli.work import Work
    from lfd.report.findings import DataFacts, ModelFacts
    from lfd.run.folder import Snapshot
    from lfd.settings.reporting import ReportSettings

EXAMPLES = (
    "lfd gen-data | lfd train | lfd report",
    "lfd report movies",
    "lfd report movies --format md > movies.md",
    "lfd report movies --html movies.html",
    "lfd report movies --plots figures/ --bars",
    "lfd report movies-vae movies-ae movies-svd",
    "lfd report movies --logger wandb",
)
JSON, MARKDOWN = "report/report.json", "report/report.md"


def register(app: typer.Typer) -> None:
    """Add the command."""
    stage_command(
        app,
        "report",
        EXAMPLES,
        extras=EXTRAS,
        before=_before,
        shows=_shows,
        after=after,
        prints=True,
        several=True,
        forwards={"encode": ("raw",)},
    )


def compute(work: Work, settings: ReportSettings) -> str:
    """Find what the scores say and write it as JSON and Markdown."""
    from lfd.cli.info import commands
    from lfd.cli.latents import fitted_axes
    from lfd.report import markdown
    from lfd.report.collect import read_evidence
    from lfd.report.concepts import concept_facts
    from lfd.report.decoding import truth_reports
    from lfd.report.findings import dump, find
    from lfd.report.gather import complexity_facts
    from lfd.run.alignment import CONCEPTS, read_concepts
    from lfd.run.complexity import SUMMARY, read_complexity
    from lfd.run.latents import AXES
    from lfd.run.scores import MEMBERS, read_scores
    from lfd.run.tables import read_frame

    scores = {method: read_scores(work, method) for method in MEMBERS}
    axes = read_frame(work, AXES)
    truth = truth_reports(work, scores)
    findings = find(
        _data_facts(work),
        _model_facts(work),
        axes,
        scores,
        truth,
        tuple(commands(work.run.manifest)),
        settings,
        concept_facts(read_concepts(work)) if CONCEPTS in work else (),
        fitted_axes(work, len(axes)),
        complexity_facts(read_complexity(work)) if SUMMARY in work else None,
        read_evidence(work, scores, truth),
    )
    work.place(JSON).write_bytes(dump(findings))
    work.place(MARKDOWN).write_text(markdown.render(findings), encoding="utf-8")
    return f"{JSON} and {MARKDOWN} written"


def show(run: Snapshot, console: Console, form: str) -> None:
    """Print the report."""
    from lfd.cli.tables import print_frame
    from lfd.report.findings import parse

    if form == "json":
        console.text(bytes(run.buffer(JSON)).decode())
    elif form == "md":
        console.text(bytes(run.buffer(MARKDOWN)).decode())
    elif form == "table":
        from lfd.report.terminal import render

        console.show(*render(parse(bytes(run.buffer(JSON)))))
    else:
        print_frame(console, _mapped_cells(run), form)


def _shows(given: dict[str, Any]) -> Show:
    return show_bars if given["bars"] else show


def _before(resolved: Resolved, given: dict[str, Any], console: Console) -> bool:
    check(given)
    return _compared(resolved, given, console)


def _compared(resolved: Resolved, given: dict[str, Any], console: Console) -> bool:
    """Compare the runs, where several are named; nothing is run for it, and nothing written."""
    runs = given["runs"] or []
    if len(runs) < 2:
        return check_loggers(resolved, given, console)
    from lfd.cli.compare import compare_runs, print_comparison

    meant = [n for n, place in resolved.origins.items() if place.startswith("--")]
    meant += [n for n in ("output", "raw", "config", "plots", "bars", "logger", "log_dir") if given[n]]
    meant += ["force"] if given["force"] and given["html"] is None else []
    if meant:
        raise UsageError(
            f"report of several runs: --{meant[0].replace('_', '-')} means nothing there",
            f"leave it out, or give it for one run: lfd report {runs[0]}",
        )
    places = {name.rstrip("/"): name for name in runs}
    comparison = compare_runs(places, console)
    if given["html"] is not None:
        write_comparison(comparison, places, given, console)
    print_comparison(comparison, given["format"], console)
    return True


def _mapped_cells(run: Snapshot) -> pd.DataFrame:
    """The mapping as one table: an attribute on a signed axis a row."""
    import pandas as pd

    from lfd.report.findings import parse

    findings = parse(bytes(run.buffer(JSON)))
    rows: list[dict[str, Any]] = [
        {
            "method": method,
            "attribute": cell.attribute,
            "axis": cell.name,
            "score": cell.score,
            "ci_low": cell.ci_low,
            "ci_high": cell.ci_high,
            "q": cell.q,
            "value": cell.values[0].value if cell.values else None,
            "lift": cell.values[0].lift if cell.values else None,
        }
        for found in (findings.mappings, findings.directions)
        for method, mapping in found.items()
        for cells in mapping.attributes.values()
        for cell in cells
    ]
    columns = ["method", "attribute", "axis", "score", "ci_low", "ci_high", "q", "value", "lift"]
    return pd.DataFrame(rows, columns=columns)


def _data_facts(work: Work) -> DataFacts:
    from lfd.report.findings import DataFacts
    from lfd.run.dataset import INTERACTIONS, ITEMS, SCHEMA, USERS
    from lfd.run.tables import number_of_rows, read_yaml

    schema = read_yaml(work, SCHEMA)
    return DataFacts(
        number_of_rows(work, USERS),
        number_of_rows(work, ITEMS),
        number_of_rows(work, INTERACTIONS),
        tuple(schema["attributes"]),
        dict(schema.get("dropped") or {}),
    )


def _model_facts(work: Work) -> ModelFacts:
    from lfd.core.training.fitted import kept_epoch
    from lfd.report.findings import ModelFacts
    from lfd.run.latents import read_frame_axes
    from lfd.run.model import CONFIG, HISTORY, NOTES, read_decided, read_history, read_notes
    from lfd.run.tables import read_yaml

    history = read_history(work) if HISTORY in work else None
    best = 0 if history is None else kept_epoch(history)
    epochs = 0 if history is None else len(history)
    notes, decided = (read_notes(work), read_decided(work)) if NOTES in work else ((), ())
    return ModelFacts(read_yaml(work, CONFIG), epochs, best + 1, read_frame_axes(work), notes, decided)
