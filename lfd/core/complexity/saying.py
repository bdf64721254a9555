"""How long work says what it does next: to whoever passes a function for it."""

from collections.abc import Callable

Say = Callable[[str], None]


def silent(words: str) -> None:
    """Say nothing."""
