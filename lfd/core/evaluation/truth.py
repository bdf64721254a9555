"""Latent space against the true factors of synthetic users, beside what a supervised reader reaches.

All correlations are Spearman's, on users that were held out in training. The best axis of a factor is
chosen by the truth, to the axes' advantage; a concept's direction is not: it is that of the attribute of
the factor's name, as a whole where it is ordered, else of the value that is most surely there. The
ceilings are ridge regressions taught with the truth of the training users.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lfd.core.decoding.mapped import axis_name
from lfd.core.evaluation.ceiling import ridge
from lfd.core.evaluation.factors import TrueFactors
from lfd.core.evaluation.outcome import Outcome
from lfd.core.evaluation.space import Positions, check_active, concept_of
from lfd.core.measure import Measure, Parameters
from lfd.core.ranks import paired_spearman, spearman
from lfd.errors import InputError
from lfd.settings.evaluation import TruthSettings

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

PLACES = {
    "raw": "best raw axis, chosen by the truth",
    "aligned": "best aligned axis, chosen by the truth",
    "steering": "steering direction of the concept",
    "reading": "reading direction of the concept",
    "ridge_z": "ridge from the latents, taught with the truth of the training users",
    "ridge_x": "ridge from the histories, taught with the truth of the training users",
}
DIRECTIONS = ("steering", "reading")
CEILING = "ridge_z"
FORMULA = "spearman1904"


def evaluate_truth(
    factors: TrueFactors,
    positions: Positions,
    interactions: sparse.csr_array,
    held_out: Bools,
    settings: TruthSettings | None = None,
) -> Outcome:
    """Hold axes, directions and supervised ceilings against the true factors.

    Users without interactions are left out, since nothing places them. Where no user was held out, every
    fifth is taken for it, and a note says that the model has seen them.

    Parameters
    ----------
    factors : TrueFactors
        Of all users.
    positions : Positions
        Of the same users.
    interactions : scipy.sparse.csr_array, users x items
    held_out : numpy.ndarray of bool, (users,)
        Who took no part in training.
    settings : TruthSettings, default its defaults

    Returns
    -------
    Outcome
        Table, a row for each factor and place: factor, place (PLACES), name (axis or concept), correlation
        (signed), best (the place's best axis of the factor; always so for directions and ceilings).
        Measures, by place: truth_<place>, the mean over factors of |Spearman|, and below_<place>, how far
        the worst factor is below the ridge from the latents.

    Raises
    ------
    InputError
        Numbers of users differ; no axis is active; nobody has interactions; fewer than three users were
        held out, or train.
    """
    settings = settings or TruthSettings()
    _check_lengths(factors, positions, interactions, held_out)
    check_active(positions.active)
    active = np.diff(interactions.indptr) > 0
    test, notes = _tested(held_out, active)
    teach = active & ~test
    if min(test.sum(), teach.sum()) < 3:
        raise InputError(
            f"too few users with interactions: {int(teach.sum())} train and {int(test.sum())} are held out",
            "make more users: lfd gen-data --users 1000",
        )
    truth = factors.table
    ceilings = {
        "ridge_z": ridge(positions.raw, truth, teach, settings.penalties),
        "ridge_x": ridge(interactions, truth, teach, settings.penalties),
    }
    rows = [*_axes(positions, factors, test), *_directions(positions, factors, test)]
    for place, predicted in ceilings.items():
        found = paired_spearman(predicted[test], truth[test])
        rows += [(f, place, "", rho, True) for f, rho in zip(factors.names, found.tolist(), strict=True)]
    table = pd.DataFrame(rows, columns=["factor", "place", "name", "correlation", "best"])
    users: Parameters = {"training_users": int(teach.sum()), "held_out_users": int(test.sum())}
    said = (*notes, *_without_concept(positions, factors), *_most(factors, test))
    return Outcome(tuple(_by_place(table, users)), table, said)


def _check_lengths(
    factors: TrueFactors, positions: Positions, interactions: sparse.csr_array, held_out: Bools
) -> None:
    lengths = (len(factors.table), len(positions.raw), interactions.shape[0], len(held_out))
    if len(set(lengths)) > 1:
        raise InputError(
            "truth, latents, interactions and held-out marks are of "
            f"{', '.join(map(str, lengths))} users: not the same",
            "give the rows of the same users: lfd encode",
        )


def _tested(held_out: Bools, active: Bools) -> tuple[Bools, list[str]]:
    notes = []
    if not active.any():
        raise InputError("no user has interactions", "start with data: lfd gen-data")
    if not active.all():
        notes.append(f"{int((~active).sum())} users without interactions are left out")
    if not held_out.any():
        notes.append("no user was held out in training: every fifth is tested, whom the model has seen")
        held_out = np.arange(len(held_out)) % 5 == 4
    return held_out & active, notes


def _axes(positions: Positions, factors: TrueFactors, test: Bools) -> Iterator[tuple[object, ...]]:
    spaces = {"raw": positions.raw}
    if positions.alignment is not None:
        spaces["aligned"] = positions.alignment.rotation.align(positions.raw)
    for place, z in spaces.items():
        found = spearman(z[test], factors.table[test])  # axes x factors
        best = np.abs(found).argmax(axis=0)
        for f, factor in enumerate(factors.names):
            yield from (
                (factor, place, axis_name(j), float(rho), j == best[f]) for j, rho in enumerate(found[:, f])
            )


def _directions(positions: Positions, factors: TrueFactors, test: Bools) -> Iterator[tuple[object, ...]]:
    alignment = positions.alignment
    if alignment is None:
        return
    concepts = alignment.concepts
    chosen = {f: c for f in factors.names if (c := concept_of(concepts, f)) is not None}
    truth = factors.table[:, [factors.names.index(f) for f in chosen]][test]
    for place in DIRECTIONS if chosen else ():
        lines = alignment.along(positions.raw[test], place)
        found = paired_spearman(lines[:, list(chosen.values())], truth)
        for (factor, concept), rho in zip(chosen.items(), found.tolist(), strict=True):
            yield factor, place, str(concepts["concept"].iloc[concept]), rho, True


def _without_concept(positions: Positions, factors: TrueFactors) -> tuple[str, ...]:
    if positions.alignment is None:
        return ("the run is not aligned: raw axes only; directions come with lfd align",)
    lost = [f for f in factors.names if concept_of(positions.alignment.concepts, f) is None]
    return (f"no concept is about {', '.join(lost)}: no direction to judge",) if lost else ()


def _most(factors: TrueFactors, test: Bools) -> tuple[str, ...]:
    """Ranks without ties reach sqrt(3 p (1 - p)) with membership of a share p, and no more."""
    if not factors.exclusive:
        return ()
    share = factors.table[test].mean(axis=0)
    most = ", ".join(f"{np.sqrt(3 * p * (1 - p)):.3f}" for p in share)
    return (f"with membership the |Spearman| of {', '.join(factors.names)} cannot exceed {most}",)


def _by_place(table: pd.DataFrame, users: Parameters) -> Iterator[Measure]:
    best = table[table["best"]]
    reached = {
        place: {str(f): abs(float(rho)) for f, rho in zip(own["factor"], own["correlation"], strict=True)}
        for place in PLACES
        if len(own := best[best["place"] == place])
    }
    for place, parts in reached.items():
        words = f"mean |Spearman| of factors on held-out users: {PLACES[place]}"
        yield Measure(
            f"truth_{place}", "truth", float(np.mean(list(parts.values()))), FORMULA, words, users, parts
        )
    for place, parts in reached.items():
        if place.startswith("ridge"):
            continue
        below = {f: round(reached[CEILING][f] - rho, 12) for f, rho in parts.items()}  # without rounding dust
        words = f"how far below ridge_z the worst factor is: {PLACES[place]}"
        yield Measure(f"below_{place}", "below", max(below.values()), FORMULA, words, users, below)
