"""Write the completion scripts of every shell, as the installed typer generates them.

usage: python completions/generate.py   (tests/cli/test_completions.py checks that nothing changed)
"""

from __future__ import annotations

from pathlib import Path

from typer._completion_shared import get_completion_script

FILES = {"bash": "lfd.bash", "zsh": "_lfd", "fish": "lfd.fish", "powershell": "lfd.ps1"}


def script(shell: str) -> str:
    """The script that makes a shell ask lfd what fits."""
    return get_completion_script(prog_name="lfd", complete_var="_LFD_COMPLETE", shell=shell) + "\n"


if __name__ == "__main__":
    for name, file in FILES.items():
        (Path(__file__).parent / file).write_text(script(name))
