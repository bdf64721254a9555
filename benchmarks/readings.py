"""MovieLens 100K: do users' coordinates along reading directions tell what they choose?

usage: python benchmarks/readings.py [--models vae,ae,svd] [--seeds 2]
finds ml-100k/ in the folder that LFD_TEST_DATA names (ratings of 4 and 5 count). Directions are found from
half of the users; the other half is placed by four fifths of each history, and a coordinate is held against
the concept's share of the rest, by Spearman's correlation, in users with at least three choices there. In
mean over concepts, halves and trainings: reading directions as the decoder alone has them, and as choices
that the encoder has not seen correct them. About 10 s a training.
"""

from __future__ import annotations

import argparse

import numpy as np
import numpy.typing as npt
from movielens_concepts import films, trained
from scipy import sparse

from lfd.core.alignment.directions import fit_directions
from lfd.core.alignment.measure import measure
from lfd.core.alignment.unseen import unseen_choices
from lfd.core.attributes import Attribute
from lfd.core.concepts import find_concepts
from lfd.core.models.protocol import LatentModel
from lfd.core.ranks import paired_spearman
from lfd.settings.alignment import AlignSettings

Floats = npt.NDArray[np.float64]

LEAST_CHOICES = 3


def main() -> None:
    """Print a row for every model."""
    options = parsed()
    interactions, attributes = films(["genre", "year", "rating", "popularity"])
    print(f"{'model':8}{'decoder':>10}{'choices':>10}{'genres: decoder':>18}{'choices':>10}")
    for name in options.models.split(","):
        found = []
        for seed in range(options.seeds):
            model = trained(name, interactions, seed, 24)
            found += [compared(model, interactions, attributes, half, seed) for half in (0, 1)]
        decoder, choices, genres_decoder, genres_choices = np.mean(found, axis=0)
        print(f"{name:8}{decoder:10.3f}{choices:10.3f}{genres_decoder:18.3f}{genres_choices:10.3f}")


def compared(
    model: LatentModel,
    interactions: sparse.csr_array,
    attributes: list[Attribute],
    half: int,
    seed: int,
) -> list[float]:
    """Mean correlations of one half's users, whose choices taught nothing: of all concepts, and of genres."""
    learnt = np.arange(interactions.shape[0]) % 2 == half
    streams = np.random.default_rng(seed).spawn(3)
    measured = measure(model, interactions[learnt], AlignSettings(), streams[:2])
    concepts = find_concepts(attributes, model.n_items)
    directions = fit_directions(measured.both, concepts, measured.strata)
    other = unseen_choices(model, interactions[~learnt], measured.whitening, streams[2])
    chosen = sparse.vstack(other.choices, format="csr")
    number = np.asarray(chosen.sum(axis=1)).ravel()
    share = (chosen @ concepts.level)[number >= LEAST_CHOICES] / number[number >= LEAST_CHOICES, None]
    places = np.concatenate(list(other.coordinates))[number >= LEAST_CHOICES]
    genres = np.array([concept.attribute == "genre" for concept in concepts.names])
    by_kind = [paired_spearman(places @ directions.of(kind).T, share) for kind in ("decoded", "reading")]
    return [float(np.mean(found[own])) for own in (slice(None), genres) for found in by_kind]


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default="vae,ae,svd")
    parser.add_argument("--seeds", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
