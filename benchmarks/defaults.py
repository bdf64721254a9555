"""Are the defaults of `train` good, and are their neighbours worse? One line a candidate and data set.

    python benchmarks/defaults.py [--seeds 3] [--data exclusive bipolar movielens]

Exclusive data: active axes (two are right: three exclusive groups are a plane) and the AUC with which
the worst group's held-out users lie on their best signed axis (benchmarks/decoded.py decodes them).
Bipolar data, four factors: active axes (four are right) and the
worst factor's |Spearman| with the truth on held-out users, by ridge regression from z. MovieLens 100K
(ratings of 4 and 5; found through LFD_TEST_DATA): active axes and NDCG@100 of the held-out fifth of
held-out users. Seconds are of training alone. All of it takes about half an hour on one core.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.stats import spearmanr

from lfd.core.evaluation.decoded import auc_by_axis
from lfd.core.evaluation.ranking import ranking
from lfd.core.models.axes import axis_statistics
from lfd.core.models.build import build_model
from lfd.core.models.protocol import LatentModel
from lfd.core.models.reliability import axis_reliability
from lfd.core.synthetic.generate import generate
from lfd.core.training.fit import Fitted, fit
from lfd.core.training.split import fold_in
from lfd.settings.synthetic import GenDataSettings
from lfd.settings.training import TrainSettings

CANDIDATES: dict[str, dict[str, Any]] = {
    "default": {},
    "beta 0.2": {"beta": 0.2},
    "beta 0.5": {"beta": 0.5},
    "no annealing": {"anneal": 0},
    "learning rate 0.001": {"learning_rate": 1e-3},
    "learning rate 0.005": {"learning_rate": 5e-3},
    "no weight decay": {"weight_decay": 0.0},
    "batch 512": {"batch": 512},
    "hidden 100": {"hidden": (100,)},
    "latent 16": {"latent": 16},
    "latent 32": {"latent": 32},
    "svd": {"model": "svd"},
    "ae": {"model": "ae"},
    "ae, free axes": {"model": "ae", "principal": False},
    "ae, no weight decay": {"model": "ae", "weight_decay": 0.0},
}


def active_axes(model: LatentModel, rows: sparse.csr_array) -> float:
    known = axis_reliability(model, rows)
    return float(axis_statistics(*model.encode(rows), reliability=known)["active"].sum())


def exclusive(options: TrainSettings) -> dict[str, float]:
    data = generate(GenDataSettings(seed=options.seed)).dataset()
    fitted, model, seconds = trained(data.interactions, options)
    held = fitted.split == "validation"
    mean, group = model.encode(data.interactions)[0][held], data.users["truth.factor"].to_numpy()[held]
    auc = [auc_by_axis(mean, group == name) for name in np.unique(group)]
    worst = min(float(np.maximum(up, 1 - up).max()) for up in auc)
    return {"active": active_axes(model, data.interactions), "worst auc": worst, "seconds": seconds}


def bipolar(options: TrainSettings) -> dict[str, float]:
    made = GenDataSettings(generator="bipolar", users=5_000, items=300, factors=4, seed=options.seed)
    data = generate(made).dataset()
    fitted, model, seconds = trained(data.interactions, options)
    truth = data.users.filter(like="truth.").to_numpy(dtype=float)
    z = np.column_stack([model.encode(data.interactions)[0], np.ones(data.n_users)])
    teach = fitted.split == "train"
    weights = np.linalg.lstsq(z[teach], truth[teach], rcond=1e-6)[0]
    ceiling = [
        spearmanr(column, true).statistic
        for column, true in zip((z @ weights)[~teach].T, truth[~teach].T, strict=True)
    ]
    return {"active": active_axes(model, data.interactions), "worst factor": min(ceiling), "seconds": seconds}


def movielens(options: TrainSettings) -> dict[str, float]:
    path = Path(os.environ["LFD_TEST_DATA"]) / "ml-100k" / "u.data"
    rating = pd.read_csv(path, sep="\t", names=["user", "item", "value", "time"])
    rating = rating[rating["value"] >= 4]
    user, item = (rating[name].astype("category").cat.codes.to_numpy() for name in ("user", "item"))
    rows = sparse.csr_array((np.ones(len(user), dtype=np.float32), (user, item)))
    fitted, model, seconds = trained(rows, replace(options, holdout=0.2))
    held = rows[np.flatnonzero(fitted.split == "validation")]
    return {"active": active_axes(model, rows), "ndcg@100": ndcg(model, held), "seconds": seconds}


def ndcg(model: LatentModel, rows: sparse.csr_array) -> float:
    return ranking(model, *fold_in(rows, np.random.default_rng(99)), k=100)[0].value or 0.0


def trained(rows: sparse.csr_array, options: TrainSettings) -> tuple[Fitted, LatentModel, float]:
    started = time.perf_counter()
    fitted = fit(rows, options)
    return fitted, build_model(fitted.config, fitted.weights), time.perf_counter() - started


EXPERIMENTS = {"exclusive": exclusive, "bipolar": bipolar, "movielens": movielens}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3, help="seeds 0 to N - 1, averaged (default 3)")
    parser.add_argument("--data", nargs="+", choices=list(EXPERIMENTS), default=list(EXPERIMENTS))
    parser.add_argument("--only", nargs="+", choices=list(CANDIDATES), default=list(CANDIDATES))
    asked = parser.parse_args()
    for data in asked.data:
        for name in asked.only:
            options = TrainSettings(**CANDIDATES[name])
            figures = [EXPERIMENTS[data](replace(options, seed=seed)) for seed in range(asked.seeds)]
            mean = pd.DataFrame(figures).mean()
            print(
                f"{data:10} {name:22}",
                *(f"{key} {value:.3g}" for key, value in mean.items()),
                sep="  ",
                flush=True,
            )


if __name__ == "__main__":
    main()
