"""What is asked often answers fast: help, completion and usage errors never import what is heavy."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

HEAVY = {"torch", "pandas", "numpy", "pyarrow", "scipy", "sklearn", "yaml", "rich", "lightning_fabric"}
# pydantic is not among them, since typer itself imports it
REPORT = """
import atexit, json, sys
def say():
    print("MODULES" + json.dumps(sorted({m.split(".")[0] for m in sys.modules})), file=sys.stderr)
atexit.register(say)
sys.argv = ["lfd", *sys.argv[1:]]
from lfd.cli.app import main
main()
"""


def modules_after(*arguments: str, **environment: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
    )
    return set(json.loads(done.stderr.rpartition("MODULES")[2]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        [],
        ["train", "--help"],
        ["trian"],
        ["train", "--x"],
        ["evaluate", "--help"],
        ["evaluate", "--what", "trith"],
    ],
)
def test_help_and_usage_errors_import_nothing_heavy(arguments: list[str]) -> None:
    assert not modules_after(*arguments) & HEAVY


def test_completion_imports_nothing_heavy() -> None:
    found = modules_after(_LFD_COMPLETE="complete_bash", COMP_WORDS="lfd train --mod", COMP_CWORD="2")
    assert not found & HEAVY


def test_a_wrong_option_is_found_before_torch_is_imported() -> None:
    assert "torch" not in modules_after("train", "nowhere", "--latent", "many")


def test_decoding_a_traversal_needs_no_torch_and_no_slow_part_of_scipy() -> None:
    modules = ("core.decoding.magnitude", "core.decoding.mapping", "run.traversals", "report.markdown")
    slow = ("torch", "scipy.stats", "scipy.optimize")
    imports = ", ".join(f"lfd.{name}" for name in modules)
    code = f"import sys, {imports}; print([name for name in {slow} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
