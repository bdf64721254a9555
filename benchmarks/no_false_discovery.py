"""Does decoding find anything where nothing is? Labels that mean nothing, and a model of shuffled choices.

usage: python benchmarks/no_false_discovery.py [--rounds 50] [--model vae] [--users 300]
           [--null labels|choices] [--permutations 200] [--concepts genre=Drama,year]
           [--kind steering]
finds ml-100k/ in the folder that LFD_TEST_DATA names. `labels`: one model; each round shuffles the films'
metadata among the films and aligns the model to it, as a user would. `choices`: each round shuffles who
chose what (every user and film keeps its count) and trains a model of it. Both decode raw axes, aligned axes
and directions of one kind by Magnitude of Change and Sampling, and print the share of cells with p < 0.05
and with q < 0.05: in mean over rounds, and the rounds with any q < 0.05. `own`: cells of a unit's own
attribute, where labels helped to fit it. popularity, which is no label, is left out. About 20 s a round.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from movielens_concepts import films, trained
from scipy import sparse

from lfd.core.alignment.align import align
from lfd.core.alignment.directions import KINDS
from lfd.core.alignment.rotated import AlignedModel
from lfd.core.alignment.units import Units, fitted_in, raw_axes, units
from lfd.core.attributes import Attribute
from lfd.core.decoding.magnitude import magnitude_of_change
from lfd.core.decoding.sampling import decode_samples
from lfd.core.decoding.traversal import traverse_users
from lfd.core.models.axes import axis_statistics
from lfd.core.models.protocol import LatentModel
from lfd.core.models.reliability import axis_reliability
from lfd.core.significance.null import plan_chance
from lfd.settings.alignment import AlignSettings
from lfd.settings.decoding import DecodeSampleSettings, TraverseSettings

Floats = npt.NDArray[np.float64]
LEVEL = 0.05


def main() -> None:
    """Print the table."""
    options = parsed()
    interactions, attributes = films(["genre", "year", "rating"])
    found = []
    for number, (model, choices, labels) in enumerate(rounds(options, interactions, attributes)):
        tables = pd.concat(one_round(model, choices, labels, options, number))
        found.append(tables.groupby(["unit", "method", "rows"]).apply(shares).assign(round=number))
        print(f"round {number + 1} of {options.rounds}", flush=True)
    every = pd.concat(found).groupby(level=[0, 1, 2], sort=False)
    print(every[["cells", "p", "q", "any"]].mean().round(4).to_string())


def rounds(
    options: argparse.Namespace, interactions: sparse.csr_array, attributes: list[Attribute]
) -> Iterator[tuple[LatentModel, sparse.csr_array, list[Attribute]]]:
    rng = np.random.default_rng(0)
    model = trained(options.model, interactions, 0, 16) if options.null == "labels" else None
    for seed in range(options.rounds):
        if model is not None:
            order = rng.permutation(interactions.shape[1])
            yield model, interactions, [replace(a, membership=a.membership[order]) for a in attributes]
        else:
            choices = shuffled(interactions, rng)
            yield trained(options.model, choices, seed, 16), choices, attributes


def shuffled(interactions: sparse.csr_array, rng: np.random.Generator) -> sparse.csr_array:
    """Who chose what at random, every user and item with its count: curveball trades (Strona et al. 2014)."""
    rows = [
        interactions.indices[a:b] for a, b in zip(interactions.indptr, interactions.indptr[1:], strict=False)
    ]
    mine = [set(row.tolist()) for row in rows]
    for _ in range(5 * len(mine)):  # curveball trades between pairs of users
        one, other = rng.choice(len(mine), 2, replace=False)
        both = mine[one] & mine[other]
        free = np.array(sorted((mine[one] | mine[other]) - both))
        rng.shuffle(free)
        keeps = len(mine[one]) - len(both)
        mine[one], mine[other] = both | set(free[:keeps].tolist()), both | set(free[keeps:].tolist())
    indices = np.concatenate([np.array(sorted(row), dtype=np.int64) for row in mine])
    return sparse.csr_array(
        (np.ones(len(indices), np.float32), indices, interactions.indptr), interactions.shape
    )


def one_round(
    model: LatentModel,
    interactions: sparse.csr_array,
    attributes: list[Attribute],
    options: argparse.Namespace,
    seed: int,
) -> Iterator[pd.DataFrame]:
    latents = model.encode(interactions)
    concepts = tuple(filter(None, options.concepts.split(",")))
    settings = AlignSettings(permutations=199, moved=20, seed=seed, concepts=concepts)
    found = align(model, interactions, attributes, settings, latents=latents)
    popularity = np.asarray(interactions.sum(axis=0), dtype=np.float64)
    turned = AlignedModel(model, found.rotation)
    aligned = turned.encode(interactions)
    walked = units(found.rotation, fitted_in(found, options.kind), "both", aligned=True)
    for name, where, (means, deviations), unit in (
        ("raw axis", model, latents, raw_axes(model.n_latent)),
        ("aligned", turned, aligned, walked),
    ):
        known = axis_reliability(where, interactions)
        active = axis_statistics(means, deviations, reliability=known)["active"].to_numpy()
        rng = np.random.default_rng(seed)
        chance = plan_chance(attributes, popularity, rng, options.permutations, 100, unit.fitted_to)
        for table in decoded(where, means, attributes, unit, chance, active, options, seed):
            yield labelled(table, name, unit)


def decoded(model, means, attributes, unit, chance, active, options, seed):  # type: ignore[no-untyped-def]
    along = {"directions": unit.directions, "held_out": unit.held_out}
    settings = TraverseSettings(users=options.users)
    chunks = traverse_users(model, means, settings, np.random.default_rng(seed), **along)
    common = {"chance": chance, "active": active}
    yield magnitude_of_change(chunks, attributes, unit.n_axes, directions=unit.names, **common)
    yield decode_samples(
        model, means, attributes, DecodeSampleSettings(), np.random.default_rng(seed),
        names=unit.names, **along, **common,
    )  # fmt: skip


def labelled(table: pd.DataFrame, name: str, unit: Units) -> pd.DataFrame:
    """Each cell with the kind of its unit, and whether the unit was fitted to its attribute."""
    direction = table["direction"].notna()
    number = table["axis"] + unit.n_axes * direction
    concept = number.map(lambda n: unit.fitted_to[n] or "")
    own = concept.str.partition("=")[0] == table["attribute"]
    kind = np.where(direction, "direction", np.where(concept != "", "named axis", name + ""))
    rows = np.where(table["value"].isna(), "attribute", "value")
    return table.assign(unit=kind, rows=np.char.add(rows.astype(str), np.where(own, " own", "")))


def shares(cells: pd.DataFrame) -> pd.Series:
    counted = cells[cells["q"].notna()]
    low = counted["q"] < LEVEL
    return pd.Series(
        {"cells": len(counted), "p": (counted["p"] < LEVEL).mean(), "q": low.mean(), "any": low.any()}
    )


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--model", default="vae")
    parser.add_argument("--users", type=int, default=300)
    parser.add_argument("--permutations", type=int, default=200)
    parser.add_argument("--concepts", default="", help="name the axes so, instead of as align would")
    parser.add_argument("--kind", default="steering", choices=KINDS)
    parser.add_argument("--null", default="labels", choices=("labels", "choices"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
