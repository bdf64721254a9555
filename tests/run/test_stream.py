"""A stream is the folder, whole or refused."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfd.errors import Exit, InputError
from lfd.run.folder import Transaction, create, open_snapshot
from lfd.run.manifest import StageRecord
from lfd.run.stream import read_stream, write_stream

names = st.text("abcxyz019_-.é ", min_size=1, max_size=12).filter(
    lambda n: n.strip(".") and not n.startswith(".lfd")
)
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
files = st.dictionaries(paths, st.binary(max_size=2000), max_size=5)


def make_run(folder: Path, members: dict[str, bytes], others: dict[str, bytes] | None = None) -> Path:
    create(folder)
    transaction = Transaction(folder)
    for name, content in members.items():
        transaction.place(name).write_bytes(content)
    transaction.commit(StageRecord("gen-data", "0", {"seed": 1}, {}, {}, {}, tuple(members)))
    for name, content in (others or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def streamed(folder: Path) -> bytes:
    out = io.BytesIO()
    with open_snapshot(folder) as run:
        write_stream(run, out)
    return out.getvalue()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and ".lfd" not in p.parts
    }


def unpack(stream: bytes) -> Path:
    return read_stream(io.BytesIO(stream), Path(tempfile.mkdtemp(prefix="lfd-test-")))


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("sealed") / "run"
    return streamed(make_run(folder, {"data/a": b"hello" * 200, "data/empty": b""}, {"notes.txt": b"mine"}))


@settings(max_examples=40, deadline=None)
@given(files, files)
def test_folder_to_stream_to_folder_is_the_identity(
    members: dict[str, bytes], others: dict[str, bytes]
) -> None:
    inner = {f"data/{n}": c for n, c in members.items()}
    outer = {f"own/{n}": c for n, c in others.items()}
    if any(a != b and b.startswith(a + "/") for part in (inner, outer) for a in part for b in part):
        return  # one name is both a file and a folder
    with tempfile.TemporaryDirectory() as place:
        folder = make_run(Path(place) / "run", inner, outer)
        (Path(place) / "again").mkdir()
        again = read_stream(io.BytesIO(streamed(folder)), Path(place) / "again")
        assert contents(again) == contents(folder)
        assert streamed(again) == streamed(folder)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_changed_byte_is_refused(sealed: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sealed) - 1))
    change = data.draw(st.integers(1, 255))
    altered = bytearray(sealed)
    altered[at] ^= change
    with tempfile.TemporaryDirectory() as place, pytest.raises(InputError) as error:
        read_stream(io.BytesIO(bytes(altered)), Path(place))
    assert error.value.exit == Exit.INPUT


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_cut_is_refused(sealed: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sealed) - 1) | st.sampled_from(range(0, len(sealed), 512)))
    with tempfile.TemporaryDirectory() as place, pytest.raises(InputError) as error:
        read_stream(io.BytesIO(sealed[:at]), Path(place))
    assert error.value.exit == Exit.INPUT


def test_what_follows_the_end_is_refused(sealed: bytes) -> None:
    with pytest.raises(InputError, match="follows its end"):
        unpack(sealed + b"more")


def test_tar_unpacks_a_stream_and_makes_one(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", {"data/a": b"1"}, {"notes.txt": b"mine"})
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    quiet = subprocess.run(["tar", "xf", "-", "-C", unpacked], input=streamed(folder), capture_output=True)
    assert (quiet.returncode, quiet.stderr) == (0, b"")
    assert contents(unpacked) == contents(folder)
    for arguments in (["-C", folder, "."], ["-C", tmp_path, "run"], ["--format=pax", "-C", folder, "."]):
        stream = subprocess.run(["tar", "cf", "-", *arguments], capture_output=True, check=True).stdout
        assert contents(unpack(stream)) == contents(folder)


def test_the_marker_comes_first_and_the_seal_last(sealed: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(sealed)) as archive:
        found = archive.getnames()
    assert (found[0], found[-1]) == ("lfd.json", "manifest.json")


def tar_of(*entries: tarfile.TarInfo | tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry)
            else:
                info = tarfile.TarInfo(entry[0])
                info.size = len(entry[1])
                archive.addfile(info, io.BytesIO(entry[1]))
    return out.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    ("stream", "sentence"),
    [
        (tar_of(("/etc/passwd", b"x")), "outside the run"),
        (tar_of(("data/../../up", b"x")), "outside the run"),
        (tar_of(special("link", tarfile.SYMTYPE, "/etc/passwd")), "neither a file nor a folder"),
        (tar_of(special("hard", tarfile.LNKTYPE, "lfd.json")), "neither a file nor a folder"),
        (tar_of(special("null", tarfile.CHRTYPE)), "neither a file nor a folder"),
        (tar_of(special("pipe", tarfile.FIFOTYPE)), "neither a file nor a folder"),
        (tar_of(("a", b"x"), ("a", b"y")), "comes twice"),
        (tar_of(("a", b"x"), ("a/b", b"y")), "both a file and a folder"),
        (tar_of(("notes", b"x")), "no lfd run"),
        (tar_of(("lfd.json", b'{"format": "lfd-run", "version": 99}')), "version 99"),
        (tar_of(("lfd.json", b'{"format": "other"}')), "not an lfd run"),
        (tar_of(("lfd.json", b'{"format": "lfd-run", "version": 1}')), "before its seal"),
        (b"user,item\n1,2\n" * 100, "not an lfd run"),
    ],
)
def test_streams_from_strangers_are_refused(stream: bytes, sentence: str, tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    with pytest.raises(InputError, match=sentence):
        read_stream(io.BytesIO(stream), inside)
    assert {p.name for p in tmp_path.iterdir()} == {"in"}


def test_an_oversized_header_is_not_taken_into_memory() -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 1 << 33
    with pytest.raises(InputError, match="oversized header"):
        unpack(header.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 12))
