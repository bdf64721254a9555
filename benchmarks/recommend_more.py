"""On held-out users: in how many does `--more VALUE` raise the value's share of the top 10? For every genre.

usage: python benchmarks/recommend_more.py RUN [--attribute genre] [--strength 2] [--k 10]
RUN: a run that is aligned and encoded (lfd recommend RUN makes it so). Users whom the model was not trained
on get the lists that `lfd recommend RUN --user USER --more VALUE` gives them, by label, in latent space (the
default kind of direction), and by both: the same functions, all users at once.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from lfd.cli.console import Console
from lfd.cli.recommend.knobs import Asked, turn
from lfd.cli.recommend.whom import users_of_run
from lfd.core.recommending.lists import best_lists
from lfd.core.steering.turning import moved
from lfd.core.training.split import TRAIN
from lfd.run.folder import Snapshot, open_snapshot
from lfd.run.model import read_model_in, read_split
from lfd.run.placing import read_found, read_ground, read_levels
from lfd.settings.recommending import RecommendSettings

HOWS = ("labels", "latent", "both")


def main() -> None:
    """Print a row a value: users in whom its share rose, and the mean share before and after."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--attribute", default="genre")
    parser.add_argument("--strength", type=float, default=2.0)
    parser.add_argument("--k", type=int, default=10)
    options = parser.parse_args()
    settings = RecommendSettings(k=options.k, strength=options.strength)
    with open_snapshot(options.run) as run:
        table, users = shares(run, options.attribute, settings)
    print(f"{users} held-out users, top {options.k}, strength {options.strength:g}")
    print(table.to_string(index=False, float_format=lambda x: f"{x:.2f}"))
    print(table.drop(columns="value").mean().round(3).to_string())


def shares(run: Snapshot, attribute: str, settings: RecommendSettings) -> tuple[pd.DataFrame, int]:
    """The table, and how many users it is over."""
    split = read_split(run)
    ground, found = read_ground(run), read_found(run)
    held_out = split.loc[split["part"] != TRAIN, "user"]
    people = users_of_run(run, ground, [str(user) for user in held_out])
    model = read_model_in(run, "raw" if ground.rotation is None else "aligned")
    nothing = np.zeros(model.n_items)
    before = best_lists(model, people.places, settings.k, nothing, people.seen).item
    rows = []
    for concept in found.concepts:
        if concept.attribute != attribute or concept.value is None:
            continue
        has = read_levels(run, [(attribute, concept.value)])[:, 0]
        row = {"value": concept.value, "before": float(has[before].mean())}
        for how in HOWS:
            asked = Asked((concept.name,), (), ())
            turned = turn(run, ground, asked, replace(settings, how=how), True, Console(quiet=True))
            places = moved(people.places, turned.steps, turned.amounts)
            after = best_lists(model, places, settings.k, turned.gain, people.seen).item
            rose = has[after].mean(axis=1) > has[before].mean(axis=1)
            row |= {f"{how}: after": float(has[after].mean()), f"{how}: rose": float(rose.mean())}
        rows.append(row)
    return pd.DataFrame(rows), len(held_out)


if __name__ == "__main__":
    main()
