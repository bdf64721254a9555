"""`lfd evaluate --what explanations`: what explanations name is taken away from held-out users."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from lfd.cli.work import Work
    from lfd.core.explaining import Leanings
    from lfd.run.placing import Ground
    from lfd.settings.explaining import EvaluateExplanationsSettings


def compute(work: Work, settings: EvaluateExplanationsSettings) -> str:
    """Explain recommendations of the users whom the run's model was not trained on."""
    from lfd.core.evaluation.explanations import evaluate_explanations
    from lfd.run.dataset import read_dataset
    from lfd.run.evaluation import write_outcome
    from lfd.run.latents import ALIGNED, RAW
    from lfd.run.model import read_model_in, read_split
    from lfd.run.placing import read_ground

    data, part, ground = read_dataset(work), read_split(work)["part"].to_numpy(), read_ground(work)
    model = read_model_in(work, RAW if ground.rotation is None else ALIGNED)
    outcome = evaluate_explanations(model, data.interactions, part, _ways(work, ground), settings)
    write_outcome(work.place, "explanations", outcome)
    value = {measure.name: measure.value or 0.0 for measure in outcome.measures}
    return (
        f"an item falls by {value['history_named_for_the_item']:.2f} nats without the {settings.remove}"
        f" items of the history that are named for it, by {value['history_random']:.2f} without random"
        f" ones; by {value['axes_leaning_named']:.2f} without the axis that lifts it,"
        f" by {value['axes_leaning_random']:.2f} by a random step"
    )


def _ways(work: Work, ground: Ground) -> list[Leanings]:
    """By axes, and by concepts where the run has some that are told apart."""
    from lfd.errors import InputError
    from lfd.run.leanings import axis_leanings, concept_leanings

    ways = [axis_leanings(ground)]
    if ground.rotation is not None:
        try:
            ways.append(concept_leanings(work, ground))
        except InputError as error:
            work.console.note(f"explanations: {error.message}: by axes only")
    return ways


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """What was taken a row, a figure a column."""
    import pandas as pd

    cells = [
        f"{value:.3f} [{low:.3f}, {high:.3f}]"
        for value, low, high in zip(table["value"], table["low"], table["high"], strict=True)
    ]
    keys = ["by", "test", "taken"]
    order = pd.MultiIndex.from_frame(table[keys].drop_duplicates())
    columns = table["measure"].unique()
    grid = table.assign(cell=cells).pivot(index=keys, columns="measure", values="cell").loc[order, columns]
    return grid.reset_index().rename_axis(columns=None)
