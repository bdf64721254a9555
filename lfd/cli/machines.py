"""Training on several machines: which one this is, said by its environment, and what all but the first do."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from lfd.core.training.machine import Machine
from lfd.errors import UsageError

if TYPE_CHECKING:
    from lfd.cli.console import Console
    from lfd.cli.options import Resolved
    from lfd.settings.training import TrainSettings

ADDRESS, RANK, PORT = "MASTER_ADDR", "NODE_RANK", "MASTER_PORT"
USUAL_PORT = "29500"  # torchrun's
HINT = "the same command on each machine: MASTER_ADDR=FIRST-MACHINE NODE_RANK=0 (1, ...) lfd train ..."


def this_machine(settings: TrainSettings) -> Machine | None:
    """Which machine this is; None where there is only one.

    Raises
    ------
    UsageError : the environment does not say, or says what cannot be
    """
    if settings.num_nodes == 1:
        return None
    missing = [name for name in (ADDRESS, RANK) if not os.environ.get(name)]
    if missing:
        raise UsageError(
            f"--num-nodes {settings.num_nodes}: {' and '.join(missing)} not set in the environment", HINT
        )
    rank, port = os.environ[RANK], os.environ.get(PORT, USUAL_PORT)
    if not rank.isdigit() or int(rank) >= settings.num_nodes:
        raise UsageError(
            f"{RANK}={rank} is none of the {settings.num_nodes} machines, which count from 0", HINT
        )
    if not port.isdigit():
        raise UsageError(f"{PORT}={port} is no port", HINT)
    return Machine(int(rank), os.environ[ADDRESS], int(port))


def take_part(
    resolved: Resolved,
    given: dict[str, Any],
    console: Console,
    foresee: Callable[[TrainSettings, int, int], None],
) -> bool:
    """On every machine but the first: train with the others, and write nothing.

    Parameters
    ----------
    resolved, given, console : as every command has them
    foresee : refuses what does not fit, from settings and the numbers of users and items
    """
    here = this_machine(resolved.settings)
    if here is None or here.rank == 0:
        return False
    from lfd.cli.frame import Part
    from lfd.cli.places import Workspace, reading, unfinished_of
    from lfd.cli.resume import go_on
    from lfd.cli.work import Work, is_done
    from lfd.core.training.fit import fit
    from lfd.run.dataset import read_dataset
    from lfd.stages import STAGES

    stage = STAGES["train"]
    with reading(given["run"], "train", console) as run:
        kept_in = Path(given["output"] or run.path)
        space = Workspace(run.path, False, kept_in, unfinished_of(kept_in))
        (part,) = go_on(space, console, (Part(stage, resolved),))
        if not given["force"] and is_done(run.manifest, stage, part.resolved.values):
            console.note("train: already done with these options; --force does it again")
            return True
        work = Work(run, console, _nothing)
        data, settings = read_dataset(work), part.resolved.settings
        foresee(settings, data.n_users, data.n_items)
        fit(data.interactions, settings, machine=here)
    console.note(
        f"train: machine {here.rank + 1} of {resolved.settings.num_nodes} is through; the first writes"
    )
    return True


def _nothing(member: str) -> NoReturn:
    raise AssertionError(f"only the first machine writes {member}")
