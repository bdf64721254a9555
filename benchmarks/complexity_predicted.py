"""What complexity predicts before training, beside what trained models reach. Bipolar data, a set a row.

usage: python benchmarks/complexity_predicted.py [--sizes 4000x200,1000x200] [--factors 1,2,3,5,8]
           [--interactions 10,30] [--strengths 1,2] [--first 0] [--models vae,ae,svd] [--latent auto]
           [--epochs auto] [--patience auto]
Predicted is the spiked model's correlation, mean over the main factors. Obtained is |Pearson| with the true
strengths of 1,000 further users whom neither complexity nor training has seen, mean over as many factors (the
best known ones, where complexity finds fewer than there are): by ridge regression from z, and along reading
directions, which are found without the truth. Speed is the vae's: epochs, and optimiser steps, until the mean
by ridge is at 95 % of what it is in the epoch that is kept, interpolated. Last come the mean absolute errors,
the rank correlations of the weakest main strength with speed and with what the vae obtains, and steps as a
power of that strength, which is where lfd.core.complexity.advice has it from. About 15 s a data set.
"""

from __future__ import annotations

import argparse
import itertools
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import spearmanr

from lfd.core.alignment.directions import fit_directions
from lfd.core.alignment.measure import measure
from lfd.core.attributes import read_attributes
from lfd.core.complexity.factors import find_factors
from lfd.core.concepts import find_concepts
from lfd.core.data import Dataset
from lfd.core.models.build import build_model
from lfd.core.models.protocol import LatentModel
from lfd.core.synthetic import generate
from lfd.core.training.fit import Fitted, fit
from lfd.core.training.watch import EpochRecord
from lfd.settings.alignment import AlignSettings
from lfd.settings.complexity import ComplexitySettings
from lfd.settings.synthetic import FactorSpec, GenDataSettings
from lfd.settings.training import TrainSettings

Floats = npt.NDArray[np.float64]

FURTHER = 1_000  # users on whom it is judged
PENALTY = 1.0
NEARLY = 0.95


@dataclass(frozen=True)
class Case:
    """A data set, of whose users the first are given to complexity and to training."""

    data: Dataset
    teach: slice

    @property
    def truth(self) -> Floats:
        """True strengths, users x factors."""
        table: Floats = self.data.users.filter(like="truth.").to_numpy(np.float64)
        return table

    def ridge(self, model: LatentModel) -> Floats:
        """|Pearson| of each factor with its ridge regression from z, on the further users."""
        z = model.encode(self.data.interactions)[0]
        z = (z - z[self.teach].mean(axis=0)) / np.maximum(z[self.teach].std(axis=0), 1e-9)
        own, truth = z[self.teach], self.truth
        gram = own.T @ own + PENALTY * np.eye(z.shape[1])
        weights = np.linalg.solve(gram, own.T @ (truth[self.teach] - truth[self.teach].mean(axis=0)))
        return paired_pearson(z[self.teach.stop :] @ weights, truth[self.teach.stop :])

    def directions(self, model: LatentModel, users: int = 1_000) -> Floats:
        """|Pearson| of each factor with users' positions along its concept's reading direction."""
        own, streams = self.data.interactions[self.teach], np.random.default_rng(0).spawn(2)
        measured = measure(model, own, AlignSettings(users=users), streams)
        concepts = find_concepts(read_attributes(self.data.items, self.data.schema), own.shape[1], 1)
        reading = fit_directions(measured.both, concepts, measured.strata).reading
        chosen = [[concept.attribute for concept in concepts.names].index(name) for name in self.data.schema]
        z = model.encode(self.data.interactions[self.teach.stop :])[0]
        return paired_pearson(
            measured.whitening.coordinates(z) @ reading[chosen].T, self.truth[self.teach.stop :]
        )


def paired_pearson(one: Floats, two: Floats) -> Floats:
    """|Pearson| of corresponding columns; 0 where one is constant."""
    one, two = (part - part.mean(axis=0) for part in (one, two))
    size = np.sqrt((one**2).sum(axis=0) * (two**2).sum(axis=0))
    found: Floats = np.abs((one * two).sum(axis=0)) / np.maximum(size, 1e-12)
    return found


def make_case(users: int, items: int, factors: int, interactions: str, strength: float, seed: int) -> Case:
    """Draw a data set."""
    ordered = tuple(FactorSpec(f"factor{f}", ordered=True) for f in range(factors))  # a concept each
    made = GenDataSettings(
        generator="bipolar", users=users + FURTHER, items=items, factors=ordered,
        interactions=interactions, strength=strength, seed=seed,
    )  # fmt: skip
    return Case(generate(made).dataset(), slice(0, users))


def one_case(case: Case, seed: int, options: argparse.Namespace) -> dict[str, float]:
    """What is predicted and what is obtained."""
    interactions = case.data.interactions[case.teach]
    found = find_factors(interactions, ComplexitySettings(seed=seed), np.random.default_rng(seed))
    main = found.main
    row = {
        "main": len(main),
        "found": found.number,
        "weakest": float(found.strength[main[-1]]) if len(main) else np.nan,
        "predicted": float(found.correlation[main].mean()) if len(main) else 0.0,
    }
    for name in options.models.split(","):
        records: list[EpochRecord] = []
        settings = TrainSettings(
            model=name, seed=seed, threads=1, latent=numeric(options.latent), epochs=numeric(options.epochs),
            patience=numeric(options.patience), batch=min(options.batch, interactions.shape[0]),
        )  # fmt: skip
        fitted = fit(interactions, settings, on_epoch=records.append)
        model = build_model(fitted.config, fitted.weights)
        row[name] = best_mean(case.ridge(model), len(main))
        row[f"{name}, read"] = best_mean(case.directions(model), len(main))
        if name == "vae":
            row["axes"], row["active"] = model.n_latent, records[fitted.best_epoch].active_axes
            row["trained"] = len(records)
            row["epochs"] = epochs_to(case, fitted, records, NEARLY * row[name], len(main))
            row["steps"] = row["epochs"] * -(-int((fitted.split == "train").sum()) // settings.batch)
    return row


def numeric(text: str) -> int | str | None:
    """An option of `train` from its text."""
    return None if text == "none" else int(text) if text.isdigit() else text


def epochs_to(case: Case, fitted: Fitted, records: list[EpochRecord], wanted: float, number: int) -> float:
    """Epochs until the mean is as high as wanted, linear between epochs and from 0 before the first."""
    before = 0.0
    for epoch, record in enumerate(records):
        reached = best_mean(case.ridge(build_model(fitted.config, record.weights)), number)
        if reached >= wanted:
            return epoch + (wanted - before) / (reached - before)
        before = reached
    return float(len(records))


def best_mean(correlations: Floats, number: int) -> float:
    """The mean over so many factors, the best known ones."""
    return float(np.sort(correlations)[::-1][:number].mean()) if number else 0.0


def main() -> None:
    """Print a row a data set, then how well predictions hold."""
    options, rows = parsed(), []
    for seed, (size, factors, interactions, strength) in enumerate(grid(options), options.first):
        users, items = map(int, size.split("x"))
        begun = time.perf_counter()
        case = make_case(users, items, factors, interactions, strength, seed)
        kind = {"size": size, "factors": factors, "interactions": interactions, "strength": strength}
        rows.append(kind | one_case(case, seed, options))
        print(
            *(f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in rows[-1].items()),
            f"({time.perf_counter() - begun:.0f} s)",
            sep="  ",
            flush=True,
        )
    show(pd.DataFrame(rows), options)


def grid(options: argparse.Namespace) -> list[tuple[str, int, str, float]]:
    """The kinds of data."""
    return list(
        itertools.product(
            options.sizes.split(","),
            map(int, options.factors.split(",")),
            options.interactions.split(","),
            map(float, options.strengths.split(",")),
        )
    )


def show(table: pd.DataFrame, options: argparse.Namespace) -> None:
    """The errors and the rank correlations."""
    print(f"\n{table.round(3).to_string(index=False)}\n")
    right = table["main"] == table["factors"]
    print(f"{len(table)} data sets, main factors right in {right.sum()}; mean absolute error, largest:")
    for name in (n for model in options.models.split(",") for n in (model, f"{model}, read")):
        error = (table[name] - table["predicted"]).abs()
        print(f"  {name:10} {error.mean():.3f} {error.max():.3f} (where right: {error[right].mean():.3f})")
    if "vae" not in table:
        return
    known = table[table["main"] > 0]
    print("Spearman of the weakest main strength with what the vae obtains, steps, and by size with epochs:")
    print(f"  {spearman(known, 'vae'):.3f}, {spearman(known, 'steps'):.3f};", end=" ")
    print(", ".join(f"{size} {spearman(own, 'epochs'):.3f}" for size, own in known.groupby("size")))
    slope, height = np.polyfit(np.log(known["weakest"]), np.log(known["steps"]), 1)
    print(f"steps = {np.exp(height):.0f} strength^{slope:.2f}")


def spearman(table: pd.DataFrame, column: str) -> float:
    """Rank correlation of a column with the weakest main strength."""
    return float(spearmanr(table["weakest"], table[column]).statistic)


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="4000x200,1000x200")
    parser.add_argument("--factors", default="1,2,3,5,8")
    parser.add_argument("--interactions", default="10,30")
    parser.add_argument("--strengths", default="1,2")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--models", default="vae,ae,svd")
    parser.add_argument("--latent", default="auto")
    parser.add_argument("--epochs", default="auto")
    parser.add_argument("--patience", default="auto")
    parser.add_argument("--batch", type=int, default=256)
    return parser.parse_args()


if __name__ == "__main__":
    main()
