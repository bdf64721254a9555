"""How long `lfd recommend` takes to answer, and where the time goes.

usage: python benchmarks/recommend_speed.py RUN [OPTIONS OF lfd recommend ...]
       python benchmarks/recommend_speed.py movies --user 5 --more genre=Horror

In a fresh process each time: importing torch, and the other libraries one by one; the command after that,
with the program's own modules; and the command again, when all is imported: reading the run, placing,
ranking, telling why, printing. Medians by the clock, and by the processor, which counts no other program on
the machine. Where PYTHONDONTWRITEBYTECODE is set, Python compiles the modules each time, and takes longer.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys

TIMES = 7
LIBRARIES = ("torch", "numpy", "scipy.sparse", "scipy.special", "scipy.linalg", "pyarrow.parquet")
LIBRARIES = (*LIBRARIES, "pyarrow.compute", "yaml", "safetensors.numpy", "pydantic", "typer", "rich.table")
PROCESS = """
import json, sys, time

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
    runs = [measured(arguments) for _ in range(TIMES)]
    names = list(runs[0][0])
    print(f"lfd {' '.join(arguments)}: median of {TIMES}, in ms, by the clock (processor)")
    for name in names:
        wall, cpu = (1000 * statistics.median(run[0][name][i] for run in runs) for i in (0, 1))
        print(f"{'import ' + name if name in LIBRARIES else name:28}{wall:8.0f} {cpu:8.0f}")
    if runs[0][1]:
        print(f"also imported: {', '.join(runs[0][1])}")


def measured(arguments: list[str]) -> tuple[dict[str, list[float]], list[str]]:
    """Seconds by clock and by processor of each step in a fresh process, and what else it imported."""
    command = [sys.executable, "-c", PROCESS, json.dumps(LIBRARIES), json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    said = done.stderr.rpartition("SPENT")[2]
    status, spent, late = json.loads(said) if said else (1, {}, [])
    if status:
        sys.exit(done.stderr)
    return spent, late


if __name__ == "__main__":
    main()
