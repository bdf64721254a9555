"""Models of other libraries as files: factors of users and items, and biases. Never a pickle.

Knows formats, names of arrays and ids; does not know what a model does with factors.
"""

from __future__ import annotations

from lfd.sources.factors.reading import Given, read_factors

__all__ = ["Given", "read_factors"]
