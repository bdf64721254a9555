"""How exact explanations are on a run: the integral, the counterfactual's agreement, gradients of histories.

usage: python benchmarks/explanations.py RUN...
For every run (aligned, encoded), by axes and by concepts, over the ten best recommendations of all its users:
the largest gap between the contributions' sum and the difference of log probabilities, as a share of the
difference (floor 0.1 nats); seconds; the share of leanings with a contribution above 0.05 nats, of either
sign, without which the log probability changes the other way round; and, for 200 users, how the gradients of
histories agree with leaving entries out: mean correlation, and shared items among the three first.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.decoding.ranking import recommend
from lfd.core.explaining import Contributions, Leanings, contributions
from lfd.core.explaining.contributions import LEAST_DIFFERENCE
from lfd.core.explaining.gradients import history_pulls, left_out
from lfd.core.explaining.standing import log_chances, rivals
from lfd.core.models.protocol import LatentModel
from lfd.core.models.scores import item_scores
from lfd.run.dataset import read_dataset
from lfd.run.folder import open_snapshot
from lfd.run.leanings import axis_leanings, concept_leanings
from lfd.run.model import read_model_in
from lfd.run.placing import read_ground
from lfd.settings.decoding import Weighting

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LIST, NOTABLE, USERS, FIRST = 10, 0.05, 200, 3


def main() -> None:
    """Print a line for each run and way of explaining."""
    for name in sys.argv[1:]:
        with open_snapshot(Path(name)) as run:
            ground = read_ground(run)
            model = read_model_in(run, "raw" if ground.rotation is None else "aligned")
            chosen = read_dataset(run).interactions
            ways = (axis_leanings(ground), concept_leanings(run, ground))
        latents = model.encode(chosen)[0]
        items = recommend(item_scores(model, latents), Weighting("top", LIST), chosen).item
        for way in ways:
            begun = time.perf_counter()
            found = contributions(model, latents, items, way, chosen)
            seconds = time.perf_counter() - begun
            size = np.maximum(np.abs(found.end - found.start), LEAST_DIFFERENCE)
            print(
                f"{name} by {way.by}: {len(way.names)} leanings, largest gap {(found.gap / size).max():.1e}"
                f" of the difference with {found.nodes} nodes, {seconds:.1f} s for {len(latents)} users;"
                f" {agreement(model, latents, items, way, chosen, found):.1%} agree with the counterfactual;"
                " histories: correlation {:.2f}, {:.1f} of 3 shared".format(*by_history(model, chosen, way))
            )


def agreement(
    model: LatentModel,
    latents: Floats,
    items: Integers,
    way: Leanings,
    chosen: sparse.csr_array,
    found: Contributions,
) -> float:
    """Share of notable contributions whose leaning, taken away, changes the item in their direction."""
    agreed, notable = 0, 0
    parts, competing = way.parts(latents), rivals(items, chosen, model.n_items)
    for part in range(len(way.names)):
        chance = log_chances(item_scores(model, latents - parts[:, part]), competing)
        change = found.end - np.take_along_axis(chance, items, axis=1)
        own = found.by_part[:, :, part]
        large = np.abs(own) > NOTABLE
        notable += int(large.sum())
        agreed += int((large & (np.sign(change) == np.sign(own))).sum())
    return agreed / notable


def by_history(model: LatentModel, chosen: sparse.csr_array, way: Leanings) -> tuple[float, float]:
    """Correlation of gradients with leaving out, and how many of the first three they share."""
    rows = chosen[:USERS]
    along = np.repeat(way.readings[None], rows.shape[0], axis=0)
    pulls, alone = history_pulls(model, rows, along), left_out(model, rows, along)
    correlations, shared = [], []
    for user in range(rows.shape[0]):
        own = slice(rows.indptr[user], rows.indptr[user + 1])
        for pull, taken in zip(pulls[:, own], alone[:, own], strict=True):
            if len(pull) > 2 * FIRST:
                correlations.append(np.corrcoef(pull, taken)[0, 1])
                first = (set(np.argsort(-values)[:FIRST].tolist()) for values in (pull, taken))
                shared.append(len(set.intersection(*first)))
    return float(np.mean(correlations)), float(np.mean(shared))


if __name__ == "__main__":
    main()
