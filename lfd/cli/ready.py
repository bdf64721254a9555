"""A run to read from that has all that a command needs: what is missing is made first, and said."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from lfd.cli.console import Console
from lfd.cli.options import Resolved
from lfd.cli.places import reading
from lfd.run.folder import Snapshot, open_snapshot, writer_lock
from lfd.stages import ALIGNMENT, Stage


@contextlib.contextmanager
def ready(
    source: str | None, use: Stage, resolved: Resolved, config: Path | None, console: Console
) -> Iterator[Snapshot]:
    """Open a run that lacks nothing.

    Stages that a folder lacks are run in it and stay there, as they do for every other command; those of a
    stream or a tar file are run beside it and forgotten.

    Parameters
    ----------
    source : folder, tar file or `-`
    use : what is needed, one of `USES`
    resolved : its options
    config : the configuration file, for stages that have to run
    console : where to talk
    """
    with reading(source, use.name, console) as run:
        need = getattr(resolved.settings, "alignment", "none")
        wanted = {*use.needs, *(ALIGNMENT if need != "none" else ())}
        if wanted <= set(run.manifest.members):
            yield run
            return
        from lfd.cli.frame import bring_up

        own = source is not None and Path(source) == run.path
        with writer_lock(run.path, use.name) if own else contextlib.nullcontext():
            bring_up(run.path, use, resolved, config, console)

        with open_snapshot(run.path) as whole:
            yield whole
