"""Where runs go, when a stage is done, what becomes stale: through the commands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.shared import Made
from tests.shell import QUICK, SMALL, Shell


def digest(sh: Shell, run: str) -> str:
    done = sh(f"lfd info {run} --format json")
    assert done.status == 0, done
    found: str = json.loads(done.out)["digest"]
    return found


def members(sh: Shell, run: str) -> set[str]:
    return set(json.loads(sh(f"lfd info {run} --format json").out)["members"])


def files(run: Path) -> dict[Path, bytes]:
    """A run's files but the manifest, which tells the time, and the program's own folder."""
    found = {path.relative_to(run): path for path in run.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in found.items()
        if name.name != "manifest.json" and name.parts[0] != ".lfd"
    }


def test_a_whole_pipe_ends_in_the_table(whole: Made) -> None:
    assert "Factor -> signed axes" in whole.done.out
    assert "decoded: Magnitude of Change" in whole.done.out
    assert "encode: " in whole.done.err  # the stage that was missing and was run


def test_the_same_again_in_a_folder_is_byte_identical_to_the_pipe(
    whole: Made, sh: Shell, tmp_path: Path
) -> None:
    stages = "lfd encode a && lfd decode-mc a && lfd decode-sample a && lfd report a"
    done = sh(f"lfd gen-data {SMALL} -o a && lfd train a {QUICK} && {stages}")
    assert done.status == 0, done
    assert files(tmp_path / "a") == files(whole.run)
    assert digest(sh, "a") == digest(sh, str(whole.run))


def test_a_stage_asked_again_is_already_done(run: Path, sh: Shell) -> None:
    before = (run / "manifest.json").read_bytes()
    done = sh(f"lfd train run {QUICK}")
    assert done.status == 0
    assert "already done" in done.err
    assert (run / "manifest.json").read_bytes() == before
    assert "already done" not in sh(f"lfd train run {QUICK} --force").err


def test_data_made_again_by_the_same_options_is_already_done(run: Path, sh: Shell) -> None:
    done = sh(f"lfd gen-data {SMALL} -o run")
    assert (done.status, "already done" in done.err) == (0, True)
    refused = sh(f"lfd gen-data {SMALL} --seed 9 -o run")
    assert refused.status == 4
    assert "--force" in refused.err
    assert "model/weights.safetensors" in members(sh, "run")
    assert sh(f"lfd gen-data {SMALL} --seed 9 -o run --force").status == 0
    assert "model/weights.safetensors" not in members(sh, "run")


def test_other_options_drop_and_name_what_is_stale(svd: Path, sh: Shell) -> None:
    assert sh("lfd decode-mc run").status == 0
    done = sh("lfd train run --model svd --latent 3")
    assert "dropped what is stale now: align, encode, traverse, decode-mc" in done.err
    assert "scores/mc.parquet" not in members(sh, "run")


def test_what_is_not_the_manifests_is_kept(run: Path, sh: Shell) -> None:
    (run / "notes.txt").write_text("mine")
    assert sh(f"lfd gen-data {SMALL} --seed 5 -o run --force").status == 0
    assert (run / "notes.txt").read_text() == "mine"
    assert sh("lfd encode run -o there 2>/dev/null; lfd info run > /dev/null").status == 0
    assert sh("tar cf - run | lfd train --model svd --latent 2 -o copy").status == 0
    assert (run.parent / "copy/notes.txt").read_text() == "mine"


@pytest.mark.parametrize("output", ["other", "other.tar"])
def test_output_elsewhere_leaves_the_input_alone(svd: Path, sh: Shell, output: str) -> None:
    before = (svd / "manifest.json").read_bytes()
    assert sh(f"lfd encode run -o {output}").status == 0
    assert (svd / "manifest.json").read_bytes() == before
    assert "latents/users.parquet" in members(sh, output)
    assert sh(f"lfd encode run -o {output}").status == 4
    assert sh(f"lfd encode run -o {output} --force").status == 0


def test_a_tar_file_and_a_compressed_one_are_runs(svd: Path, sh: Shell) -> None:
    assert sh("tar cf run.tar run && tar czf run.tgz -C run .").status == 0
    assert sh("lfd encode run.tar").status == 0
    assert "latents/users.parquet" in members(sh, "run.tar")
    assert sh("lfd encode run.tgz -o there && lfd encode - -o other < run.tar").status == 0
    assert digest(sh, "there") == digest(sh, "other") == digest(sh, "run.tar")


def test_a_folder_that_is_no_run_is_never_touched(sh: Shell, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cat.jpg").write_bytes(b"cat")
    done = sh(f"lfd gen-data {SMALL} -o photos --force")
    assert done.status == 4
    assert [p.name for p in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


def test_options_come_from_flags_then_environment_then_file_then_defaults(sh: Shell, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("gen-data:\n  users: 11\n  items: 12\n  seed: 13\n")
    done = sh(
        "lfd gen-data --config c.yaml --users 31 --print-config",
        LFD_GEN_DATA_USERS="21",
        LFD_GEN_DATA_ITEMS="22",
    )
    assert done.status == 0, done
    lines = dict(line.strip().split(": ") for line in done.out.splitlines()[1:] if ": " in line)
    assert (lines["users"], lines["items"], lines["seed"], lines["values"]) == ("31", "22", "13", "5")


def test_print_config_fed_back_repeats_the_run(sh: Shell) -> None:
    assert sh(f"lfd gen-data {SMALL} --noise 0.1 --print-config > c.yaml").status == 0
    assert sh(f"lfd gen-data {SMALL} --noise 0.1 -o a && lfd gen-data --config c.yaml -o b").status == 0
    assert digest(sh, "a") == digest(sh, "b")


def test_the_config_reaches_stages_that_have_to_run_first(svd: Path, sh: Shell, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("traverse:\n  users: 7\n")
    assert sh("lfd decode-mc run --config c.yaml").status == 0
    made = json.loads(sh("lfd info run --format json").out)["stages"]
    assert next(s for s in made if s["stage"] == "traverse")["options"]["users"] == 7


def test_a_move_given_to_decode_mc_is_the_traversals(svd: Path, sh: Shell) -> None:
    assert sh("lfd traverse run --users 50").status == 0
    assert sh("lfd decode-mc run --move extreme").status == 0
    made = {s["stage"]: s["options"] for s in json.loads(sh("lfd info run --format json").out)["stages"]}
    assert (made["traverse"]["move"], made["traverse"]["users"]) == ("extreme", 50)


def test_info_tells_the_commands_and_they_make_the_run_again(run: Path, sh: Shell) -> None:
    assert sh("lfd decode-mc run --estimator divergence").status == 0
    commands = json.loads(sh("lfd info run --format json").out)["commands"]
    script = " && ".join(line.replace("RUN", "again") for line in commands)
    assert sh(script).status == 0
    assert digest(sh, "again") == digest(sh, "run")


def test_progress_and_notes_are_on_stderr_and_quiet_is_quiet(small: Made) -> None:
    assert "gen-data -q" in small.done.command
    assert "train -q" in small.done.command
    assert (small.done.status, small.done.out, small.done.err) == (0, "", "")


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "md", "table"])
def test_every_table_comes_in_every_format(decoded: Path, sh: Shell, form: str) -> None:
    for command in ("encode run", "decode-mc run", "decode-sample run", "report run", "info run"):
        done = sh(f"lfd {command} --format {form}")
        assert done.status == 0, done
        assert done.out
        assert "NaN" not in done.out
        if form == "json":
            assert "schema" in json.loads(done.out)
        if form == "jsonl":
            assert all(isinstance(json.loads(line), dict) for line in done.out.splitlines())


def test_cat_prints_any_member(run: Path, sh: Shell) -> None:
    items = sh("lfd cat run data/items.parquet --format csv").out.splitlines()
    assert items[0].startswith("item,title,")
    assert len(items) == 31
    assert sh("lfd cat run data/schema.yaml").out.startswith("attributes:")
    wrong = sh("lfd cat run data/item.parquet")
    assert wrong.status == 3
    assert "did you mean data/items.parquet?" in wrong.err


def test_colours_only_on_a_terminal_and_tables_fit(decoded: Path, sh: Shell) -> None:
    done = sh("lfd report run", COLUMNS="72")
    assert "\x1b[" not in done.out
    assert max(map(len, done.out.splitlines())) <= 72


def test_edited_latents_stand_in_for_the_runs_own(decoded: Path, sh: Shell, tmp_path: Path) -> None:
    assert sh("lfd encode run -q && lfd cat run latents/users.parquet --format csv > z.csv").status == 0
    header, *rows = (tmp_path / "z.csv").read_text().splitlines()
    column = header.split(",").index("z1")
    zeroed = [",".join("0" if i == column else v for i, v in enumerate(row.split(","))) for row in rows]
    (tmp_path / "z.csv").write_text("\n".join([header, *zeroed]))
    assert sh("lfd traverse run --latents z.csv && lfd decode-mc run -q > /dev/null").status == 0
    scores = [json.loads(r) for r in sh("lfd cat run scores/mc.parquet --format jsonl").out.splitlines()]
    assert {r["score"] for r in scores if r["axis"] == 1} == {0.0}
    assert any(abs(r["score"]) > 0 for r in scores if r["axis"] != 1)
    made = {s["stage"]: s for s in json.loads(sh("lfd info run --format json").out)["stages"]}
    assert list(made["traverse"]["inputs"]) == ["z.csv"]


def test_new_histories_are_encoded_as_the_runs_users_are(decoded: Path, sh: Shell) -> None:
    assert (
        sh(
            "lfd encode run -q >/dev/null && lfd cat run data/interactions.parquet --format csv > h.csv"
        ).status
        == 0
    )
    done = sh(
        "lfd encode run --histories h.csv --format csv > new.csv && "
        "lfd cat run latents/users.parquet --format csv"
    )
    assert done.status == 0, done
    import pandas as pd

    new = pd.read_csv(decoded.parent / "new.csv")
    import io

    own = pd.read_csv(io.StringIO(done.out))
    pd.testing.assert_frame_equal(new, own, atol=1e-5)


def test_the_input_folder_may_be_on_a_pipe_and_stay_as_it_is(svd: Path, sh: Shell) -> None:
    before = shutil.copytree(svd, svd.parent / "before")
    assert sh("tar c -C run . | lfd encode > out.tar").status == 0
    assert (before / "manifest.json").read_bytes() == (svd / "manifest.json").read_bytes()
