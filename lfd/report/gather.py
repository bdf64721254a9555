"""What one run brings to a comparison, read from its members; its ranking figures are taken anew.

Whatever a run does not have is left out: nothing is run, and nothing is written.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from lfd.core.evaluation.decoded_figures import FAMILY
from lfd.core.evaluation.ranking import ranking
from lfd.core.measure import Measure
from lfd.core.models.axes import ACTIVE_VARIANCE, LEAST_RELIABILITY, axis_statistics
from lfd.core.models.popularity import PopularityModel
from lfd.core.models.protocol import LatentModel
from lfd.core.models.reliability import axis_reliability
from lfd.core.training.fitted import kept_epoch
from lfd.core.training.split import HIDDEN_SHARE, MOST_USERS, TRAIN, VALIDATION, fold_in
from lfd.errors import InputError
from lfd.report.comparison import Figure, RunFacts, Setting
from lfd.report.complexity import ComplexityFacts, data_sentence, factor_facts
from lfd.report.decoding import decoding_measures
from lfd.run.complexity import SUMMARY, Stored, read_complexity
from lfd.run.dataset import INTERACTIONS, ITEMS, read_dataset
from lfd.run.folder import Snapshot
from lfd.run.model import CONFIG, HISTORY, NOTES, SPLIT, read_history, read_model, read_notes, read_split
from lfd.run.tables import read_yaml
from lfd.settings.training import NO_EFFECT

EVALUATION = "evaluation/"
COMPLEXITY = ("factors", "main_factors", "weakest_correlation")  # of its figures, those that are compared
FOLD_SEED = 0
SILENT = ("device", "devices", "num_nodes", "strategy", "threads")  # where it was trained, not how


def facts_of(run: Snapshot, name: str) -> RunFacts:
    """Everything that a comparison wants to know of a run.

    Parameters
    ----------
    run : Snapshot
    name : what to call it

    Raises
    ------
    InputError : the run has no model, or a member cannot be read
    """
    if CONFIG not in run:
        raise InputError(f"{name} has no model to compare", f"train one first: lfd train {name}")
    figures, warnings, popularity = _of_the_model(run)
    evaluated = [f for member in sorted(run.manifest.members) for f in _evaluated(run, member)]
    decoded, said = decoding_measures(run, [f.measure for f in evaluated if f.measure.family == FAMILY])
    figures += [Figure("decoding", measure) for measure in decoded]
    figures += [f for f in evaluated if f.measure.family != FAMILY]
    figures += _complexity(run)
    data = ".".join(run.manifest.members[member].sha256[:16] for member in (INTERACTIONS, ITEMS))
    return RunFacts(name, data, _settings(run), tuple(figures), (*warnings, *said), popularity)


def complexity_facts(stored: Stored) -> ComplexityFacts:
    """The complexity of a run's data as people read it.

    Parameters
    ----------
    stored : Stored
    """
    main = stored.parts("main_factors")
    return ComplexityFacts(
        data=data_sentence(stored.measures),
        factors=factor_facts(stored.table),
        number=round(stored.value("factors") or 0),
        main=round(stored.value("main_factors") or 0),
        main_low=round(main["low"]),
        main_high=round(main["high"]),
        weakest=stored.value("weakest_main"),
        correlation=stored.value("weakest_correlation"),
        next_users=stored.value("next_factor_users"),
        growth=tuple(stored.growth),
        notes=stored.notes,
    )


def _settings(run: Snapshot) -> dict[str, Setting]:
    """Options of the training as plain values; those that mean nothing to the model are None."""
    record, config = run.manifest.record("train"), read_yaml(run, CONFIG)
    if record is None:
        return {"model": config.get("model"), "latent": config.get("n_latent")}
    idle = {*NO_EFFECT.get(record.options["model"], ())}
    options = record.options | {"latent": config.get("n_latent")}  # whatever auto stood for
    return {
        name: None if name in idle else ",".join(map(str, v)) if isinstance(v, list) else v
        for name, v in options.items()
        if name not in SILENT
    }


def _of_the_model(run: Snapshot) -> tuple[list[Figure], tuple[str, ...], dict[str, float]]:
    """Recommendation quality and active axes, a warning where popularity does as well, what it reaches."""
    data, model, config = read_dataset(run), read_model(run), read_yaml(run, CONFIG)
    figures = [Figure("recommendation", m) for m in _validation_loss(run, config)]
    warnings = tuple(note for note in _notes(run) if note.startswith("collapsed"))
    reached: dict[str, float] = {}
    part = read_split(run)["part"].to_numpy() if SPLIT in run else np.full(data.n_users, TRAIN)
    if (part == VALIDATION).any():
        quality, popular = _quality(model, data.interactions, part)
        figures += [Figure("recommendation", m) for m in quality]
        reached = {Figure("recommendation", m).id: m.value for m in popular if m.value is not None}
        ndcg, theirs = quality[0], popular[0]
        if not warnings and (ndcg.value or 0) <= (theirs.value or 0):
            warnings = (
                f"{ndcg.name} {ndcg.value:.3f} is no better than popularity's {theirs.value:.3f};"
                " train with another --beta or --latent",
            )
    return [*figures, Figure("axes", _active(model, data.interactions))], warnings, reached


def _notes(run: Snapshot) -> tuple[str, ...]:
    return read_notes(run) if NOTES in run else ()


def _validation_loss(run: Snapshot, config: dict[str, Any]) -> list[Measure]:
    if HISTORY not in run:
        return []
    history = read_history(run)
    loss = float(history.loc[history["epoch"] == kept_epoch(history), "validation_loss"].iloc[0])
    if not np.isfinite(loss):
        return []
    definition = "minus the log likelihood of a hidden interaction of held-out users, best epoch, nats"
    likelihood = str(config.get("likelihood", "multinomial"))
    return [
        Measure(
            "validation_loss",
            "likelihood",
            loss,
            "held_out_log_likelihood",
            definition,
            {"likelihood": likelihood, "hidden_share": HIDDEN_SHARE},
        )
    ]


def _quality(
    model: LatentModel, interactions: sparse.csr_array, part: np.ndarray[Any, Any]
) -> tuple[tuple[Measure, Measure], tuple[Measure, Measure]]:
    """NDCG and recall on held-out users, of the model and of popularity among training users."""
    rows = interactions[np.flatnonzero(part == VALIDATION)][:MOST_USERS]
    shown, hidden = fold_in(rows, np.random.default_rng(FOLD_SEED))
    popularity = PopularityModel(interactions[np.flatnonzero(part == TRAIN)])
    return ranking(model, shown, hidden), ranking(popularity, shown, hidden)


def _active(model: LatentModel, interactions: sparse.csr_array) -> Measure:
    means, deviations = model.encode(interactions[:MOST_USERS])
    known = axis_reliability(model, interactions)
    active = int(axis_statistics(means, deviations, reliability=known)["active"].sum())
    return Measure(
        "active_axes",
        "axes",
        active,
        "active_units (Burda et al. 2016)",
        "raw axes on which the variance over users of the mean of z is at least the threshold, in units of"
        " the prior's; without noise, of the widest axis's, and split-half reliability is at least the least",
        {"threshold": ACTIVE_VARIANCE, "least_reliability": LEAST_RELIABILITY},
    )


def _complexity(run: Snapshot) -> list[Figure]:
    """How complex the data are, where that was measured."""
    if SUMMARY not in run:
        return []
    return [Figure("complexity", m) for m in read_complexity(run).measures if m.name in COMPLEXITY]


def _evaluated(run: Snapshot, member: str) -> list[Figure]:
    """The measures of one evaluation, as `lfd evaluate` stored them."""
    if not (member.startswith(EVALUATION) and member.endswith(".yaml")):
        return []
    subject, content = member[len(EVALUATION) : -len(".yaml")], read_yaml(run, member)
    try:
        stored = content["measures"] if isinstance(content, dict) else content
        return [Figure(subject, Measure(**measure)) for measure in stored]
    except (KeyError, TypeError):
        raise InputError(
            f"{run.path}: {member} holds no measures", f"take them again: lfd evaluate RUN --what {subject}"
        ) from None
