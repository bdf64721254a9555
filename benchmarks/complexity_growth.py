"""Do strengths grow with the users as predicted? With the exact null, and with one without saturation.

usage: python benchmarks/complexity_growth.py [--seeds 5] [--synthetic 4000x200,4000x1000] [--factors 5]
A quarter, a half and all of the users of MovieLens 100K (where LFD_TEST_DATA names its folder) and of
bipolar data: the strongest factor and its strength by the formula of the spiked model from the whole; the
mean absolute error over the factors that are above 1.1 in the whole, of the formula and of planting (the
factors of the whole in noise from the part's null); how many factors are found, planted ones seen, and
above 1 by the formula; means over seeds, which draw the users. `exact`: the bipartite configuration model;
`rank one`: degree x degree / interactions. Last the factors that each finds in data of the same degrees
without taste. Some minutes.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass

import numpy as np
from movielens_concepts import films
from scipy import sparse

from lfd.core.complexity import spiked
from lfd.core.complexity.configuration import Configuration, fit_configuration, sample
from lfd.core.complexity.degrees import Choices, as_choices
from lfd.core.complexity.parallel import Edge, parallel_edge
from lfd.core.complexity.planted import seen, signal_of
from lfd.core.complexity.residual import regularised_scale, residual
from lfd.core.complexity.spectrum import Spectrum, leading
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
    columns = ("strongest", "formula", "error", "planted", "factors", "planted", "formula")
    head = "".join(f"{name:>10}" for name in columns)
    print(f"{'data':18} {'null':9} {'share':>6} {head}")
    for name, interactions in data.items():
        for null, fit in NULLS.items():
            whole = measured(interactions, fit, 0)
            above = whole.spectrum.first(int((whole.strength > 1).sum()))
            rng = np.random.default_rng(0)
            signal = signal_of(above, whole.null, whole.scale, whole.edge.of_noise, rng)
            print(
                f"{name:18} {null:9} {1:6.2f} {whole.strength[0]:10.2f} {len(above.values):43d}", flush=True
            )
            for share in (0.5, 0.25):
                rows = [
                    compared(interactions, fit, whole, signal, share, seed) for seed in range(options.seeds)
                ]
                said = "".join(f"{value:10.3f}" for value in np.mean(rows, axis=0))
                print(f"{name:18} {null:9} {share:6.2f}{said}", flush=True)

    print("\nfactors in a draw without taste, of the same degrees (mean over seeds)")
    for name, interactions in data.items():
        exact = fit_configuration(as_choices(interactions).matrix)
        drawn = [sample(exact, np.random.default_rng(seed)) for seed in range(options.seeds)]
        for null, fit in NULLS.items():
            counts = [(measured(choices, fit, seed).strength > 1).sum() for seed, choices in enumerate(drawn)]
            print(f"{name:18} {null:9} {np.mean(counts):6.1f}", flush=True)


@dataclass(frozen=True)
class Measured:
    """What is found in some interactions under a null."""

    choices: Choices
    null: Configuration
    scale: np.ndarray
    edge: Edge
    spectrum: Spectrum

    @property
    def strength(self) -> np.ndarray:
        return self.spectrum.values / self.edge.value


def compared(interactions, fit, whole, signal, share, seed) -> tuple[float, ...]:
    """Strongest factor of a part of the users and by the formula, errors, and numbers of factors."""
    size = round(share * interactions.shape[0])
    chosen = np.sort(np.random.default_rng(seed).permutation(interactions.shape[0])[:size])
    part = measured(interactions[chosen], fit, seed)
    above = whole.strength[: len(signal.values)]
    formula = spiked.strength_among(above, *whole.choices.matrix.shape, part.choices.matrix.shape[0])
    kept = (
        np.searchsorted(whole.choices.users, chosen[part.choices.users]),
        np.searchsorted(whole.choices.items, part.choices.items),
    )
    own = Spectrum(signal.values, signal.users[kept[0]], signal.items[kept[1]])
    rng = np.random.default_rng(seed)
    planted = seen(own, part.null, part.scale, len(above), rng) / part.edge.value
    there = np.maximum(part.strength[: len(above)], 1.0)
    errors = [
        np.abs(there - np.maximum(predicted, 1.0))[above > 1.1].mean()
        for predicted in (formula, planted.mean(axis=0))
    ]
    numbers = (part.strength > 1).sum(), (planted > 1).sum(axis=1).mean(), (formula > 1).sum()
    return part.strength[0], formula[0], *errors, *map(float, numbers)


def measured(interactions: sparse.csr_array, fit, seed: int) -> Measured:
    """Leading singular values and their edge."""
    choices = as_choices(interactions)
    null = fit(choices.matrix)
    scale = regularised_scale(null)
    edge = parallel_edge(null, scale, DRAWS, LEVEL, np.random.default_rng(seed))
    number = min(VALUES, min(choices.matrix.shape) - 1)
    return Measured(choices, null, scale, edge, leading(residual(choices.matrix, null, scale), number))


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
