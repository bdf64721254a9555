"""How often are the factors of the exclusive data decoded? Every seed makes its own data, split and model.

usage: python benchmarks/decoded.py [--seeds 20] [--first 0] [--models vae,ae] [--noise 0] [--choice uniform]
prints a row a seed and model: factors decoded by Magnitude of Change and by Sampling, on raw and on aligned
axes; active axes, epochs, seconds; and last how many seeds have all. About 10 s a seed.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from lfd.core.alignment.align import align
from lfd.core.alignment.units import fitted_in
from lfd.core.attributes import read_attributes
from lfd.core.data import Dataset
from lfd.core.evaluation.frames import aligned_frame, decoded_in, raw_frame
from lfd.core.models.axes import axis_statistics
from lfd.core.models.build import build_model
from lfd.core.synthetic import generate
from lfd.core.training.fit import Fitted, fit
from lfd.settings.alignment import AlignSettings
from lfd.settings.synthetic import GenDataSettings
from lfd.settings.training import TrainSettings


def main() -> None:
    """Print the table and the totals."""
    options = parsed()
    head = f"{'raw MC':>7} {'Sampling':>9} {'aligned MC':>11} {'Sampling':>9}"
    print(f"{'model':5} {'seed':>4} {head} {'active':>7} {'epochs':>7} {'seconds':>8}")
    for name in options.models.split(","):
        right = np.zeros(4, dtype=int)
        for seed in range(options.first, options.first + options.seeds):
            begun = time.perf_counter()
            data = generate(GenDataSettings(seed=seed, noise=options.noise, choice=options.choice)).dataset()
            fitted = fit(data.interactions, TrainSettings(model=name, seed=seed))
            counts, of, active = decoded(data, fitted)
            right += [count == of for count in counts]
            said = " ".join(f"{c:>{w}} of {of}" for c, w in zip(counts, (2, 4, 6, 4), strict=True))
            seconds = time.perf_counter() - begun
            print(
                f"{name:5} {seed:>4} {said} {active:>7} {len(fitted.history):>7} {seconds:>8.1f}", flush=True
            )
        raw_mc, raw_sample, mc, sample = right
        print(
            f"{name:5} all, of {options.seeds} seeds: raw axes {raw_mc} by MC, {raw_sample} by Sampling;"
            f" aligned axes {mc} and {sample}",
            flush=True,
        )


def decoded(data: Dataset, fitted: Fitted) -> tuple[list[int], int, int]:
    """Factors decoded by both methods, on raw and on aligned axes; of how many; active raw axes."""
    model = build_model(fitted.config, fitted.weights)
    attributes = read_attributes(data.items, data.schema)
    found = align(model, data.interactions, attributes, AlignSettings())
    held_out = fitted.split == "validation"
    frames = raw_frame(model), aligned_frame(model, found.rotation, fitted_in(found))
    reports = [r for frame in frames for r in decoded_in(frame, data, attributes, held_out).values()]
    active = int(axis_statistics(*model.encode(data.interactions))["active"].sum())
    return [report.decoded for report in reports], reports[0].of, active


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--models", default="vae,ae")
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--choice", default="uniform")
    return parser.parse_args()


if __name__ == "__main__":
    main()
