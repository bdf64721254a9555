"""Training on planted data: what must be found, what must be the same, and what must be refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import torch
from scipy import sparse

from lfd.core.models.axes import axis_statistics
from lfd.core.models.rows import unit_rows
from lfd.core.models.wrapper import NetworkModel, build_model
from lfd.core.training.collapse import collapse_note, lean_note
from lfd.core.training.fit import Fitted, fit
from lfd.core.training.fitted import kept_epoch
from lfd.core.training.loop import anneal_steps
from lfd.core.training.watch import EpochRecord
from lfd.errors import InputError, LfdError, UsageError
from lfd.settings.training import PRESETS, TrainSettings

SMALL = TrainSettings(hidden=(16,), latent=4, epochs=8, batch=64, anneal=10, threads=1, device="cpu")


def two_groups(users: int = 300, seed: int = 0) -> tuple[sparse.csr_array, npt.NDArray[np.intp]]:
    """Users of group 0 choose 4 of items 0 to 9, users of group 1 choose 4 of items 10 to 19."""
    generator = np.random.default_rng(seed)
    group = generator.integers(2, size=users)
    chosen = generator.permuted(np.tile(np.arange(10), (users, 1)), axis=1)[:, :4] + 10 * group[:, None]
    data = np.ones(4 * users, dtype=np.float32)
    return sparse.csr_array(
        (data, (np.repeat(np.arange(users), 4), chosen.ravel())), shape=(users, 20)
    ), group


ROWS, GROUP = two_groups()


def model_of(fitted: Fitted) -> NetworkModel:
    return build_model(fitted.config, fitted.weights)


@pytest.mark.parametrize("kind", ["vae", "ae"])
@pytest.mark.parametrize("likelihood", ["multinomial", "bernoulli", "gaussian"])
def test_two_groups_land_on_the_two_sides_of_one_axis(kind: str, likelihood: str) -> None:
    beta = 0.02 if likelihood == "gaussian" else 1.0  # unit variance is a lot of noise for values of 0 and 1
    options = replace(SMALL, model=kind, likelihood=likelihood, latent=1, epochs=80, beta=beta)  # type: ignore[arg-type]
    model = model_of(fit(ROWS, replace(options, learning_rate=0.02)))
    side = model.encode(ROWS)[0][:, 0] > 0
    assert max(np.mean(side == GROUP), np.mean(side != GROUP)) == 1.0
    ends = np.argsort(-model.decode(np.array([[-1.5], [1.5]])), axis=1)[:, :10] >= 10
    assert sorted(ends.mean(axis=1).tolist()) == [0.0, 1.0]


def test_a_linear_autoencoder_finds_the_principal_components() -> None:
    """Baldi and Hornik (1989): its best squared error is what the remaining components hold."""
    options = replace(SMALL, model="ae", likelihood="gaussian", hidden=(), latent=3, dropout=0.0)
    options = replace(options, epochs=300, batch=300, holdout=0.0, learning_rate=0.03, weight_decay=0.0)
    model = model_of(fit(ROWS, options))
    x = ROWS.toarray().astype(np.float64)
    ours = np.square(x - model.decode(model.encode(ROWS)[0])).sum(axis=1).mean()
    spectrum = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    assert ours == pytest.approx(spectrum[3:].sum(), rel=0.01)
    z = model.encode(ROWS)[0]
    covariance = z.T @ z / len(z)
    # its axes are the principal ones: centred, uncorrelated, widest first and of width 1
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=1e-3)
    assert covariance[0, 0] == pytest.approx(1, abs=1e-3)
    assert (np.diff(np.diag(covariance)) <= 1e-3).all()


@pytest.mark.parametrize("hidden", [(), (16,), (16, 8)])
def test_principal_axes_leave_what_the_model_computes(hidden: tuple[int, ...]) -> None:
    options = replace(SMALL, model="ae", hidden=hidden)
    free, principal = (model_of(fit(ROWS, replace(options, principal=turn))) for turn in (False, True))
    z, turned = free.encode(ROWS)[0], principal.encode(ROWS)[0]
    np.testing.assert_allclose(principal.decode(turned), free.decode(z), atol=1e-3)
    assert not np.allclose(z, turned, atol=0.01)


@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_the_same_seed_gives_the_same_bytes(kind: str) -> None:
    options = replace(SMALL, model=kind)  # type: ignore[arg-type]
    first, second, other = fit(ROWS, options), fit(ROWS, options), fit(ROWS, replace(options, seed=1))
    for name, value in first.weights.items():
        assert value.tobytes() == second.weights[name].tobytes()
    assert first.history.equals(second.history)
    assert (first.split == second.split).all()
    assert first.weights["first"].tobytes() != other.weights["first"].tobytes()
    assert (first.split != other.split).any()


def test_global_random_state_and_threads_are_left_alone() -> None:
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    numpy_before = np.random.get_state()[1].copy()  # type: ignore[index,union-attr]
    fit(ROWS, replace(SMALL, epochs=1, threads=1))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert (np.random.get_state()[1] == numpy_before).all()  # type: ignore[index,comparison-overlap]
    assert torch.get_num_threads() == threads


def test_every_epoch_is_reported_and_the_history_holds_no_times() -> None:
    seen: list[EpochRecord] = []
    fitted = fit(ROWS, SMALL, on_epoch=seen.append)
    assert [record.epoch for record in seen] == fitted.history["epoch"].tolist() == list(range(8))
    assert all(record.seconds > 0 and record.users_per_second > 0 for record in seen)
    assert fitted.history.columns.tolist() == [
        "epoch", "beta", "loss", "reconstruction", "kl", "validation_loss", "active_axes",
    ]  # fmt: skip
    assert fitted.history.notna().all(axis=None)
    assert fitted.history["beta"].iloc[-1] == SMALL.beta
    assert fitted.history["beta"].is_monotonic_increasing


def test_loss_is_reconstruction_plus_beta_times_kl() -> None:
    history = fit(ROWS, replace(SMALL, anneal=0, beta=0.5)).history
    np.testing.assert_allclose(history["loss"], history["reconstruction"] + 0.5 * history["kl"], rtol=1e-6)
    without = fit(ROWS, replace(SMALL, model="ae")).history
    assert (without["kl"] == 0).all()
    np.testing.assert_allclose(without["loss"], without["reconstruction"], rtol=1e-6)


def overfitting(patience: int | None) -> Fitted:
    """Random choices hold nothing to learn: held-out loss rises once they are learned by heart."""
    generator = np.random.default_rng(0)
    noise = sparse.csr_array((generator.random((60, 30)) < 0.2).astype(np.float32))
    options = replace(SMALL, model="ae", hidden=(64,), latent=16, dropout=0.0, learning_rate=0.01)
    return fit(noise, replace(options, epochs=60, patience=patience, holdout=0.3, principal=False))


def test_early_stopping_stops_and_keeps_the_best_epoch() -> None:
    fitted, longer = overfitting(patience=5), overfitting(patience=None)
    loss = fitted.history["validation_loss"]
    assert fitted.best_epoch == loss.idxmin()
    assert len(loss) == fitted.best_epoch + 5 + 1 < 60 == len(longer.history)
    assert longer.history["validation_loss"].iloc[-1] > loss.min() + 0.1
    assert longer.best_epoch == fitted.best_epoch
    # the weights are those of that epoch: what training for just so long ends with
    for name, value in longer.weights.items():
        assert value.tobytes() == fitted.weights[name].tobytes()


def test_epochs_before_beta_is_full_do_not_count_as_best() -> None:
    fitted = fit(ROWS, replace(SMALL, epochs=20, anneal=40, patience=1))
    assert fitted.history["beta"].iloc[fitted.best_epoch] == SMALL.beta
    assert kept_epoch(fitted.history) == fitted.best_epoch


def test_without_held_out_users_the_last_epoch_is_kept() -> None:
    fitted = fit(ROWS, replace(SMALL, holdout=0.0, patience=1))
    assert fitted.best_epoch == kept_epoch(fitted.history) == 7
    assert fitted.history["validation_loss"].isna().all()
    assert (fitted.split == "train").all()


def test_held_out_users_do_not_teach() -> None:
    fitted = fit(ROWS, SMALL)
    held = np.flatnonzero(fitted.split == "validation")
    assert len(held) == 30
    changed = ROWS.toarray()
    changed[held] = changed[held][:, ::-1]
    again = fit(sparse.csr_array(changed), replace(SMALL, patience=None))
    np.testing.assert_array_equal(fitted.history["loss"], again.history["loss"])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_loss_that_is_not_finite_keeps_the_last_good_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    good = fit(ROWS, replace(SMALL, holdout=0.0, epochs=3))
    import lfd.core.training.networks as module

    real = module.run_epoch

    def explode(trainer, batches, first, annealing):  # type: ignore[no-untyped-def]
        if first >= 3 * 5:  # 300 users in batches of 64 are 5 steps an epoch
            trainer.optimizer.param_groups[0]["lr"] = 1e38
        return real(trainer, batches, first, annealing)

    monkeypatch.setattr(module, "run_epoch", explode)
    fitted = fit(ROWS, replace(SMALL, holdout=0.0, epochs=6))
    assert len(fitted.history) == 3
    assert fitted.best_epoch == 2
    (note,) = fitted.notes
    assert "no longer a finite number in epoch 3: training stopped and epoch 2 was kept" in note
    assert "--learning-rate" in note
    for name in ("first", "up.0.weight"):
        assert np.isfinite(fitted.weights[name]).all()
    assert len(good.history) == 3


def test_a_loss_that_is_never_finite_is_an_error() -> None:
    with pytest.raises(LfdError, match="not a finite number in the first epoch; lower --learning-rate"):
        fit(ROWS, replace(SMALL, learning_rate=1e38))


def test_a_huge_beta_collapses_and_the_remedy_is_named() -> None:
    fitted = fit(ROWS, replace(SMALL, beta=50.0, epochs=60, learning_rate=0.02, holdout=0.0))
    (note,) = fitted.notes
    assert note.startswith("collapsed: none of the 4 axes was active")
    assert "--anneal" in note
    assert "--beta" in note
    mean, deviation = model_of(fitted).encode(ROWS)
    assert not axis_statistics(mean, deviation)["active"].any()


def test_a_collapse_is_told_even_where_an_earlier_epoch_is_kept() -> None:
    fitted = fit(ROWS, replace(SMALL, beta=50.0, epochs=40))
    assert fitted.history["active_axes"].iloc[fitted.best_epoch] == 4
    assert fitted.history["active_axes"].iloc[-1] == 0
    assert fitted.notes[0].startswith("collapsed")


def test_few_active_axes_are_noted_without_calling_it_a_collapse() -> None:
    fitted = fit(ROWS, replace(SMALL, epochs=100, learning_rate=0.01, patience=None))
    assert fitted.notes == []
    assert fitted.remark.startswith("1 of 4 axes carry everything")
    blind = fit(ROWS, replace(SMALL, epochs=100, learning_rate=0.01, holdout=0.0))
    assert blind.notes[0].startswith("1 of 4 axes are active (at most 4 during training): either the data")


def test_the_epoch_in_which_the_last_axis_died_is_told_at_once() -> None:
    seen: list[EpochRecord] = []
    fit(ROWS, replace(SMALL, beta=50.0, epochs=60, learning_rate=0.02, holdout=0.0), on_epoch=seen.append)
    told = [record.epoch for record in seen if record.warning]
    first = next(record.epoch for record in seen if record.active_axes == 0)
    assert told[0] == first
    assert "lower --beta" in seen[first].warning


def history(*epochs: tuple[int, float]) -> pd.DataFrame:
    """Active axes and held-out loss by epoch."""
    return pd.DataFrame(epochs, columns=["active_axes", "validation_loss"]).assign(epoch=range(len(epochs)))


def test_silenced_axes_are_told_from_axes_that_nothing_needs() -> None:
    options = TrainSettings(latent=16, beta=4.0)
    silenced = collapse_note(history((16, 4.09), (9, 4.3), (4, 4.23)), 2, options, 5.0)
    assert silenced is not None
    assert "4 of 16 are active, and held-out users were predicted better while 16 were" in silenced
    assert "(it was 4)" in silenced
    assert lean_note(history((16, 4.09), (9, 4.3), (4, 4.23)), 2, options) is None
    needless = history((16, 4.24), (9, 4.3), (4, 4.23))
    assert collapse_note(needless, 2, options, 5.0) is None
    assert (lean_note(needless, 2, options) or "").startswith("4 of 16 axes carry everything")
    assert collapse_note(history((16, 4.3), (12, 4.2)), 1, options, 5.0) is None
    assert lean_note(history((16, 4.3), (12, 4.2)), 1, options) is None


def test_a_model_no_better_than_popularity_has_collapsed() -> None:
    told = collapse_note(history((16, 5.1), (16, 5.0)), 1, TrainSettings(latent=16), 5.0)
    assert told is not None
    assert told.startswith("collapsed: held-out users are predicted no better than by popularity")
    generator = np.random.default_rng(0)
    noise = sparse.csr_array((generator.random((100, 30)) < 0.2).astype(np.float32))
    note = fit(noise, replace(SMALL, model="ae", dropout=0.0, anneal=200, epochs=60)).notes[0]
    assert "no better than by popularity" in note
    assert "--beta" not in note  # which an autoencoder does not have


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"model": "svd", "beta": 4.0, "epochs": 2}, "--beta, --epochs: no effect"),
        ({"model": "ae", "beta": 4.0, "epochs": 2}, "--beta: no effect"),
    ],
)
def test_options_that_mean_nothing_to_the_model_are_named(options: dict[str, Any], named: str) -> None:
    assert fit(ROWS, TrainSettings(latent=4, **options)).notes[0].startswith(named)


def test_users_without_interactions_are_input_of_zeros() -> None:
    dense = ROWS.toarray()
    dense[::7] = 0
    fitted = fit(sparse.csr_array(dense), SMALL)
    mean, deviation = model_of(fitted).encode(sparse.csr_array(dense))
    assert np.isfinite(mean).all()
    assert np.isfinite(deviation).all()
    assert np.ptp(mean[::7], axis=0).max() < 1e-6


def test_encoding_does_not_drop_or_add_noise() -> None:
    model = model_of(fit(ROWS, replace(SMALL, dropout=0.9)))
    w = {name: value.numpy() for name, value in model.network.state_dict().items()}
    hidden = np.tanh(unit_rows(ROWS).toarray() @ w["first"] + w["first_bias"])
    expected = (hidden @ w["down.0.weight"].T + w["down.0.bias"])[:, :4]
    for _ in range(2):
        np.testing.assert_allclose(model.encode(ROWS)[0], expected, atol=1e-5)


def test_bad_input_is_refused_in_one_sentence() -> None:
    with pytest.raises(
        UsageError, match="latent size of 21 is more than there are items: 20; use --latent 20"
    ):
        fit(ROWS, replace(SMALL, latent=21))
    bad = ROWS.copy()
    bad.data[3] = np.nan
    with pytest.raises(InputError, match=r"user 0 .* the value is nan"):
        fit(bad, SMALL)
    twice = sparse.csr_array((np.ones(3), np.array([1, 4, 4]), np.array([0, 1, 3])), shape=(2, 20))
    with pytest.raises(InputError, match=r"user 1 \(row\), item 4 \(column\): the value is 2"):
        fit(twice, SMALL)
    with pytest.raises(InputError, match="nothing to learn from"):
        fit(sparse.csr_array((0, 20), dtype=np.float32), SMALL)


def test_a_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(UsageError, match=r"asked for 1 GPU\(s\), and 0 can be used here; .* --device cpu"):
        fit(ROWS, replace(SMALL, device="cuda"))
    assert len(fit(ROWS, replace(SMALL, device="auto", epochs=1)).history) == 1


def test_annealing_never_takes_more_than_half_of_the_training() -> None:
    assert anneal_steps(TrainSettings(epochs=10, batch=100, anneal=200), 1_000_000) == 200
    assert anneal_steps(TrainSettings(epochs=10, batch=100, anneal=200), 250) == 15
    assert anneal_steps(TrainSettings(model="ae"), 10_000) == 0


@pytest.mark.parametrize("preset", list(PRESETS))
def test_presets_train(preset: str) -> None:
    options = replace(TrainSettings(**PRESETS[preset]), epochs=2, device="cpu")
    fitted = fit(ROWS, options)
    assert np.isfinite(fitted.history["loss"]).all()
    assert fitted.config["likelihood"] == options.likelihood


def test_mixed_precision_trains_and_gives_float32() -> None:
    fitted = fit(ROWS, replace(SMALL, precision="bf16-mixed", epochs=40, learning_rate=0.01))
    exact = fit(ROWS, replace(SMALL, epochs=40, learning_rate=0.01))
    assert {value.dtype for value in fitted.weights.values()} == {np.dtype(np.float32)}
    difference = fitted.history["validation_loss"].iloc[-1] - exact.history["validation_loss"].iloc[-1]
    assert abs(difference) < 0.1


def test_two_processes_train_as_one_does() -> None:
    one = fit(ROWS, replace(SMALL, epochs=3))
    two = fit(ROWS, replace(SMALL, epochs=3, devices=2))
    np.testing.assert_allclose(two.history["loss"], one.history["loss"], rtol=1e-4)
    for name, value in one.weights.items():
        np.testing.assert_allclose(two.weights[name], value, atol=1e-4)
