"""`lfd evaluate --what truth`: axes, directions and ceilings against the true factors; decoded k of n."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from lfd.cli.work import Work
    from lfd.settings.evaluation import TruthSettings


def compute(work: Work, settings: TruthSettings) -> str:
    """Hold the run's latent space against the truth, and what is decoded in raw and in aligned axes."""
    from dataclasses import replace

    import numpy as np

    from lfd.cli.evaluate.frames import frame_notes, reports_by_frame
    from lfd.core.evaluation.decoded_figures import decoded_measures, decoded_words
    from lfd.core.evaluation.factors import true_factors
    from lfd.core.evaluation.truth import evaluate_truth
    from lfd.core.training.split import TEST, VALIDATION
    from lfd.run.dataset import read_dataset
    from lfd.run.decoders import read_decoders
    from lfd.run.evaluation import write_outcome
    from lfd.run.model import read_split
    from lfd.run.positions import read_positions

    data = read_dataset(work)
    factors = true_factors(data.users)
    _, positions = read_positions(work)
    part = read_split(work)["part"].to_numpy()
    kept, held_out = part != TEST, part == VALIDATION
    outcome = evaluate_truth(
        replace(factors, table=factors.table[kept]),
        replace(positions, raw=positions.raw[kept]),
        data.interactions[np.flatnonzero(kept)],
        held_out[kept],
        settings,
    )
    reports = reports_by_frame(work, data, held_out)
    decoded = decoded_measures(reports, read_decoders(work.run.manifest))
    notes = frame_notes(work, reports)
    outcome = replace(outcome, measures=(*outcome.measures, *decoded), notes=(*outcome.notes, *notes))
    write_outcome(work.place, "truth", outcome)
    known = {m.name.removeprefix("truth_"): m.value for m in outcome.measures if m.family == "truth"}
    said = ", ".join(f"{place} {value:.3f}" for place, value in known.items())
    return f"mean |Spearman| with the truth: {said}; decoded: {decoded_words(reports)}"


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """The best of each place by factor, with its sign and what it is."""
    best = table[table["best"]]
    said = [f"{rho:.3f} {name}".rstrip() for name, rho in zip(best["name"], best["correlation"], strict=True)]
    places, factors = list(dict.fromkeys(table["place"])), list(dict.fromkeys(table["factor"]))
    grid = best.assign(said=said).pivot(index="factor", columns="place", values="said")
    return grid.loc[factors, places].fillna("").reset_index().rename_axis(columns=None)
