"""What the docs say is what the program does: every command is run, every generated part is up to date."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from lfd.stages import commands
from tests.shell import FEWER, Shell

ROOT = Path(__file__).parents[2]
GENERATE = runpy.run_path(str(ROOT / "docs/generate.py"))
FAST = FEWER | {
    "LFD_GEN_DATA_USERS": "800",
    "LFD_LOAD_MIN_ITEM_USERS": "50",
    "LFD_TRAIN_EPOCHS": "2",
    "LFD_TRAIN_LATENT": "8",
    "LFD_TRAVERSE_USERS": "50",
    "LFD_ALIGN_PERMUTATIONS": "199",
    "LFD_ALIGN_MOVED": "20",
}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OWN_ENVIRONMENT = "examples/quickstart.sh"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.S | re.M)


def test_the_readmes_commands_table_is_the_programs() -> None:
    assert (ROOT / "README.md").read_text() == GENERATE["readme"]()


def test_the_help_pages_are_the_programs() -> None:
    assert (ROOT / "docs/commands.md").read_text() == GENERATE["help_pages"]()


@pytest.mark.parametrize("name", commands())
def test_every_command_is_in_the_docs(name: str) -> None:
    assert f"`{name}`" in (ROOT / "README.md").read_text()
    assert f"## {name}\n" in (ROOT / "docs/commands.md").read_text()


def test_the_readmes_commands_and_python_run(sh: Shell) -> None:
    """All of them, one after the other in one folder, on less data."""
    data = os.environ.get("LFD_TEST_DATA")
    for block in blocks(ROOT / "README.md", "sh"):
        if OWN_ENVIRONMENT in block:
            continue
        if "$LFD_TEST_DATA" in block and data is None:
            print("skipped, since LFD_TEST_DATA is not set:", block)
            continue
        done = sh(block, **FAST, LFD_TEST_DATA=data or "")
        assert done.status == 0, done
    for block in blocks(ROOT / "README.md", "python"):
        done = sh(f"{sys.executable} -c '{block}'")
        assert done.status == 0, done
        assert "lift" in done.out


def test_quickstart_runs_on_its_own(tmp_path: Path) -> None:
    script = subprocess.run(
        ["sh", ROOT / OWN_ENVIRONMENT, tmp_path / "run"],
        capture_output=True,
        text=True,
        env=os.environ | FAST,
        cwd=tmp_path,
        check=False,
    )
    assert script.returncode == 0, script.stderr
    assert "Factor -> signed axes" in script.stdout
    assert "Look at:" in script.stdout


@pytest.mark.parametrize("script", ["intercept.sh", "compare-betas.sh"])
def test_examples_run(script: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", ROOT / "examples" / script, *([tmp_path] if "compare" in script else [])],
        capture_output=True,
        text=True,
        env=os.environ | FAST,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Look at:" in done.stdout


def test_the_movielens_example_runs(tmp_path: Path) -> None:
    data = os.environ.get("LFD_TEST_DATA")
    if data is None:
        pytest.skip("LFD_TEST_DATA is not set: MovieLens 100K is not here")
    done = subprocess.run(
        ["sh", ROOT / "examples/movielens.sh", f"{data}/ml-100k", tmp_path / "movies"],
        capture_output=True,
        text=True,
        env=os.environ | FAST,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "popularity" in done.stdout


def test_the_decoding_pages_example_prints_what_it_says(sh: Shell) -> None:
    (block,) = blocks(ROOT / "docs/decoding.md", "python")
    done = sh(f"cat <<'EOF' | {sys.executable} -\n{block}EOF")
    lines = {line.split()[0]: line.split()[1] for line in done.out.splitlines()}
    assert (float(lines["pointwise"]), float(lines["entropy"]), float(lines["divergence"])) == (0, 0, 1), done


def test_the_complexity_pages_commands_run(sh: Shell) -> None:
    (shell,) = blocks(ROOT / "docs/complexity.md", "sh")
    done = sh(shell, **FAST)
    assert done.status == 0, done
    assert "4 of them main" in " ".join(done.out.split())
    assert "The same on parts of the users" in done.out


def test_the_page_and_pictures_are_made_as_their_page_says(sh: Shell) -> None:
    (shell,) = blocks(ROOT / "docs/pages.md", "sh")
    done = sh(f"{shell}\nls figures tastes.html both.html", **FAST)
    assert done.status == 0, done
    named = re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "docs/pages.md").read_text(), re.M)
    assert {f"{name}.{form}" for name in named for form in ("png", "svg")} <= set(done.out.split())


def test_the_tours_commands_run(sh: Shell) -> None:
    data = os.environ.get("LFD_TEST_DATA")
    if data is None:
        pytest.skip("LFD_TEST_DATA is not set: MovieLens 100K is not here")
    done = sh("".join(blocks(ROOT / "docs/tour.md", "sh")), **FAST, LFD_TEST_DATA=data)
    assert done.status == 0, done
    assert "A newcomer, genre=Horror +1, year=1990s -1" in done.out


def test_the_recommending_pages_commands_run(sh: Shell) -> None:
    data = os.environ.get("LFD_TEST_DATA")
    if data is None:
        pytest.skip("LFD_TEST_DATA is not set: MovieLens 100K is not here")
    (shell,) = blocks(ROOT / "docs/recommending.md", "sh")
    done = sh(shell, **FAST, LFD_TEST_DATA=data)
    assert done.status == 0, done
    assert "A newcomer, genre=Horror +1, year=1990s -1" in done.out
    assert "read 'Alein' as Alien (1979)" in done.err
    assert "full history" in done.err


def test_the_explaining_pages_commands_run(sh: Shell) -> None:
    data = os.environ.get("LFD_TEST_DATA")
    if data is None:
        pytest.skip("LFD_TEST_DATA is not set: MovieLens 100K is not here")
    done = sh("".join(blocks(ROOT / "docs/explaining.md", "sh")), **FAST, LFD_TEST_DATA=data)
    assert done.status == 0, done
    assert done.out.count("Alien (1979): place") == 2, done
    assert "What put you there" in done.out
    assert "random, as near to" in done.out


def test_the_training_pages_commands_run(sh: Shell) -> None:
    """A training killed somewhere, and gone on with; then by two processes."""
    first, *others = blocks(ROOT / "docs/training.md", "sh")
    killed = sh(first, LFD_GEN_DATA_USERS="6000")
    assert killed.status == 0, killed
    assert "going on after epoch" in killed.err or "nothing to resume" in killed.err
    for block in others:
        done = sh(block, **FAST)
        assert done.status == 0, done


def test_the_models_pages_commands_and_python_run(sh: Shell) -> None:
    """scikit-learn's factors through every stage; the few lines of Python on a network of Cornac's form."""
    (shell,) = blocks(ROOT / "docs/models.md", "sh")
    done = sh(shell, **FAST)
    assert done.status == 0, done
    assert "factors from sklearn, 4 axes" in done.out
    python = "".join(blocks(ROOT / "docs/models.md", "python")) + STAND_IN
    done = sh(f"cat <<'EOF' | {sys.executable} -\n{python}EOF")
    assert done.out == "mc sample True\n", done


STAND_IN = """
from torch import nn

class Encoder(nn.Linear):
    def forward(self, x, dropout_rate):
        return super().forward(x).chunk(2, dim=1)

class Network(nn.Module):
    def __init__(self, items):
        super().__init__()
        self.encoder, self.decoder = Encoder(items, 6), nn.Linear(3, items)

torch.manual_seed(0)
with open_snapshot(Path("tastes")) as run:
    items = len(read_items_and_attributes(run)[0])
mc, sample, notes = decoded(Vae(Network(items), items, 3), "tastes")
print(*mc["method"].unique(), *sample["method"].unique(), any("--scale users" in note for note in notes))
"""
