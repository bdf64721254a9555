"""Which machine this is of those that train together. Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """One of several machines.

    Attributes
    ----------
    rank : int, from 0: the first one writes the run
    address : str: of the first one
    port : int: at which the first one listens
    """

    rank: int
    address: str
    port: int
