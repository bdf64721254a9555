"""Do strengths grow with the users as the formula says? With the exact null, and with one without saturation.

usage: python benchmarks/complexity_growth.py [--seeds 5] [--synthetic 4000x200,4000x1000] [--factors 5]
A quarter, a half and all of the users of MovieLens 100K (where LFD_TEST_DATA names its folder) and of bipolar
data: the strongest factor and its prediction from the whole, the mean absolute error of the prediction over
the factors that are above 1.1 in the whole, and how many factors are found and expected; means over seeds,
which draw the users. `exact`: the bipartite configuration model; `rank one`: degree x degree / interactions.
Last the factors that each finds in data of the same degrees without taste. A minute or two.
"""

from __future__ import annotations

import argparse
import os

import numpy as np
from movielens_concepts import films
from scipy import sparse

from lfd.core.complexity import spiked
from lfd.core.complexity.configuration import Configuration, fit_configuration, sample
from lfd.core.complexity.degrees import as_choices
from lfd.core.complexity.parallel import parallel_edge
from lfd.core.complexity.residual import regularised_scale, residual
from lfd.core.complexity.spectrum import leading
from lfd.core.synthetic import generate
from lfd.settings.synthetic import GenDataSettings

VALUES, DRAWS, LEVEL, ALMOST_SURE = 40, 10, 0.01, 1 - 1e-9


def main() -> None:
    """Print the table of every data set."""
    options = parsed()
    data = {}
    if os.environ.get("LFD_TEST_DATA"):
        data["MovieLens 100K"] = films([])[0]
    for size in options.synthetic.split(","):
        users, items = map(int, size.split("x"))
        settings = GenDataSettings(
            generator="bipolar", users=users, items=items, factors=options.factors, interactions="30",
            popularity=1.0,
        )  # fmt: skip
        data[f"bipolar {size}"] = generate(settings).dataset().interactions
    head = f"{'strongest':>10} {'formula':>8} {'error':>7} {'factors':>8} {'expected':>9}"
    print(f"{'data':18} {'null':9} {'share':>6} {head}")
    for name, interactions in data.items():
        for null, fit in NULLS.items():
            whole = strengths(interactions, fit, 0)
            for share in (0.25, 0.5, 1.0):
                seeds = range(options.seeds if share < 1 else 1)
                rows = [compared(interactions, fit, whole, share, seed) for seed in seeds]
                strongest, formula, error, factors, expected = np.mean(rows, axis=0)
                said = f"{strongest:10.2f} {formula:8.2f} {error:7.3f} {factors:8.1f} {expected:9.1f}"
                print(f"{name:18} {null:9} {share:6.2f} {said}", flush=True)

    print("\nfactors in a draw without taste, of the same degrees (mean over seeds)")
    for name, interactions in data.items():
        exact = fit_configuration(as_choices(interactions).matrix)
        drawn = [sample(exact, np.random.default_rng(seed)) for seed in range(options.seeds)]
        for null, fit in NULLS.items():
            counts = [(strengths(choices, fit, seed)[0] > 1).sum() for seed, choices in enumerate(drawn)]
            print(f"{name:18} {null:9} {np.mean(counts):6.1f}", flush=True)


def compared(interactions, fit, whole, share, seed) -> tuple[float, float, float, float, float]:
    """Strongest factor of a part of the users and by the formula, mean error, and numbers of factors."""
    strength, users, items = whole
    above = strength[strength > 1]
    clear = above > 1.1
    chosen = np.random.default_rng(seed).permutation(interactions.shape[0])[
        : round(share * interactions.shape[0])
    ]
    found, m, _ = strengths(interactions[np.sort(chosen)], fit, seed)
    predicted = spiked.strength_among(above, users, items, m)
    there = np.maximum(found[: len(above)], 1.0)
    there = np.pad(there, (0, len(above) - len(there)), constant_values=1.0)
    error = float(np.abs(there - predicted)[clear].mean())
    expected = float((spiked.users_needed(above, users, items) <= m).sum())
    return found[0], predicted[0], error, float((found > 1).sum()), expected


def strengths(interactions: sparse.csr_array, fit, seed: int) -> tuple[np.ndarray, int, int]:
    """Leading singular values over the edge, and users and items that tell something."""
    choices = as_choices(interactions).matrix
    null = fit(choices)
    scale = regularised_scale(null)
    edge = parallel_edge(null, scale, DRAWS, LEVEL, np.random.default_rng(seed))
    values = leading(residual(choices, null, scale), min(VALUES, min(choices.shape) - 1)).values
    return values / edge.value, *choices.shape


def rank_one(choices: sparse.csr_array) -> Configuration:
    """The null that forgets saturation: degree x degree / interactions, below 1."""
    null = fit_configuration(choices)
    expected = np.outer(null.users.degree, null.items.degree) / choices.nnz
    return Configuration(null.users, null.items, np.minimum(expected, ALMOST_SURE))


NULLS = {"exact": fit_configuration, "rank one": rank_one}


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--synthetic", default="4000x200,4000x1000")
    parser.add_argument("--factors", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
