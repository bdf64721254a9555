"""Small data sets in every format, written by the tests; the real one only where LFD_TEST_DATA has it."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from lfd.settings.loading import LoadSettings
from lfd.sources import Loaded, load, recognise

Writer = Callable[..., Path]

# Three users, four films; film 4 is nobody's, film 3 has no genre. User 3 likes nothing.
RATINGS = [(1, 1, 5, 100), (1, 2, 3, 110), (2, 1, 4, 120), (2, 3, 4, 130), (3, 2, 1, 140)]
FILMS = [
    (1, "Toy Story (1995)", ["Animation", "Comedy"]),
    (2, "Misérables, Les (1998)", ["Drama"]),
    (3, "Fawlty Towers (1975-1979)", []),
    (4, "Solo", ["Drama"]),
]


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Write files under tmp_path: a name, then text (UTF-8), bytes, or text and an encoding."""

    def write(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def ml100k_like(write: Writer) -> Path:
    """A folder in MovieLens 100K's format, Latin-1, rows in no order."""
    genres = ["unknown", "Action", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"]
    genres += [f"G{k}" for k in range(19 - len(genres))]
    lines = []
    for item, title, own in FILMS:
        flags = [str(int(genre in own or (genre == "unknown" and not own))) for genre in genres]
        date = "03-Mar-1990" if title == "Solo" else "01-Jan-2001"
        lines.append("|".join([str(item), title, date, "", f"http://x/{item}", *flags]))
    rows = "".join("\t".join(map(str, row)) + "\n" for row in [*RATINGS[3:], *RATINGS[:3]])
    write("ml-100k/u.data", rows)
    write("ml-100k/u.item", "\n".join(lines) + "\n", "latin-1")
    write("ml-100k/u.user", "1|24|M|writer|85711\n2|53|F|other|94043\n3|23|M|writer|T8H1N\n")
    write("ml-100k/u1.base", rows)
    write("ml-100k/README", "SUMMARY & USAGE LICENSE\n=====\n")
    return write("ml-100k/u.genre", "".join(f"{genre}|{k}\n" for k, genre in enumerate(genres)) + "\n").parent


@pytest.fixture
def ml1m_like(write: Writer) -> Path:
    """A folder in the format of MovieLens 1M, Latin-1."""
    write("ml-1m/ratings.dat", "".join("::".join(map(str, row)) + "\n" for row in RATINGS))
    films = "".join(f"{item}::{title}::{'|'.join(own)}\n" for item, title, own in FILMS)
    write("ml-1m/movies.dat", films, "latin-1")
    return write("ml-1m/users.dat", "1::F::1::10::48067\n2::M::56::16::70072\n3::M::25::15::55117\n").parent


@pytest.fixture
def mlcsv_like(write: Writer) -> Path:
    """A folder in the format of MovieLens latest, 20M, 25M and 32M."""
    rows = "".join(",".join(map(str, row)) + "\n" for row in RATINGS)
    write("ml-25m/ratings.csv", f"userId,movieId,rating,timestamp\n{rows}")
    films = "".join(f'{i},"{t}",{"|".join(own) or "(no genres listed)"}\n' for i, t, own in FILMS)
    write("ml-25m/tags.csv", "userId,movieId,tag,timestamp\n1,1,pixar,5\n")
    write("ml-25m/links.csv", "movieId,imdbId,tmdbId\n1,114709,862\n")
    return write("ml-25m/movies.csv", f"movieId,title,genres\n{films}").parent


@pytest.fixture
def zipped() -> Callable[..., Path]:
    """Zip a folder as GroupLens does, with its name before the files; `inside` names it otherwise."""

    def zipped(folder: Path, inside: str | None = None) -> Path:
        path = folder.with_suffix(".zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(file for file in folder.rglob("*") if file.is_file()):
                archive.write(file, str(Path(folder.name if inside is None else inside, file.name)))
        return path

    return zipped


@pytest.fixture
def loaded() -> Callable[..., Loaded]:
    """Recognise and load in one go; unless told otherwise, nothing is dropped for being rare."""

    def loaded(source: Path | BinaryIO, **options: Any) -> Loaded:
        settings = LoadSettings(**({"min_user_items": 1, "min_item_users": 1} | options))
        return load(recognise(source, settings), settings)

    return loaded


@pytest.fixture(scope="session")
def ml100k() -> Path:
    """The real MovieLens 100K."""
    root = os.environ.get("LFD_TEST_DATA")
    if not root or not (Path(root) / "ml-100k" / "u.data").is_file():
        pytest.skip("LFD_TEST_DATA names no folder that holds ml-100k/: nothing is tested on MovieLens 100K")
    return Path(root) / "ml-100k"
