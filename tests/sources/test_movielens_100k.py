"""The real MovieLens 100K: counts that are known, and counts worked out with pandas alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lfd.settings.loading import LoadSettings
from lfd.sources import Loaded, load, recognise


@pytest.fixture(scope="module")
def raw(ml100k: Path) -> pd.DataFrame:
    return pd.read_csv(ml100k / "u.data", sep="\t", names=["user", "item", "value", "timestamp"])


def loaded(folder: Path, **options: object) -> Loaded:
    settings = LoadSettings(**options)  # type: ignore[arg-type]
    return load(recognise(folder, settings), settings)


def core(rows: pd.DataFrame, items: int, users: int) -> pd.DataFrame:
    """The k-core by pandas, one user or item at a time if need be."""
    while True:
        kept = rows[rows.groupby("user")["item"].transform("size") >= items]
        kept = kept[kept.groupby("item")["user"].transform("size") >= users]
        if len(kept) == len(rows):
            return rows
        rows = kept


def test_all_of_it(ml100k: Path, raw: pd.DataFrame) -> None:
    got = loaded(ml100k, min_value="off", min_user_items=1, min_item_users=1)
    assert (len(got.users), len(got.items), len(got.user)) == (943, 1682, 100_000)
    assert got.dropped == {}
    expected = raw.sort_values(["user", "item"], ignore_index=True)
    frame = got.interactions.to_pandas()
    assert frame["user"].tolist() == expected["user"].tolist()
    assert frame["item"].tolist() == expected["item"].tolist()
    assert np.array_equal(frame["value"] * 5, expected["value"])
    assert frame["timestamp"].tolist() == expected["timestamp"].tolist()
    means = raw.groupby("item")["value"].mean()
    assert np.allclose(got.items["rating"], means)
    assert got.items["popularity"].tolist() == raw.groupby("item").size().tolist()


def test_the_defaults_keep_likes_of_the_5_core(ml100k: Path, raw: pd.DataFrame) -> None:
    got = loaded(ml100k)
    expected = core(raw[raw["value"] >= 4], 5, 5).sort_values(["user", "item"])
    assert got.interactions.to_pandas()["user"].tolist() == expected["user"].tolist()
    assert got.interactions.to_pandas()["item"].tolist() == expected["item"].tolist()
    assert set(got.value) == {1.0}
    assert (len(got.users), len(got.items), len(got.user)) == (938, 1008, 54_413)
    assert got.dropped == {
        "interactions with a value below 4": 44_625,
        "users with fewer than 5 items": 5,
        "items with fewer than 5 users": 674,
        "interactions of these users and items": 962,
    }
    assert got.items.set_index("item")["rating"].round(6).to_dict() == (
        raw.groupby("item")["value"].mean().loc[got.items["item"]].round(6).to_dict()
    )


@pytest.mark.parametrize(("value", "items", "users"), [(5, 10, 3), (3, 20, 50), (4, 1, 1), (4, 60, 20)])
def test_filters_agree_with_pandas(
    ml100k: Path, raw: pd.DataFrame, value: int, items: int, users: int
) -> None:
    got = loaded(ml100k, min_value=value, min_user_items=items, min_item_users=users)
    expected = core(raw[raw["value"] >= value], items, users)
    assert len(got.user) == len(expected)
    assert got.users["user"].tolist() == sorted(expected["user"].unique())
    assert got.items["item"].tolist() == sorted(expected["item"].unique())


def test_genres_years_and_users(ml100k: Path) -> None:
    got = loaded(ml100k, min_value="off", min_user_items=1, min_item_users=1)
    items = got.items.set_index("item")
    # counted with cut -d'|' -fN u.item | grep -c 1; the two films of genre `unknown` have none here
    counts = items["genre"].explode().value_counts()
    assert (counts["Drama"], counts["Comedy"], counts["Film-Noir"], len(counts)) == (725, 505, 24, 18)
    assert (items["genre"].str.len() == 0).sum() == 2
    assert items["title"][50] == "Star Wars (1977)"
    assert items["year"][50] == 1977
    assert items["year"][1412] == 1995  # The Land Before Time III ... (1995) (V)
    assert items["year"].isna().sum() == 1  # 267, `unknown`, has no date either
    assert got.noted == {"items without any attribute in their table (kept)": 1}
    assert got.users["gender"].value_counts().to_dict() == {"M": 670, "F": 273}
    assert got.users["age"].iloc[0] == 24
