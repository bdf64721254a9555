"""What the two decoders share at the shell: the catalogue's weights, and how their scores are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lfd.cli.console import Console
from lfd.cli.tables import print_frame

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from lfd.cli.work import Work
    from lfd.run.folder import Snapshot


def item_weight(work: Work, catalogue: str) -> npt.NDArray[np.float64] | None:
    """How items count in the catalogue's distribution: alike, or by their interactions."""
    if catalogue == "uniform":
        return None
    import numpy as np

    from lfd.run.dataset import read_dataset

    counts: npt.NDArray[np.float64] = np.diff(read_dataset(work).interactions.tocsc().indptr).astype(
        np.float64
    )
    return counts


def say_best(scores: pd.DataFrame) -> str:
    """One line: each attribute with its best signed axis."""
    from lfd.core.mapping import axis_name

    own = scores[scores["value"].isna()].dropna(subset=["score"])
    best = own.loc[own.groupby("attribute", sort=False)["score"].idxmax()]
    cells = zip(best["attribute"], best["axis"], best["side"], best["score"], strict=True)
    return ", ".join(f"{name} {axis_name(int(a), int(s))} ({score:.2f})" for name, a, s, score in cells)


def show_scores(method: str, run: Snapshot, console: Console, form: str) -> None:
    """Print the scores of one method: the whole table for programs, attributes by axes for people."""
    from lfd.core.mapping import axis_name
    from lfd.run.scores import MEMBERS, read_scores
    from lfd.run.tables import read_frame

    if form != "table":
        print_frame(console, read_frame(run, MEMBERS[method]), form)
        return
    scores = read_scores(run, method)
    own = scores[scores["value"].isna()]
    names = [axis_name(int(a), int(s)) for a, s in zip(own["axis"], own["side"], strict=True)]
    grid = own.assign(signed=names).pivot(index="signed", columns="attribute", values="score")
    ordered = grid.loc[list(dict.fromkeys(names)), list(dict.fromkeys(own["attribute"]))]
    print_frame(console, ordered.reset_index().rename(columns={"signed": "axis"}), form, title=TITLES[method])


TITLES = {"mc": "Magnitude of Change by signed axis", "sample": "Information gain of samples by signed axis"}
