#!/bin/sh
# From nothing to decoded factors: synthetic data, a VAE, both ways of decoding, one table.
set -eu
cd "$(dirname "$0")/.."
. ./examples/environment.sh
install_lfd

run="${1:-$(mktemp -d)/quickstart}"
lfd gen-data | lfd train | lfd traverse | lfd decode-mc | lfd decode-sample -o "$run"
lfd report "$run"

echo
echo "Look at:  lfd info $run"
echo "          lfd cat $run scores/mc.parquet --format csv"
