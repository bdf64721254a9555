"""How long does measuring complexity take, and how much memory? On MovieLens 100K, and as data grow.

usage: python benchmarks/complexity_speed.py [--users 160000] [--items 60000] [--interactions 156]
           [--parts 0.25,0.5,1] [--draws 3]
Every measurement is a process of its own: seconds after imports (by step on stderr), and peak memory
(resident) beside that of the interactions alone (12 bytes each). MovieLens 100K, where LFD_TEST_DATA names
its folder, by the defaults; the others are bipolar, with popularity by Zipf's law, fewer draws from the
null and no attributes. 25 million interactions take some minutes.
"""

from __future__ import annotations

import argparse
import functools
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise

from movielens_concepts import films
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.core.complexity.measure import measure_complexity
from lfd.core.synthetic import generate
from lfd.settings.complexity import ComplexitySettings
from lfd.settings.synthetic import GenDataSettings

HEAD = f"{'users x items':>18} {'interactions':>13} " + "".join(
    f"{name:>9}" for name in ("seconds", "peak GB", "data GB", "factors", "main")
)


def main() -> None:
    """Print the table; data are made and measured in processes of their own."""
    options = parsed()
    if options.make:
        sparse.save_npz(options.file, drawn(options.make, options), compressed=False)
    elif options.file:
        print(row(sparse.load_npz(options.file), [], ComplexitySettings(draws=options.draws)))
    elif options.films:
        print(row(*films(["genre", "year", "rating", "popularity"]), ComplexitySettings()))
    else:
        table(options)


def table(options: argparse.Namespace) -> None:
    """A row a data set."""
    print(HEAD, flush=True)
    run = functools.partial(subprocess.run, check=True)
    again = [sys.executable, __file__, *sys.argv[1:]]
    if os.environ.get("LFD_TEST_DATA"):
        run([*again, "--films"])
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/interactions.npz"
        for part in options.parts.split(",") if options.parts else []:
            run([*again, "--file", file, "--make", str(round(options.users * float(part)))])
            run([*again, "--file", file])


def row(interactions: sparse.csr_array, attributes: list[Attribute], settings: ComplexitySettings) -> str:
    """One measurement."""
    steps = list[tuple[float, str]]()
    begun = time.perf_counter()
    found = measure_complexity(
        interactions, attributes, settings, lambda words: steps.append((time.perf_counter(), words))
    )
    steps.append((time.perf_counter(), ""))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    for (then, words), (ended, _) in pairwise(steps):
        print(f"  {ended - then:8.2f} s {words}", file=sys.stderr)
    size = 12 * interactions.nnz / 2**30
    label = f"{interactions.shape[0]:,} x {interactions.shape[1]:,}"
    counts = f"{found.factors.number:8d} {len(found.factors.main):5d}"
    seconds = steps[-1][0] - begun
    return f"{label:>18} {interactions.nnz:13,} {seconds:8.1f} {peak:8.2f} {size:8.2f} {counts}"


def drawn(users: int, options: argparse.Namespace) -> sparse.csr_array:
    """Bipolar data of many items."""
    settings = GenDataSettings(
        generator="bipolar", users=users, items=options.items, factors=8, popularity=1.0,
        interactions=str(options.interactions),
    )  # fmt: skip
    return generate(settings).dataset().interactions


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=160_000)
    parser.add_argument("--items", type=int, default=60_000)
    parser.add_argument("--interactions", type=float, default=156)
    parser.add_argument("--parts", default="0.25,0.5,1")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--make", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--file", default="", help=argparse.SUPPRESS)
    parser.add_argument("--films", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
