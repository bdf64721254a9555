#!/bin/sh
# Does a larger beta disentangle? Several betas against the autoencoder as baseline, as the thesis compared
# them: what the axes encode under each, on the same synthetic data.
# usage: sh examples/compare-betas.sh [FOLDER]
set -eu
cd "$(dirname "$0")/.."
. ./examples/environment.sh
install_lfd

folder="${1:-$(mktemp -d)}"
options="${TRAIN_OPTIONS:-}" # for example: --epochs 40
lfd gen-data -q -o "$folder/data"

decode() { # decode NAME TRAIN-OPTION...
    name="$1"
    shift
    # shellcheck disable=SC2086
    lfd train -q "$folder/data" -o "$folder/$name" "$@" $options
    lfd report -q "$folder/$name" >"$folder/$name.txt"
    echo "$name: $(tail -n 1 "$folder/$name.txt")"
}

decode ae --model ae
for beta in 0.25 1 4; do
    decode "beta-$beta" --beta "$beta"
done

echo
echo "Look at:  cat $folder/beta-1.txt"
echo "          lfd encode $folder/beta-4      (which axes are still active)"
