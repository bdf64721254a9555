"""`lfd evaluate --what disentanglement`: of a run's users, or of codes and factors from files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lfd.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from lfd.cli.console import Advance, Console
    from lfd.cli.work import Work
    from lfd.core.evaluation.outcome import Outcome
    from lfd.settings.evaluation import RunDisentanglementSettings

SHORT = {
    "part": "factor or code",
    "mig": "MIG",
    "dci_disentanglement": "D",
    "dci_completeness": "C",
    "dci_informativeness_train": "I train",
    "dci_informativeness_test": "I test",
    "sap": "SAP",
    "modularity": "M",
    "explicitness_train": "E train",
    "explicitness_test": "E test",
}


def compute(work: Work, settings: RunDisentanglementSettings) -> str:
    """Hold the run's axes against the truth, or against users' attribute shares."""
    import numpy as np

    from lfd.core.attributes import read_attributes
    from lfd.core.evaluation.disentanglement import users_disentanglement
    from lfd.core.evaluation.factors import has_truth, true_factors
    from lfd.run.dataset import read_dataset
    from lfd.run.evaluation import write_outcome
    from lfd.run.latents import AXES, read_frame_axes, read_latents
    from lfd.run.tables import read_frame

    data = read_dataset(work)
    truth = has_truth(data.users) and not settings.shares
    with work.console.progress("disentanglement", None) as advance:
        outcome = users_disentanglement(
            read_latents(work)[1],
            read_frame(work, AXES)["active"].to_numpy(np.bool_),
            data.interactions,
            true_factors(data.users) if truth else read_attributes(data.items, data.schema),
            settings,
            read_frame_axes(work),
            _watched(advance),
        )
    write_outcome(work.place, "disentanglement", outcome)
    said = {m.name: m.value for m in outcome.measures}
    return ", ".join(f"{name} {'none' if x is None else f'{x:.3f}'}" for name, x in said.items())


def check_flags(given: Mapping[str, Any]) -> None:
    """Refuse flags that are about a run's users where arrays are given.

    Raises
    ------
    UsageError
    """
    from lfd.cli.fields import fields
    from lfd.settings.disentanglement import DisentanglementSettings
    from lfd.settings.evaluation import RunDisentanglementSettings

    shared = {field.name for field in fields(DisentanglementSettings)}
    for field in fields(RunDisentanglementSettings):
        if field.name not in shared and given[field.name] is not None:
            raise UsageError(f"{field.flag} is about a run's users, and --codes are given", "leave it out")


def of_arrays(
    runs: Sequence[str],
    codes: Sequence[Path],
    factors: Path | None,
    settings: RunDisentanglementSettings,
    console: Console,
) -> Outcome:
    """Hold codes against factors, both from files."""
    from lfd.core.evaluation.disentanglement import evaluate_disentanglement
    from lfd.run.arrays import joined, read_array

    if runs or len(codes) != 1 or factors is None:
        raise UsageError(
            "without a run, disentanglement takes one file of codes and one of factors",
            "lfd evaluate --what disentanglement --codes codes.npz --factors factors.parquet",
        )
    first, second = read_array(codes[0], "codes"), read_array(factors, "factors")
    (points, values), notes = joined([first, second])
    for note in (*first.notes, *second.notes, *notes):
        console.note(f"evaluate: {note}")
    with console.progress("disentanglement", None) as advance:
        return evaluate_disentanglement(
            points, values, settings, first.names, second.names, progress=_watched(advance)
        )


def _watched(advance: Advance) -> Callable[[str, int, int], None]:
    """Progress of the measures that take minutes."""
    return lambda family, done, of: advance(1, f"{family}: factor {min(done + 1, of)} of {of}")


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each factor or code, a column for each figure that is a mean of theirs."""
    parts, measures = (list(dict.fromkeys(table[column])) for column in ("part", "measure"))
    grid = table.pivot(index="part", columns="measure", values="value").loc[parts, measures]
    return grid.reset_index().rename(columns=SHORT).rename_axis(columns=None)
