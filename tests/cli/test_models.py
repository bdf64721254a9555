"""Every model through the whole pipe, and a training that fails in its own way."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.shared import Made
from tests.shell import Shell
from tests.structure.test_imports import modules_after


def test_an_svd_goes_through_every_stage(factored: Made, stream: Path, sh: Shell) -> None:
    done = sh(f"lfd train --model svd --latent 2 < {stream} | lfd report")
    assert done.status == 0, done
    assert done.out.startswith("svd, 2 axes (2 active), 600 users")
    assert "aligned axes" in factored.done.out
    assert "decoded: Magnitude of Change 3 of 3, Sampling 3 of 3" in factored.done.out


def test_an_svd_has_no_deviation_no_kl_and_one_row_of_history(
    stream: Path, sh: Shell, tmp_path: Path
) -> None:
    done = sh(f"lfd train --model svd --latent 3 -o run < {stream} && lfd encode run --format csv")
    assert done.status == 0, done
    header, *rows = done.out.splitlines()
    kl = header.split(",").index("kl")
    assert [row.split(",")[kl] for row in rows] == ["", "", ""]
    latents = pd.read_parquet(tmp_path / "run/latents/users.parquet")
    assert (latents.filter(like="_sd") == 0).all(axis=None)
    history = pd.read_csv(tmp_path / "run/model/history.csv")
    assert len(history) == 1
    assert history["validation_loss"].notna().all()
    shown = json.loads(sh("lfd report run --format json").out)
    assert [axis["kl"] for axis in shown["axes"]] == [None] * 3


def test_an_svd_is_trained_aligned_and_decoded_without_torch(svd: Path) -> None:
    assert "torch" not in modules_after("train", str(svd), "--model", "svd", "--latent", "3")
    assert "torch" not in modules_after("decode-sample", str(svd))


def test_options_that_mean_nothing_to_an_svd_are_named(stream: Path, sh: Shell) -> None:
    done = sh(f"lfd train --model svd --latent 3 --beta 4 --epochs 9 -o run < {stream}")
    assert done.status == 0, done
    assert "--beta, --epochs: no effect" in done.err
    quiet = sh(f"lfd train --model svd --latent 3 -o other < {stream}")
    assert "no effect" not in quiet.err


@pytest.mark.parametrize("latent", [30, 300])
def test_an_svd_with_too_many_axes_is_one_sentence(stream: Path, sh: Shell, latent: int) -> None:
    done = sh(f"lfd train --model svd --latent {latent} < {stream}")
    assert done.status == 2
    assert done.err.splitlines()[-1].startswith("lfd: ")
    assert "--latent" in done.err


def test_a_collapse_is_told_while_training_at_its_end_and_in_the_run(collapsed: Made, sh: Shell) -> None:
    done = collapsed.done
    assert done.status == 0, done
    assert "no axis is active any more" in done.err
    assert "lfd: warning: collapsed: none of the 4 axes was active" in done.err
    assert "--anneal" in done.err
    assert "training: collapsed: none of the 4 axes" in done.out
    assert "collapsed: no axis is active" in " ".join(done.out.split())
    said = sh(f"lfd decode-mc {collapsed.run} -o again").err
    assert "no axis is active, so there is nothing to show (raw axes, 4 inactive ones not shown)" in said
    notes = json.loads((collapsed.run / "report/report.json").read_text())["model"]["notes"]
    assert notes[0].startswith("collapsed")
