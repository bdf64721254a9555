"""`lfd recommend`: items for a user of the run, a new history, many people, or nobody yet; named knobs.

Reads a run and writes nothing into it, but for stages that it lacks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfd.cli.command import Extra
from lfd.cli.console import Console
from lfd.cli.options import Resolved
from lfd.cli.use import use_command
from lfd.errors import UsageError
from lfd.stages import USES

if TYPE_CHECKING:
    from lfd.cli.recommend.whom import Someone
    from lfd.run.folder import Snapshot
    from lfd.run.placing import Ground
    from lfd.settings.recommending import RecommendSettings

USE = USES["recommend"]
EXAMPLES = (
    "lfd load ml-100k/ | lfd train | lfd recommend --more genre=Horror --less year=1990s",
    "lfd recommend movies --user 5 --more genre=Horror",
    "lfd recommend movies --history 'Alien (1979)' --history 'The Matrix' --axis 3=+1.5",
    "lfd recommend movies --user 5 --more genre=Drama --how latent --strength 1 --format json",
    "lfd recommend movies --more genre=Comedy --sample 5",
    "lfd recommend movies --users people.csv --format csv > lists.csv",
)
PAGE = f"""{USE.help}

Nobody named: a newcomer, placed by what --more and --less say. A run that lacks stages has them run first.

What moves: by label, items that have a value gain a bonus on their log probability; where labels are complete
that gives most of the value at equal cost to the user's own taste (MovieLens 100K: segment NDCG@20 of .48,
and .30 along the best direction, where a seventh of the own taste is given up): the default for users and
histories. In latent space, z moves along a direction: the only way to reach items that nobody has labelled
(.19, by label .09), and better for newcomers (.21, by label .18): the default for nobody. --pure leaves the
other named concepts where they are. Figures: docs/recommending.md.

Needs {", ".join(USE.needs)}. Writes nothing."""

User = Annotated[
    list[str] | None,
    typer.Option("--user", metavar="USER", help="A user of the run, by id; several: give it again."),
]
History = Annotated[
    list[str] | None,
    typer.Option(
        "--history",
        metavar="ITEM",
        help="An item of a new history, by id or title (the nearest where it is misspelt); several: give it"
        " again; - reads one a line from stdin.",
    ),
]
Users = Annotated[
    Path | None,
    typer.Option(
        "--users",
        metavar="FILE",
        help="Many: a table (CSV, Parquet, or - for CSV on stdin) with a column user, or with new histories"
        " in columns user and item.",
    ),
]
More = Annotated[
    list[str] | None,
    typer.Option("--more", metavar="CONCEPT", help="More of it: genre=Horror; several: give it again."),
]
Less = Annotated[
    list[str] | None,
    typer.Option("--less", metavar="CONCEPT", help="Less of it: year=1990s; several: give it again."),
]
Axis = Annotated[
    list[str] | None,
    typer.Option(
        "--axis",
        metavar="AXIS=AMOUNT",
        help="Move z along an axis of the run's latents, in the users' standard deviations: 3=+1.5.",
    ),
]
Why = Annotated[
    bool | None,
    typer.Option(
        "--why/--no-why",
        help="Tell what carried each item there, in nats of its log probability; by default for one list.",
        show_default=False,
    ),
]
K = Annotated[str | None, typer.Option("-k", "--k", metavar="INTEGER", help="Length of a list.  [10]")]
Seen = Annotated[
    bool | None,
    typer.Option(
        "--exclude-seen/--include-seen",
        help="Leave out what a user has chosen already.  [on]",
        show_default=False,
    ),
]
OWN: dict[str, Any] = {"k": K, "exclude_seen": Seen}


def register(app: typer.Typer) -> None:
    """Add the command."""
    first: list[Extra] = [("user", User, None), ("history", History, None), ("users", Users, None)]
    first += [("more", More, None), ("less", Less, None), ("axis", Axis, None)]
    last: list[Extra] = [("why", Why, None)]
    use_command(app, USE, PAGE, EXAMPLES, _recommend, first=first, last=last, own=OWN, check=_check)


def _check(given: dict[str, Any], settings: RecommendSettings) -> None:
    named = [flag for flag in ("user", "history", "users") if given[flag]]
    if len(named) > 1:
        raise UsageError(
            f"--{named[0]} and --{named[1]} name different people",
            "recommend to one at a time: leave one out",
        )
    if given["history"]:
        from lfd.cli.recommend.whom import check_history

        check_history(given["history"])
    if settings.sample and named:
        raise UsageError(
            f"--sample draws newcomers, and --{named[0]} names somebody",
            f"leave out --{named[0]} or --sample",
        )
    if "-" in (str(given["users"]), *(given["history"] or ())) and given["run"] in (None, "-"):
        raise UsageError(
            "both the run and the people are to come from stdin", "name the run's folder: lfd recommend RUN"
        )


def _recommend(given: dict[str, Any], resolved: Resolved, console: Console) -> None:
    from lfd.cli.ready import ready
    from lfd.cli.recommend.knobs import Asked, turn
    from lfd.cli.recommend.rows import read_catalogue
    from lfd.cli.recommend.show import Task, print_lists
    from lfd.run.model import read_model_in
    from lfd.run.placing import read_ground

    settings = resolved.settings
    with ready(given["run"], USE, resolved, given["config"], console) as run:
        ground = read_ground(run)
        catalogue = read_catalogue(run)
        people = _people(run, ground, given, len(catalogue.ids), console)
        asked = Asked(*(tuple(given[flag] or ()) for flag in ("more", "less", "axis")))
        turned = turn(run, ground, asked, settings, people.known, console)
        if settings.k > len(catalogue.ids):
            raise UsageError(
                f"lists of {settings.k} items are longer than the catalogue of {len(catalogue.ids)}",
                f"ask for fewer: -k {len(catalogue.ids)}",
            )
        model = read_model_in(run, "raw" if ground.rotation is None else "aligned")
        one = len(people.names) == 1
        why = one if given["why"] is None else given["why"]
        who = "draw" if settings.sample else "" if one and given["users"] is None else "user"
        task = Task(run, ground, model, people, turned, catalogue, settings, why, who)
        print_lists(task, console, given["format"])


def _people(run: Snapshot, ground: Ground, given: dict[str, Any], n_items: int, console: Console) -> Someone:
    from lfd.cli.recommend.whom import new_history, nobody, table_of_people, users_of_run

    if given["user"]:
        return users_of_run(run, ground, given["user"])
    if given["history"] is not None and given["history"] != []:
        return new_history(run, given["history"], console)
    if given["users"] is not None:
        return table_of_people(run, ground, given["users"], console)
    return nobody(ground, n_items)
