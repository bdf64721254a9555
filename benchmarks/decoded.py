"""How often are the factors of the exclusive data decoded? Every seed makes its own data, split and model.

usage: python benchmarks/decoded.py [--seeds 20] [--first 0] [--models vae,ae] [--noise 0] [--choice uniform]
                                    [--weights top:10,softmax:1]
prints a row a seed and model: factors decoded by Magnitude of Change and by Sampling, on raw and on aligned
axes, by what counts as recommended; active axes, epochs, seconds; last, how many seeds have all. 10 s a seed.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import numpy.typing as npt

from lfd.core.alignment.align import align
from lfd.core.alignment.units import fitted_in
from lfd.core.attributes import read_attributes
from lfd.core.data import Dataset
from lfd.core.evaluation.frames import Decoders, aligned_frame, decoded_in, raw_frame
from lfd.core.models.axes import axis_statistics
from lfd.core.models.build import build_model
from lfd.core.models.reliability import axis_reliability
from lfd.core.synthetic import generate
from lfd.core.training.fit import Fitted, fit
from lfd.settings.alignment import AlignSettings
from lfd.settings.decoding import DecodeSampleSettings, TraverseSettings
from lfd.settings.synthetic import GenDataSettings
from lfd.settings.training import TrainSettings


def main() -> None:
    """Print the table and the totals."""
    options = parsed()
    ways = options.weights.split(",")
    print(f"{'model':5} {'seed':>4}", *(f"{way:>24}" for way in ways))
    print(
        f"{'':10}", *(f"{'raw':>12} {'aligned':>11}" for _ in ways), f"{'active':>7} {'epochs':>7} {'s':>5}"
    )
    for name in options.models.split(","):
        right = np.zeros((len(ways), 4), dtype=int)
        for seed in range(options.first, options.first + options.seeds):
            begun = time.perf_counter()
            data = generate(GenDataSettings(seed=seed, noise=options.noise, choice=options.choice)).dataset()
            fitted = fit(data.interactions, TrainSettings(model=name, seed=seed))
            counts, of, active = decoded(data, fitted, ways)
            right += counts == of
            said = " ".join(f"{a:>8}, {b:>2} {c:>8}, {d:>1}" for a, b, c, d in counts.tolist())
            seconds = time.perf_counter() - begun
            print(
                f"{name:5} {seed:>4} {said} {active:>7} {len(fitted.history):>7} {seconds:>5.1f}", flush=True
            )
        for way, (raw_mc, raw_sample, mc, sample) in zip(ways, right.tolist(), strict=True):
            print(
                f"{name:5} {way}: {of} of {of} in, of {options.seeds} seeds: raw {raw_mc} by MC, {raw_sample}"
                f" by Sampling; aligned {mc} and {sample}",
                flush=True,
            )


def decoded(data: Dataset, fitted: Fitted, ways: list[str]) -> tuple[npt.NDArray[np.int64], int, int]:
    """Factors decoded, weights x (raw MC, Sampling, aligned MC, Sampling); of how many; active raw axes."""
    model = build_model(fitted.config, fitted.weights)
    attributes = read_attributes(data.items, data.schema)
    found = align(model, data.interactions, attributes, AlignSettings())
    held_out = fitted.split == "validation"
    frames = raw_frame(model), aligned_frame(model, found.rotation, fitted_in(found))
    reports = [
        report
        for how in map(weighing, ways)
        for frame in frames
        for report in decoded_in(frame, data, attributes, held_out, how).values()
    ]
    known = axis_reliability(model, data.interactions)
    active = int(axis_statistics(*model.encode(data.interactions), reliability=known)["active"].sum())
    counts = np.array([report.decoded for report in reports]).reshape(len(ways), 4)
    return counts, reports[0].of, active


def weighing(weights: str) -> Decoders:
    """Both methods with these recommendation weights."""
    return Decoders(TraverseSettings(weights=weights), sample=DecodeSampleSettings(weights=weights))


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
    parser.add_argument("--weights", default="top:10,softmax:1")
    return parser.parse_args()


if __name__ == "__main__":
    main()
