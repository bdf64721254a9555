"""Options of `encode`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge


@dataclass(frozen=True)
class EncodeSettings:
    """How users are encoded."""

    raw: Annotated[bool, "Stay in the model's own axes, also where the run has aligned ones."] = False
    batch: Annotated[int, Ge(1), "Users encoded at once."] = 4096
