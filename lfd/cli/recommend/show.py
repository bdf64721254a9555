"""Lists made and printed, some people at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lfd.cli.console import Console
from lfd.cli.recommend.rows import CARRIED
from lfd.cli.tables import MOST_ROWS_SHOWN, cell, print_columns
from lfd.core.concepts import POPULARITY

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from lfd.cli.recommend.knobs import Turned
    from lfd.cli.recommend.rows import Catalogue
    from lfd.cli.recommend.whom import Someone
    from lfd.core.models.protocol import LatentModel
    from lfd.run.folder import Snapshot
    from lfd.run.placing import Ground
    from lfd.settings.recommending import RecommendSettings

    Floats = npt.NDArray[np.float64]

Columns = dict[str, list[Any]]
LAST = ("score", CARRIED)


@dataclass(frozen=True)
class Task:
    """All that lists are made of.

    Attributes
    ----------
    run, ground, model : the run, its latent space, and what decodes it
    people : to whom
    turned : the knobs
    catalogue : the items
    settings : of the command
    why : whether to tell what carried each item
    who : the column that says whose list it is; empty where there is one list
    """

    run: Snapshot
    ground: Ground
    model: LatentModel
    people: Someone
    turned: Turned
    catalogue: Catalogue
    settings: RecommendSettings
    why: bool
    who: str


def print_lists(task: Task, console: Console, form: str) -> None:
    """Make the lists and print them: CSV and JSON lines as they come, other formats whole."""
    batches = _batches(task, console)
    if form in ("csv", "jsonl"):
        for number, columns in enumerate(batches):
            said = columns if form == "jsonl" else _in_words(columns)
            print_columns(console, said, form, header=number == 0)
        return
    whole: Columns = {}
    for columns in batches:
        for name, values in columns.items():
            whole.setdefault(name, []).extend(values)
        if form == "table" and len(whole["rank"]) > MOST_ROWS_SHOWN:
            break
    if form in ("table", "md"):
        whole = _for_people(_in_words(whole), task.catalogue.attributes)
    print_columns(console, whole, form, _title(task.people, task.turned))


def _batches(task: Task, console: Console) -> Iterator[Columns]:
    """The lists of some people at a time."""
    from lfd.cli.recommend.knobs import warn_of_region
    from lfd.cli.recommend.rows import columns, leanings_of
    from lfd.core.recommending.lists import best_lists, carried
    from lfd.core.steering.turning import moved

    settings, turned, model = task.settings, task.turned, task.model
    leanings = leanings_of(task.run, task.ground) if task.why else None
    for number, (names, places, seen) in enumerate(task.people.batches(model, settings.batch)):
        places = moved(places, turned.steps, turned.amounts)
        if number == 0:
            warn_of_region(task.run, task.ground, places, turned, console)
        if settings.sample:
            places, names = _drawn(task, places), list(range(1, settings.sample + 1))
        left_out = seen if settings.exclude_seen and task.people.known else None
        lists = best_lists(model, places, settings.k, turned.gain, left_out)
        told = None if leanings is None else carried(model, places, lists, leanings, turned.gain, left_out)
        yield columns(names, lists, told, leanings, task.catalogue, task.who)


def _drawn(task: Task, place: Floats) -> Floats:
    """Newcomers around a place."""
    import numpy as np

    from lfd.core.recommending.newcomers import drawn_around

    settings, ground = task.settings, task.ground
    rng, start = np.random.default_rng(settings.seed), np.zeros(ground.rank)
    drawn = drawn_around(start, task.turned.stated, settings.spread, settings.sample, rng)
    return place + ground.spread(drawn)


def _title(people: Someone, turned: Turned) -> str:
    if len(people.names) > 1:
        whom = f"{len(people.names):,} users"
    else:
        whom = {"new": "A new history", "nobody": "A newcomer"}.get(
            str(people.names[0]), f"User {people.names[0]}"
        )
    return f"{whom}, {turned.words}" if turned.words else whom


def _in_words(columns: Columns) -> Columns:
    """What carried each item as one text, as `genre=Drama+ 0.42, year- 0.11`."""
    if CARRIED not in columns:
        return columns
    said = [", ".join(f"{p['factor']} {p['nats']:.2f}" for p in parts) for parts in columns[CARRIED]]
    return columns | {CARRIED: said}


def _for_people(columns: Columns, attributes: Collection[str]) -> Columns:
    """The attributes in one column, and the score in few digits."""
    table = {name: values for name, values in columns.items() if name not in (*attributes, *LAST)}
    shown = [name for name in attributes if name != POPULARITY]
    rows = [[(name, columns[name][row]) for name in shown] for row in range(len(columns["rank"]))]
    table["attributes"] = [
        "; ".join(_attribute(*pair) for pair in own if pair[1] is not None) for own in rows
    ]
    table["score"] = [round(score, 2) for score in columns["score"]]
    return table | ({CARRIED.replace("_", " "): columns[CARRIED]} if CARRIED in columns else {})


def _attribute(name: str, value: Any) -> str:
    """An attribute in words; a number needs its name, and few digits."""
    return f"{name} {value:.4g}" if isinstance(value, int | float) else cell(value)
