"""What auto stands for: axes and patience from the factors found, and what holds where none can be found."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from lfd.core.complexity.advice import latent_dimensions, patience, steps_to_learn
from lfd.core.synthetic import generate
from lfd.core.training.auto import decide
from lfd.core.training.fit import fit
from lfd.settings.synthetic import GenDataSettings
from lfd.settings.training import PRESETS, TrainSettings, without_effect

BIPOLAR = generate(
    GenDataSettings(generator="bipolar", users=800, items=60, factors=6, strength=1.0)
).dataset().interactions  # fmt: skip
NOISE = sparse.csr_array((np.random.default_rng(0).random((400, 50)) < 0.2).astype(np.float32))
QUICK = TrainSettings(hidden=(16,), epochs=2, threads=1, device="cpu")


def test_a_latent_space_has_half_as_many_axes_again_as_there_are_factors_and_a_few_in_any_case() -> None:
    assert [latent_dimensions(factors) for factors in (0, 2, 5, 6, 18)] == [8, 8, 8, 9, 27]


def test_the_weaker_a_factor_and_the_fewer_steps_an_epoch_has_the_longer_one_waits() -> None:
    assert steps_to_learn(0.5) == steps_to_learn(1.0) > steps_to_learn(1.5) > steps_to_learn(3.0)
    waits = [patience(1.2, steps, 20) for steps in (1, 2, 4, 1_000)]
    assert waits == sorted(waits, reverse=True)
    assert waits[0] == 70 > waits[1] == 35 > 20
    assert waits[-1] == 20
    assert patience(3.0, 2, 20) < patience(1.0, 2, 20)


def test_auto_finds_the_factors_and_says_so() -> None:
    decided, auto = decide(BIPOLAR, TrainSettings())
    assert auto["main_factors"] == 6
    assert decided.latent == auto["latent"] == latent_dimensions(auto["factors"])
    assert decided.patience == auto["patience"] == patience(auto["weakest_main"], 3, 20)
    assert decided.epochs == auto["epochs"] == 1_000
    assert auto["said"][0] == f"latent auto: {auto['factors']} factors found, {auto['latent']} axes"
    assert f"strength {auto['weakest_main']:.2f}, patience {auto['patience']}" in auto["said"][1]


def test_data_without_taste_get_the_fewest_axes() -> None:
    decided, auto = decide(NOISE, TrainSettings())
    assert (auto["factors"], auto["main_factors"], decided.latent) == (0, 0, 8)
    assert "weakest_main" not in auto


def test_every_seed_gets_the_same_advice_and_the_same_seed_the_same_bytes() -> None:
    assert decide(BIPOLAR, TrainSettings(seed=1))[1] == decide(BIPOLAR, TrainSettings(seed=2))[1]
    one, two = fit(BIPOLAR, QUICK), fit(BIPOLAR, QUICK)
    assert one.auto == two.auto
    assert all(value.tobytes() == two.weights[name].tobytes() for name, value in one.weights.items())
    given = fit(BIPOLAR, replace(QUICK, latent=one.auto["latent"]))
    assert all(value.tobytes() == given.weights[name].tobytes() for name, value in one.weights.items())


def test_nothing_is_looked_for_where_numbers_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lfd.core.training.auto.find_factors", None)
    decided, auto = decide(BIPOLAR, TrainSettings(latent=3, epochs=5, patience=7))
    assert (decided.latent, decided.epochs, decided.patience, auto) == (3, 5, 7, {})
    assert decide(BIPOLAR, TrainSettings(latent=3, epochs=5))[0].patience == 20
    assert decide(BIPOLAR, TrainSettings(latent=3, epochs="auto", patience=9))[0].patience == 9
    assert decide(BIPOLAR, TrainSettings(latent=3, patience=None))[0].patience is None
    assert decide(BIPOLAR, TrainSettings(model="svd", latent=3))[1] == {}
    preset = decide(BIPOLAR, TrainSettings(**PRESETS["thesis"]))[0]
    assert (preset.latent, preset.epochs, preset.patience) == (4, 50, None)


def test_where_nothing_tells_when_to_stop_epochs_are_few() -> None:
    assert decide(BIPOLAR, TrainSettings(latent=3, holdout=0.0))[0].epochs == 300
    assert decide(BIPOLAR, TrainSettings(latent=3, patience=None))[0].epochs == 300


def test_where_factors_cannot_be_looked_for_auto_is_sixteen_axes_and_says_why() -> None:
    decided, auto = decide(BIPOLAR[:19], TrainSettings())
    assert (decided.latent, decided.patience) == (16, 20)
    assert "16 axes, since factors cannot be looked for: of 19 users" in auto["said"][0]
    assert "factors" not in auto


@pytest.mark.parametrize("model", ["vae", "ae", "svd"])
def test_small_data_get_fewer_axes_than_users_and_items(model: str) -> None:
    said: list[str] = []
    fitted = fit(BIPOLAR[:12], replace(QUICK, model=model), say=said.append)
    assert fitted.config["n_latent"] == 10
    assert said[0].startswith("latent auto: 10 axes (no more for 11 training users x 60 items)")
    narrow = fit(NOISE[:, :5], replace(QUICK, model=model))
    assert narrow.config["n_latent"] == 4


def test_auto_is_no_option_without_effect() -> None:
    assert without_effect(TrainSettings(model="svd")) == []


def test_the_weights_after_every_epoch_are_shown_and_the_last_are_those_that_are_kept() -> None:
    records = []
    fitted = fit(BIPOLAR, replace(QUICK, holdout=0.0, latent=4), on_epoch=records.append)
    assert [set(record.weights) for record in records] == [set(fitted.weights)] * 2
    np.testing.assert_array_equal(records[-1].weights["first"], fitted.weights["first"])
    assert (records[0].weights["first"] != fitted.weights["first"]).any()
    assert "weights" not in fitted.history


def test_advice_needs_no_torch() -> None:
    program = "import sys; import lfd.core.training.auto; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, env=dict(os.environ))
