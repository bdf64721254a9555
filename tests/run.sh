#!/bin/sh
# Everything that CI checks: makes its environment, installs, runs lint, types and all tests.
# Tests run on all cores; arguments go to pytest: sh tests/run.sh -k stream -n 0
set -eu
cd "$(dirname "$0")/.."
. ./examples/environment.sh
install_lfd test

ruff check .
ruff format --check .
mypy
export OMP_NUM_THREADS=1 # a worker a core, so a thread a worker
exec pytest -n auto --dist worksteal "$@"
