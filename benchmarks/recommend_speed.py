"""How long `lfd recommend` takes to answer, and where the time goes.

usage: python benchmarks/recommend_speed.py RUN [OPTIONS OF lfd recommend ...]
       python benchmarks/recommend_speed.py movies --user 5 --more genre=Horror

First whole processes, in turn: the command, and one that imports torch and ends. Then within a process, each
time a fresh one: importing torch, and the other libraries one by one; the command after that, with the
program's own modules; and the command again, when all is imported: reading the run, placing, ranking, telling
why, printing. Medians by the clock, and by the processor, which counts no other program on the machine.
Python keeps what it compiled, as it does for everybody, whatever PYTHONDONTWRITEBYTECODE says here.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

TIMES = 7
LIBRARIES = ("torch", "numpy", "scipy.sparse", "scipy.special", "scipy.linalg", "pyarrow.parquet")
LIBRARIES = (*LIBRARIES, "pyarrow.compute", "yaml", "safetensors.numpy", "pydantic.functional_validators")
LIBRARIES = (*LIBRARIES, "typer", "rich.table")
PROCESS = """
import gc, json, sys, time

gc.set_threshold(100_000)  # as the program does first of all

def clocks():
    return time.perf_counter(), time.process_time()

libraries, arguments = json.loads(sys.argv[1]), json.loads(sys.argv[2])
spent, start = {}, clocks()
for name in libraries:
    __import__(name)
    now = clocks()
    spent[name] = [b - a for a, b in zip(start, now)]
    start = now
sys.argv = ["lfd", *arguments]
from lfd.cli.app import run
status = run(arguments)
start, spent["lfd recommend"] = clocks(), [b - a for a, b in zip(start, clocks())]
run(arguments)
spent["the same again"] = [b - a for a, b in zip(start, clocks())]
late = sorted({name.split(".")[0] for name in sys.modules} & {"pandas", "sklearn", "lightning_fabric"})
print("SPENT" + json.dumps([status, spent, late]), file=sys.stderr)
"""


def main() -> None:
    """Print a table of times."""
    arguments = ["recommend", *sys.argv[1:], "--quiet"]
    with tempfile.TemporaryDirectory() as compiled:
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        table(arguments, kept | {"PYTHONPYCACHEPREFIX": compiled})


def table(arguments: list[str], environment: dict[str, str]) -> None:
    """Print what whole processes take, and what goes on within one."""
    print(f"lfd {' '.join(arguments)}: median of {TIMES}, in ms, by the clock (processor)")
    whole = [sys.executable, "-m", "lfd", *arguments], [sys.executable, "-c", "import torch"]
    for command in whole:
        seconds(command, environment)  # compiles
    pairs = [[seconds(command, environment) for command in whole] for _ in range(TIMES)]
    for name, column in zip(
        ("whole command", "python -c 'import torch'"), zip(*pairs, strict=True), strict=True
    ):
        print(f"{name:36}{1000 * statistics.median(column):8.0f}")
    runs = [measured(arguments, environment) for _ in range(TIMES)]
    names = list(runs[0][0])
    for name in names:
        wall, cpu = (1000 * statistics.median(run[0][name][i] for run in runs) for i in (0, 1))
        print(f"{'import ' + name if name in LIBRARIES else name:36}{wall:8.0f} {cpu:8.0f}")
    if runs[0][1]:
        print(f"also imported: {', '.join(runs[0][1])}")


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """How long a process takes."""
    start = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def measured(arguments: list[str], environment: dict[str, str]) -> tuple[dict[str, list[float]], list[str]]:
    """Seconds by clock and by processor of each step in a fresh process, and what else it imported."""
    command = [sys.executable, "-c", PROCESS, json.dumps(LIBRARIES), json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    said = done.stderr.rpartition("SPENT")[2]
    status, spent, late = json.loads(said) if said else (1, {}, [])
    if status:
        sys.exit(done.stderr)
    return spent, late


if __name__ == "__main__":
    main()
