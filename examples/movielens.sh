#!/bin/sh
# MovieLens 100K decoded: which genres, decades and popularity each axis carries.
# usage: sh examples/movielens.sh PATH-TO-ml-100k   (a folder, or the zip; https://grouplens.org/datasets)
set -eu
data="${1:?usage: sh examples/movielens.sh PATH-TO-ml-100k}"
case "$data" in /*) ;; *) data="$PWD/$data" ;; esac
cd "$(dirname "$0")/.."
. ./examples/environment.sh
install_lfd

run="${2:-$(mktemp -d)/movies}"
lfd load "$data" -o "$run"
lfd train "$run"
lfd decode-mc "$run"
lfd decode-sample "$run"
lfd report "$run"

echo
echo "Look at:  lfd report $run --format md"
echo "          lfd cat $run traversals/grid.parquet --format csv"
