"""What `auto` stands for: axes from the factors of the data, patience from the weakest main one's strength.

Knows how the rules of `lfd.core.complexity.advice` apply to a training, and what holds where no factors can
be looked for. Needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from lfd.core.complexity.advice import latent_dimensions, patience
from lfd.core.complexity.factors import find_factors
from lfd.core.training.split import number_held_out
from lfd.errors import InputError
from lfd.settings.complexity import ComplexitySettings
from lfd.settings.training import LOOPS, DecidedSettings, TrainSettings

AUTO = "auto"
DRAWS, SEED = 4, 0
AXES, PATIENCE, EPOCHS = 16, 20, 300  # where nothing says how many
MOST_EPOCHS = 1_000  # where patience does


@dataclass(frozen=True)
class Found:
    """What is found in a data set.

    Attributes
    ----------
    factors, main : int or None
        How many; None where they could not be looked for.
    weakest : float or None
        Strength of the weakest main factor; None where there is none.
    why : str
        Why they could not be looked for.
    """

    factors: int | None = None
    main: int | None = None
    weakest: float | None = None
    why: str = ""


def decide(interactions: sparse.csr_array, settings: TrainSettings) -> tuple[DecidedSettings, dict[str, Any]]:
    """Put numbers where the settings say `auto`.

    Factors are looked for only where a number depends on them: in all interactions, those of held-out users
    too, with four draws from the null and a seed of their own. So every seed of a training gets the same
    numbers, and of a held-out user no more is known than that they helped to count factors.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]
    settings : TrainSettings

    Returns
    -------
    decided : DecidedSettings
    auto : dict
        Plain values: the options that were `auto` with their numbers; factors, main_factors and weakest_main
        where they were looked for; and said, sentences. Empty where nothing was decided.
    """
    loops = settings.model in LOOPS
    by_rule = loops and settings.epochs == settings.patience == AUTO
    found = find(interactions) if by_rule or settings.latent == AUTO else Found()
    training = interactions.shape[0] - number_held_out(interactions.shape[0], settings.holdout)
    numbers, said = dict[str, Any](), list[str]()
    if settings.latent == AUTO:
        numbers["latent"], words = _axes(found, training, interactions.shape[1])
        said.append(f"latent auto: {words}")
    if settings.patience == AUTO:
        steps = -(-training // settings.batch)
        numbers["patience"] = _patience(found, steps) if by_rule else PATIENCE
    if settings.epochs == AUTO:
        watched = settings.holdout > 0 and settings.patience is not None
        numbers["epochs"] = MOST_EPOCHS if watched else EPOCHS
    decided = DecidedSettings(**(vars(settings) | numbers))
    if loops and settings.epochs == AUTO:
        said.append(f"epochs auto: {_epochs_words(found, decided)}")
    looked = {"factors": found.factors, "main_factors": found.main, "weakest_main": found.weakest}
    known = {k: v for k, v in looked.items() if v is not None}
    kept = {k: v for k, v in numbers.items() if loops or k == "latent"}
    return decided, {**kept, **known, "said": said} if kept else {}


def find(interactions: sparse.csr_array) -> Found:
    """Find the factors, or say why they cannot be looked for.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]

    Returns
    -------
    Found
    """
    try:
        factors = find_factors(interactions, ComplexitySettings(draws=DRAWS), np.random.default_rng(SEED))
    except InputError as error:
        return Found(why=error.message)
    weakest = round(float(factors.strength[factors.main[-1]]), 3) if len(factors.main) else None
    return Found(factors.number, len(factors.main), weakest)


def _axes(found: Found, training: int, items: int) -> tuple[int, str]:
    """Number of axes, and what is said of it; an svd needs fewer than there are training users and items."""
    most = max(1, min(training, items) - 1)
    wanted = AXES if found.factors is None else latent_dimensions(found.factors)
    axes = f"{min(wanted, most)} axes"
    if wanted > most:
        axes += f" (no more for {training:,} training users x {items:,} items)"
    if found.factors is None:
        return min(wanted, most), f"{axes}, since factors cannot be looked for: {found.why}"
    return min(wanted, most), f"{found.factors} factors found, {axes}"


def _patience(found: Found, steps: int) -> int:
    if found.factors is None:
        return PATIENCE
    return patience(1.0 if found.weakest is None else found.weakest, steps, PATIENCE)


def _epochs_words(found: Found, decided: DecidedSettings) -> str:
    why = "" if found.weakest is None else f"the weakest main factor has strength {found.weakest:.2f}, "
    waits = "no patience" if decided.patience is None else f"patience {decided.patience}"
    return f"{why}{waits}, at most {decided.epochs:,} epochs"
