"""`lfd evaluate --what ranking` as people type it, and `lfd report` that shows what it stored."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from tests.shell import Shell

ASK = "--what ranking --recall 3,5 --ndcg 10 --least 3"


def test_a_run_with_test_users_is_judged_on_them_and_compared(run: Path, sh: Shell) -> None:
    done = sh(
        "lfd train run --model svd --latent 3 --test 0.2 -o two"
        f" && lfd evaluate two {ASK} --format json && lfd evaluate run {ASK}"
    )
    assert done.status == 0, done
    split = pd.read_parquet(run.parent / "two/model/split.parquet")["part"].value_counts()
    assert dict(split) == {"train": 420, "test": 120, "validation": 60}
    told, printed = done.out.split("\n}\n", 1)
    found = json.loads(told + "}")["evaluations"]["ranking"]
    assert [m["name"] for m in found["measures"]] == ["recall@3", "recall@5", "ndcg@10"]
    assert all(m["parts"]["low"] < m["value"] < m["parts"]["high"] for m in found["measures"])
    assert {row["recommender"] for row in found["table"]} == {"svd", "ease", "popularity"}
    assert any("judged on 120 test users" in note for note in found["notes"])
    assert "validation users, who have told training when to stop" in done.err
    assert all(words in printed for words in ("popularity - vae", "ease - vae", "recall@3"))
    compared = sh("lfd report run two --format json")
    assert compared.status == 0, compared
    rows = {row["name"]: row["cells"] for row in json.loads(compared.out)["rows"]}
    assert rows["two"]["ranking.ndcg@10"]["value"] == found["measures"][-1]["value"]
    # test users and validation users are not the same question
    assert rows["two"]["ranking.ndcg@10"]["flagged"] != rows["run"]["ranking.ndcg@10"]["flagged"]


def test_nobody_held_out_and_nobody_left_are_one_sentence_each(run: Path, sh: Shell) -> None:
    done = sh("lfd train run --model svd --latent 3 --holdout 0 && lfd evaluate run --what ranking")
    assert done.status == 3, done
    assert "no user was held out of training" in done.err
    assert "lfd train --holdout 0.1 --test 0.1" in done.err
    assert "Traceback" not in done.err
    full = sh("lfd train run --model svd --latent 3 --holdout 0.5 --test 0.5")
    assert full.status == 2, full
    assert "leave nobody to train on" in full.err
