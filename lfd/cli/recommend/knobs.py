"""The knobs that were asked for: read from their flags, turned into a move and a bonus, and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lfd.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from lfd.cli.console import Console
    from lfd.run.folder import Snapshot
    from lfd.run.placing import Found, Ground
    from lfd.settings.recommending import RecommendSettings

    Floats = npt.NDArray[np.float64]
    Moves = tuple[tuple[str, ...], Floats, Floats]  # names, steps and amounts

SURE = 0.05  # a direction whose q is above this is warned about
USERS_SEEN = 100_000  # to tell where users live
FOR_USERS, FOR_NOBODY = 2.0, 1.0  # strengths; docs/recommending.md has the figures behind them


@dataclass(frozen=True)
class Asked:
    """What the flags say.

    Attributes
    ----------
    more, less : concepts
    axes : axes with an amount, as typed
    """

    more: tuple[str, ...]
    less: tuple[str, ...]
    axes: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.more or self.less or self.axes)


@dataclass(frozen=True)
class Turned:
    """Knobs as they are turned.

    Attributes
    ----------
    names : what moves z, as it was asked for
    steps, amounts : of what moves z, a row each; z' = z + amounts steps
    stated : reading directions of what is stated, on the coordinates in which users differ
    gain : what each item gains on its score
    words : in a few words, for a title
    """

    names: tuple[str, ...]
    steps: Floats = field(repr=False)
    amounts: Floats = field(repr=False)
    stated: Floats = field(repr=False)
    gain: Floats = field(repr=False)
    words: str = ""


def turn(
    run: Snapshot,
    ground: Ground,
    asked: Asked,
    settings: RecommendSettings,
    known: bool,
    console: Console,
) -> Turned:
    """Turn the knobs that were asked for.

    Parameters
    ----------
    run : whose concepts and axes
    ground : its latent space
    asked : by name
    settings : how far, along what, and by what
    known : whether anything is known of the people; nobody is placed by statements
    console : where a direction that was not found significant is warned about
    """
    import numpy as np

    from lfd.core.lookup import find_axis
    from lfd.core.steering.turning import lifted
    from lfd.run.naming import item_names
    from lfd.run.placing import read_found, read_levels

    how, kind = _how(settings, known), _kind(settings, known)
    strength = settings.strength or (FOR_USERS if known else FOR_NOBODY)
    rows, found = _concepts(run, asked), read_found(run)
    signed = strength * np.array([1.0] * len(asked.more) + [-1.0] * len(asked.less))
    axes = [find_axis(word, len(ground.axes)) for word in asked.axes]
    moves, stated = _no_moves(ground), np.zeros((0, ground.rank))
    if rows and how != "labels":
        _warn_of_doubt(found, rows, console)
        moves, stated = _moves(run, ground, found, rows, signed, kind, known)
    names = (*moves[0], *(f"z{axis}" for axis, _ in axes))
    steps = np.vstack([moves[1], ground.axes[[axis for axis, _ in axes]]])
    amounts = np.concatenate([moves[2], [amount for _, amount in axes]])
    gain = np.zeros(len(item_names(run).ids))
    if rows and how != "latent":
        levels = read_levels(run, [(found.concepts[r].attribute, found.concepts[r].value) for r in rows])
        gain = lifted(levels, signed, settings.bonus)
    words = _words([found.concepts[row].name for row in rows], signed.tolist(), axes, how if rows else "")
    return Turned(names, steps, amounts, stated, gain, words)


def _concepts(run: Snapshot, asked: Asked) -> list[int]:
    """Rows of the concepts that are asked for, first more and then less."""
    from lfd.core.lookup import find_concept
    from lfd.run.naming import concept_names

    wanted = (*asked.more, *asked.less)
    names, values = concept_names(run)
    if wanted and not names:
        raise UsageError(
            "the run has no concepts that could be asked for",
            "give its items attributes, and align it: lfd align RUN; or turn an axis: --axis 0=+1.5",
        )
    return [find_concept(word, names, values) for word in wanted]


def _no_moves(ground: Ground) -> Moves:
    import numpy as np

    return (), np.zeros((0, len(ground.centre))), np.zeros(0)


def _moves(
    run: Snapshot,
    ground: Ground,
    found: Found,
    rows: list[int],
    signed: Floats,
    kind: str,
    known: bool,
) -> tuple[Moves, Floats]:
    """How concepts move z, and along what they are stated: a step each, or statements taken together."""
    import numpy as np

    from lfd.core.recommending.newcomers import READING, placed
    from lfd.run.placing import read_kind

    directions, names = read_kind(run, kind, rows), [found.concepts[row].name for row in rows]
    stated = read_kind(run, READING, rows)[:, : ground.rank]
    if known or kind != READING:
        return (tuple(names), directions, signed), stated
    return ((" and ".join(names),), placed(directions, signed, READING)[None], np.ones(1)), stated


def warn_of_region(run: Snapshot, ground: Ground, places: Floats, turned: Turned, console: Console) -> None:
    """Warn where knobs take somebody to where no user of the run is."""
    from lfd.core.recommending.region import region
    from lfd.run.placing import read_means

    used = turned.amounts != 0
    if not used.any():
        return
    found = region(ground.positions(read_means(run, USERS_SEEN)), places, turned.steps[used])
    names = [name for name, own in zip(turned.names, used, strict=True) if own]
    for knob, name in enumerate(names):
        if found.beyond[knob]:
            console.warn(
                f"{name}: {found.at[knob]:+.1f} standard deviations along it is beyond where users live "
                f"({found.low[knob]:+.1f} to {found.high[knob]:+.1f}): what is recommended there is a guess; "
                "ask for less: --strength"
            )


def _how(settings: RecommendSettings, known: bool) -> str:
    """What moves: labels where people are known and no kind of direction was asked for, else z."""
    if settings.how != "auto":
        if settings.how == "labels" and (settings.pure or settings.kind != "auto"):
            raise UsageError(
                "--how labels moves nothing along a direction, and --pure and --kind name one",
                "leave it out, or move z as well: --how both",
            )
        return settings.how
    return "latent" if not known or settings.pure or settings.kind != "auto" else "labels"


def _kind(settings: RecommendSettings, known: bool) -> str:
    if settings.pure:
        return "pure"
    if settings.kind != "auto":
        return settings.kind
    return "natural" if known else "reading"


def _warn_of_doubt(found: Found, rows: Sequence[int], console: Console) -> None:
    for row in rows:
        if not found.q[row] < SURE:
            console.warn(
                f"{found.concepts[row].name}: decoding found no such direction that chance does not explain "
                f"(q = {found.q[row]:.2g}); what moving along it changes may be anything"
            )


def _words(names: Sequence[str], signed: Sequence[float], axes: Sequence[tuple[int, float]], how: str) -> str:
    said = [f"{name} {amount:+g}" for name, amount in zip(names, signed, strict=True)]
    by = {"labels": " by label", "both": " by label and in z"}.get(how, "")
    return ", ".join([", ".join(said) + by, *(f"z{j} {a:+g}" for j, a in axes)]).strip(", ")
