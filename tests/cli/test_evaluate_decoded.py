"""Decoded k of n in raw and in aligned axes from one run, and in the comparison of runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.shell import SMALL, Done, Shell

FRAMES = ("raw", "aligned")
NAMES = [f"decoded_{method}_{frame}" for method in ("mc", "sample") for frame in FRAMES]
TRAIN = "lfd train --model svd --latent 3 -o run"
QUIET = "> /dev/null"
DATA = {
    "exclusive": SMALL,
    "bipolar": "--generator bipolar --users 500 --items 60",
}


def outcome(done: Done) -> dict[str, Any]:
    assert done.status == 0, done
    found: dict[str, Any] = json.loads(done.out)["evaluations"]["truth"]
    return found


def decoded(done: Done) -> dict[str, dict[str, Any]]:
    """The decoded figures by name."""
    return {m["name"]: m for m in outcome(done)["measures"] if m["family"] == "decoded"}


@pytest.mark.parametrize("generator", DATA)
def test_counts_in_memory_are_those_that_the_report_prints(sh: Shell, generator: str) -> None:
    """Each frame once from the run's scores and once in memory, decoded by options of one's own."""
    how = "decode-mc run --move shift:1 --weights top:5 --exclude-seen --permutations 100"
    both = f"lfd {how} {QUIET} && lfd decode-sample run --draws 40 --permutations 100 {QUIET}"
    evaluate = "lfd evaluate run --what truth --format json"
    made = f"lfd gen-data {DATA[generator]} | {TRAIN}"
    aligned = decoded(sh(f"{made} && {both} && {evaluate}"))
    assert list(aligned) == NAMES
    raw = decoded(sh(f"{both.replace(how, how + ' --raw')} && {evaluate}"))
    assert raw == aligned
    assert aligned["decoded_mc_raw"]["parameters"]["move"] == "shift:1"
    assert aligned["decoded_sample_aligned"]["parameters"]["draws"] == 40
    report = json.loads(sh("lfd report run --format json").out)["truth"]
    for method in ("mc", "sample"):
        told = {f["factor"]: float(f["decoded"]) for f in report[method]["factors"]}
        found = raw[f"decoded_{method}_raw"]
        assert (found["parts"], found["value"]) == (told, sum(told.values()))
        assert found["parameters"]["of"] == len(told)


def test_a_run_that_stays_raw_has_the_raw_column_and_says_why(sh: Shell) -> None:
    made = f"lfd gen-data {SMALL} | {TRAIN} && lfd encode run --raw {QUIET}"
    done = sh(f"{made} && lfd evaluate run --what truth --format json")
    assert list(decoded(done)) == ["decoded_mc_raw", "decoded_sample_raw"]
    why = "decoded in raw axes only, since it was encoded with --raw; for aligned ones: lfd align RUN"
    assert why in outcome(done)["notes"]
    compared = sh("lfd report run run/ --format json")
    assert f"run: {why}" in json.loads(compared.out)["notes"]
    # Aligned afterwards, the same run has both; its latents stay raw.
    after = sh(
        f"lfd align run --permutations 19 --moved 5 {QUIET} && lfd evaluate run --what truth --format json"
    )
    assert list(decoded(after)) == NAMES
    assert "alignment" not in "".join(n for n in outcome(after)["notes"] if "decoded" in n)


def test_runs_side_by_side_have_both_frames_once_the_truth_is_evaluated(sh: Shell) -> None:
    train = " && ".join(f"lfd train data --model svd --latent {n} -o svd{n}" for n in (2, 3))
    made = sh(f"lfd gen-data {SMALL} -o data && {train} && lfd decode-mc svd3 --permutations 100 {QUIET}")
    assert made.status == 0, made
    before = json.loads(sh("lfd report svd3 svd2 --format json").out)
    assert decoding(before) == ["decoded_mc_aligned"]
    said = "decoded in aligned axes only; in raw and in aligned ones: lfd evaluate RUN --what truth"
    assert f"svd3: {said}" in before["notes"]
    assert sh(f"lfd evaluate svd3 --what truth {QUIET} && lfd evaluate svd2 --what truth {QUIET}").status == 0
    after = json.loads(sh("lfd report svd3 svd2 --format json").out)
    assert decoding(after) == NAMES
    assert not any(column["id"].startswith("truth.decoded") for column in after["columns"])
    assert not any("decoded" in note for note in after["notes"] if "svd2" not in note)
    first, then = (found["rows"][0]["cells"]["decoding.decoded_mc_aligned"] for found in (before, after))
    assert (then["value"], then["of"]) == (first["value"], 3)
    assert f"{then['value']:g} of 3" in sh("lfd report svd3 svd2", COLUMNS="120").out


def decoding(comparison: dict[str, Any]) -> list[str]:
    """The columns of the subject decoding."""
    return [column["name"] for column in comparison["columns"] if column["subject"] == "decoding"]
