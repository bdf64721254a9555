"""Figures against an independent route: scikit-learn's own metrics and models, array by array.

The definitions of disentanglement_lib (Locatello et al. 2019), written out here a second time, without
the program's own code.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, mutual_info_score, roc_auc_score
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from lfd.core.disentanglement import disentanglement
from lfd.core.disentanglement.bins import discretise
from lfd.core.disentanglement.explicitness import mean_auc
from lfd.settings.disentanglement import DisentanglementSettings

TRAIN = 0.8


def data(kind: str, rows: int = 250) -> tuple[np.ndarray, np.ndarray]:
    """Four codes and three factors (3, 4 and 2 values): mixed, heavy-tailed, of few values, or single."""
    rng = np.random.default_rng(7)
    factors = np.stack([rng.integers(0, k, rows) for k in (3, 4, 2)], axis=1)
    codes = factors @ rng.normal(size=(3, 4)) + rng.normal(0, 0.5, (rows, 4))
    codes[:, 3] = rng.normal(size=rows)
    match kind:
        case "heavy":
            return np.sign(codes) * codes**4, factors
        case "stepped":
            return np.round(codes), factors
        case "single":
            return codes.astype(np.float32), factors
    return codes, factors


def information(codes: np.ndarray, factors: np.ndarray, bins: int) -> np.ndarray:
    binned = [np.digitize(z, np.histogram(z, bins)[1][:-1]) for z in codes.T]
    return np.array([[mutual_info_score(v, z) for v in factors.T] for z in binned])


def counted(codes: np.ndarray, factors: np.ndarray, bins: int = 20) -> dict[str, float]:
    mi = information(codes, factors, bins)
    top = np.sort(mi, axis=0)
    entropies = np.array([mutual_info_score(v, v) for v in factors.T])
    n = int(np.ceil(len(codes) * TRAIN))
    squared = information(codes[:n], factors[:n], bins) ** 2
    best = squared.max(axis=1)
    delta = (squared.sum(axis=1) - best) / (best * (factors.shape[1] - 1))
    return {"mig": float(np.mean((top[-1] - top[-2]) / entropies)), "modularity": float(np.mean(1 - delta))}


def classified(codes: np.ndarray, factors: np.ndarray) -> dict[str, float]:
    n = int(np.ceil(len(codes) * TRAIN))
    return trees(codes, factors, n) | separated(codes, factors, n) | explicit(codes, factors, n)


def trees(codes: np.ndarray, factors: np.ndarray, n: int) -> dict[str, float]:
    fitted = [GradientBoostingClassifier(random_state=0).fit(codes[:n], v[:n]) for v in factors.T]
    r = np.stack([model.feature_importances_ for model in fitted], axis=1)
    d = 1 - entropy(r.T + 1e-11, base=r.shape[1])
    c = 1 - entropy(r + 1e-11, base=r.shape[0])
    pairs = list(zip(fitted, factors.T, strict=True))
    return {
        "dci_disentanglement": float(d @ r.sum(axis=1) / r.sum()),
        "dci_completeness": float(c @ r.sum(axis=0) / r.sum()),
        "dci_informativeness_train": float(np.mean([m.score(codes[:n], v[:n]) for m, v in pairs])),
        "dci_informativeness_test": float(np.mean([m.score(codes[n:], v[n:]) for m, v in pairs])),
    }


def separated(codes: np.ndarray, factors: np.ndarray, n: int) -> dict[str, float]:
    scores = np.zeros((codes.shape[1], factors.shape[1]))
    for j, z in enumerate(codes.T[:, :, None]):
        for f, v in enumerate(factors.T):
            machine = LinearSVC(C=0.01, class_weight="balanced").fit(z[:n], v[:n])
            scores[j, f] = accuracy_score(v[n:], machine.predict(z[n:]))
    top = np.sort(scores, axis=0)
    return {"sap": float(np.mean(top[-1] - top[-2]))}


def explicit(codes: np.ndarray, factors: np.ndarray, n: int) -> dict[str, float]:
    scaled = StandardScaler().fit(codes[:n]).transform(codes)
    areas = []
    for v in factors.T:
        p = LogisticRegression().fit(scaled[:n], v[:n]).predict_proba(scaled)
        one_hot = v[:, None] == np.unique(v)
        areas.append([roc_auc_score(one_hot[:n], p[:n]), roc_auc_score(one_hot[n:], p[n:])])
    train, test = np.mean(areas, axis=0)
    return {"explicitness_train": float(train), "explicitness_test": float(test)}


@pytest.mark.parametrize("kind", ["mixed", "heavy", "stepped", "single"])
def test_figures_agree_with_scikit_learn(kind):
    codes, factors = data(kind)
    expected = counted(codes, factors) | classified(codes, factors)
    found = {m.name: m.value for m in disentanglement(codes, factors)}
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("rows", "bins"), [(33, 5), (101, 7)])
def test_other_bins_and_rows_that_do_not_split_evenly(rows, bins):
    codes, factors = data("mixed", rows)
    options = DisentanglementSettings(measures=("mig", "modularity"), bins=bins)
    found = {m.name: m.value for m in disentanglement(codes, factors, options)}
    assert found == pytest.approx(counted(codes, factors, bins), abs=1e-6)


def test_mutual_information_of_all_rows_or_of_those_that_train():
    codes, factors = data("mixed")
    whole, first = counted(codes, factors), counted(codes[:200], factors[:200])
    for rows, mig in (("library", whole["mig"]), ("all", whole["mig"]), ("train", first["mig"])):
        options = DisentanglementSettings(measures=("mig",), information=rows)
        assert disentanglement(codes, factors, options)[0].value == pytest.approx(mig, abs=1e-9)
    assert whole["mig"] != pytest.approx(first["mig"], abs=1e-6)


@pytest.mark.parametrize("kind", ["mixed", "heavy", "stepped", "single"])
def test_bins_are_those_of_the_histogram(kind):
    for code in data(kind)[0].T:
        edges = np.histogram(code, 20)[1]
        assert discretise(code, 20).tolist() == (np.digitize(code, edges[:-1]) - 1).tolist()


def test_area_under_the_curve_with_ties():
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 3, 200)
    probability = np.round(rng.dirichlet(np.ones(3), 200), 1)  # many ties
    expected = roc_auc_score(classes[:, None] == np.arange(3), probability)
    assert mean_auc(probability, classes, np.arange(3)) == pytest.approx(expected, abs=1e-12)
    # A class that these rows lack does not count; with one class only there is no curve.
    without = classes != 2
    two = [roc_auc_score(classes[without] == k, probability[without, k]) for k in (0, 1)]
    found = mean_auc(probability[without], classes[without], np.arange(3))
    assert found == pytest.approx(np.mean(two), abs=1e-12)
    assert mean_auc(probability[:1], classes[:1], np.arange(3)) is None
