"""How well are factors found in latent space? Against the truth and a supervised ceiling, on held-out users.

usage: python benchmarks/alignment.py [--seeds 3] [--models svd,vae,ae] [--factors 4] [--distribution normal]
           [--settings independent,...] [--latent 16] [--nominal]
For every setting: the mean |Spearman| of the ridge from z to the true strengths (the ceiling), the same from
the raw histories, and how far below the ceiling the worst factor is (mean over seeds) by the best raw axis,
its aligned axis, its steering and its reading direction; last the seeds whose worst factor is read within
0.01 of the ceiling, and the largest distance of all. A seed takes about 7 s (vae), 3 s (ae), 2 s (svd).
"""

from __future__ import annotations

import argparse

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.stats import rankdata

from lfd.core.alignment.align import Alignment, align
from lfd.core.attributes import read_attributes
from lfd.core.models.protocol import LatentModel
from lfd.core.models.svd import fit_svd, svd_model
from lfd.core.models.wrapper import build_model
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
    wanted = options.settings.split(",") if options.settings else list(SETTINGS)
    for model in options.models.split(","):
        places = " ".join(f"{place:>8}" for place in PLACES)
        print(f"{model:28} ceiling  from X  {places}   within .01   largest", flush=True)
        for name in wanted:
            runs = [one_run(model, SETTINGS[name], seed, options) for seed in range(options.seeds)]
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
    teach, test = slice(0, USERS - HELD_OUT), slice(USERS - HELD_OUT, USERS)
    model = trained(name, data.interactions[teach], seed, options.latent)
    z, deviations = model.encode(data.interactions)
    found = align(
        model, data.interactions[teach], read_attributes(data.items, data.schema),
        AlignSettings(permutations=199, moved=20, seed=seed), latents=(z[teach], deviations[teach]),
    )  # fmt: skip
    factors = list(data.schema)
    truth = data.users[[f"truth.{factor}" for factor in factors]].to_numpy(np.float64)
    from_z = ridge(z, truth, teach)[test]
    from_x = ridge(data.interactions.toarray().astype(np.float64), truth, teach)[test]
    places = [at_places(found, z[test], truth[test, f], factor) for f, factor in enumerate(factors)]
    return paired(from_z, truth[test]), paired(from_x, truth[test]), np.array(places)


def trained(name: str, interactions: sparse.csr_array, seed: int, latent: int) -> LatentModel:
    """A model of the training users."""
    if name == "svd":
        return svd_model(fit_svd(interactions, latent)[1])
    fitted = fit(interactions, TrainSettings(model=name, seed=seed, latent=latent))
    return build_model(fitted.config, fitted.weights)


def at_places(found: Alignment, z: Floats, strength: Floats, factor: str) -> list[float]:
    """|Spearman| of a factor's strength by the best raw axis, the best aligned axis and both directions.

    The direction is that of the ordered attribute as a whole, or of the value most surely there; neither is
    chosen by the truth. Both axes are, to their advantage.
    """
    aligned = found.rotation.align(z)
    own = found.table[found.table["attribute"] == factor].sort_values(
        ["kind", "z_given"], ascending=[True, False]
    )
    concept = own.index[0]
    along = [found.directions.of(kind)[concept] @ aligned.T for kind in ("steering", "reading")]
    return [spearman(z, strength).max(), spearman(aligned, strength).max()] + [
        float(spearman(line[:, None], strength)[0]) for line in along
    ]


def ridge(inputs: Floats, truth: Floats, teach: slice) -> Floats:
    """Predictions for all users; the penalty is the best of four on the last quarter of those that teach."""
    inputs = inputs - inputs[teach].mean(axis=0)
    scale = inputs[teach].std(axis=0)
    inputs = inputs / np.where(scale > 0, scale, 1)
    split = teach.stop * 3 // 4

    def slope(rows: slice, penalty: float) -> Floats:
        x = inputs[rows]
        gram = x.T @ x + penalty * np.eye(x.shape[1])
        solved: Floats = np.linalg.solve(gram, x.T @ (truth[rows] - truth[rows].mean(axis=0)))
        return solved

    def fit_of(penalty: float) -> float:
        return float(
            paired(
                inputs[split : teach.stop] @ slope(slice(0, split), penalty), truth[split : teach.stop]
            ).mean()
        )

    best = max((0.1, 10.0, 100.0, 1000.0), key=fit_of)
    return inputs @ slope(teach, best)


def paired(predicted: Floats, truth: Floats) -> Floats:
    """|Spearman| column by column."""
    return np.array([spearman(predicted[:, [f]], truth[:, f])[0] for f in range(truth.shape[1])])


def spearman(columns: Floats, strength: Floats) -> Floats:
    """|Spearman| of every column with a strength."""
    x, y = rankdata(columns, axis=0), rankdata(strength)
    x, y = x - x.mean(axis=0), y - y.mean()
    length = np.sqrt((x**2).sum(axis=0) * (y**2).sum())
    return np.abs(np.divide(y @ x, length, out=np.zeros(x.shape[1]), where=length > 0))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--models", default="svd,vae,ae")
    parser.add_argument("--factors", type=int, default=4)
    parser.add_argument("--latent", type=int, default=16)
    parser.add_argument("--distribution", default="normal", choices=("uniform", "normal", "laplace"))
    parser.add_argument("--settings", default="", help=f"some of: {', '.join(SETTINGS)}")
    parser.add_argument("--nominal", action="store_true", help="factors whose values have no known order")
    return parser.parse_args()


if __name__ == "__main__":
    main()
