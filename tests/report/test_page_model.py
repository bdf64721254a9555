"""The model that runs in the page against the model itself: same positions, same lists, for every kind."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import asdict
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from lfd.core.decoding.ranking import best_items
from lfd.core.models.build import build_model
from lfd.core.models.imported import import_factors
from lfd.core.models.svd import fit_svd
from lfd.core.recommending.newcomers import READING, placed
from lfd.report.weights import array, page_weights

ITEMS, LATENT = 40, 5
pytestmark = pytest.mark.skipif(
    shutil.which("node") is None, reason="no node here to run the page's script in"
)


def in_node(expression: str, **given: Any) -> Any:
    """The value of an expression that knows the page's arithmetic and what is given."""
    script = (files("lfd.report.page") / "decode.js").read_text()
    names = ", ".join(given)
    tail = f"const {{ {names} }} = JSON.parse(require('fs').readFileSync(0));"
    tail += f"console.log(JSON.stringify({expression}));"
    done = subprocess.run(
        ["node", "-e", script + tail], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def histories(rng: np.random.Generator) -> sparse.csr_array:
    rows = np.array([rng.permutation(ITEMS)[:6] for _ in range(60)])
    place = np.repeat(np.arange(60), 6)
    return sparse.csr_array((np.ones(360, np.float32), (place, rows.ravel())), shape=(60, ITEMS))


def trained(kind: str, rng: np.random.Generator) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """A model of each kind: configuration and weights."""
    if kind == "svd":
        return fit_svd(histories(rng), LATENT)
    if kind.startswith("factors"):
        factors, alpha = rng.normal(size=(ITEMS, LATENT)), 7.0 if kind == "factors weighted" else 0.0
        made = import_factors(histories(rng), factors, rng.normal(size=ITEMS), None, alpha=alpha)
        return made.config, made.weights
    from lfd.core.models.network import Network
    from lfd.core.models.wrapper import network_config, plain_config, weights_of

    hidden = {"vae": (8,), "vae deep": (9, 7), "vae flat": (), "ae": (8,)}[kind]
    config = network_config(
        {
            "model": kind.split()[0],
            "likelihood": "multinomial",
            "n_items": ITEMS,
            "n_latent": LATENT,
            "hidden": hidden,
        }
    )
    return plain_config(config), weights_of(Network(config, seed=3))


@pytest.mark.parametrize("kind", ["vae", "vae deep", "vae flat", "ae", "svd", "factors", "factors weighted"])
def test_histories_and_lists_are_the_models_own(kind: str) -> None:
    rng = np.random.default_rng(0)
    config, weights = trained(kind, rng)
    model = build_model(config, weights)
    rows = sparse.csr_array(histories(np.random.default_rng(9))[:8])
    explorer = {
        "n_latent": LATENT,
        "weights": asdict(page_weights(config, weights, np.arange(ITEMS))),
        "rotation": None,
    }
    means, _ = model.encode(rows)
    scores = np.asarray(model.decode(means))
    sets = [rows.indices[a:b].tolist() for a, b in zip(rows.indptr[:-1], rows.indptr[1:], strict=True)]
    found = in_node(
        "sets.map((s) => { const m = readModel(explorer); const z = m.encode(s); const y = m.decode(z);"
        " return [[...z], [...y], best(y, 10, new Set(s))]; })",
        explorer=explorer,
        sets=sets,
    )
    for n, (z, y, best) in enumerate(found):
        np.testing.assert_allclose(z, means[n], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(y, scores[n], rtol=1e-4, atol=1e-4)
        left = np.where(np.isin(np.arange(ITEMS), sets[n]), -np.inf, scores[n])
        assert best == best_items(left[None], 10)[0].tolist()


def test_a_turned_latent_space_is_turned_back_before_it_is_decoded() -> None:
    rng = np.random.default_rng(1)
    config, weights = trained("svd", rng)
    turn, mean = np.linalg.qr(rng.normal(size=(LATENT, LATENT)))[0], rng.normal(size=LATENT)
    rotation = {
        "mean": array(mean, "f8"),
        "to_aligned": array(turn.T, "f8"),
        "to_raw": array(turn, "f8"),
    }
    explorer = {
        "n_latent": LATENT,
        "weights": asdict(page_weights(config, weights, np.arange(ITEMS))),
        "rotation": rotation,
    }
    z = rng.normal(size=LATENT)
    model = build_model(config, weights)
    found = in_node("[...readModel(explorer).decode(z)]", explorer=explorer, z=z.tolist())
    np.testing.assert_allclose(found, model.decode((mean + z @ turn)[None])[0], rtol=1e-9)
    back = in_node("[...readModel(explorer).encode([1, 2])]", explorer=explorer)
    row = sparse.csr_array(np.isin(np.arange(ITEMS), [1, 2])[None].astype(np.float32))
    np.testing.assert_allclose(back, (model.encode(row)[0][0] - mean) @ turn.T, rtol=1e-6)


def test_some_of_the_items_have_the_scores_that_they_have_among_all() -> None:
    config, weights = trained("factors weighted", np.random.default_rng(2))
    model, kept = build_model(config, weights), np.array([3, 7, 11, 30])
    explorer = {
        "n_latent": LATENT,
        "weights": asdict(page_weights(config, weights, kept)),
        "rotation": None,
    }
    found = in_node(
        "(() => { const m = readModel(explorer); return [...m.decode(m.encode([1, 3]))]; })()",
        explorer=explorer,
    )
    row = sparse.csr_array(np.isin(np.arange(ITEMS), kept[[1, 3]])[None].astype(np.float32))
    np.testing.assert_allclose(found, model.decode(model.encode(row)[0])[0][kept], rtol=1e-4)


def test_newcomers_are_placed_as_the_command_places_them() -> None:
    rng = np.random.default_rng(4)
    readings = rng.normal(size=(3, LATENT))
    readings /= np.linalg.norm(readings, axis=1, keepdims=True)
    amounts = np.array([1.0, -2.0, 0.5])
    turns = [{"step": s.tolist(), "amount": a} for s, a in zip(readings, amounts.tolist(), strict=True)]
    found = in_node("[...stated(centre, turns)]", centre=[0.0] * LATENT, turns=turns)
    np.testing.assert_allclose(found, placed(readings, amounts, READING), atol=1e-12)


def test_ties_go_by_the_items_order_and_shares_count_items_that_have_the_attribute() -> None:
    assert in_node("best([1, 3, 3, 2], 2, new Set())") == [1, 2]
    assert in_node("best([1, 3, 3, 2], 9, new Set([1]))") == [2, 3, 0]
    assert in_node("[...sharesOf([0, 1, 2], values, 3)]", values=[2, [0, 2], -1]) == [0.25, 0, 0.75]
    assert in_node("[...sharesOf([2], values, 3)]", values=[2, [0, 2], -1]) == [0, 0, 0]


def test_labels_lift_the_items_that_have_the_value_or_stand_high_in_the_order() -> None:
    has = {"own": [2, [0, 2], -1, 1], "number": 3}
    gains = [has | {"value": 2, "nats": 0.5}, has | {"value": None, "nats": 1}]
    assert in_node("[...lifted(new Float64Array(4), gains)]", gains=gains) == [1.5, 1.0, 0.0, 0.5]
