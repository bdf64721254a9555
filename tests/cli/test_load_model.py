"""A model of another library into a run and through every stage; what is stored; what is refused."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import sparse

from tests.shell import SMALL, Shell, shell_in


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of data in a tar file, and the factors of its SVD, as users x factors."""
    folder = tmp_path_factory.mktemp("factors")
    assert shell_in(folder, f"lfd gen-data {SMALL} -o run && lfd gen-data {SMALL} > data.tar").status == 0
    rows = pd.read_parquet(folder / "run/data/interactions.parquet")
    users, items = (pd.read_parquet(folder / f"run/data/{n}s.parquet")[n] for n in ("user", "item"))
    places = pd.Index(users).get_indexer(rows["user"]), pd.Index(items).get_indexer(rows["item"])
    dense = sparse.csr_array((rows["value"], places), (len(users), len(items))).toarray()
    left, values, right = np.linalg.svd(dense - dense.mean(axis=0), full_matrices=False)
    bias = dense.mean(axis=0)
    np.savez(folder / "m.npz", user_factors=(left * values)[:, :2], item_factors=right[:2].T, item_bias=bias)
    half = np.arange(len(users)) % 2 == 0
    frame = pd.DataFrame((left * values)[half, :2], columns=["a", "b"]).assign(user=users[half].to_numpy())
    frame.to_parquet(folder / "users.parquet")
    pd.DataFrame({"item": items, "bias": bias, "a": right[0], "b": right[1]}).to_parquet(
        folder / "items.parquet"
    )
    return folder


def test_factors_go_through_every_stage_on_a_pipe(data: Path, sh: Shell) -> None:
    done = sh(f"lfd load-model - {data}/m.npz < {data}/data.tar | lfd align | lfd report")
    assert done.status == 0, done
    assert done.out.startswith("factors from arrays, 2 axes (2 active), 600 users")
    assert "decoded: Magnitude of Change 3 of 3, Sampling 3 of 3" in done.out
    assert "own items score above others in" in done.err
    assert "active axes: 2 of 2" in done.err


def test_those_without_factors_judge_its_ranking(data: Path, sh: Shell, tmp_path: Path) -> None:
    done = sh(
        f"lfd load-model - {data}/users.parquet {data}/items.parquet --missing fold-in -q -o run"
        f" < {data}/data.tar && lfd evaluate run --what ranking --least 4 --resamples 50"
    )
    assert done.status == 0, done
    table = pd.read_parquet(tmp_path / "run/evaluation/ranking.parquet")
    reached = table[table["measure"] == "ndcg@100"].set_index("recommender")["value"]
    assert reached["factors"] > reached["popularity"] + 0.05


def test_a_loaded_model_takes_the_place_of_a_trained_one(data: Path, sh: Shell, tmp_path: Path) -> None:
    done = sh(
        f"lfd train - --model svd --latent 2 -o run < {data}/data.tar && lfd encode run -q &&"
        f" lfd load-model run {data}/users.parquet {data}/items.parquet --missing fold-in"
    )
    assert done.status == 0, done
    assert "dropped what is stale now: align, encode" in done.err
    assert "300 of the run's 600 users have no factors" in done.err
    run = tmp_path / "run"
    assert not (run / "model/history.csv").exists()
    notes = yaml.safe_load((run / "model/notes.yaml").read_text())
    figures = {m["name"]: m for m in notes["measures"]}
    assert figures["own_auc"]["value"] > figures["popularity_auc"]["value"]
    assert figures["fold_in_r2"]["value"] > 0.9
    assert pd.read_parquet(run / "model/split.parquet")["part"].eq("validation").sum() == 300
    truth = sh("lfd evaluate run --what truth --format json")
    assert truth.status == 0, truth
    assert "no user was held out" not in truth.err
    info = sh(
        f"lfd info run && lfd load-model run {data}/users.parquet {data}/items.parquet --missing fold-in"
    )
    assert f"lfd load-model RUN {data}/users.parquet {data}/items.parquet --missing fold-in" in info.out
    assert "load-model: already done" in info.err
    shutil.copytree(run, tmp_path / "again")
    compared = sh("lfd report run again")
    assert compared.status == 0, compared
    assert "ndcg@20" in compared.out


def test_rows_in_another_order_are_found_out(data: Path, sh: Shell, tmp_path: Path) -> None:
    with np.load(data / "m.npz") as arrays:
        order = np.random.default_rng(0).permutation(600)
        np.savez(tmp_path / "m.npz", **dict(arrays) | {"user_factors": arrays["user_factors"][order]})
    done = sh(f"lfd load-model {data}/run m.npz -o other")
    assert done.status == 0, done
    assert "lfd: warning: users' own items are ranked no better than by popularity" in done.err


def test_what_is_refused_is_one_sentence(data: Path, sh: Shell, tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(pickle.dumps({"user_factors": 1}))
    pickled = sh(f"lfd load-model {data}/run m.pkl")
    assert pickled.status == 3
    assert pickled.err.startswith("lfd: m.pkl is a pickle")
    assert "numpy.savez" in pickled.err
    nothing = sh("lfd load-model m.npz")
    assert nothing.status == 2
    assert "lfd load-model - m.npz" in nothing.err
    missing = sh(f"lfd load-model {data}/run {data}/users.parquet {data}/items.parquet")
    assert missing.status == 3
    assert "300 of the run's 600 users have no factors: " in missing.err
    lacking = sh(f"lfd encode {data}/run --raw")
    assert "lfd load-model RUN FILE" in lacking.err
    assert all(len(done.err.splitlines()) == 1 for done in (pickled, nothing, missing, lacking))
