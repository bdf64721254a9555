"""From interactions to factors: choices, their null, its edge, and the singular values above it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.complexity import spiked
from lfd.core.complexity.configuration import Configuration, fit_configuration
from lfd.core.complexity.degrees import Choices, as_choices
from lfd.core.complexity.harmonics import Harmonics, find_harmonics
from lfd.core.complexity.parallel import Edge, edge_notes, parallel_edge
from lfd.core.complexity.residual import Residual, biwhitening_scale, regularised_scale, residual
from lfd.core.complexity.saying import Say, silent
from lfd.core.complexity.spectrum import Spectrum, leading
from lfd.errors import UsageError
from lfd.settings.complexity import ComplexitySettings

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEW, MOST_VALUES = 25, 100  # values computed at first, and at most


@dataclass(frozen=True)
class Factors:
    """What stands out of chance in a data set.

    Attributes
    ----------
    choices : Choices
    null : Configuration
    scale : numpy.ndarray, classes of users x classes of items
    edge : Edge
    spectrum : Spectrum
        Leading singular triplets of the residual, beyond the edge where there were values enough.
    harmonics : Harmonics
        Of the factors, how much of each is a product of others.
    notes : tuple of str
        What was left out or taken for something else, and where the edge is not one.
    """

    choices: Choices = field(repr=False)
    null: Configuration = field(repr=False)
    scale: Floats = field(repr=False)
    edge: Edge
    spectrum: Spectrum = field(repr=False)
    harmonics: Harmonics = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def users(self) -> int:
        """Users that tell something."""
        return self.null.users.number

    @property
    def items(self) -> int:
        """Items that tell something."""
        return self.null.items.number

    @property
    def strength(self) -> Floats:
        """Singular values divided by the edge, descending; factors are those above 1."""
        strength: Floats = self.spectrum.values / self.edge.value
        return strength

    @property
    def number(self) -> int:
        """How many factors there are, among the values computed."""
        return len(self.harmonics.shares)

    @property
    def main(self) -> Integers:
        """Which of them are main ones, from 0."""
        return np.flatnonzero(self.harmonics.main)

    @property
    def correlation(self) -> Floats:
        """Predicted correlation of users' positions with the best linear reading of them."""
        return spiked.predicted_correlation(self.strength, self.users, self.items)


def find_factors(
    interactions: sparse.csr_array,
    settings: ComplexitySettings,
    rng: np.random.Generator,
    say: Say = silent,
) -> Factors:
    """Find the factors of a data set.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]
        Every one that is not 0 is a choice.
    settings : ComplexitySettings
    rng : numpy.random.Generator
    say : callable, default silent
        Told what is done next.

    Returns
    -------
    Factors

    Raises
    ------
    InputError
        Too few users or items tell something, a value is not in [0, 1], or the null does not calibrate.
    UsageError
        More values are asked for than the smaller side has.
    """
    choices = as_choices(interactions)
    most = min(choices.matrix.shape) - 1
    if settings.values is not None and settings.values > most:
        raise UsageError(
            f"{settings.values} singular values are more than {choices.matrix.shape[0]:,} users x"
            f" {choices.matrix.shape[1]:,} items have",
            f"ask for fewer: --values {most}",
        )
    say("fitting the null")
    null = fit_configuration(choices.matrix)
    notes = choices.notes
    if settings.null == "biwhitening":
        scale = biwhitening_scale(null)
        edge = Edge(spiked.edge(*choices.matrix.shape), np.zeros(0))
        say("holding the edge against draws from the null")
        notes += edge_notes(null, scale, edge.value, choices.items, rng)
    else:
        scale = regularised_scale(null, settings.tau)
        edge = parallel_edge(null, scale, settings.draws, settings.level, rng, say)
    say("decomposing the residual")
    spectrum = _until_chance(residual(choices.matrix, null, scale), edge.value, settings.values, most)
    above = spectrum.values > edge.value
    strong = spiked.signal(spectrum.values[above] / edge.value, *choices.matrix.shape)
    say("telling main factors from their products")
    harmonics = find_harmonics(choices.matrix, null, scale, spectrum.items[:, above], strong, rng)
    return Factors(choices, null, scale, edge, spectrum, harmonics, notes)


def _until_chance(matrix: Residual, edge: float, wanted: int | None, most: int) -> Spectrum:
    """Values until the last is below the edge: twice as many until they are."""
    number = min(wanted or FEW, most)
    while True:
        spectrum = leading(matrix, number)
        if wanted or spectrum.values[-1] <= edge or number >= min(MOST_VALUES, most):
            return spectrum
        number = min(2 * number, MOST_VALUES, most)
