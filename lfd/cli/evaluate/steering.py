"""`lfd evaluate --what steering`: held-out users moved towards values, by directions, axes and controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from lfd.cli.work import Work
    from lfd.settings.alignment import AlignSettings
    from lfd.settings.steering import EvaluateSteeringSettings

SAID = ("steering", "natural", "raw_axis", "re_ranking")


def compute(work: Work, settings: EvaluateSteeringSettings) -> str:
    """Steer the users whom the run's model was not trained on."""
    import numpy as np

    from lfd.core.evaluation.steering import evaluate_steering
    from lfd.core.training.split import TEST, VALIDATION
    from lfd.run.dataset import read_dataset, read_items_and_attributes
    from lfd.run.evaluation import write_outcome
    from lfd.run.model import read_model, read_split

    data = read_dataset(work)
    _, attributes = read_items_and_attributes(work)
    part = read_split(work)["part"].to_numpy()
    kept = part != TEST
    outcome = evaluate_steering(
        read_model(work),
        data.interactions[np.flatnonzero(kept)],
        part[kept] == VALIDATION,
        attributes,
        settings,
        _alignment(work),
    )
    write_outcome(work.place, "steering", outcome)
    rose = {m.name.removesuffix("_rose"): m.value for m in outcome.measures if m.name.endswith("_rose")}
    return f"wished value rose at {settings.at:g}: " + ", ".join(
        f"{knob.replace('_', ' ')} {rose[knob]:.0%}" for knob in SAID if rose.get(knob) is not None
    )


def _alignment(work: Work) -> AlignSettings:
    """How the run was aligned, so that its own axes are the aligned ones; the defaults where it was not."""
    from lfd.run.alignment import ROTATION, read_rotation
    from lfd.settings.alignment import AlignSettings

    if ROTATION not in work:
        return AlignSettings()
    found = read_rotation(work)
    if found.method != "attributes":
        return AlignSettings(method=found.method)  # type: ignore[arg-type]
    return AlignSettings(concepts=tuple(name for name in found.names if name))


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """Both NDCGs of each knob by strength, over each user's own wish; then with labels hidden."""
    import pandas as pd

    whole = table[table["concept"].isna()]
    cells = [f"{p:.3f} / {s:.3f}" for p, s in zip(whole["personal"], whole["segment"], strict=True)]
    keys = ["labels", "knob"]
    order = pd.MultiIndex.from_frame(whole[keys].drop_duplicates())
    grid = whole.assign(cell=cells).pivot(index=keys, columns="strength", values="cell").reindex(order)
    grid.columns = pd.Index([f"personal / segment at {float(x):g}" for x in grid.columns])
    return grid.fillna("").reset_index()
