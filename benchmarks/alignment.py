"""How well are factors found in latent space? Against the truth and a supervised ceiling, on held-out users.

usage: python benchmarks/alignment.py [--seeds 3] [--first 0] [--models svd,vae,ae] [--factors 4]
           [--distribution normal] [--settings independent,...] [--latent 16] [--nominal]
For every setting: the mean |Spearman| of the ridge from z to the true strengths (the ceiling), the same from
the raw histories, and how far below the ceiling the worst factor is (mean over seeds) by the best raw axis,
its aligned axis, its steering and its reading direction; last the seeds whose worst factor is read within
0.01 of the ceiling, and the largest distance of all. A seed takes about 7 s (vae), 3 s (ae), 4 s (svd).
"""

from __future__ import annotations

import argparse

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.alignment.align import align
from lfd.core.attributes import read_attributes
from lfd.core.evaluation.factors import TrueFactors
from lfd.core.evaluation.space import Positions, alignments
from lfd.core.evaluation.truth import evaluate_truth
from lfd.core.models.build import build_model
from lfd.core.models.protocol import LatentModel
from lfd.core.synthetic import generate
from lfd.core.training.fit import fit
from lfd.settings.alignment import AlignSettings
from lfd.settings.synthetic import FactorSpec, GenDataSettings
from lfd.settings.training import TrainSettings

Floats = npt.NDArray[np.float64]

USERS, ITEMS, HELD_OUT = 5_000, 300, 1_000
SETTINGS: dict[str, dict[str, float | int | str]] = {
    "independent": {},
    "strengths correlated .5": {"strength_correlation": 0.5},
    "attributes correlated .5": {"attribute_correlation": 0.5},
    "both .5": {"strength_correlation": 0.5, "attribute_correlation": 0.5},
    "30 % of labels wrong": {"wrong_labels": 0.3},
    "half of the labels missing": {"missing_labels": 0.5},
    "one factor without metadata": {"hidden_factors": 1},
    "10 interactions a user": {"interactions": "10"},
}
PLACES = ("raw", "aligned", "steering", "reading")


def main() -> None:
    """Print the table of every model."""
    options = parsed()
    seeds = range(options.first, options.first + options.seeds)
    wanted = options.settings.split(",") if options.settings else list(SETTINGS)
    for model in options.models.split(","):
        places = " ".join(f"{place:>8}" for place in PLACES)
        print(f"{model:28} ceiling  from X  {places}   within .01   largest", flush=True)
        for name in wanted:
            runs = [one_run(model, SETTINGS[name], seed, options) for seed in seeds]
            ceiling, histories = (np.mean([run[k].mean() for run in runs]) for k in (0, 1))
            below = np.array([(run[0][:, None] - run[2]).max(axis=0) for run in runs])  # seeds x places
            print(
                f"{name:28} {ceiling:7.3f} {histories:7.3f}  "
                + " ".join(f"{distance:8.3f}" for distance in below.mean(axis=0))
                + f"   {(below[:, -1] <= 0.01).sum():4d} of {len(runs):<4d} {below[:, -1].max():7.3f}",
                flush=True,
            )


def one_run(
    name: str, setting: dict[str, float | int | str], seed: int, options: argparse.Namespace
) -> tuple[Floats, Floats, Floats]:
    """Per factor with metadata: the ceiling from z, that from X, and |Spearman| by each place."""
    specs = tuple(FactorSpec(f"factor{f}", ordered=not options.nominal) for f in range(options.factors))
    data = generate(
        GenDataSettings(
            generator="bipolar", users=USERS, items=ITEMS, factors=specs, seed=seed,
            strength_distribution=options.distribution, **setting,
        )
    ).dataset()  # fmt: skip
    teach = slice(0, USERS - HELD_OUT)
    model = trained(name, data.interactions[teach], seed, options.latent)
    z, deviations = model.encode(data.interactions)
    found = align(
        model, data.interactions[teach], read_attributes(data.items, data.schema),
        AlignSettings(permutations=199, moved=20, seed=seed), latents=(z[teach], deviations[teach]),
    )  # fmt: skip
    factors = list(data.schema)
    truth = data.users[[f"truth.{factor}" for factor in factors]].to_numpy(np.float64)
    outcome = evaluate_truth(
        TrueFactors(tuple(factors), truth, exclusive=False),
        Positions(z, alignments(found), noisy=bool((deviations > 0).any())),
        data.interactions,
        np.arange(USERS) >= USERS - HELD_OUT,
    )
    reached = {m.name: [m.parts[factor] for factor in factors] for m in outcome.measures if m.parts}
    places = np.array([reached[f"truth_{place}"] for place in PLACES]).T
    return np.array(reached["truth_ridge_z"]), np.array(reached["truth_ridge_x"]), places


def trained(name: str, interactions: sparse.csr_array, seed: int, latent: int) -> LatentModel:
    """A model of the training users."""
    fitted = fit(interactions, TrainSettings(model=name, seed=seed, latent=latent))
    return build_model(fitted.config, fitted.weights)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--models", default="svd,vae,ae")
    parser.add_argument("--factors", type=int, default=4)
    parser.add_argument("--latent", type=int, default=16)
    parser.add_argument("--distribution", default="normal", choices=("uniform", "normal", "laplace"))
    parser.add_argument("--settings", default="", help=f"some of: {', '.join(SETTINGS)}")
    parser.add_argument("--nominal", action="store_true", help="factors whose values have no known order")
    return parser.parse_args()


if __name__ == "__main__":
    main()
