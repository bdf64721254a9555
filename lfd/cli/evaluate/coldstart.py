"""`lfd evaluate --what coldstart`: newcomers who state a leaning or two, served in several ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from lfd.cli.work import Work
    from lfd.settings.coldstart import EvaluateColdstartSettings

ORDER = ["told", "placed", "strength"]


def compute(work: Work, settings: EvaluateColdstartSettings) -> str:
    """Let users whom the run's model was not trained on play newcomers."""
    from lfd.core.evaluation.coldstart import evaluate_coldstart
    from lfd.run.dataset import read_dataset, read_items_and_attributes
    from lfd.run.evaluation import write_outcome
    from lfd.run.model import read_model, read_split

    data, part = read_dataset(work), read_split(work)["part"].to_numpy()
    _, attributes = read_items_and_attributes(work)
    outcome = evaluate_coldstart(read_model(work), data.interactions, part, attributes, settings)
    write_outcome(work.place, "coldstart", outcome)
    value = {m.name.removeprefix("coldstart_"): m.value for m in outcome.measures}
    few = settings.statements[0]
    said = {
        "popularity": "popularity",
        f"leanings_reading_{few}": f"{few} leaning{'s' if few > 1 else ''}",
        f"history_reading_{few}": f"{few} value{'s' if few > 1 else ''} named",
        "full_history": "full history",
    }
    return f"NDCG@{settings.k} " + ", ".join(f"{words} {value[name]:.3f}" for name, words in said.items())


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """The references; then each way by number of statements: NDCG with half of its 95 % interval."""
    import pandas as pd

    figures = table[["value", "low", "high"]].itertuples(index=False)
    cells = table.assign(
        cell=[f"{value:.3f} ± {(high - low) / 2:.3f}" for value, low, high in figures],
        told=table["told"].fillna(""),
        strength=[f"{strength:g}" if strength else "" for strength in table["strength"]],
        number=[f"{n} stated" if n else "none" for n in table["statements"]],
    )
    order = pd.MultiIndex.from_frame(cells[ORDER].drop_duplicates())
    grid = cells.pivot(index=ORDER, columns="number", values="cell").reindex(order).fillna("")
    return grid[list(dict.fromkeys(cells["number"]))].reset_index().rename_axis(columns=None)
