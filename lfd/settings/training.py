"""The options of `train`, and the presets that fill them in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Lt


@dataclass(frozen=True)
class TrainSettings:
    """How a model is trained.

    The defaults are the outcome of an experiment (benchmarks/defaults.py): one set for the exclusive
    and the bipolar synthetic data and for MovieLens 100K. With beta 1, the plain evidence lower bound,
    as many axes stay active as the synthetic data have factors (two for three exclusive groups, which
    are a plane), and all of them on MovieLens. What auto stands for is measured too: see
    `lfd.core.complexity.advice`.
    """

    model: Annotated[
        Literal["vae", "ae", "svd", "als"],
        "vae (variational autoencoder), ae (no noise, no KL: the baseline), svd, or als (by implicit).",
    ] = "vae"
    likelihood: Annotated[
        Literal["multinomial", "bernoulli", "gaussian"],
        "What a user's row is: draws from the catalogue, a yes or no for each item, or numbers.",
    ] = "multinomial"
    sampled_items: Annotated[
        int | None,
        Ge(1),
        "Items drawn in each step to stand for the catalogue in the softmax, for catalogues of tens of"
        " thousands; costs some accuracy (multinomial only). By default all items.",
    ] = None
    hidden: Annotated[
        tuple[Annotated[int, Ge(1)], ...], "Widths of the encoder's hidden layers; the decoder mirrors them."
    ] = (200,)
    latent: Annotated[
        Annotated[int, Ge(1)] | Literal["auto"],
        "Number of axes of latent space; auto: from the factors found in the interactions, with a margin.",
    ] = "auto"
    beta: Annotated[float, Ge(0), "Weight of the KL term (vae)."] = 1.0
    anneal: Annotated[
        int, Ge(0), "Steps over which beta grows from 0 (vae); at most half of all that are planned."
    ] = 200
    gamma: Annotated[
        float | None,
        Gt(0),
        "Weigh each user's KL by beta times this times the length of the history, as RecVAE (vae; 0.005).",
    ] = None
    prior: Annotated[
        Literal["normal", "composite"],
        "What KL is to: the unit normal, or RecVAE's mixture of it and where the encoder had the user (vae).",
    ] = "normal"
    alternate: Annotated[
        int,
        Ge(0),
        "Passes of the encoder before each one of the decoder, as RecVAE (vae; 3); 0: both at once.",
    ] = 0
    dropout: Annotated[
        float, Ge(0), Lt(1), "Share of a user's interactions hidden from the encoder at random."
    ] = 0.5
    principal: Annotated[
        bool,
        "Turn the axes, which no loss fixes, into the principal ones (ae); what the model computes stays.",
    ] = True
    alpha: Annotated[
        float, Ge(0), "An interaction counts 1 + alpha x value, none counts 1 (als; Hu et al. 2008)."
    ] = 4.0
    regularization: Annotated[float, Gt(0), "Penalty on the factors (als)."] = 10.0
    iterations: Annotated[int, Ge(1), "Times that users and items are solved for in turn (als)."] = 15
    epochs: Annotated[
        Annotated[int, Ge(1)] | Literal["auto"],
        "Passes over the users, at most; auto: as many as patience allows, up to 1,000.",
    ] = "auto"
    holdout: Annotated[
        float, Ge(0), Lt(1), "Share of the users kept out of training to tell when to stop; 0: train on all."
    ] = 0.1
    test: Annotated[
        float, Ge(0), Lt(1), "Share of the users that training never looks at: for evaluate --what ranking."
    ] = 0.0
    patience: Annotated[
        Annotated[int, Ge(1)] | Literal["auto"] | None,
        "Epochs without a better held-out loss after which training stops; auto: 20, and with --epochs auto"
        " more where the weakest main factor takes longer to learn; none: never.",
    ] = "auto"
    learning_rate: Annotated[float, Gt(0), "Step size of Adam."] = 2e-3
    weight_decay: Annotated[float, Ge(0), "Decay of the weights, not of the biases (decoupled: AdamW)."] = 0.0
    batch: Annotated[int, Ge(1), "Users in a batch."] = 256
    seed: Annotated[int, Ge(0), "Seed of the first weights, the split, the batches and the noise."] = 0
    device: Annotated[
        Literal["auto", "cpu", "cuda"], "Where to train; auto takes a GPU where there is one."
    ] = "auto"
    devices: Annotated[int, Ge(1), "Number of devices (on a CPU: processes) that share every batch."] = 1
    num_nodes: Annotated[
        int,
        Ge(1),
        "Number of machines, with as many devices each; the same command on each of them, with MASTER_ADDR"
        " (the first one's address) and NODE_RANK (0, 1, ...) in its environment.",
    ] = 1
    strategy: Annotated[
        str,
        "How several devices work together, as Lightning Fabric names it: ddp, which auto stands for.",
    ] = "auto"
    precision: Annotated[
        Literal["32-true", "16-mixed", "bf16-mixed"],
        "Precision of the arithmetic, as Lightning Fabric names it; bf16-mixed takes two thirds of the time"
        " where the processor multiplies bfloat16 (avx512_bf16, AMX), and longer where it does not.",
    ] = "32-true"
    threads: Annotated[
        int | None, Ge(1), "CPU threads of each process; by default 1 below 1,000 items and 2 from there on."
    ] = None


@dataclass(frozen=True)
class DecidedSettings(TrainSettings):
    """The same with a number wherever `auto` may stand; `lfd.core.training.auto` decides them."""

    latent: int = 16
    epochs: int = 300
    patience: int | None = 20


PRESETS: dict[str, dict[str, Any]] = {
    "default": {},
    "recvae": {"gamma": 0.005, "prior": "composite", "alternate": 3},
    "thesis": {
        "likelihood": "bernoulli",
        "hidden": (40, 20),
        "latent": 4,
        "beta": 1.0,
        "anneal": 0,
        "dropout": 0.0,
        "learning_rate": 1e-3,
        "batch": 128,
        "epochs": 50,
        "patience": None,
    },
}
"""Option values by preset; they fill in under options that are given."""

TRAINING_LOOP = (
    *(
        "likelihood",
        "sampled_items",
        "hidden",
        "beta",
        "anneal",
        "gamma",
        "prior",
        "alternate",
        "dropout",
        "principal",
        "epochs",
        "patience",
        "learning_rate",
    ),
    *("weight_decay", "batch", "device", "devices", "num_nodes", "strategy", "precision", "threads"),
)
FACTORISATION = ("alpha", "regularization", "iterations")
NO_EFFECT: dict[str, tuple[str, ...]] = {
    "vae": ("principal", *FACTORISATION),
    "ae": ("beta", "anneal", "gamma", "prior", "alternate", *FACTORISATION),
    "svd": (*TRAINING_LOOP, *FACTORISATION),
    "als": tuple(name for name in TRAINING_LOOP if name != "threads"),
}
"""Options that mean nothing to a model, by model."""


LOOPS = ("vae", "ae")
"""Models that are trained in epochs; the others are computed at once."""


def without_effect(settings: TrainSettings) -> list[str]:
    """Flags of the options that are set to other than their defaults and mean nothing to the model.

    Parameters
    ----------
    settings : TrainSettings

    Returns
    -------
    list of str, as --beta
    """
    defaults = {field.name: field.default for field in fields(TrainSettings)}
    idle = NO_EFFECT[settings.model]
    return [f"--{n.replace('_', '-')}" for n in idle if getattr(settings, n) != defaults[n]]
