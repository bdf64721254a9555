"""Tab completion: the scripts are those of the installed typer, and the program answers them."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

import pytest

from tests.shell import Shell

ROOT = Path(__file__).parents[2] / "completions"
GENERATE = runpy.run_path(str(ROOT / "generate.py"))


@pytest.mark.parametrize(("shell", "file"), GENERATE["FILES"].items())
def test_the_scripts_are_what_typer_generates(shell: str, file: str) -> None:
    assert (ROOT / file).read_text() == GENERATE["script"](shell)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("lfd tra", {"train", "traverse"}),
        ("lfd train --mod", {"--model"}),
        ("lfd train --model ", {"vae", "ae"}),
        ("lfd train --latent a", {"auto"}),
        ("lfd train --epochs ", {"auto"}),
        ("lfd decode-mc --estimator p", {"pointwise"}),
        ("lfd report --format j", {"json", "jsonl"}),
    ],
)
def test_the_program_completes(sh: Shell, typed: str, expected: set[str]) -> None:
    words = typed.split(" ")
    done = sh("lfd", _LFD_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=str(len(words) - 1))
    assert expected <= set(done.out.split())


def test_bash_completes_through_the_script(sh: Shell) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    done = sh(
        f"source {ROOT}/lfd.bash; COMP_WORDS=(lfd decode-s); COMP_CWORD=1; "
        "_lfd_completion lfd; echo ${COMPREPLY[@]}"
    )
    assert done.out == "decode-sample\n", done
