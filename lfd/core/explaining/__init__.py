"""Why this item for this user: what each decoded factor contributes, and which history put the user there."""

from lfd.core.explaining.contributions import Contributions, contributions
from lfd.core.explaining.explain import Explanation, Reason, explain
from lfd.core.explaining.leanings import Leanings, along_axes, along_concepts, told_apart

__all__ = [
    "Contributions",
    "Explanation",
    "Leanings",
    "Reason",
    "along_axes",
    "along_concepts",
    "contributions",
    "explain",
    "told_apart",
]
