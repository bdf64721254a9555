"""How many axes should a model have? `--latent auto` beside fixed numbers, on MovieLens 100K.

usage: python benchmarks/complexity_latent.py [--seeds 5] [--first 0] [--latent auto,4,8,16,32,64,200]
           [--model vae] [--patience auto] [--test 0.2]
Ratings of 4 and 5 (found through LFD_TEST_DATA). Every seed puts a fifth of the users aside, whom neither
training nor complexity sees, and hides a fifth of their histories. Printed are the mean NDCG@100 on these
over seeds and users, its 95 % interval (bootstrap over users), how much higher auto's is on the same users
with its interval, the axes, the epochs and the seconds. About 15 s a training.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.evaluation.ranking import ranking
from lfd.core.models.build import build_model
from lfd.core.models.protocol import LatentModel
from lfd.core.training.fit import fit
from lfd.core.training.split import fold_in
from lfd.settings.training import TrainSettings

Floats = npt.NDArray[np.float64]

LIST, RESAMPLES = 100, 2_000
AUTO = "auto"


def main() -> None:
    """Print a line a number of axes."""
    options = parsed()
    rows, found = movielens(), dict[str, Floats]()
    seeds = range(options.first, options.first + options.seeds)
    head = f"{'latent':>6} {'NDCG@100':>9} {'interval':>16} {'auto is better by':>24}"
    print(f"{head} {'axes':>6} {'epochs':>7} {'s':>6}")
    for latent in options.latent.split(","):
        own = [one_run(rows, latent, seed, options) for seed in seeds]
        found[latent] = np.concatenate([run[0] for run in own])
        axes, epochs, seconds = np.mean([run[1:] for run in own], axis=0)
        low, high = interval(found[latent])
        print(
            f"{latent:>6} {found[latent].mean():9.4f} {low:6.4f} to {high:6.4f} {against(found, latent):>24}"
            f" {axes:6.1f} {epochs:7.1f} {seconds:6.1f}",
            flush=True,
        )


def one_run(
    rows: sparse.csr_array, latent: str, seed: int, options: argparse.Namespace
) -> tuple[Floats, int, int, float]:
    """NDCG@100 of each user put aside; axes, epochs and seconds of the training."""
    order = np.random.default_rng([seed, 7]).permutation(rows.shape[0])
    test, teach = np.split(order, [int(options.test * len(order))])
    begun = time.perf_counter()
    settings = TrainSettings(
        model=options.model, seed=seed, threads=1, latent=AUTO if latent == AUTO else int(latent),
        patience=AUTO if options.patience == AUTO else int(options.patience),
    )  # fmt: skip
    fitted = fit(rows[np.sort(teach)], settings)
    seconds = time.perf_counter() - begun
    model = build_model(fitted.config, fitted.weights)
    ndcg = np.array(list(by_user(model, rows[np.sort(test)], seed)))
    return ndcg, fitted.config["n_latent"], len(fitted.history), seconds


def by_user(model: LatentModel, rows: sparse.csr_array, seed: int) -> Iterator[float]:
    """NDCG@100 user by user."""
    shown, hidden = fold_in(rows, np.random.default_rng([seed, 8]))
    for user in range(rows.shape[0]):
        if hidden[[user]].nnz:
            yield ranking(model, shown[[user]], hidden[[user]], k=LIST)[0].value or 0.0


def interval(values: Floats) -> tuple[float, float]:
    """95 % bootstrap interval of a mean."""
    rng = np.random.default_rng(0)
    means = values[rng.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def against(found: dict[str, Floats], latent: str) -> str:
    """How much better auto is on the same users."""
    if latent == AUTO or AUTO not in found:
        return ""
    more = found[AUTO] - found[latent]
    low, high = interval(more)
    return f"{more.mean():+.4f} ({low:+.4f} {high:+.4f})"


def movielens() -> sparse.csr_array:
    """Films that users rated 4 or 5."""
    path = Path(os.environ["LFD_TEST_DATA"]) / "ml-100k" / "u.data"
    rating = pd.read_csv(path, sep="\t", names=["user", "item", "value", "time"])
    rating = rating[rating["value"] >= 4]
    user, item = (rating[name].astype("category").cat.codes.to_numpy() for name in ("user", "item"))
    return sparse.csr_array((np.ones(len(user), dtype=np.float32), (user, item)))


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--latent", default="auto,4,8,16,32,64,200")
    parser.add_argument("--model", default="vae", choices=("vae", "ae", "svd"))
    parser.add_argument("--patience", default=AUTO)
    parser.add_argument("--test", type=float, default=0.2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
