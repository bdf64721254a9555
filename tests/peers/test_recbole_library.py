"""RecBole's MultiVAE by the lines of docs/models.md: its own scores, and decoded.

RecBole needs an environment of its own; LFD_RECBOLE_PYTHON names its Python (recbole 1.2.1 with setuptools
below 81, numpy below 2 and pandas below 3).
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from lfd.core.attributes import read_attributes
from lfd.core.evaluation.frames import Decoders, decoded_in, raw_frame
from lfd.core.evaluation.incoming import check_model
from lfd.core.synthetic.generate import generate
from lfd.settings.decoding import DecodeMcSettings, DecodeSampleSettings, TraverseSettings
from lfd.settings.synthetic import GenDataSettings

DOCS = Path(__file__).parents[2] / "docs/models.md"
TRAIN = """
import numpy as np
import torch

load = torch.load
torch.load = lambda *given, **named: load(*given, **{**named, "weights_only": False})
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.model.general_recommender.multivae import MultiVAE
from recbole.trainer import Trainer

config = Config(model="MultiVAE", dataset="d", config_dict={
    "data_path": ".", "checkpoint_dir": ".", "use_gpu": False, "seed": 0, "show_progress": False,
    "state": "ERROR", "train_batch_size": 100, "learning_rate": 5e-3, "dropout_prob": 0.5,
    "mlp_hidden_size": [40], "latent_dimension": 6, "anneal_cap": 0.2, "total_anneal_steps": 100,
    "train_neg_sample_args": None, "load_col": {"inter": ["user_id", "item_id"]},
    "eval_args": {"split": {"RS": [1, 0, 0]}, "group_by": "user", "order": "RO", "mode": "full"},
})
torch.manual_seed(0)
dataset = create_dataset(config)
loader = data_preparation(config, dataset)[0]
model = MultiVAE(config, loader.dataset)
trainer = Trainer(config, model)
for epoch in range(40):
    trainer._train_epoch(loader, epoch)
model.eval()
SAVE
with torch.no_grad():
    number = dataset.field2token_id["user_id"]["7"]
    scores = model.full_sort_predict({"user_id": torch.tensor([number])}).numpy()
np.savez("theirs.npz", scores=scores[1:])
"""


def documented() -> tuple[str, type]:
    """What docs/models.md says to run there, and the class that reads it here."""
    text = DOCS.read_text()
    save = re.search(r"its `dataset`:\n\n((?:    .*\n)+)", text)
    block = re.search(r"```python\n((?:(?!```)[\s\S])*class MultiVae[\s\S]*?)```", text)
    assert save is not None
    assert block is not None
    found: dict[str, type] = {}
    exec(block[1], found)  # the documented lines are what is tested
    return re.sub("^    ", "", save[1], flags=re.MULTILINE), found["MultiVae"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory):
    python = os.environ.get("LFD_RECBOLE_PYTHON")
    if not python:
        pytest.skip("LFD_RECBOLE_PYTHON names no Python that has RecBole")
    folder = tmp_path_factory.mktemp("recbole")
    data = generate(GenDataSettings(users=1500, items=60)).dataset()
    (folder / "d").mkdir()
    users, items = data.interactions.nonzero()
    rows = "".join(f"{u}\t{data.items['item'][i]}\n" for u, i in zip(users, items, strict=True))
    (folder / "d/d.inter").write_text(f"user_id:token\titem_id:token\n{rows}")
    save, read = documented()
    subprocess.run([python, "-c", TRAIN.replace("SAVE", save)], cwd=folder, check=True, capture_output=True)
    return read(folder / "multivae.npz", data.items["item"]), data, folder


def test_scores_are_the_librarys_own(trained):
    model, data, folder = trained
    ours = model.decode(model.encode(data.interactions[[7]])[0])[0]
    theirs = np.load(folder / "theirs.npz")["scores"]
    tokens = np.load(folder / "multivae.npz")["items"]
    places = data.items["item"].astype(str).to_numpy().tolist()
    assert np.allclose(ours[[places.index(token) for token in tokens]], theirs, atol=1e-4)


def test_it_passes_the_check_and_is_decoded(trained):
    model, data, _ = trained
    found = check_model(model, data.interactions, np.random.default_rng(0))
    figures = {measure.name: measure.value for measure in found.measures}
    assert figures["own_auc"] > figures["popularity_auc"] + 0.1
    assert found.notes == ()
    attributes = read_attributes(data.items, data.schema)
    held_out = np.arange(data.n_users) % 5 == 0
    sample = DecodeSampleSettings(scale="users", permutations=200, resamples=200)
    few = Decoders(TraverseSettings(), DecodeMcSettings(permutations=200, resamples=200), sample)
    reports = decoded_in(raw_frame(model), data, attributes, held_out, few)
    assert {method: (r.decoded, r.of) for method, r in reports.items()} == {"mc": (3, 3), "sample": (3, 3)}
