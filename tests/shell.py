"""Commands as people type them: real processes, real pipes, a fresh folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent
COMPILED = Path(tempfile.gettempdir()) / f"lfd-compiled-{os.getuid()}"
SMALL = "--users 600 --items 30"  # trains in a second
QUICK = "--epochs 3 --latent 4"
FEWER = {  # chance is simulated with fewer shuffles than a user would want
    f"LFD_DECODE_{method}_{option}": "100"
    for method in ("MC", "SAMPLE")
    for option in ("PERMUTATIONS", "RESAMPLES")
}


@dataclass(frozen=True)
class Done:
    """What a shell command left: status and both streams."""

    command: str
    status: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"$ {self.command}\n[{self.status}]\n{self.out}\n--- stderr\n{self.err}"


Shell = Callable[..., Done]


def environment() -> dict[str, str]:
    """As a stranger's; what Python compiled for one of hundreds of processes serves the next."""
    left_out = ("LFD_", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
    own = {"PATH": f"{BIN}:{os.environ['PATH']}", "COLUMNS": "100", "OMP_NUM_THREADS": "1"}
    return kept | FEWER | own | {"PYTHONPYCACHEPREFIX": str(COMPILED)}


def heed_interrupts() -> None:
    """In a child before it starts: a shell's background job ignores SIGINT, and its children would too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def shell_in(folder: Path, command: str, stdin: bytes | None = None, **variables: str) -> Done:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment() | variables,
        input=stdin,
        stdin=None if stdin is not None else subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )
    return Done(
        command, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )
