"""Labels that are missing or do not fit, told from item loadings; for reading directions, never for tests.

An item without a label is no average item: its loadings show what it is like. Each concept is regressed on
the loadings of the items that have a label, and shrunk (James and Stein 1961, positive part) by as much as
the fit is chance, so a concept that the model knows nothing of is filled with its mean.

Where loadings tell an ordered attribute well, they also tell which of its labels are gross errors. These are
a mixture (Aitkin and Wilson 1980): with chance 1 - e a label is its regression on the loadings plus noise,
with chance e any label at all; fitted by EM, each label held against the regression without itself. A label
counts as far as it is likely to be right, and the rest of it is told from the loadings. Nothing is changed
without evidence: the mixture must be the likelier one by far, and its noise small beside the labels' spread.
Single values stay as they are: a rare one never fits.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lfd.core.concepts import Concepts

Floats = npt.NDArray[np.float64]

NOTHING = 1e-9
EM_STEPS = 50
MOST_NOISE = 0.5  # of the labels' standard deviation, for the loadings to know better than a label
LEAST_EVIDENCE = 10.0  # log-likelihood by which errors must explain the labels better
LEAST_PER_DIMENSION = 5  # labels, for errors to be told from noise


def filled(concepts: Concepts, loadings: Floats) -> Concepts:
    """The same concepts with an expected value in place of each label that is missing or does not fit.

    Parameters
    ----------
    concepts : Concepts
    loadings : numpy.ndarray, items x dimensions

    Returns
    -------
    Concepts
    """
    columns = concepts.columns.copy()
    patterns, member = np.unique(concepts.labelled, axis=1, return_inverse=True)
    ordered = np.array([concept.value is None for concept in concepts.names], dtype=np.bool_)
    for number, labelled in enumerate(patterns.T):
        index = np.flatnonzero(member.ravel() == number)
        if labelled.sum() <= loadings.shape[1] + 1:
            continue
        for c in index[ordered[index]]:
            columns[labelled, c] = _corrected(columns[labelled, c], loadings[labelled])
        if not labelled.all():
            columns[np.ix_(~labelled, index)] = _predicted(columns[:, index], loadings, labelled)
    return replace(concepts, columns=columns)


def _predicted(columns: Floats, loadings: Floats, labelled: npt.NDArray[np.bool_]) -> Floats:
    scores = _orthonormal(loadings, labelled)
    known = columns[labelled] - columns[labelled].mean(axis=0)
    slope = scores[labelled].T @ known
    signal = (slope**2).sum(axis=0)
    left = np.maximum((known**2).sum(axis=0) - signal, 0) / max(len(known) - scores.shape[1] - 1, 1)
    chance = scores.shape[1] * left
    shrunk = np.clip(1 - chance / np.where(signal > 0, signal, np.inf), 0, None)
    predicted: Floats = scores[~labelled] @ (slope * np.where(signal > 0, shrunk, 0))
    return predicted


def _corrected(labels: Floats, loadings: Floats) -> Floats:
    """Labels of one ordered attribute, those that do not fit drawn to what the loadings say."""
    spread = float(labels.var())
    scores = _orthonormal(loadings, np.ones(len(labels), dtype=np.bool_))
    scores = np.hstack([np.full((len(labels), 1), len(labels) ** -0.5), scores])
    if not spread > 0 or len(labels) < LEAST_PER_DIMENSION * scores.shape[1]:
        return labels
    any_label = np.exp(-((labels - labels.mean()) ** 2) / (2 * spread)) / np.sqrt(spread)
    right, told = np.ones(len(labels)), labels
    evidence, noise = 0.0, spread
    for step in range(EM_STEPS):
        inverse = np.linalg.pinv((scores.T * right) @ scores, hermitian=True)
        told = scores @ (inverse @ (scores.T @ (right * labels)))
        own = right * ((scores @ inverse) * scores).sum(axis=1)
        freedom = max(float(right.sum()) - scores.shape[1], 1.0)
        noise = max(float(right @ (labels - told) ** 2 / freedom), NOTHING * spread)
        unseen = (labels - told) / np.maximum(1 - own, NOTHING)  # by the regression without the item itself
        fits = np.exp(-(unseen**2) / (2 * noise)) / np.sqrt(noise)
        if step == 0:
            evidence = -float(np.log(np.maximum(fits, 1e-300)).sum())
        errors = max(1 - float(right.mean()), 1 / len(labels))
        mixture = (1 - errors) * fits + errors * any_label
        right = (1 - errors) * fits / mixture
    evidence += float(np.log(mixture).sum())
    sure = evidence > LEAST_EVIDENCE and noise < MOST_NOISE**2 * spread
    corrected: Floats = right * labels + (1 - right) * told if sure else labels
    return corrected


def _orthonormal(loadings: Floats, items: npt.NDArray[np.bool_]) -> Floats:
    """Loadings as scores that are orthonormal, and centred, over some of the items."""
    centred = loadings - loadings[items].mean(axis=0)
    values, vectors = np.linalg.eigh(centred[items].T @ centred[items])
    kept = values > NOTHING * values[-1]
    scores: Floats = centred @ (vectors[:, kept] / np.sqrt(values[kept]))
    return scores
