"""`lfd evaluate` as people type it: one command, a stage for each evaluation; several runs; arrays."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lfd.cli.fields import all_fields, settings_class
from lfd.core.disentanglement import disentanglement
from lfd.settings.disentanglement import DisentanglementSettings
from lfd.stages import commands
from tests.cli.test_bad_input import sentence
from tests.shared import Made, Once
from tests.shell import Done, Shell

FAST = "--measures mig,modularity"
OWN = ("truth", "disentanglement", "continuity")


@pytest.fixture(scope="session")
def made(once: Once, trained: Path) -> Made:
    """The small trained run with its default evaluations, and what making them said."""
    return once("evaluated", f"lfd evaluate run {FAST} --format json", trained)


@pytest.fixture
def evaluated(made: Made, tmp_path: Path) -> Path:
    """A copy of it, named `run` in the fresh folder."""
    return Path(shutil.copytree(made.run, tmp_path / "run"))


def facts(sh: Shell, run: str = "run") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sh(f"lfd info {run} --format json").out)
    return found


def test_by_default_what_the_run_allows_is_evaluated_and_stored(
    made: Made, evaluated: Path, sh: Shell
) -> None:
    done = made.done
    assert done.status == 0, done
    found = json.loads(done.out)["evaluations"]
    assert list(found) == list(OWN)
    said = {m["name"]: m for what in OWN for m in found[what]["measures"]}
    assert {"truth_raw", "below_raw", "truth_ridge_z", "decoded_mc_raw", "mig", "continuity_tv_mean"} <= set(
        said
    )
    assert said["mig"]["parameters"]["bins"] == 20
    told = facts(sh)
    assert {f"evaluation/{w}.{e}" for w in OWN for e in ("parquet", "yaml")} <= set(told["members"])
    # Asked again, nothing is done; and what `info` prints asks for the same.
    again = sh(f"lfd evaluate run {FAST} --format json")
    assert (again.out, again.err.count("already done")) == (done.out, 3)
    (printed,) = (c for c in told["commands"] if "--what disentanglement" in c)
    assert printed == "lfd evaluate RUN --what disentanglement --measures mig,modularity"
    assert "already done" in sh(printed.replace("RUN", "run")).err


def truth_table(done: Done) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.out)["evaluations"]["truth"]["table"]
    return found


def test_each_evaluation_is_stale_by_itself(made: Made, evaluated: Path, sh: Shell) -> None:
    done = sh("lfd evaluate run --what disentanglement --measures mig --bins 10")
    assert "dropped" not in done.err
    assert "evaluation/truth.yaml" in facts(sh)["members"]
    aligned = sh("lfd align run --permutations 19 --moved 5")
    assert "evaluate-truth" in aligned.err.partition("dropped what is stale now:")[2]
    assert not any(m.startswith("evaluation/") for m in facts(sh)["members"])
    table = truth_table(sh("lfd evaluate run --what truth --format json"))
    # Latents are stored in aligned axes now, and the raw ones are still those of the model.
    before = [row for row in truth_table(made.done) if row["place"] == "raw"]
    after = [row for row in table if row["place"] == "raw"]
    assert [r["correlation"] for r in after] == pytest.approx([r["correlation"] for r in before], abs=1e-3)
    assert {"raw", "aligned", "steering", "reading", "ridge_z", "ridge_x"} == {row["place"] for row in table}


def test_all_formats(evaluated: Path, sh: Shell) -> None:
    for form in ("jsonl", "csv", "md", "table"):
        done = sh(f"lfd evaluate run {FAST} --format {form}", COLUMNS="100")
        assert done.status == 0, done
        assert all(name in done.out for name in ("truth_ridge_x", "modularity", "continuity_tv_max"))
        assert "nan" not in done.out.lower()
        if form == "jsonl":
            rows = [json.loads(line) for line in done.out.splitlines()]
            assert {"genre", "year", "rating", "z0", ""} <= {row["part"] for row in rows}
        if form == "table":
            assert max(map(len, done.out.splitlines())) <= 100


def test_an_altered_evaluation_names_the_command_that_makes_it_again(evaluated: Path, sh: Shell) -> None:
    (evaluated / "evaluation/truth.yaml").write_text("measures: []\nnotes: []\n")
    sentence(sh("lfd cat run evaluation/truth.yaml"), 3, "lfd evaluate RUN --what truth --force")


def test_a_stream_goes_on_where_it_is_asked_to(evaluated: Path, sh: Shell) -> None:
    done = sh("tar c -C run . | lfd evaluate --what truth -o - | lfd cat - evaluation/truth.yaml")
    assert (done.status, done.out.startswith("measures:")) == (0, True)


def test_options_come_from_flags_environment_and_file(run: Path, sh: Shell, tmp_path: Path) -> None:
    assert sh("lfd evaluate --what truth,disentanglement --bins 7 --print-config > c.yaml").status == 0
    assert (tmp_path / "c.yaml").read_text().startswith("evaluate-truth:\n")
    done = sh(
        "lfd evaluate --config c.yaml --what disentanglement --print-config",
        LFD_EVALUATE_DISENTANGLEMENT_SEED="4",
    )
    assert "bins: 7\n" in done.out
    assert "seed: 4\n" in done.out
    assert "penalties" not in done.out


def test_a_run_without_truth(sh: Shell, tmp_path: Path) -> None:
    chosen = np.argwhere(np.random.default_rng(0).random((60, 24)) < 0.4)
    pd.DataFrame(chosen, columns=["user", "item"]).to_csv(tmp_path / "r.csv", index=False)
    items = pd.DataFrame({"item": range(24), "title": "Film", "genre": ["Drama", "Comedy", "Horror"] * 8})
    items.to_csv(tmp_path / "i.csv", index=False)
    loaded = sh("lfd load r.csv --items i.csv -o run && lfd train run --model svd --latent 2")
    assert loaded.status == 0, loaded
    refused = sh("lfd evaluate run --what truth")
    sentence(refused, 3, "no truth", "lfd gen-data")
    assert "running it" not in refused.err  # what it would have needed
    done = sh(f"lfd evaluate run {FAST} --rule share --format json")
    assert done.status == 0, done
    assert "no truth, so truth is left out" in done.err
    found = json.loads(done.out)["evaluations"]
    assert list(found) == ["disentanglement", "continuity"]
    assert "attribute shares" in found["disentanglement"]["measures"][0]["parameters"]["factors"]


def test_stability_reads_runs_wherever_they_are_and_writes_nothing(evaluated: Path, sh: Shell) -> None:
    other = "lfd train run --model svd --latent 4 -o two && lfd encode two --raw"
    assert sh(f"tar cf run.tar run && {other}").status == 0
    before = (evaluated / "manifest.json").read_bytes()
    done = sh("lfd evaluate --what stability run two run.tar --format json")
    assert done.status == 0, done
    found = json.loads(done.out)["evaluations"]["stability"]
    parts = found["measures"][0]["parts"]
    assert parts["run ~ run.tar"] == pytest.approx(1)
    assert parts["run ~ two"] < 0.999
    assert any("two: not aligned" in note for note in found["notes"])
    assert (evaluated / "manifest.json").read_bytes() == before


def test_stability_of_runs_that_cannot_be_compared(run: Path, sh: Shell) -> None:
    sentence(sh("lfd evaluate --what stability run"), 2, "1 runs", "RUN RUN")
    sentence(sh("lfd evaluate --what stability run run"), 3, "run has no latents", "lfd encode run")
    sentence(sh("lfd evaluate --what stability,truth run run"), 2, "one evaluation at a time")
    sentence(sh("lfd evaluate run run"), 2, "2 runs", "--what stability run run")
    sentence(sh("lfd evaluate --what stability run run --force"), 2, "nothing is written")


def test_arrays_alone_are_evaluated_as_the_library_does(sh: Shell, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 3, (200, 2))
    codes = factors + 0.2 * rng.standard_normal((200, 2))
    np.savez(tmp_path / "codes.npz", codes)
    pd.DataFrame(factors, columns=["genre", "year"]).to_parquet(tmp_path / "factors.parquet")
    given = "--codes codes.npz --factors factors.parquet"
    done = sh(f"lfd evaluate --what disentanglement {given} {FAST} --format json")
    assert done.status == 0, done
    found = json.loads(done.out)["evaluations"]["disentanglement"]["measures"]
    expected = disentanglement(codes, factors, DisentanglementSettings(measures=("mig", "modularity")))
    assert [m["value"] for m in found] == [m.value for m in expected]
    assert list(found[0]["parts"]) == ["genre", "year"]
    np.savez(tmp_path / "other.npz", codes[:, ::-1] @ np.diag([1, -1]))
    stable = sh("lfd evaluate --what stability --codes codes.npz --codes other.npz --format csv")
    value = {r.split(",")[0]: r.split(",")[2] for r in stable.out.splitlines()[1:] if r.split(",")[1] == ""}
    assert float(value["lowest_raw"]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ("--what trith", 2, ["trith", "did you mean truth?"]),
        ("run --what ''", 2, ["names nothing"]),
        ("run --what truth --bins 5", 2, ["--bins means nothing to truth", "--what disentanglement"]),
        ("run run --what stability --bins 5", 2, ["--bins means nothing to stability"]),
        (
            "--what disentanglement --codes a.npz --factors a.npz --users 5",
            2,
            ["--users is about a run's users"],
        ),
        ("--codes a.npz", 2, ["one evaluation at a time", "none was named"]),
        ("--what disentanglement --codes a.npz", 2, ["one of factors", "--factors factors.parquet"]),
        ("--what stability --codes a.npz", 2, ["0 runs and 1 --codes"]),
        ("--what stability --codes a.npz --codes b.npz --factors a.npz", 2, ["no use for --factors"]),
        ("--what stability --codes a.npz --codes b.npz", 3, ["a.npz has 9 rows and b.npz has 8 rows"]),
        (
            "--what disentanglement --codes b.npz --factors a.npz",
            3,
            ["b.npz has 8 rows and a.npz has 9 rows"],
        ),
        ("--what disentanglement --codes nan.npz --factors a.npz", 3, ["nan.npz, row 4, column 1: nan"]),
        ("--what disentanglement --codes flat.npz --factors a.npz", 3, ["no code varies", "rank 0"]),
        ("--what stability --codes flat.npz --codes a.npz", 3, ["flat.npz: no axis is active"]),
        ("--what disentanglement --codes words.csv --factors a.npz", 3, ["words.csv has no numeric column"]),
    ],
)
def test_one_sentence(sh: Shell, tmp_path: Path, command: str, status: int, words: list[str]) -> None:
    table = np.random.default_rng(0).standard_normal((9, 2))
    holed = table.copy()
    holed[4, 1] = np.nan
    for name, array in {"a": table, "b": table[:8], "nan": holed, "flat": np.ones((9, 2))}.items():
        np.savez(tmp_path / f"{name}.npz", array)
    (tmp_path / "words.csv").write_text("title\nAlien\n")
    sentence(sh(f"lfd evaluate {command} < /dev/null"), status, *words)


def test_no_active_axis(collapsed: Made, tmp_path: Path, sh: Shell) -> None:
    shutil.copytree(collapsed.run, tmp_path / "run")
    for what in ("truth", "disentanglement"):
        sentence(sh(f"lfd evaluate run --what {what}"), 3, "no axis is active", "lfd train --beta")


def test_flags_that_evaluations_share_are_of_one_kind() -> None:
    kinds: dict[str, set[str]] = {}
    for stage in commands()["evaluate"]:
        for field in all_fields(settings_class(stage)):
            kinds.setdefault(field.name, set()).add(str(field.kind))
    assert {name: len(kind) for name, kind in kinds.items() if len(kind) > 1} == {}
