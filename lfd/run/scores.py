"""The members under scores/: the long score table of each method, one row a cell."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lfd.run.tables import Place, Reader, read_table, write_table

MEMBERS = {"mc": "scores/mc.parquet", "sample": "scores/sample.parquet"}


def write_scores(place: Place, scores: pd.DataFrame, method: str) -> None:
    """Write the score table of one method; sides become - and +."""
    table = pa.Table.from_pandas(
        scores.assign(side=scores["side"].map({-1: "-", 1: "+"}), axis=scores["axis"].astype("int16")),
        preserve_index=False,
    )
    write_table(place(MEMBERS[method]), table)


def read_scores(run: Reader, method: str) -> pd.DataFrame:
    """The score table of one method, sides as -1 and +1."""
    table = read_table(run, MEMBERS[method])
    side = pc.if_else(pc.equal(table["side"], "-"), -1, 1).cast(pa.int8())
    frame: pd.DataFrame = table.set_column(table.column_names.index("side"), "side", side).to_pandas()
    return frame.assign(value=frame["value"].astype(object).where(frame["value"].notna(), None))
