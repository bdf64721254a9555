"""How long should training wait for a better held-out loss? Small data with weak factors, a mean a line.

usage: python benchmarks/complexity_patience.py [--seeds 3] [--first 0] [--epochs 400] [--latent 8]
Every model is trained for all epochs once; what patience would have kept is read off its history. For each
kind of model and patience: the epochs trained, what is lost of the best held-out loss, and the mean |Pearson|
with the truth on further users by ridge regression from z. `rule` is what lfd.core.complexity.advice says
from the weakest main factor's strength, at least 20. About 10 s a data set and kind.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from complexity_predicted import Case, make_case

from lfd.core.complexity.advice import patience
from lfd.core.complexity.factors import find_factors
from lfd.core.models.build import build_model
from lfd.core.training.fit import fit
from lfd.core.training.watch import EpochRecord
from lfd.settings.complexity import ComplexitySettings
from lfd.settings.training import TrainSettings

DATA = ((250, 100, 2, 1.0), (500, 100, 3, 0.7), (500, 100, 3, 1.0), (1000, 200, 3, 0.6), (2000, 200, 3, 0.6))
KINDS = {"vae": {}, "vae, no annealing": {"anneal": 0}, "ae": {"model": "ae"}}
WAITS = (5, 10, 20, 40, 80)
LEAST = 20


def main() -> None:
    """Print what every patience comes to."""
    options, rows = parsed(), []
    for users, items, factors, strength in DATA:
        here = []
        for seed in range(options.first, options.first + options.seeds):
            case = make_case(users, items, factors, "10", strength, seed)
            for kind in KINDS:
                here += one_training(case, kind, seed, options)
        rows += [{"data": f"{users}x{items}, {factors} x {strength}", **row} for row in here]
        print(pd.DataFrame(rows[-len(here) :]).groupby(["data", "kind", "wait"]).mean().round(3), flush=True)
    mean = pd.DataFrame(rows).drop(columns="data").groupby(["kind", "wait"]).mean()
    print(f"\nall\n{mean.round(4).to_string()}")


def one_training(case: Case, kind: str, seed: int, options: argparse.Namespace) -> list[dict[str, object]]:
    """What each patience would have kept of one training, a row each."""
    interactions, records = case.data.interactions[case.teach], list[EpochRecord]()
    settings = TrainSettings(
        seed=seed, threads=1, latent=options.latent, epochs=options.epochs, patience=None, **KINDS[kind]
    )
    fitted = fit(interactions, settings, on_epoch=records.append)
    loss, beta = fitted.history["validation_loss"].to_numpy(), fitted.history["beta"].to_numpy()
    annealed = int(np.argmax(beta == beta[-1]))
    steps = -(-int((fitted.split == "train").sum()) // settings.batch)
    waits = {str(wait): wait for wait in WAITS} | {"rule": by_rule(case, steps), "none": options.epochs}
    rows = []
    for name, wait in waits.items():
        kept, trained = stopped(loss, annealed, wait)
        reached = case.ridge(build_model(fitted.config, records[kept].weights)).mean()
        lost = loss[kept] - loss[annealed:].min()
        rows.append(
            {"kind": kind, "wait": name, "patience": wait, "epochs": trained, "lost": lost, "r": reached}
        )
    return rows


def by_rule(case: Case, steps: int) -> int:
    """The patience that is advised."""
    found = find_factors(
        case.data.interactions[case.teach], ComplexitySettings(draws=4), np.random.default_rng(0)
    )
    weakest = float(found.strength[found.main[-1]]) if len(found.main) else 1.0
    return patience(weakest, steps, LEAST)


def stopped(loss: np.ndarray, annealed: int, wait: int) -> tuple[int, int]:
    """The epoch that is kept, and how many are trained."""
    kept = annealed
    for epoch in range(annealed, len(loss)):
        if loss[epoch] < loss[kept]:
            kept = epoch
        elif epoch - kept >= wait:
            return kept, epoch + 1
    return kept, len(loss)


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=400)
    parser.add_argument("--latent", type=int, default=8)
    return parser.parse_args()


if __name__ == "__main__":
    main()
