"""`lfd evaluate`: how good a decoded latent space is, one evaluation a stage; a file here for each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfd.cli.command import (
    Extra,
    add_command,
    check_format,
    only_the_overview_is_asked,
    print_config,
    run_options,
)
from lfd.cli.console import Console
from lfd.cli.options import Resolved, resolve
from lfd.cli.parts import chosen_parts, part_flags, part_values
from lfd.errors import UsageError
from lfd.stages import Stage, commands

if TYPE_CHECKING:
    from lfd.cli.frame import Part
    from lfd.cli.places import Workspace

NAME = "evaluate"
SUMMARY = "Evaluate a decoded latent space: truth, disentanglement, continuity, steering, cold start, ..."
EXAMPLES = (
    "lfd gen-data | lfd train | lfd align | lfd evaluate",
    "lfd evaluate tastes --what truth,continuity --format json",
    "lfd evaluate movies --what disentanglement --rule median --measures mig,dci",
    "lfd evaluate movies --what steering --concepts genre=Horror,year=1950s --strengths 1,2",
    "lfd train movies --test 0.2 && lfd evaluate movies --what ranking,coldstart",
    "lfd evaluate --what disentanglement --codes codes.npz --factors factors.parquet",
    "lfd evaluate --what stability movies-seed0 movies-seed1 movies-seed2",
    "lfd evaluate --what stability --codes a.npz --codes b.npz",
)
STABILITY = "stability"
ALONE = ("disentanglement", STABILITY)
STAGES = commands()[NAME]
BY_DEFAULT = ("truth", "disentanglement", "continuity")
KNOWN = (*(stage.part for stage in STAGES), STABILITY)


def _complete(incomplete: str) -> list[str]:
    """Continuations of a comma-separated list of evaluations, for tab completion."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in KNOWN if name.startswith(last)]


Runs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RUN",
        help="Run to evaluate: a folder, a .tar file, or - for stdin; for stability two or more.",
        show_default=False,
    ),
]
What = Annotated[
    str | None,
    typer.Option(
        "--what",
        metavar="LIST",
        help=f"Which of {','.join(KNOWN)}; by default the first three, as far as the run allows them.",
        autocompletion=_complete,
        show_default=False,
    ),
]
Codes = Annotated[
    list[Path] | None,
    typer.Option(
        "--codes",
        metavar="FILE",
        help="Latents from elsewhere (.npz or Parquet) instead of a run; for stability two or more.",
        show_default=False,
    ),
]
Factors = Annotated[
    Path | None,
    typer.Option(
        "--factors", metavar="FILE", help="The factors of the same users, for disentanglement of --codes."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    if only_the_overview_is_asked():
        app.command(NAME, short_help=SUMMARY)(lambda: None)
        return
    parameters: list[Extra] = [("runs", Runs, None), ("what", What, None)]
    parameters += [("codes", Codes, None), ("factors", Factors, None)]
    parameters += [(name, annotation, None) for name, annotation in part_flags(STAGES)]
    add_command(app, NAME, SUMMARY, _page(), EXAMPLES, [*parameters, *run_options(shows=True)], evaluate)


def evaluate(**given: Any) -> None:
    """Evaluate a run, compare runs, or evaluate arrays; which of these, the arguments say."""
    console = Console(given["quiet"], given["verbose"])
    check_format(given["format"])
    asked = chosen_parts(given["what"], KNOWN)
    values = part_values(STAGES, asked or BY_DEFAULT, given)
    parts = [(s, resolve(s, values[s.part], given["config"])) for s in STAGES if s.part in values]
    if given["print_config"]:
        print_config(parts, console)
    elif STABILITY in asked or given["codes"] or given["factors"]:
        _outside_runs(asked, given, [resolved.settings for _, resolved in parts], console)
    else:
        _evaluate_run(given, parts, bool(asked), console)


def _outside_runs(
    asked: tuple[str, ...], given: dict[str, Any], settings: Sequence[Any], console: Console
) -> None:
    """What reads only: several runs, or arrays."""
    if len(asked) != 1 or asked[0] not in ALONE:
        what = ", ".join(asked) or "none was named"
        raise UsageError(
            f"several runs and --codes are for one evaluation at a time ({what})",
            f"name one of them: --what {' or '.join(ALONE)}",
        )
    if given["output"] is not None or given["force"]:
        raise UsageError("--output and --force mean nothing here: nothing is written", "leave them out")
    from lfd.cli.evaluate import disentanglement, stability
    from lfd.cli.evaluate.show import show_outcomes

    runs, codes, factors = given["runs"] or [], given["codes"] or [], given["factors"]
    if asked[0] == STABILITY:
        outcome = stability.compare(runs, codes, factors, console)
    else:
        disentanglement.check_flags(given)
        outcome = disentanglement.of_arrays(runs, codes, factors, settings[0], console)
    show_outcomes({asked[0]: outcome}, console, given["format"])


def _evaluate_run(
    given: dict[str, Any], chosen: Sequence[tuple[Stage, Resolved]], named: bool, console: Console
) -> None:
    from lfd.cli.evaluate.show import show_run
    from lfd.cli.frame import Part, Request, perform

    parts = tuple(Part(stage, resolved) for stage, resolved in chosen)
    runs = given["runs"] or [None]
    if len(runs) > 1:
        raise UsageError(
            f"{len(runs)} runs were given, and only {STABILITY} compares runs",
            f"name one run, or compare them: lfd evaluate --what {STABILITY} {' '.join(runs)}",
        )
    request = Request(
        NAME, parts, runs[0], given["output"], given["config"], given["force"], {}, given["format"]
    )
    show = partial(show_run, [part.stage.part for part in parts])
    perform(request, console, show, prints=True, choose=partial(_allowed, named))


def _allowed(named: bool, space: Workspace, console: Console, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts that a run allows: truth only where its users carry it, which is seen before anything is run.

    Raises
    ------
    InputError
        Truth was asked for by name, and there is none.
    """
    from lfd.core.evaluation.factors import has_truth, true_factors
    from lfd.run.dataset import USERS
    from lfd.run.folder import open_snapshot
    from lfd.run.tables import read_frame

    others = tuple(part for part in parts if part.stage.part != "truth")
    with open_snapshot(space.folder) as run:
        if len(others) == len(parts) or USERS not in run:
            return parts
        users = read_frame(run, USERS)
    if named:
        true_factors(users)
    elif not has_truth(users):
        console.note("evaluate: the users carry no truth, so truth is left out")
        return others
    return parts


def _page() -> str:
    lines = [f"{stage.part}: {stage.help} Needs {', '.join(stage.needs)}." for stage in STAGES]
    lines += [f"{STABILITY}: Whether independent trainings place the same users alike; writes nothing."]
    gives = ", ".join(member for stage in STAGES for member in stage.gives)
    return "\n\n".join([SUMMARY, *lines, f"Gives {gives}."])
