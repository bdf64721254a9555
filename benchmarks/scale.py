"""How do the stages grow? Data of the size of MovieLens 25M, through every command, in a process each.

usage: python benchmarks/scale.py [--users 160000] [--items 60000] [--interactions 156] [--parts 0.25,0.5,1]
           [--train "--epochs 1 --latent 32"] [--folder FOLDER]
Bipolar data of four factors with popularity by Zipf's law. For every part of the users and every stage:
seconds of the whole command (imports, reading and writing included) and its peak memory (resident, in GB);
last, how each grows: the exponent of users between the first part and the last. Half an hour.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STAGES = ("gen-data", "train", "align", "encode", "traverse", "decode-mc", "decode-sample", "report")


def main() -> None:
    """Print a row a stage, a pair of columns a part."""
    options = parsed()
    parts = [float(part) for part in options.parts.split(",")]
    found = dict[tuple[str, float], tuple[float, float]]()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for part in parts:
            run = Path(folder) / f"part{part:g}"
            for stage in STAGES:
                found[stage, part] = measured([*arguments(stage, part, options), str(run)], stage)
                seconds, peak = found[stage, part]
                print(f"{part:g} {stage:14} {seconds:8.1f} s {peak:6.2f} GB", file=sys.stderr, flush=True)
    users = " ".join(f"{round(part * options.users):>18,}" for part in parts)
    print(f"{'users':14} {users}   grows as users to the power of")
    for stage in STAGES:
        cells = " ".join(f"{found[stage, p][0]:8.1f} s {found[stage, p][1]:5.2f} GB" for p in parts)
        (first, low), (last, high) = found[stage, parts[0]], found[stage, parts[-1]]
        ratio = math.log(parts[-1] / parts[0]) or math.nan
        print(f"{stage:14} {cells}   {math.log(last / first) / ratio:.2f} {math.log(high / low) / ratio:.2f}")


def arguments(stage: str, part: float, options: argparse.Namespace) -> list[str]:
    """The command of a stage but for the run, which comes last."""
    if stage == "train":
        return [stage, *options.train.split()]
    if stage != "gen-data":
        return [stage]
    sizes = ["--users", str(round(part * options.users)), "--items", str(options.items)]
    kind = ["--generator", "bipolar", "--factors", "4", "--popularity", "1.0"]
    return [stage, *kind, *sizes, "--interactions", str(options.interactions), "-o"]


def measured(command: list[str], stage: str) -> tuple[float, float]:
    """Seconds and peak memory (GB) of one command."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "lfd", *command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{stage} failed: lfd {' '.join(command)}")
    return time.perf_counter() - started, usage.ru_maxrss / 2**20


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=160_000)
    parser.add_argument("--items", type=int, default=60_000)
    parser.add_argument("--interactions", type=float, default=156)
    parser.add_argument("--parts", default="0.25,0.5,1")
    parser.add_argument("--train", default="--epochs 1 --latent 32")
    parser.add_argument("--folder", default=None)
    return parser.parse_args()


if __name__ == "__main__":
    main()
