"""What the tests of complexity hold things against: choices with and without taste, and dense matrices."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import expit

from lfd.core.complexity.configuration import Configuration, fit_configuration
from lfd.core.complexity.degrees import as_choices
from lfd.core.complexity.factors import Factors, find_factors
from lfd.core.data import Dataset
from lfd.core.synthetic import generate
from lfd.settings.complexity import ComplexitySettings
from lfd.settings.synthetic import GenDataSettings


def chosen(chance, seed: int = 0) -> sparse.csr_array:
    """Independent choices with these probabilities."""
    return sparse.csr_array((np.random.default_rng(seed).random(chance.shape) < chance).astype(float))


def skewed(users: int, items: int, density: float = 0.1, seed: int = 0) -> sparse.csr_array:
    """Choices without taste: active and inactive users, popular and rare items; none tells nothing."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(0, 1, (users, 1)), -1.2 * np.log(np.arange(1, items + 1))
    score = x + y - (x + y).mean() + np.log(density / (1 - density))
    return as_choices(chosen(expit(score), seed)).matrix


def null_of(choices: sparse.csr_array) -> Configuration:
    return fit_configuration(choices)


def by_pair(classes: np.ndarray[Any, Any], null: Configuration) -> np.ndarray[Any, Any]:
    """What is told for pairs of classes, for each user and item."""
    return classes[null.users.of][:, null.items.of]


@lru_cache
def bipolar(factors: int = 3, users: int = 2000, items: int = 150, **others: Any) -> Dataset:
    settings = {"interactions": 30} | others
    return generate(
        GenDataSettings(generator="bipolar", factors=factors, users=users, items=items, **settings)
    ).dataset()


def find(interactions: sparse.csr_array, seed: int = 0, **settings: Any) -> Factors:
    return find_factors(interactions, ComplexitySettings(**settings), np.random.default_rng(seed))


@lru_cache
def found(factors: int = 3, **others: Any) -> Factors:
    """In bipolar data."""
    return find(bipolar(factors, **others).interactions)
