"""What the two decoders share at the shell: the catalogue's weights, chance, and how scores are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lfd.cli.console import Console
from lfd.cli.tables import print_frame

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from lfd.cli.work import Work
    from lfd.core.attributes import Attribute
    from lfd.core.significance.null import Chance
    from lfd.run.folder import Snapshot
    from lfd.run.tables import Reader
    from lfd.settings.decoding import DecodeMcSettings, DecodeSampleSettings


def item_weight(work: Work, catalogue: str) -> npt.NDArray[np.float64] | None:
    """How items count in the catalogue's distribution: alike, or by their interactions."""
    if catalogue == "uniform":
        return None
    from lfd.run.dataset import ITEMS
    from lfd.run.tables import read_frame

    return _interactions_of(work, read_frame(work, ITEMS))


def chance(
    work: Work,
    items: pd.DataFrame,
    attributes: Sequence[Attribute],
    settings: DecodeMcSettings | DecodeSampleSettings,
    fitted_to: Sequence[str | None],
) -> Chance:
    """How sure the scores are is found so; says where popularity strata are fewer than wanted."""
    import numpy as np

    from lfd.core.significance.null import plan_chance

    # A stream of its own, so that draws do not depend on how chance is simulated.
    rng = np.random.default_rng(settings.seed).spawn(1)[0]
    popularity = item_popularity(work, items)
    planned = plan_chance(attributes, popularity, rng, settings.permutations, settings.resamples, fitted_to)
    if planned.note:
        work.console.note(planned.note)
    return planned


def active_axes(work: Reader) -> npt.NDArray[np.bool_] | None:
    """The axes on which users differ, where the run says so; a traversal from elsewhere need not."""
    import numpy as np

    from lfd.run.latents import AXES
    from lfd.run.tables import read_frame

    return read_frame(work, AXES)["active"].to_numpy(np.bool_) if AXES in work else None


def item_popularity(work: Work, items: pd.DataFrame) -> npt.NDArray[np.float64] | None:
    """Interactions of each item: the items' own column, else counted, where the run has interactions."""
    import numpy as np

    from lfd.core.significance.strata import POPULARITY
    from lfd.run.dataset import INTERACTIONS

    if POPULARITY in items and items[POPULARITY].dtype.kind in "iuf" and items[POPULARITY].notna().all():
        return items[POPULARITY].to_numpy(np.float64)
    if INTERACTIONS in work:
        return _interactions_of(work, items)
    work.console.warn("popularity is not known: labels are shuffled among all items, popular or not")
    return None


def _interactions_of(work: Work, items: pd.DataFrame) -> npt.NDArray[np.float64]:
    import numpy as np
    import pandas as pd

    from lfd.run.dataset import INTERACTIONS, positions
    from lfd.run.tables import read_batches

    counts, index = np.zeros(len(items)), pd.Index(items["item"])
    for batch in read_batches(work, INTERACTIONS):
        rows = positions(index, batch["item"].to_numpy(), INTERACTIONS, "item")
        counts += np.bincount(rows, minlength=len(items))
    return counts


def say_best(scores: pd.DataFrame) -> str:
    """One line: each attribute with its best signed axis (or direction) that chance does not explain."""
    from lfd.core.decoding.mapped import unit_name

    own = scores[scores["value"].isna()]
    found = own[own["q"] < SURE]
    best = found.loc[found.groupby("attribute", sort=False)["score"].idxmax()].set_index("attribute")
    said = []
    for name in dict.fromkeys(own["attribute"]):
        if name in best.index:
            at = best.loc[name]
            where = unit_name(int(at["axis"]), int(at["side"]), at["direction"])
            said.append(f"{name} {where} ({at['score']:.2f})")
        else:
            said.append(f"{name} nowhere")
    return ", ".join(said)


def show_scores(method: str, run: Snapshot, console: Console, form: str) -> None:
    """Print the scores of one method: the whole table for programs, attributes by axes for people."""
    from lfd.core.decoding.mapped import unit_name
    from lfd.run.scores import MEMBERS, read_scores
    from lfd.run.tables import read_frame

    if form != "table":
        print_frame(console, read_frame(run, MEMBERS[method]), form)
        return
    scores, active = read_scores(run, method), active_axes(run)
    own = scores[scores["value"].isna()]
    if active is not None:  # nothing can be mapped on the others
        own = own[own["direction"].notna() | own["axis"].isin(active.nonzero()[0])]
    if own.empty:
        console.warn(f"no axis is active, so there is nothing to show{_axes_words(run, active)}")
        return
    names = [unit_name(*unit) for unit in zip(own["axis"], own["side"], own["direction"], strict=True)]
    said = [f"{x:.3f}{'*' if q < SURE else ' '}" for x, q in zip(own["score"], own["q"], strict=True)]
    grid = own.assign(signed=names, said=said).pivot(index="signed", columns="attribute", values="said")
    ordered = grid.loc[list(dict.fromkeys(names)), list(dict.fromkeys(own["attribute"]))]
    title = f"{TITLES[method]}{_axes_words(run, active)}; *: q < {SURE}"
    print_frame(console, ordered.reset_index().rename(columns={"signed": "axis"}), form, title=title)


def _axes_words(run: Snapshot, active: npt.NDArray[np.bool_] | None) -> str:
    """Which axes the scores are on, and how many are left out of what people see."""
    from lfd.run.latents import FRAME, read_frame_axes

    words = f" ({read_frame_axes(run)} axes" if FRAME in run else " ("
    if active is not None and not active.all():
        words += f", {(~active).sum()} inactive ones not shown"
    return words + ")" if len(words) > 2 else ""


SURE = 0.05
TITLES = {"mc": "Magnitude of Change by signed axis", "sample": "Information gain of samples by signed axis"}
