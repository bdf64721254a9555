"""Where the program talks: results on stdout, everything else on stderr.

One object holds the streams, so that a test can put a terminal in their place.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.console import RenderableType

Advance = Callable[[int, str], None]
SECONDS_BETWEEN_LINES = 10.0


class Console:
    """The streams of one process, and how much is said on them."""

    def __init__(self, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose

    @property
    def stdin(self) -> BinaryIO:
        return sys.stdin.buffer

    @property
    def stdout(self) -> BinaryIO:
        return sys.stdout.buffer

    def stdin_is_terminal(self) -> bool:
        return sys.stdin is None or sys.stdin.isatty()

    def stdout_is_terminal(self) -> bool:
        return sys.stdout.isatty()

    def show(self, *what: RenderableType) -> None:
        """Print results: on stdout, as wide as the terminal or COLUMNS."""
        out = rich_console(stderr=False)
        for renderable in what:
            out.print(renderable)

    def text(self, text: str) -> None:
        """Print plain text on stdout, as it is."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Say something on stderr, unless quiet."""
        if not self.quiet:
            rich_console(stderr=True).print(f"lfd: {text}", markup=False, highlight=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Say on stderr what the user should not miss, quiet or not."""
        rich_console(stderr=True).print(
            f"lfd: warning: {text}", markup=False, highlight=False, soft_wrap=True
        )

    def detail(self, text: str) -> None:
        """Say something on stderr that only `--verbose` wants to know."""
        if self.verbose:
            self.note(text)

    @contextlib.contextmanager
    def progress(self, title: str, total: int | None) -> Iterator[Advance]:
        """Progress of long work on stderr: a bar on a terminal, elsewhere a line now and then.

        Yields a function of (steps done since the last call, a few words on the state).
        """
        if self.quiet:
            yield lambda steps, words: None
        elif sys.stderr.isatty():
            with _bar(title, total) as advance:
                yield advance
        else:
            yield _lines(self, title, total)


def rich_console(stderr: bool) -> RichConsole:
    """A rich console that leaves colours out where NO_COLOR, TERM=dumb or a pipe ask for it."""
    from rich.console import Console as RichConsole

    return RichConsole(stderr=stderr, highlight=False)


@contextlib.contextmanager
def _bar(title: str, total: int | None) -> Iterator[Advance]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}", markup=False),
    )
    with Progress(*columns, console=rich_console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total, words="")
        yield lambda steps, words: bar.update(task, advance=steps, words=words)


def _lines(console: Console, title: str, total: int | None) -> Advance:
    done, last = 0, time.monotonic()

    def advance(steps: int, words: str) -> None:
        nonlocal done, last
        done += steps
        if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            console.note(f"{title}: {done:,}{f' of {total:,}' if total else ''} {words}".rstrip())

    return advance
