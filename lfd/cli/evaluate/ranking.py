"""`lfd evaluate --what ranking`: what held-out users are recommended, by the model and by baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from lfd.cli.work import Work
    from lfd.settings.ranking import EvaluateRankingSettings


def compute(work: Work, settings: EvaluateRankingSettings) -> str:
    """Rank for the users whom the run's model was not trained on."""
    from lfd.core.evaluation.generalisation import evaluate_ranking
    from lfd.run.dataset import read_dataset
    from lfd.run.evaluation import write_outcome
    from lfd.run.model import CONFIG, read_model, read_split
    from lfd.run.tables import read_yaml

    data, part = read_dataset(work), read_split(work)["part"].to_numpy()
    name = str(read_yaml(work, CONFIG).get("model", "model"))
    outcome = evaluate_ranking(read_model(work), data.interactions, part, settings, name)
    write_outcome(work.place, "ranking", outcome)
    last = outcome.table[outcome.table["measure"] == outcome.measures[-1].name]
    reached = zip(last["recommender"], last["value"], strict=True)
    return f"{outcome.measures[-1].name} " + ", ".join(f"{name} {value:.3f}" for name, value in reached)


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """A recommender a row; then a row for each one's difference to the run's model."""
    import pandas as pd

    figures, differences = table.copy(), table[table["difference"].notna()].copy()
    figures["cell"] = _cells(table, ("value", "low", "high"), "")
    differences["cell"] = _cells(differences, ("difference", "difference_low", "difference_high"), "+")
    differences["recommender"] += f" - {table['recommender'].iloc[0]}"
    both = pd.concat([figures, differences], ignore_index=True)
    rows, columns = both["recommender"].unique(), table["measure"].unique()
    grid = both.pivot(index="recommender", columns="measure", values="cell").loc[rows, columns]
    return grid.reset_index().rename_axis(columns=None)


def _cells(table: pd.DataFrame, columns: tuple[str, str, str], sign: str) -> list[str]:
    """Figures with their intervals, as 0.412 [0.381, 0.443]."""
    rows = table[list(columns)].itertuples(index=False)
    return [f"{value:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]" for value, low, high in rows]
