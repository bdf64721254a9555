"""`--latent auto` and `--epochs auto` at the shell: said, recorded, shown again, and the same every time."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from tests.shell import SMALL, Shell


def test_auto_is_said_recorded_and_shown_again(sh: Shell, tmp_path: Path) -> None:
    done = sh(f"lfd gen-data {SMALL} -o run && lfd train run --epochs 2")
    assert done.status == 0, done
    said = next(line for line in done.err.splitlines() if "latent auto" in line)
    assert said == "lfd: train: latent auto: 2 factors found, 8 axes"
    assert "train: vae, 8 axes" in done.err
    auto = yaml.safe_load((tmp_path / "run/model/notes.yaml").read_text())["auto"]
    assert (auto["factors"], auto["main_factors"], auto["latent"]) == (2, 2, 8)
    assert yaml.safe_load((tmp_path / "run/model/config.yaml").read_text())["n_latent"] == 8
    assert "latent auto: 2 factors found, 8 axes" in sh("lfd info run").out
    assert json.loads(sh("lfd info run --format json").out)["auto"] == auto["said"]
    assert "latent auto: 2 factors found, 8 axes" in sh("lfd report run").out


def test_the_same_command_gives_the_same_digest_and_comparisons_show_numbers(sh: Shell) -> None:
    one, two = (
        sh(f"lfd gen-data {SMALL} | lfd train --epochs 2 -q -o {name} && lfd info {name}") for name in "ab"
    )
    assert one.status == two.status == 0, one
    assert one.out.splitlines()[-1] == two.out.splitlines()[-1]
    assert "Digest" in one.out
    header, *rows = (line.split(",") for line in sh("lfd report a b --format csv").out.splitlines())
    assert [row[header.index("latent")] for row in rows] == ["8", "8"]


def test_auto_is_the_default_and_can_be_typed(sh: Shell) -> None:
    assert "latent: auto" in sh("lfd train --print-config").out
    done = sh(f"lfd gen-data {SMALL} | lfd train --model svd --latent auto --epochs auto -o run")
    assert done.status == 0, done
    assert "latent auto: 2 factors found, 8 axes" in done.err
    assert "epochs auto" not in done.err
    wrong = sh("lfd train run --latent many")
    assert wrong.status == 2
    assert "--latent: 'many': input should be a valid integer" in wrong.err


def test_few_users_are_told_why_there_are_no_factors_and_get_what_fits(sh: Shell) -> None:
    done = sh("lfd gen-data --users 12 --items 30 | lfd train --epochs 2 -o run")
    assert done.status == 0, done
    assert "latent auto: 10 axes (no more for 11 training users x 30 items)" in done.err
    assert "factors cannot be looked for" in done.err
