"""Archives from strangers: damaged, encrypted, absurdly large, or no archives at all."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lfd.errors import InputError
from lfd.sources import Loaded, entries, recognise, streams

Writer = Callable[..., Path]
Loader = Callable[..., Loaded]
GOOD = "user,item,rating\n1,1,5\n1,2,4\n2,1,4\n"


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    def archive(**files: str | bytes) -> Path:
        with zipfile.ZipFile(tmp_path / "set.zip", "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in files.items():
                file.writestr(name.replace("__", "/").replace("_csv", ".csv"), content)
        return tmp_path / "set.zip"

    return archive


def test_what_is_called_a_zip_and_is_none(write: Writer) -> None:
    with pytest.raises(InputError, match=r"a\.zip is not a zip file that can be read"):
        recognise(write("a.zip", GOOD))


def test_a_zip_cut_short(archive: Callable[..., Path]) -> None:
    path = archive(ratings_csv=GOOD)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match="is not a zip file that can be read"):
        recognise(path)
    with pytest.raises(InputError, match="stdin is not a zip file that can be read"):
        recognise(io.BytesIO(path.read_bytes()))


def test_a_zip_with_a_flipped_byte(archive: Callable[..., Path], loaded: Loader) -> None:
    path = archive(ratings_csv=GOOD)
    data = bytearray(path.read_bytes())
    data[50] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"set\.zip(/ratings\.csv)? (cannot be read|holds no table)"):
        loaded(path)


def test_names_that_lead_outside_are_left_alone(archive: Callable[..., Path], loaded: Loader) -> None:
    path = archive(**{"..__..__ratings_csv": "user,item\n", "__tmp__evil_csv": "a,b\n", "ratings_csv": GOOD})
    before = sorted(path.parent.parent.rglob("*"))
    assert len(loaded(path).user) == 3
    assert sorted(path.parent.parent.rglob("*")) == before


def test_hidden_files_are_left_alone(archive: Callable[..., Path], loaded: Loader) -> None:
    path = archive(**{"set__ratings_csv": GOOD, "__MACOSX/set/._ratings.csv": b"\0\1\2", "set__.x_csv": GOOD})
    assert len(loaded(path).user) == 3


def test_bombs_are_refused_before_they_are_read(
    archive: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive(ratings_csv=GOOD + "1,1,5\n" * 400_000)
    monkeypatch.setattr(streams, "RATIO_FROM", 1 << 20)
    with pytest.raises(InputError, match=r"ratings\.csv unpacks to 2,4\d\d,\d{3} bytes or more from"):
        recognise(path)
    monkeypatch.setattr(streams, "RATIO_FROM", 1 << 30)
    monkeypatch.setattr(streams, "LARGEST", 1 << 20)
    with pytest.raises(InputError, match="as no table does"):
        recognise(path)


def test_gzip_bombs_are_refused_while_they_are_read(
    write: Writer, loaded: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = gzip.compress((GOOD + "3,1,5\n" * 400_000).encode())
    monkeypatch.setattr(streams, "RATIO_FROM", 1 << 20)
    with pytest.raises(InputError, match=r"r\.csv\.gz unpacks to"):
        loaded(write("r.csv.gz", packed))
    with pytest.raises(InputError, match="stdin unpacks to"):
        loaded(io.BytesIO(packed))


def test_gzip_cut_short(write: Writer, loaded: Loader) -> None:
    packed = gzip.compress(("user,item\n" + "".join(f"{k},{k}\n" for k in range(99_999))).encode())
    for data in (packed[:100], packed[:-100]):
        with pytest.raises(InputError, match="cannot be read: compressed file ended"):
            loaded(write("r.gz", data))
        with pytest.raises(InputError, match="stdin cannot be read: compressed file ended"):
            loaded(io.BytesIO(data))


def test_too_many_files(
    archive: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(entries, "MOST_FILES", 3)
    path = archive(**{f"f{k}_csv": GOOD for k in range(5)})
    with pytest.raises(InputError, match=r"set\.zip holds more than 3 files"):
        recognise(path)
    path.unlink()
    for k in range(5):
        (tmp_path / f"{k}.csv").write_text(GOOD)
    with pytest.raises(InputError, match="holds more than 3 files"):
        recognise(tmp_path)


def test_what_must_be_held_whole_is_bounded(
    write: Writer, loaded: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "LARGEST_IN_MEMORY", 1000)
    items = write("items.csv", "item,title\n" + "".join(f"{k},title {k}\n" for k in range(200)))
    with pytest.raises(InputError, match=r"items\.csv is larger than"):
        loaded(write("r.csv", GOOD), items=str(items))


def test_encrypted_files_are_refused(archive: Callable[..., Path]) -> None:
    path = archive(ratings_csv=GOOD)
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"ratings\.csv is encrypted"):
        recognise(path)
