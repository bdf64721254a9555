"""The options of `train`, and the presets that fill them in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Len, Lt


@dataclass(frozen=True)
class TrainSettings:
    """How a model is trained."""

    model: Annotated[
        Literal["vae", "ae"],
        "Model: vae (variational autoencoder) or ae (the same network without noise and KL: the baseline).",
    ] = "vae"
    likelihood: Annotated[
        Literal["multinomial", "bernoulli", "gaussian"],
        "What a user's row is taken for: draws from the catalogue, a yes or no for each item, or numbers.",
    ] = "multinomial"
    hidden: Annotated[
        tuple[int, ...], Len(1), "Widths of the encoder's hidden layers; the decoder mirrors them."
    ] = (200,)
    latent: Annotated[int, Ge(1), "Number of axes of latent space."] = 16
    beta: Annotated[float, Ge(0), "Weight of the KL term (vae)."] = 0.5
    anneal: Annotated[int, Ge(0), "Optimiser steps over which beta grows from 0 to its value (vae)."] = 200
    dropout: Annotated[
        float, Ge(0), Lt(1), "Share of each user's interactions hidden from the encoder at random."
    ] = 0.5
    epochs: Annotated[int, Ge(1), "Passes over the users, at most."] = 200
    holdout: Annotated[
        float,
        Ge(0),
        Lt(1),
        "Share of the users held out of training to tell when to stop; 0 trains on all users.",
    ] = 0.1
    patience: Annotated[
        int | None, Ge(1), "Epochs without a better held-out loss after which training stops; none: never."
    ] = 20
    learning_rate: Annotated[float, Gt(0), "Step size of Adam."] = 1e-3
    weight_decay: Annotated[float, Ge(0), "Decay of the weights (decoupled, as in AdamW)."] = 0.0
    batch: Annotated[int, Ge(1), "Users in a batch."] = 256
    seed: Annotated[int, Ge(0), "Seed of the first weights, the split, the batches and the noise."] = 0
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"], "Where to train; auto takes a GPU where there is one."
    ] = "auto"
    devices: Annotated[int, Ge(1), "Number of devices (processes, on a CPU) that share each batch."] = 1
    strategy: Annotated[str, "How several devices work together: a strategy of Lightning Fabric."] = "auto"
    precision: Annotated[
        Literal["32-true", "16-mixed", "bf16-mixed"],
        "Precision of the arithmetic, as Lightning Fabric names it.",
    ] = "32-true"
    threads: Annotated[int, Ge(1), "CPU threads; part of the result, since sums are split among threads."] = 2


PRESETS: dict[str, dict[str, Any]] = {"default": {}}
