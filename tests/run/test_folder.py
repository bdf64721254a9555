"""A run on disk is as it was before a stage, or as it is after it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lfd.errors import InputError, RefusedError
from lfd.run import folder as module
from lfd.run.folder import Transaction, create, open_snapshot, writer_lock
from lfd.run.manifest import ABSENT, Manifest, Member, StageRecord, after, loads


def record(stage: str, writes: tuple[str, ...], reads: dict[str, str] | None = None) -> StageRecord:
    return StageRecord(stage, "0", {}, {}, reads or {}, {}, writes)


def commit(run: Path, stage: str, members: dict[str, bytes], reads: tuple[str, ...] = ()) -> list[str]:
    transaction = Transaction(run)
    for name, content in members.items():
        transaction.place(name).write_bytes(content)
    with open_snapshot(run) as snapshot:
        digests = {name: snapshot.manifest.members[name].sha256 for name in reads}
    return transaction.commit(record(stage, tuple(members), digests))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    create(tmp_path / "run")
    commit(tmp_path / "run", "gen-data", {"data/a": b"one"})
    commit(tmp_path / "run", "train", {"model/w": b"weights"}, reads=("data/a",))
    commit(tmp_path / "run", "encode", {"latents/z": b"z"}, reads=("model/w",))
    return tmp_path / "run"


def test_what_was_committed_is_read(run: Path) -> None:
    with open_snapshot(run) as snapshot:
        assert bytes(snapshot.buffer("latents/z")) == b"z"
        assert [r.stage for r in snapshot.manifest.stages] == ["gen-data", "train", "encode"]


def test_what_depended_on_a_replaced_member_is_dropped_and_named(run: Path) -> None:
    (run / "notes.txt").write_text("mine")
    assert commit(run, "train", {"model/w": b"others"}, reads=("data/a",)) == ["encode"]
    assert not (run / "latents").exists()
    assert (run / "notes.txt").read_text() == "mine"


def test_the_same_bytes_again_make_nothing_stale(run: Path) -> None:
    assert commit(run, "train", {"model/w": b"weights"}, reads=("data/a",)) == []
    assert (run / "latents/z").exists()


def test_staleness_goes_down_the_chain(run: Path) -> None:
    assert commit(run, "gen-data", {"data/a": b"two"}) == ["train", "encode"]
    with open_snapshot(run) as snapshot:
        assert set(snapshot.manifest.members) == {"lfd.json", "data/a"}


def test_what_looked_for_a_member_in_vain_is_stale_once_it_is_there(run: Path) -> None:
    transaction = Transaction(run)
    transaction.place("latents/z").write_bytes(b"raw")
    transaction.commit(record("encode", ("latents/z",), {"alignment/a": ABSENT}))
    assert commit(run, "align", {"alignment/a": b"turned"}) == ["encode"]
    assert not (run / "latents/z").exists()


def test_an_altered_member_is_refused_when_it_is_read(run: Path) -> None:
    (run / "model/w").write_bytes(b"weightz")
    with open_snapshot(run) as snapshot, pytest.raises(InputError, match="model/w is not what train wrote"):
        snapshot.buffer("model/w")


def test_a_missing_or_resized_member_is_refused_at_once(run: Path) -> None:
    (run / "model/w").write_bytes(b"longer weights")
    with pytest.raises(InputError, match="model/w is not what train wrote"):
        open_snapshot(run)
    (run / "model/w").unlink()
    with pytest.raises(InputError, match="in the manifest but not in the folder"):
        open_snapshot(run)


def test_an_edited_manifest_is_refused(run: Path) -> None:
    text = (run / "manifest.json").read_text()
    (run / "manifest.json").write_text(text.replace('"train"', '"trainx"'))
    with pytest.raises(InputError, match=r"manifest\.json was altered"):
        open_snapshot(run)


def test_a_reader_keeps_what_it_opened(run: Path) -> None:
    with open_snapshot(run) as before:
        commit(run, "train", {"model/w": b"others"}, reads=("data/a",))
        assert bytes(before.buffer("model/w")) == b"weights"
        assert bytes(before.buffer("latents/z")) == b"z"


def test_two_writers_at_once_are_refused_and_told_who(run: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from lfd.run.folder import writer_lock\n"
            f"with writer_lock(Path({str(run)!r}), 'train'):\n"
            "    print('held', flush=True); sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        with (
            pytest.raises(RefusedError, match=rf"written by lfd train \(process {holder.pid}"),
            writer_lock(run, "x"),
        ):
            pass
    finally:
        holder.kill()
        holder.wait()
    with writer_lock(run, "encode"):
        pass  # a killed holder holds nothing


@pytest.mark.parametrize("survivor", range(4))
def test_a_commit_cut_short_is_finished_by_the_next_reader(
    run: Path, survivor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Die after each single rename of a commit: whoever opens the run sees all of it."""
    renames = 0
    real = os.replace

    def dying(source: object, target: object) -> None:
        nonlocal renames
        if renames == survivor:
            raise KeyboardInterrupt
        renames += 1
        real(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(module.os, "replace", dying)
    with pytest.raises(KeyboardInterrupt):
        commit(
            run, "train", {"model/a": b"new a", "model/b": b"new b", "model/w": b"new w"}, reads=("data/a",)
        )
    monkeypatch.undo()
    with open_snapshot(run) as snapshot:
        assert {m: bytes(snapshot.buffer(m)) for m in ("model/a", "model/b", "model/w")} == {
            "model/a": b"new a",
            "model/b": b"new b",
            "model/w": b"new w",
        }
        assert "latents/z" not in snapshot
    assert not (run / ".lfd/commit").exists()


def test_before_the_commit_nothing_has_happened(run: Path) -> None:
    transaction = Transaction(run)
    transaction.place("model/w").write_bytes(b"half")
    with open_snapshot(run) as snapshot:
        assert bytes(snapshot.buffer("model/w")) == b"weights"
        assert snapshot.others() == []
    transaction.abandon()
    assert sorted(p.name for p in run.iterdir()) == [
        ".lfd",
        "data",
        "latents",
        "lfd.json",
        "manifest.json",
        "model",
    ]


def test_a_run_can_be_read_where_nothing_can_be_written(run: Path) -> None:
    shutil.rmtree(run / ".lfd")
    run.chmod(0o555)
    try:
        with open_snapshot(run) as snapshot:
            assert bytes(snapshot.buffer("data/a")) == b"one"
    finally:
        run.chmod(0o755)


def test_a_folder_that_is_no_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not an lfd run"):
        open_snapshot(tmp_path)
    with pytest.raises(InputError, match="there is no folder"):
        open_snapshot(tmp_path / "nowhere")


def test_the_manifest_is_canonical_and_its_digest_leaves_out_what_varies() -> None:
    def manifest(seconds: float, origin: str) -> Manifest:
        made = StageRecord("train", "0", {"seed": 1}, {"seed": origin}, {}, {}, ("m",), {"seconds": seconds})
        return Manifest((made,), {"m": Member(1, "0" * 64)})

    first, second = manifest(1.0, "default"), manifest(2.0, "--seed")
    assert first.digest() == second.digest()
    assert first.dumps() != second.dumps()
    assert loads(first.dumps(), "run") == first


def test_loading_other_data_replaces_the_data_whoever_made_it() -> None:
    before = Manifest((record("gen-data", ("data/a",)),), {"data/a": Member(1, "a")})
    now, stale = after(before, record("load", ("data/a",)), {"data/a": Member(1, "b")})
    assert [r.stage for r in now.stages] == ["load"]
    assert stale == []
