"""What `lfd report` makes beside its tables: a page, pictures, bars in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfd.cli.command import Extra
from lfd.cli.logs import send_report
from lfd.errors import InputError, RefusedError, UsageError

if TYPE_CHECKING:
    from lfd.cli.console import Console
    from lfd.cli.frame import Finish
    from lfd.cli.options import Resolved
    from lfd.cli.places import Workspace
    from lfd.report.comparison import Comparison
    from lfd.report.findings import Findings
    from lfd.run.folder import Snapshot

Html = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help="Also write one page that needs no network: the report to explore, and the model to try.",
    ),
]
Plots = Annotated[
    Path | None,
    typer.Option("--plots", metavar="DIR", help="Also draw every picture into a folder, as PNG and SVG."),
]
Bars = Annotated[bool, typer.Option("--bars", help="Print the pictures as bars instead of the tables.")]
EXTRAS: tuple[Extra, ...] = (("html", Html, None), ("plots", Plots, None), ("bars", Bars, False))
JSON = "report/report.json"
MOST_BYTES = 3_000_000  # of a page
SPARE = 10_000  # that a page is made smaller by than it was too large


def check(given: dict[str, Any]) -> None:
    """Refuse before any work is done what cannot be made in the end.

    Raises
    ------
    UsageError : bars in another format than a table, or pictures without matplotlib
    InputError : the page's folder is not there
    RefusedError : something else than a page stands at its place
    """
    if given["bars"] and given["format"] != "table":
        raise UsageError(
            f"--bars are for people, and --format {given['format']} is for programs", "leave one of them out"
        )
    if given["plots"] is not None:
        from lfd.report.plots.all import check_matplotlib

        check_matplotlib()
    if given["html"] is not None:
        _check_page(given["html"], given["force"])


def after(given: dict[str, Any]) -> Finish:
    """What is done with the finished run: pictures, the page, and the loggers told."""

    def finish(run: Snapshot, space: Workspace, resolved: Resolved, console: Console) -> None:
        if given["plots"] is not None:
            from lfd.report.plots.all import write_plots

            paths = write_plots(_findings(run), given["plots"])
            console.note(f"report: {len(paths) // 2} pictures in {given['plots']}, as PNG and SVG")
        if given["html"] is not None:
            _write_page(run, given, console)
        send_report(run, space, resolved, console)

    return finish


def show_bars(run: Snapshot, console: Console, form: str) -> None:
    """Print the pictures of a run as bars."""
    from lfd.report.bars import render

    console.show(*render(_findings(run)))


def write_comparison(
    comparison: Comparison, places: Mapping[str, str], given: dict[str, Any], console: Console
) -> None:
    """Write the page of several runs: side by side, and of each its report where it has one."""
    from lfd.cli.places import reading
    from lfd.report.page.assemble import assemble

    reports: dict[str, Findings] = {}
    for name, place in places.items():
        with reading(place, "report", console) as run:
            if JSON in run:
                reports[name] = _findings(run)
            else:
                console.note(f"{name} has no report: only its figures are in the page (lfd report {place})")
    _save(given["html"], assemble(reports, comparison), console)


def page_of(run: Snapshot, name: str, most: int = MOST_BYTES) -> bytes:
    """The page of one run, with as much of its catalogue as fits.

    Parameters
    ----------
    run : with a report
    name : what to call it
    most : bytes that the page may have
    """
    from lfd.report.comparison import compare
    from lfd.report.explorer import find_explorer
    from lfd.report.gather import facts_of
    from lfd.report.page.assemble import assemble
    from lfd.run.model import CONFIG

    reports = {name: _findings(run)}
    if CONFIG not in run:
        return assemble(reports)
    figures = compare([facts_of(run, name)])
    bare = assemble(reports, figures)
    room = most - len(bare)
    while room > 0:
        page = assemble(reports, figures, find_explorer(run, room))
        if len(page) <= most:
            return page
        room -= len(page) - most + SPARE
    return bare


def _write_page(run: Snapshot, given: dict[str, Any], console: Console) -> None:
    name = Path((given["runs"] or [given["output"] or "run"])[0]).resolve().name
    page = page_of(run, name if name not in ("", "-") else "run")
    _save(given["html"], page, console)


def _findings(run: Snapshot) -> Findings:
    from lfd.report.findings import parse

    return parse(bytes(run.buffer(JSON)))


def _save(path: Path, page: bytes, console: Console) -> None:
    try:
        path.write_bytes(page)
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {(error.strerror or '').lower()}", "name another file: --html FILE"
        ) from None
    console.note(f"report: {path} written ({len(page) / 1e6:.1f} MB); open it in a browser")


def _check_page(path: Path, force: bool) -> None:
    from lfd.report.page.mark import is_page

    if path.is_dir() or not path.resolve().parent.is_dir():
        raise InputError(
            f"cannot write {path}: {'it is a folder' if path.is_dir() else 'its folder is not there'}",
            "name a file in a folder that is there: --html FILE",
        )
    if path.exists() and not force and not is_page(path):
        raise RefusedError(f"{path} exists and is no page of lfd", "name another file, or add --force")
