"""How often is the number of main factors right? Bipolar data, a grid of kinds and sizes, a data set each.

usage: python benchmarks/complexity_count.py [--sizes 1000x200,4000x200,4000x2000,20000x1000] [--factors 1-10]
           [--strengths 1,1.5,2] [--interactions 10,20,40] [--popularity 0] [--null parallel] [--seed 0]
Prints a row a size and distribution, then the share that is exactly right by the predicted strength of the
weakest factor, which is that of the k-th singular value for k true factors; last what was wrong. 1 to 6 s a
data set (1,080 in the whole grid: about an hour).
"""

from __future__ import annotations

import argparse
import itertools
import time

import numpy as np
import pandas as pd

from lfd.core.complexity.factors import find_factors
from lfd.core.synthetic import generate
from lfd.settings.complexity import ComplexitySettings
from lfd.settings.synthetic import GenDataSettings

DISTRIBUTIONS = ("uniform", "normal", "laplace")
CLASSES = (0.0, 1.0, 1.1, 1.25, 1.5, 2.0, np.inf)


def main() -> None:
    """Print the tables."""
    options = parsed()
    rows = []
    for size, distribution in itertools.product(options.sizes.split(","), DISTRIBUTIONS):
        users, items = map(int, size.split("x"))
        begun, here = time.perf_counter(), []
        for number, (factors, strength, interactions) in enumerate(grid(options)):
            seed = options.seed + number
            data = generate(
                GenDataSettings(
                    generator="bipolar", users=users, items=items, factors=factors, seed=seed,
                    strength=strength, interactions=interactions, strength_distribution=distribution,
                    popularity=options.popularity,
                )
            ).dataset()  # fmt: skip
            settings = ComplexitySettings(null=options.null, seed=seed)
            found = find_factors(data.interactions, settings, np.random.default_rng(seed))
            weakest = float(found.strength[factors - 1])
            here.append(
                (size, distribution, factors, strength, interactions, weakest, len(found.main), found.number)
            )
        rows += here
        right = np.mean([row[6] == row[2] for row in here])
        seconds = (time.perf_counter() - begun) / len(here)
        print(
            f"{size:>12} {distribution:8} {len(here):4} data sets, {right:6.1%} right, {seconds:.1f} s each",
            flush=True,
        )
    names = ["size", "distribution", "factors", "strength", "interactions", "weakest", "main", "found"]
    show(pd.DataFrame(rows, columns=names))


def grid(options: argparse.Namespace) -> list[tuple[int, float, str]]:
    """Numbers of factors, strengths and interactions a user."""
    low, _, high = options.factors.partition("-")
    return list(
        itertools.product(
            range(int(low), int(high or low) + 1),
            map(float, options.strengths.split(",")),
            options.interactions.split(","),
        )
    )


def show(table: pd.DataFrame) -> None:
    """Shares right by the weakest factor's strength, in all and by size; and the failures above 1.1."""
    table["right"] = table["main"] == table["factors"]
    table["class"] = pd.cut(table["weakest"], list(CLASSES), right=False)
    print("\nshare exactly right by the weakest true factor's strength")
    by_size = table.pivot_table(index="class", columns="size", values="right", observed=False, dropna=False)
    all_sizes = table.groupby("class", observed=False)["right"].agg(["mean", "count"])
    print(by_size.join(all_sizes).round(3).to_string())
    above = table[table["weakest"] > 1.1]
    print(f"\nabove 1.1: {above['right'].sum()} of {len(above)} right ({above['right'].mean():.1%}); wrong:")
    print(above[~above["right"]].drop(columns=["right", "class"]).round(2).to_string(index=False))


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="1000x200,4000x200,4000x2000,20000x1000")
    parser.add_argument("--factors", default="1-10")
    parser.add_argument("--strengths", default="1,1.5,2")
    parser.add_argument("--interactions", default="10,20,40")
    parser.add_argument("--popularity", type=float, default=0.0)
    parser.add_argument("--null", default="parallel")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
