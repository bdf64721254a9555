"""Docstrings say what the signatures say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import lfd

ROOT = Path(lfd.__file__).parent
SECTION = re.compile(r"^Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", re.S | re.M)
NAMES = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: : .*)?$", re.M)


def functions() -> list[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    found: list[tuple[str, ast.FunctionDef | ast.ClassDef]] = []
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.append((f"{path.relative_to(ROOT)}:{node.name}", node))
    return found


DOCUMENTED = [
    (name, node) for name, node in functions() if (text := ast.get_docstring(node)) and SECTION.search(text)
]


def parameters(node: ast.FunctionDef | ast.ClassDef) -> list[str]:
    if isinstance(node, ast.ClassDef):
        inits = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        if not inits:
            return [
                t.target.id
                for t in node.body
                if isinstance(t, ast.AnnAssign) and isinstance(t.target, ast.Name)
            ]
        node = inits[0]
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [a.arg for a in every if a.arg not in ("self", "cls")]


@pytest.mark.parametrize(("name", "node"), DOCUMENTED, ids=[n for n, _ in DOCUMENTED])
def test_parameters_are_those_of_the_signature(name: str, node: ast.FunctionDef | ast.ClassDef) -> None:
    section = SECTION.search(ast.get_docstring(node) or "")
    assert section is not None
    lines = [line for line in section.group(1).splitlines() if line and not line.startswith(" ")]
    documented = [n.strip() for line in lines for n in line.partition(" : ")[0].split(",")]
    assert documented == parameters(node)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_public_function_has_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text())
    public = [
        n.name
        for n in tree.body
        if isinstance(n, ast.FunctionDef | ast.ClassDef)
        and not n.name.startswith("_")
        and not ast.get_docstring(n)
    ]
    assert public == []
