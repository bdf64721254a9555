"""Where nothing is to be found, and where items are rare: which edge of chance is right more often?

usage: python benchmarks/complexity_null.py [--rounds 100] [--skews 0,0.5,0.8,1,1.2] [--users 2000]
           [--items 500] [--interactions 20] [--factors 3] [--nulls parallel,biwhitening]
Bipolar data of strength 0 (no taste): how often no factor is found, by skew of popularity (the exponent of
Zipf's law); then data with taste: how often the number of main factors is right. Last the exclusive data,
which are a plane, with and without noise. About 0.6 s a data set and null.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy import sparse

from lfd.core.complexity.factors import Factors, find_factors
from lfd.core.synthetic import generate
from lfd.settings.complexity import ComplexitySettings
from lfd.settings.synthetic import GenDataSettings

EXCLUSIVE_SEEDS = 10


def main() -> None:
    """Print the tables."""
    options = parsed()
    nulls, skews = options.nulls.split(","), [float(skew) for skew in options.skews.split(",")]
    for title, strength, factors in (("no taste", 0.0, 0), ("taste", 1.5, options.factors)):
        print(f"{title}: data sets of {options.rounds} with {factors} main factors ({strength=})")
        print(f"{'Zipf':>5} " + " ".join(f"{null:>12}" for null in nulls))
        for skew in skews:
            right = dict.fromkeys(nulls, 0)
            for seed in range(options.rounds):
                interactions = bipolar(options, skew, strength, seed)
                for null in nulls:
                    right[null] += counted(interactions, null, seed) == factors
            print(f"{skew:5.1f} " + " ".join(f"{right[null]:12d}" for null in nulls), flush=True)
    print(f"\nexclusive data: data sets of {EXCLUSIVE_SEEDS} with 2 factors, both main")
    for noise in (0.0, 0.1, 0.2):
        kinds = {choice: exclusive(noise, choice, nulls) for choice in ("uniform", "normal")}
        print(f"noise {noise}: " + "; ".join(f"{choice} choice {found}" for choice, found in kinds.items()))


def counted(interactions: sparse.csr_array, null: str, seed: int) -> int:
    """Main factors; of data in which there are none, what is above the edge."""
    return len(measured(interactions, null, seed).main)


def measured(interactions: sparse.csr_array, null: str, seed: int) -> Factors:
    """The factors of a data set."""
    return find_factors(interactions, ComplexitySettings(null=null, seed=seed), np.random.default_rng(seed))


def bipolar(options: argparse.Namespace, skew: float, strength: float, seed: int) -> sparse.csr_array:
    """Choices by popularity, and by taste where strength is above 0."""
    settings = GenDataSettings(
        generator="bipolar", users=options.users, items=options.items, factors=options.factors,
        interactions=options.interactions, strength=strength, popularity=skew, seed=seed,
    )  # fmt: skip
    return generate(settings).dataset().interactions


def exclusive(noise: float, choice: str, nulls: list[str]) -> str:
    """How often two factors are found in the three exclusive groups, by null."""
    right = dict.fromkeys(nulls, 0)
    for seed in range(EXCLUSIVE_SEEDS):
        data = generate(GenDataSettings(noise=noise, choice=choice, seed=seed)).dataset()
        for null in nulls:
            found = measured(data.interactions, null, seed)
            right[null] += found.number == len(found.main) == 2
    return ", ".join(f"{null} {number}" for null, number in right.items())


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--skews", default="0,0.5,0.8,1,1.2")
    parser.add_argument("--users", type=int, default=2_000)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--interactions", default="20")
    parser.add_argument("--factors", type=int, default=3)
    parser.add_argument("--nulls", default="parallel,biwhitening")
    return parser.parse_args()


if __name__ == "__main__":
    main()
