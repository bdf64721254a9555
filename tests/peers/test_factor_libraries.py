"""What implicit, scikit-learn and Surprise save is what lfd loads: the same scores, and the same folding in.

Needs the extra `peers`; scikit-learn is always there.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from lfd.core.models.build import build_model
from lfd.core.models.imported import import_factors
from lfd.settings.importing import LoadModelSettings
from lfd.sources.factors import read_factors
from tests.core.test_models_factors import ITEMS, USERS, truth

WHY = "is not installed: pip install -e '.[peers]'"


def loaded(*source, users=USERS, items=ITEMS, rows=None, units="auto"):
    settings = LoadModelSettings(source=tuple(map(str, source)))
    given = read_factors(settings, pd.Series(range(users)), pd.Series(range(items)))
    imported = import_factors(
        rows, given.items, given.item_bias, given.users, given.known, given.alpha or 0.0, given.ridge, units
    )
    return given, imported, build_model(imported.config, imported.weights)


def scores(model, rows):
    return model.decode(model.encode(rows)[0]) / model.temperature


def test_implicits_als(tmp_path):
    als = pytest.importorskip("implicit.cpu.als", reason=f"implicit {WHY}")
    rows = truth()[0]
    made = als.AlternatingLeastSquares(
        factors=4, alpha=5.0, regularization=0.3, use_cg=False, num_threads=1, random_state=0
    )
    made.fit(sparse.csr_matrix(rows), show_progress=False)
    made.save(str(tmp_path / "als.npz"))
    given, imported, model = loaded(tmp_path / "als.npz", rows=rows, units="given")
    assert (given.library, given.alpha, given.ridge) == ("implicit", 4.0, 0.3)
    assert np.allclose(scores(model, rows), made.user_factors @ made.item_factors.T, atol=1e-4)
    again = made.recalculate_user(np.arange(20), sparse.csr_matrix(rows[:20]))
    assert np.corrcoef(model.folded(rows[:20]).ravel(), again.ravel())[0, 1] > 0.999
    assert imported.measures[0].value > 0.95


@pytest.mark.parametrize("kind", ["bpr", "lmf"])
def test_implicits_models_with_biases(kind, tmp_path):
    module = pytest.importorskip(f"implicit.cpu.{kind}", reason=f"implicit {WHY}")
    rows = truth()[0]
    name = {"bpr": "BayesianPersonalizedRanking", "lmf": "LogisticMatrixFactorization"}[kind]
    made = getattr(module, name)(factors=4, num_threads=1, random_state=0)
    made.fit(sparse.csr_matrix(rows), show_progress=False)
    made.save(str(tmp_path / "m.npz"))
    given, _, model = loaded(tmp_path / "m.npz", rows=rows)
    assert given.library == "implicit"
    assert model.n_latent == 4
    theirs = made.user_factors @ made.item_factors.T
    theirs -= theirs.mean(axis=1, keepdims=True)  # a user's bias moves all scores of the user alike
    ours = scores(model, rows)
    assert np.allclose(ours - ours.mean(axis=1, keepdims=True), theirs, atol=1e-3)


@pytest.mark.parametrize("kind", ["NMF", "TruncatedSVD"])
def test_scikit_learns_decompositions(kind, tmp_path):
    decomposition = pytest.importorskip("sklearn.decomposition")
    rows = truth()[0]
    made = getattr(decomposition, kind)(3, random_state=0)
    weights = made.fit_transform(rows.astype(np.float64))
    np.save(tmp_path / "W.npy", weights)
    np.save(tmp_path / "components.npy", made.components_)
    given, imported, model = loaded(tmp_path / "W.npy", tmp_path / "components.npy", rows=rows)
    assert given.library == "sklearn"
    assert imported.config["units"] == ("given" if kind == "NMF" else "scores")
    assert np.allclose(scores(model, rows), weights @ made.components_, atol=1e-4)
    assert imported.measures[0].value > (0.5 if kind == "NMF" else 0.999)


def test_surprises_svd(tmp_path):
    surprise = pytest.importorskip("surprise", reason=f"scikit-surprise {WHY}")
    rows = truth()[0]
    user, item = rows.nonzero()
    order = np.random.default_rng(0).permutation(rows.nnz)
    stars = pd.DataFrame({"user": user, "item": item, "stars": 1 + (user + item) % 5}).iloc[order]
    ratings = surprise.Dataset.load_from_df(stars, surprise.Reader(rating_scale=(1, 5))).build_full_trainset()
    made = surprise.SVD(n_factors=3, random_state=0).fit(ratings)
    users = [ratings.to_raw_uid(n) for n in range(ratings.n_users)]
    items = [ratings.to_raw_iid(n) for n in range(ratings.n_items)]
    path = tmp_path / "svd.npz"
    np.savez(path, pu=made.pu, qi=made.qi, bu=made.bu, bi=made.bi, user_ids=users, item_ids=items)
    given, _, _ = loaded(path, rows=rows)
    assert given.library == "surprise"
    for u, i in ((0, 0), (17, 3), (USERS - 1, ITEMS - 1)):
        bias = made.trainset.global_mean + made.bu[ratings.to_inner_uid(u)]
        ours = given.users[u] @ given.items[i] + given.item_bias[i] + bias
        assert np.clip(ours, 1, 5) == pytest.approx(made.predict(u, i).est, abs=1e-6)
