"""MovieLens 100K: steering curves, against controls, a sparse autoencoder, and with half the labels hidden.

usage: python benchmarks/steering.py [--models vae,ae,svd] [--users 200] [--latent 16] [--seed 0]
           [--wish random|held-out] [--bonus 0.5]
finds ml-100k/ in the folder that LFD_TEST_DATA names (ratings of 4 and 5 count; genres and decades). For
every model, trained without the users that are steered: personal / segment NDCG@20 of each knob by strength;
the same with half of each value's labels hidden, judged by those; and for every concept the share of users in
whom its share of the top 20 rose at two standard deviations, beside the best raw axis.

The rival's route, as in Spisak et al. 2026 (arXiv 2601.11182): a top-8 sparse autoencoder of 128 neurons on
z, whose neuron most specific to the value is raised; what it decodes to stands in for z (`sae`), or only the
change is added to z (`sae change`). A unit of strength moves what is decoded by one of the users' standard
deviations, as with the other knobs.
About half a minute a network with its training, 20 seconds for svd.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from movielens_concepts import films, trained
from scipy import sparse
from torch import Tensor, nn

from lfd.core.attributes import Attribute
from lfd.core.evaluation.steering import evaluate_steering
from lfd.core.models.protocol import LatentModel
from lfd.core.models.scores import item_scores
from lfd.core.steering.knobs import DEVIATIONS, Knob
from lfd.core.steering.space import Space
from lfd.settings.steering import EvaluateSteeringSettings

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NEURONS, ACTIVE, STEPS = 128, 8, 3000
KEPT = 0.85  # of the untouched personal NDCG: knobs whose strengths have no common unit, at equal cost


def main() -> None:
    """Print all tables for every model."""
    options = parsed()
    interactions, attributes = films(["genre", "year"])
    held_out = np.zeros(interactions.shape[0], dtype=bool)
    rng = np.random.default_rng(options.seed)
    held_out[rng.permutation(len(held_out))[: options.users]] = True
    settings = EvaluateSteeringSettings(
        users=options.users, wish=options.wish, bonus=options.bonus, seed=options.seed
    )
    for name in options.models.split(","):
        model = trained(name, interactions[~held_out], options.seed, options.latent)
        show(name, model, interactions, held_out, attributes, settings)


def show(
    name: str,
    model: LatentModel,
    interactions: sparse.csr_array,
    held_out: npt.NDArray[np.bool_],
    attributes: list[Attribute],
    settings: EvaluateSteeringSettings,
) -> None:
    start = time.perf_counter()
    found = evaluate_steering(model, interactions, held_out, attributes, settings, rivals=Autoencoders(model))
    print(f"\n{name}, wish {settings.wish} ({time.perf_counter() - start:.0f} s): " + "; ".join(found.notes))
    everyone = found.table[found.table["concept"].isna()]
    for labels, rows in everyone.groupby("labels", sort=False):
        print(f"\nlabels {labels}: personal / segment NDCG@{settings.k}, by strength")
        cells = rows.assign(
            cell=[f"{p:.3f} / {s:.3f}" for p, s in zip(rows["personal"], rows["segment"], strict=True)]
        )
        print(wide(cells, "cell").to_string())
        print(f"segment where personal has fallen to {KEPT:.0%}: " + at_equal_cost(rows))
    columns = ["knob", "unit", "share_before", "share_after", "lift", "rose", "fell"]
    known = everyone[(everyone["labels"] == "known") & (everyone["strength"] == settings.at)]
    print(f"\nat {settings.at:g}\n" + known[columns].round(3).to_string(index=False))
    by_concept(found.table, settings.at)


def at_equal_cost(rows: pd.DataFrame) -> str:
    """Each knob's segment NDCG where its curve crosses a given personal NDCG, on a line between strengths."""
    start = rows.iloc[0]
    level, found = KEPT * start["personal"], []
    for knob, curve in rows.iloc[1:].groupby("knob", sort=False):
        personal, segment = ([start[name], *curve[name]] for name in ("personal", "segment"))
        after = next((i for i, value in enumerate(personal) if value <= level), None)
        if after is None:
            found.append(f"{knob} not reached")
        else:
            ends = slice(after - 1, after + 1)
            found.append(f"{knob} {np.interp(level, personal[ends][::-1], segment[ends][::-1]):.3f}")
    return ", ".join(found)


def wide(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    return (
        rows.pivot(index="knob", columns="strength", values=column).reindex(rows["knob"].unique()).fillna("")
    )


def by_concept(table: pd.DataFrame, at: float) -> None:
    """Share of users in whom each concept rose; shares in the list before and after."""
    rows = table[(table["labels"] == "known") & table["concept"].notna() & (table["strength"] == at)]
    rose = rows.pivot(index="concept", columns="knob", values="rose")
    direction = rows[rows["knob"] == "steering"].set_index("concept")
    axis = rows[rows["knob"] == "raw axis"].set_index("concept")["axis"]
    shown = pd.DataFrame(
        {
            "before": direction["share_before"],
            "after": direction["share_after"],
            "lift": direction["lift"],
            "rose": rose["steering"],
            "fell": direction["fell"],
            "raw axis": axis,
            "rose, raw axis": rose["raw axis"],
            "rose, natural": rose["natural"],
            "rose, random": rose["random"],
        }
    )
    print("\nby concept\n" + shown.round(3).to_string())
    better = int((rose["steering"] > rose["raw axis"]).sum())
    print(
        f"the steering direction raised a concept in {rose['steering'].min():.2f} to "
        f"{rose['steering'].max():.2f} of the users (mean {rose['steering'].mean():.2f}), the best raw axis "
        f"in {rose['raw axis'].mean():.2f}; in more users for {better} of {len(rose)} concepts",
        flush=True,
    )


class TopK(nn.Module):
    """A sparse autoencoder: the `ACTIVE` largest of `NEURONS` activations are kept."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.centre = nn.Parameter(torch.zeros(latent))
        self.into, self.out = nn.Linear(latent, NEURONS), nn.Linear(NEURONS, latent, bias=False)
        self.into.weight.data = self.out.weight.data.T.clone()

    def code(self, z: Tensor) -> Tensor:
        activation = torch.relu(self.into(z - self.centre))
        best = activation.topk(ACTIVE, dim=1)
        return torch.zeros_like(activation).scatter(1, best.indices, best.values)

    def decode(self, code: Tensor) -> Tensor:
        return self.out(code) + self.centre


def fitted_autoencoder(z: Tensor) -> TopK:
    torch.manual_seed(0)
    network = TopK(z.shape[1])
    network.centre.data = z.mean(0)
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    for _ in range(STEPS):
        batch = z[torch.randint(len(z), (256,))]
        loss = ((network.decode(network.code(batch)) - batch) ** 2).sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        left = ((network.decode(network.code(z)) - z) ** 2).sum() / ((z - z.mean(0)) ** 2).sum()
    print(f"sparse autoencoder: {1 - float(left):.3f} of the variance of z explained")
    return network


@dataclass(frozen=True)
class Neuron:
    """The knob: one neuron for each concept, raised by `unit` for each unit of strength."""

    name: str
    network: TopK
    neurons: Integers
    units: Floats
    change_only: bool
    unit: str = DEVIATIONS
    axes: tuple[str, ...] = ()

    @torch.no_grad()
    def scores(
        self, model: LatentModel, latents: Floats, users: slice, concept: int, strength: float
    ) -> npt.NDArray[np.floating]:
        code = self.network.code(torch.from_numpy(latents).float())
        as_is = self.network.decode(code)
        code[:, self.neurons[concept]] += strength * self.units[concept]
        decoded = self.network.decode(code)
        place = latents + (decoded - as_is).numpy() if self.change_only else decoded.numpy()
        return item_scores(model, place.astype(np.float64))


class Autoencoders:
    """Both uses of the sparse autoencoder, made from the labels that may be seen; it is trained once.

    A neuron's specificity to a value: by how many standard deviations its activation is larger for items that
    have the value than for the others, an item being a history of itself alone.
    """

    def __init__(self, model: LatentModel) -> None:
        self.latents = torch.from_numpy(
            model.encode(sparse.eye_array(model.n_items, format="csr"))[0]
        ).float()
        self.network: TopK | None = None

    def __call__(self, space: Space, concepts: Integers) -> list[Knob]:
        if self.network is None:
            self.network = fitted_autoencoder(torch.from_numpy(space.measured.means).float())
        with torch.no_grad():
            activation = self.network.code(self.latents).double().numpy()[space.visible]
        has = space.concepts.level[np.ix_(space.visible, concepts)] > 0
        mean = (has / has.sum(axis=0)).T @ activation - (~has / (~has).sum(axis=0)).T @ activation
        neurons = (mean / np.maximum(activation.std(axis=0), 1e-9)).argmax(axis=1)
        whitening = space.measured.whitening
        outward = self.network.out.weight.detach().double().numpy().T[neurons]
        lengths = np.linalg.norm((outward @ whitening.basis / whitening.unit)[:, : whitening.rank], axis=1)
        units = 1 / np.maximum(lengths, 1e-9)
        names = {"sae": False, "sae change": True}
        return [Neuron(name, self.network, neurons, units, change) for name, change in names.items()]


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default="vae,ae,svd")
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--latent", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--wish", default="random")
    parser.add_argument("--bonus", type=float, default=0.5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
