"""The figures of a model's check, what they say is wrong, and how they are said."""

from __future__ import annotations

import numpy as np

from lfd.core.decoding.positions import PriorFit
from lfd.core.evaluation.outcome import Outcome
from lfd.core.measure import Measure
from lfd.core.models.axes import ACTIVE_VARIANCE, LEAST_RELIABILITY

LIST = 20


def rank_measures(
    ranks: tuple[float, float], popular: tuple[float, float], users: int
) -> tuple[Measure, ...]:
    """How the model and popularity rank users' own items: (AUC, NDCG) of each."""
    auc = (
        "how often an item that a user has scores above one that the user has not, after encode and decode of"
        " all that the user has; ties count half, mean over users"
    )
    return (
        Measure("own_auc", "incoming", ranks[0], "auc (Mann-Whitney)", auc, {"users": users}),
        Measure(
            "popularity_auc",
            "incoming",
            popular[0],
            "auc (Mann-Whitney)",
            f"popularity's: {auc}",
            {"users": users},
        ),
        Measure(
            f"own_ndcg@{LIST}",
            "incoming",
            ranks[1],
            "ndcg_binary (Järvelin and Kekäläinen 2002)",
            f"of the {LIST} best of all items, where those that the user has are relevant; mean over users",
            {"users": users, "k": LIST, "popularity": popular[1]},
        ),
    )


def far_measure(fit: PriorFit, claims: bool) -> Measure:
    """On how many axes users lie far from the unit prior; `claims`: whether the model has uncertainty."""
    parts = {f"z{j}": float(d) for j, d in enumerate(fit.divergence) if np.isfinite(d)}
    return Measure(
        "far_from_prior",
        "incoming",
        int(fit.far.size),
        "kl_gaussian",
        "axes on which the users' z, a Gaussian of their mean and their variance (that of the means and the"
        " model's own), is more than 0.5 nats from N(0, 1); parts: the nats of each axis",
        {"axes": len(fit.mean), "claims_a_prior": str(claims).lower()},
        parts,
        note="" if claims else "the model knows no uncertainty and claims no prior",
    )


def inactive_measure(dead: list[int], claims: bool) -> Measure:
    """How many axes are dead, and which."""
    return Measure(
        "inactive_axes",
        "incoming",
        len(dead),
        "active_units (Burda et al. 2016)",
        "axes on which the variance over users of the mean of z is below the threshold, in units of the"
        " prior's; without uncertainty, of the widest axis's, or the split-half reliability below the least",
        {
            "threshold": ACTIVE_VARIANCE,
            "least_reliability": LEAST_RELIABILITY,
            "unit": "prior" if claims else "widest axis",
        },
        {f"z{j}": 1.0 for j in dead},
    )


def what_is_wrong(auc: float, popular: float, fit: PriorFit, claims: bool, dead: list[int]) -> list[str]:
    """What the user must know: rows that do not belong, a prior that does not hold, dead axes."""
    notes = []
    if auc <= popular:
        notes.append(
            f"users' own items are ranked no better than by popularity (AUC {auc:.3f}, popularity"
            f" {popular:.3f}): do the rows of the model belong to these users and items, in this order?"
        )
    if claims and fit.far.size:
        worst = int(np.argmax(fit.divergence))
        notes.append(
            f"users lie far from the prior N(0, 1) on {fit.far.size} of {len(fit.mean)} axes (z{worst}: mean"
            f" {fit.mean[worst]:.2f}, deviation {fit.deviation[worst]:.2f}): decode with --scale users, the"
            " default, and not with --scale prior"
        )
    if dead:
        notes.append(
            "inactive axes, on which users hardly differ, or by chance alone:"
            f" {', '.join(f'z{j}' for j in dead)}"
        )
    return notes


def spoken(outcome: Outcome) -> tuple[str, ...]:
    """The figures of a check as sentences for people.

    Parameters
    ----------
    outcome : Outcome
        Of `check_model`.

    Returns
    -------
    tuple of str
    """
    found = {measure.name: measure for measure in outcome.measures}
    auc, popular, gain = found["own_auc"], found["popularity_auc"], found[f"own_ndcg@{LIST}"]
    far, axes = found["far_from_prior"], outcome.table
    prior = "" if far.note == "" else " (it claims none)"
    return (
        f"users' own items score above others in {auc.value:.1%} of pairs (popularity {popular.value:.1%});"
        f" NDCG@{LIST} of them {gain.value:.3f} (popularity {gain.parameters['popularity']:.3f})",
        f"users' means lie within {axes['mean'].abs().max():.2f} of 0, their deviations are"
        f" {axes['deviation'].min():.2f} to {axes['deviation'].max():.2f}; far from N(0, 1): {far.value} of"
        f" {len(axes)} axes{prior}",
        f"active axes: {int(axes['active'].sum())} of {len(axes)}",
    )
