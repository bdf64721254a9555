"""Axes that died in training: whether the data need no more, or the model has collapsed, and the remedy.

Posterior collapse is told from axes that nothing needs by two figures that training has anyway. While beta
grows from 0, all axes are active: where held-out users were predicted better then, the KL term has silenced
axes that carried something. And a model that predicts held-out users no better than the items' popularity
does tells users apart in vain.
"""

from __future__ import annotations

import pandas as pd

from lfd.settings.training import DecidedSettings

FEW = 0.5  # of the axes: with fewer active ones something is said
BETTER = 0.005  # share by which a loss must be lower to be called so


def collapse_note(
    history: pd.DataFrame, best: int, settings: DecidedSettings, popularity_loss: float | None = None
) -> str | None:
    """The sentence about axes that died and should not have, or None.

    Parameters
    ----------
    history : pandas.DataFrame
        As in `Fitted.history`.
    best : int
        The epoch that is kept.
    settings : DecidedSettings
        `latent`, `beta` and `model` are read.
    popularity_loss : float, default unknown
        The held-out loss of recommending by popularity, on the scale of `validation_loss`.

    Returns
    -------
    str or None
    """
    active, kept = history["active_axes"], history.loc[history["epoch"] == best].iloc[0]
    alive = int(min(kept["active_axes"], active.iloc[-1]))
    remedy = _remedy(settings)
    if alive == 0:
        return (
            f"collapsed: none of the {settings.latent} axes was active at the end of training, so that every"
            f" user is recommended the same; try {remedy}"
        )
    if popularity_loss is not None and kept["validation_loss"] >= popularity_loss:
        return (
            "collapsed: held-out users are predicted no better than by popularity (loss"
            f" {kept['validation_loss']:.3f}, popularity {popularity_loss:.3f}); try {remedy}"
        )
    return _few(history, kept, alive, settings) if settings.model == "vae" else None


def first_dead(active_axes: int, active_before: int) -> str:
    """The sentence for the epoch in which the last active axis died; empty in every other."""
    if active_axes or not active_before:
        return ""
    return (
        "no axis is active any more: unless one comes back, every user is recommended the same; the KL term"
        " is too strong (lower --beta, longer --anneal)"
    )


def _remedy(settings: DecidedSettings) -> str:
    if settings.model != "vae":
        return "longer training (--epochs), a larger --latent or a smaller --learning-rate"
    return f"longer annealing (--anneal) or a lower --beta (it was {settings.beta:g})"


def lean_note(history: pd.DataFrame, best: int, settings: DecidedSettings) -> str | None:
    """The sentence about few active axes that are as many as the data need, or None.

    Parameters
    ----------
    history, best, settings : as for `collapse_note`

    Returns
    -------
    str or None
    """
    kept = history.loc[history["epoch"] == best].iloc[0]
    alive, then = int(kept["active_axes"]), _livelier(history, kept)
    if alive >= FEW * settings.latent or then is None or _was_better(then, kept):
        return None
    return (
        f"{alive} of {settings.latent} axes carry everything: held-out users were not predicted better while"
        " more of them were active"
    )


def _few(history: pd.DataFrame, kept: pd.Series, alive: int, settings: DecidedSettings) -> str | None:
    if alive >= FEW * settings.latent:
        return None
    then = _livelier(history, kept)
    if then is None:
        return (
            f"{alive} of {settings.latent} axes are active (at most {history['active_axes'].max()} during"
            " training): either the data need no more, or the KL term silenced the others; to tell, compare"
            f" with {_remedy(settings)}"
        )
    if not _was_better(then, kept):
        return None
    return (
        f"the KL term silenced axes that carried something: {alive} of {settings.latent} are active, and"
        f" held-out users were predicted better while {int(then['active_axes'])} were (loss"
        f" {then['validation_loss']:.3f}, now {kept['validation_loss']:.3f}); try {_remedy(settings)}"
    )


def _livelier(history: pd.DataFrame, kept: pd.Series) -> pd.Series | None:
    """The best epoch with more active axes; None where there is none, or no held-out loss."""
    found = history[(history["active_axes"] > kept["active_axes"]) & history["validation_loss"].notna()]
    return None if found.empty else found.loc[found["validation_loss"].idxmin()]


def _was_better(then: pd.Series, kept: pd.Series) -> bool:
    return bool(then["validation_loss"] < (1 - BETTER) * kept["validation_loss"])
