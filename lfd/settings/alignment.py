"""The options of `align`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from lfd.errors import UsageError

Need = Literal["none", "wanted", "needed"]  # of an alignment, by a stage with given options


@dataclass(frozen=True)
class AlignSettings:
    """How concepts are found in latent space, and which axes it is given."""

    method: Annotated[
        Literal["attributes", "ica", "varimax"],
        "Axes nearest to concepts of the items' attributes, or by ica or varimax, which need no attributes.",
    ] = "attributes"
    concepts: Annotated[
        tuple[str, ...],
        "Concepts that become axes (year, genre=Horror); chosen by number of items where none is named.",
    ] = ()
    axes: Annotated[int | None, Ge(0), "Most axes to give to concepts; by default as many as qualify."] = None
    outside: Annotated[
        float, Ge(0), Le(1), "Least share of a concept's direction outside the span of those chosen before."
    ] = 0.85
    least_variance: Annotated[
        float | None,
        Gt(0),
        Le(1),
        "Directions with a smaller share of the largest variance are left as they are; by default 0.02, "
        "and 0.001 of a model without noise.",
    ] = None
    rank: Annotated[int | None, Ge(1), "Directions to align; by default those with enough variance."] = None
    least_items: Annotated[int, Ge(1), "Values that fewer items have are no concepts."] = 5
    strata: Annotated[int, Ge(1), "Groups of equal popularity within which labels are compared."] = 10
    users: Annotated[int, Ge(2), "Users over whom the decoder is averaged, drawn with the seed."] = 1_000
    permutations: Annotated[int, Ge(19), "Permutations of the labels; no p is below 1 / (this + 1)."] = 2_000
    folds: Annotated[int, Ge(2), "Folds of items for shares and lifts: each judged unseen."] = 5
    moved: Annotated[int, Ge(1), "Users moved along each concept's steering direction."] = 200
    shift: Annotated[float, Gt(0), "How far they are moved, in the users' standard deviations."] = 2.0
    top: Annotated[int, Ge(1), "Length of the lists in which a concept's share is taken."] = 20
    seed: Annotated[int, Ge(0), "Seed of the users drawn, the folds and the permutations."] = 0

    def __post_init__(self) -> None:
        if self.concepts and self.method != "attributes":
            raise UsageError(
                f"concepts mean nothing to the method {self.method}",
                "leave them out, or use the other: --method attributes",
            )
