"""Is p what it says? How often shuffled labels pass each level, over how often they should: 1.00 is right.

usage: python benchmarks/calibration.py RUN [RUN ...] [--rounds 10] [--observed 1000]

RUN has been traversed in the model's own axes (lfd traverse RUN --raw). Magnitude of Change and Sampling,
entropy. Value rows have p in closed form; under them, what p would be with other tails, Pearson III alone
and normal. An attribute's own row has p from 1,000 shuffles: each round draws them, and `observed` others
that stand in for the data. Levels are means over signed axes, values and shuffles; "worst" is the value (or
signed axis) that passes 0.001 most often. MovieLens 100K with 64 signed axes, --rounds 1 --observed 500: 36
CPU seconds; with the defaults some 20 times that.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse, stats

from lfd.core.attributes import Attribute
from lfd.core.decoding.lists import moved_lists
from lfd.core.decoding.magnitude import joined
from lfd.core.decoding.positions import frame
from lfd.core.decoding.ranking import recommend
from lfd.core.models.scores import item_scores
from lfd.core.significance.cumulants import Cumulants, permutation_cumulants
from lfd.core.significance.entropies import entropy_draws
from lfd.core.significance.null import LabelNull, plan_chance
from lfd.core.significance.tails import from_draws, two_sided
from lfd.run.dataset import INTERACTIONS, read_items_and_attributes
from lfd.run.folder import open_snapshot
from lfd.run.latents import read_latents
from lfd.run.model import read_model
from lfd.run.tables import Reader, read_frame
from lfd.run.traversals import read_moved_users, read_walked
from lfd.settings.decoding import Weighting

Floats = npt.NDArray[np.float64]
LEVELS = (0.05, 0.01, 1e-3, 1e-4)
SHUFFLES = 1_000


def main() -> None:
    """Print the table."""
    options = parsed()
    head = " ".join(f"{level:>6g}" for level in LEVELS)
    print(f"{'run':8} {'method':8} {'attribute':11} {'rows':24} {'cells':>5} {head}  worst at 0.001")
    for run in options.runs:
        with open_snapshot(run) as opened:
            items, attributes = read_items_and_attributes(opened)
            counted = read_frame(opened, INTERACTIONS)["item"].value_counts()
            popularity = counted.reindex(items["item"]).fillna(0).to_numpy(np.float64)
            methods = {"mc": changes(opened, len(items)), "sample": samples(opened, len(items))}
        for method, (lists, rises) in methods.items():
            for attribute in attributes:
                for name, ratios in rows(lists, rises, attribute, popularity, options):
                    mean = " ".join(f"{x:6.2f}" for x in ratios.mean(axis=1))
                    said = (
                        f"{run.name:8} {method:8} {attribute.name:11} {name:24} {ratios.shape[1]:>5} {mean}"
                    )
                    print(f"{said}  {ratios[2].max():.2f}", flush=True)


def changes(run: Reader, n_items: int) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Magnitude of Change: the distinct lists, and how the mean over users rises on each, by signed axis."""
    items, walked = read_frame(run, "data/items.parquet")["item"], read_walked(run)
    n_axes = walked.n_axes
    lists = moved_lists(joined(list(read_moved_users(run, walked, items))), n_axes, n_items)
    change = lists.changes
    entries = np.repeat([1.0, -1.0], len(change.unit)) / len(lists.place)
    where = (np.tile(change.unit, 2), np.concatenate([change.after, change.before]))
    shape = (2 * n_axes, lists.weights.shape[0])
    return lists.weights, sparse.coo_array((entries, where), shape=shape).tocsr()


def samples(run: Reader, n_items: int) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Sampling: the catalogue and each signed axis's mean list, and the change from the one to the other."""
    model, means = read_model(run), read_latents(run)[1]
    units = np.eye(means.shape[1])
    centre, deviation = frame(means, units, "users")
    out = 1 + 0.2 * np.random.default_rng(0).standard_normal(200)
    lists = [np.full(n_items, 1 / n_items)]
    for unit, width in zip(units, deviation, strict=True):
        for side in (-1, 1):
            scores = item_scores(model, centre + np.outer(side * out * width, unit))
            lists.append(recommend(scores, Weighting("top", 10)).matrix(n_items).mean(axis=0))
    after = np.arange(1, len(lists))
    entries = (np.repeat([1.0, -1.0], len(after)), (np.tile(after - 1, 2), np.append(after, 0 * after)))
    return sparse.csr_array(np.array(lists)), sparse.coo_array(entries).tocsr()


def rows(
    lists: sparse.csr_array,
    rises: sparse.csr_array,
    attribute: Attribute,
    popularity: Floats,
    options: argparse.Namespace,
) -> Iterator[tuple[str, Floats]]:
    """Names of the table's rows, and levels x cells: how often each is passed, over the level."""
    total = options.rounds * options.observed
    (null,) = plan_chance([attribute], popularity, np.random.default_rng(0), total).nulls
    scaled = null.scaled(lists)
    yield from value_rows(scaled, rises, null)
    base = len(attribute.values)
    ratios = []
    for number in range(options.rounds):
        (own,) = plan_chance([attribute], popularity, np.random.default_rng([1, number]), SHUFFLES).nulls
        (other,) = plan_chance(
            [attribute], popularity, np.random.default_rng([2, number]), options.observed
        ).nulls
        draws = -entropy_draws(scaled, rises, own, base)
        observed = -entropy_draws(scaled, rises, other, base)
        p = np.array([from_draws(one, draws, own.least_p(own.membership)) for one in observed])
        ratios.append(passed(p))
    yield "attribute", np.mean(ratios, axis=0)


def value_rows(
    scaled: sparse.csr_array, rises: sparse.csr_array, null: LabelNull
) -> Iterator[tuple[str, Floats]]:
    """p of the values' rows by this program's tail and by two others; a value is a cell."""
    moved, labels = (rises @ scaled).toarray(), null.membership
    chance = permutation_cumulants(moved, labels, null.strata)
    least = np.array([null.least_p(column[:, None]) for column in labels.T])
    counts = {name: [] for name in ("values", "values, Pearson III", "values, normal")}
    for orders in null.orders():
        observed = moved @ labels[orders]  # shuffles x signed axes x values
        many = Cumulants(*(np.broadcast_to(a, observed.shape) for a in vars(chance).values()))
        varies = chance.deviation > 1e-9
        z = np.divide(observed - chance.mean, chance.deviation, out=np.zeros_like(observed), where=varies)
        own = two_sided(observed, many, least)
        gamma = stats.pearson3.sf(np.abs(z), np.where(z > 0, many.skew, -many.skew))
        for name, p in zip(counts, (own, 2 * gamma, 2 * stats.norm.sf(np.abs(z))), strict=True):
            shown = np.where(varies, p, np.nan).reshape(-1, labels.shape[1])
            counts[name].append(passed(shown))
    yield from ((name, np.nanmean(ratios, axis=0)) for name, ratios in counts.items())


def passed(p: Floats) -> Floats:
    """Levels x cells: the share of rows in which p is at most the level, over the level."""
    known = ~np.isnan(p)
    cells = known.any(axis=0)
    return np.array(
        [
            ((p <= level) & known)[:, cells].sum(axis=0) / known[:, cells].sum(axis=0) / level
            for level in LEVELS
        ]
    )


def parsed() -> argparse.Namespace:
    """Options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", metavar="RUN", type=Path)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--observed", type=int, default=1_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
