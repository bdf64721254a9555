"""Bad input gets one clear sentence, its exit status, and leaves nothing half-written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.shared import Made
from tests.shell import SMALL, Done, Shell

RATINGS = "user,item,rating\n" + "".join(f"{u},{i},{1 + (u * i) % 5}\n" for u in range(12) for i in range(8))
ITEMS = "item,title,genre,language\n" + "".join(
    f"{i},Film {i},{'Drama' if i % 2 else 'Comedy'},en\n" for i in range(8)
)


def sentence(done: Done, status: int, *words: str) -> None:
    assert done.status == status, done
    assert "Traceback" not in done.err
    last = done.err.strip().splitlines()[-1]
    assert last.startswith("lfd: "), done
    for word in words:
        assert word in last, done


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ("lfd train nowhere", 3, ["nowhere", "lfd gen-data"]),
        ("lfd train < /dev/null", 3, ["nothing arrived"]),
        ("echo hello | lfd train", 3, ["not an lfd run"]),
        ("lfd train notes.txt", 3, ["not an lfd run"]),
        ("mkdir empty; lfd train empty", 3, ["empty", "not an lfd run"]),
        ("lfd report run --format xml", 2, ["xml", "known here"]),
        ("lfd gen-data --users 0", 2, ["--users", "greater than or equal to 1"]),
        ("lfd gen-data --users many", 2, ["--users", "many"]),
        ("lfd gen-data --factors 3 --items 2", 2, ["2 items", "3 factors"]),
        ("lfd gen-data --config nowhere.yaml", 2, ["nowhere.yaml"]),
        (
            "printf 'gen-data:\\n  usrs: 3\\n' > c.yaml; lfd gen-data --config c.yaml",
            2,
            ["usrs", "did you mean users?"],
        ),
        (
            "printf 'gendata:\\n  users: 3\\n' > c.yaml; lfd gen-data --config c.yaml",
            2,
            ["did you mean gen-data?"],
        ),
        ("printf 'a: [' > c.yaml; lfd gen-data --config c.yaml", 2, ["not YAML"]),
        ("LFD_GEN_DATA_USRS=3 lfd gen-data", 2, ["LFD_GEN_DATA_USRS", "LFD_GEN_DATA_USERS"]),
        ("LFD_GEN_DATA_USERS=x lfd gen-data", 2, ["LFD_GEN_DATA_USERS", "'x'"]),
        ("lfd gen-data --factors '[{name: genre, vals: 3}]'", 2, ["vals"]),
        ("lfd gen-data -o missing/run", 2, ["missing", "mkdir"]),
        ("lfd decode-mc data", 3, ["no model", "lfd train"]),
        ("lfd encode data", 3, ["no model", "lfd train"]),
        (f"lfd train data --latent 31 {'--epochs 1'}", 2, ["31", "30"]),
        ("lfd train data --device cuda", 2, ["GPU", "--device"]),
        ("lfd train data --model vea", 2, ["vea"]),
        ("lfd train data --preset tesis", 2, ["did you mean thesis?"]),
        ("lfd decode-mc data --estimator entorpy", 2, ["entorpy"]),
        ("lfd traverse data --move sideways", 2, ["sideways", "quantile"]),
        ("lfd cat data model/config.yaml", 3, ["model/config.yaml"]),
    ],
)
def test_one_sentence_and_a_status(
    sh: Shell, stream: Path, tmp_path: Path, command: str, status: int, words: list[str]
) -> None:
    (tmp_path / "notes.txt").write_text("hello\n" * 200)
    if " data" in command:
        assert sh(f"mkdir data && tar xf {stream} -C data").status == 0
        before = (tmp_path / "data/manifest.json").read_bytes()
    sentence(sh(command), status, *words)
    if " data" in command:
        assert (tmp_path / "data/manifest.json").read_bytes() == before
        assert {p.name for p in (tmp_path / "data").iterdir()} <= {
            "data",
            "lfd.json",
            "manifest.json",
            ".lfd",
        }


def test_a_cut_stream_is_refused(sh: Shell, stream: Path) -> None:
    done = sh(f"lfd train --model svd --latent 2 < {stream} | head -c 20000 | lfd report")
    assert done.err.strip().splitlines()[-1].startswith("lfd: the stream ends in the middle")
    sentence(sh(f"head -c 10000 {stream} | lfd report"), 3, "the stream ends in the middle")


@pytest.mark.parametrize(
    ("ratings", "options", "status", "words"),
    [
        ("user,film,rating\n1,2,3\n", "--item movie", 3, ["movie", "film"]),
        ("who,what\n1,2\n", "", 3, ["who", "what"]),
        (RATINGS.replace("3,2,2", "3,2,two"), "", 3, ["two", "rating"]),
        (RATINGS.replace("3,2,2", "3,2,nan"), "", 3, ["rating"]),
        (RATINGS.replace("3,2,2", "3,2,inf"), "", 3, ["rating"]),
        (RATINGS.replace("3,2,2", "3,2,-4"), "", 3, ["-4"]),
        (RATINGS + "3,2,2\n", "", 3, ["--duplicates"]),
        (RATINGS + "3,99,2\n", "--items items.csv --unknown-items error", 3, ["99", "--unknown-items"]),
        (RATINGS, "--min-user-items 50", 3, ["--min-user-items"]),
        ("", "", 3, ["empty"]),
    ],
)
def test_load_names_what_is_wrong_and_where(
    sh: Shell, tmp_path: Path, ratings: str, options: str, status: int, words: list[str]
) -> None:
    (tmp_path / "ratings.csv").write_text(ratings)
    (tmp_path / "items.csv").write_text(ITEMS)
    sentence(sh(f"lfd load ratings.csv {options} -o run"), status, *words)
    assert not (tmp_path / "run").exists()


def test_load_refuses_text_that_is_not_utf8(sh: Shell, tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text(RATINGS)
    (tmp_path / "items.csv").write_bytes(ITEMS.replace("Film 3", "Amélie").encode("latin-1"))
    sentence(sh("lfd load ratings.csv --items items.csv -o run"), 3, "items.csv", "--encoding latin-1")
    done = sh("lfd load ratings.csv --items items.csv --encoding latin-1 -o run --min-value off")
    assert done.status == 0, done
    assert "Amélie" in sh("lfd cat run data/items.parquet --format csv").out


def test_load_counts_what_it_keeps_and_leaves_out(sh: Shell, tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text(RATINGS)
    (tmp_path / "items.csv").write_text(ITEMS.replace("Film 5,Drama,en", "Film 5,,"))
    done = sh("lfd load ratings.csv --items items.csv -o run --min-value off")
    assert done.status == 0, done
    assert "language" in done.err
    assert "column language left out: the same for all items" in done.err


def test_load_reads_a_pipe_with_named_columns(sh: Shell, tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text(RATINGS.replace("user,item,rating", "userId,movieId,rating"))
    (tmp_path / "movies.csv").write_text(ITEMS.replace("item,", "movieId,"))
    named = "--items movies.csv --user userId --item movieId --value rating"
    command = f"cat ratings.csv | lfd load - {named} --min-value off"
    dry = sh(f"{command} --dry-run")
    assert dry.status == 0, dry
    assert "movieId" in dry.out
    assert not (tmp_path / "lfd-run").exists()
    done = sh(f"{command} -o run")
    assert done.status == 0, done
    assert sh(f"{command} | lfd info").status == 0


def test_an_output_folder_that_cannot_be_written(sh: Shell) -> None:
    sentence(sh(f"lfd gen-data {SMALL} -o /proc/run"), 1, "/proc")


def test_a_member_altered_in_the_folder_is_refused(run: Path, sh: Shell) -> None:
    path = run / "data/items.parquet"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(bytes(content))
    sentence(sh("lfd train run --force"), 3, "data/items.parquet is not what gen-data wrote")


def test_an_unknown_latents_file(factored: Made, sh: Shell, tmp_path: Path) -> None:
    shutil.copytree(factored.run, tmp_path / "run")
    sentence(sh("lfd traverse run --latents nowhere.csv"), 3, "nowhere.csv")
    (tmp_path / "z.csv").write_text("user,z0,z1,z2,z3\n1,0,0,0,nan\n")
    sentence(sh("lfd traverse run --latents z.csv"), 3, "z.csv", "row 0", "z3")
    (tmp_path / "z.csv").write_text("user,z0\n1,0\n")
    sentence(sh("lfd traverse run --latents z.csv"), 3)


def test_two_writers_at_once(run: Path, sh: Shell) -> None:
    from lfd.run.folder import writer_lock

    with writer_lock(run, "train"):
        sentence(sh("lfd encode run"), 4, "being written by lfd train", "kill")
    assert sh("lfd encode run --raw").status == 0
