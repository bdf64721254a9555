"""Filters against brute force, on any small table of interactions."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfd.sources.filtering import Rows, core, in_order, present, renumbered, repeats, without_repeats

triples = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 5), st.integers(0, 9)),
    min_size=1,
    max_size=60,
)
Row = tuple[int, int, int, int]


def rows_of(triples: list[Row], times: bool = True) -> Rows:
    user, item, value, time = (np.array(column) for column in zip(*triples, strict=True))
    found = time.astype(np.int64) if times else None
    return Rows(user.astype(np.int32), item.astype(np.int32), value.astype(np.float32), found)


def listed(rows: Rows) -> list[Row]:
    time = rows.timestamp if rows.timestamp is not None else np.zeros(len(rows), int)
    return list(zip(rows.user.tolist(), rows.item.tolist(), rows.value.tolist(), time.tolist(), strict=True))


@given(triples)
def test_sorting_keeps_rows_of_a_pair_in_their_order(given: list[Row]) -> None:
    got, order = in_order(rows_of(given), 7)
    assert listed(got) == sorted(given, key=lambda row: row[:2])
    stood = range(len(given)) if order is None else order.tolist()
    assert [given[k] for k in stood] == listed(got)


@given(triples, st.sampled_from(["first", "last", "max", "mean"]), st.booleans())
def test_one_row_a_pair(given: list[Row], policy: str, times: bool) -> None:
    got, _ = in_order(rows_of(given, times), 7)
    assert int(repeats(got).sum()) == len(given) - len({row[:2] for row in given})
    kept = {row[:2]: row for row in listed(without_repeats(got, policy))}  # type: ignore[arg-type]
    pairs: dict[tuple[int, int], list[Row]] = {}
    for row in given:
        pairs.setdefault(row[:2], []).append(row)
    assert list(kept) == sorted(pairs)
    for pair, rows in pairs.items():
        in_time = sorted(rows, key=lambda row: row[3]) if times else rows
        values = [row[2] for row in rows]
        expected = {
            "first": in_time[0][2],
            "last": in_time[-1][2],
            "max": max(values),
            "mean": sum(values) / len(values),
        }
        assert kept[pair][2] == pytest.approx(expected[policy])
        if times and policy in ("last", "mean"):
            assert kept[pair][3] == max(row[3] for row in rows)


def brute_core(pairs: set[tuple[int, int]], items: int, users: int) -> set[tuple[int, int]]:
    """Drop one user or one item at a time."""
    while True:
        per_user, per_item = Counter(u for u, _ in pairs), Counter(i for _, i in pairs)
        bad_user = next((u for u, n in per_user.items() if n < items), None)
        bad_item = next((i for i, n in per_item.items() if n < users), None)
        if bad_user is not None:
            pairs = {p for p in pairs if p[0] != bad_user}
        elif bad_item is not None:
            pairs = {p for p in pairs if p[1] != bad_item}
        else:
            return pairs


@given(triples, st.integers(1, 4), st.integers(0, 4))
def test_the_core_is_that_of_brute_force(given: list[Row], items: int, users: int) -> None:
    pairs = {row[:2] for row in given}
    rows, _ = in_order(rows_of([(u, i, 1, 0) for u, i in pairs]), 7)
    kept = core(rows, items, users)
    assert {row[:2] for row in listed(kept)} == brute_core(pairs, items, users)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_renumbering_counts_what_is_kept(codes: list[int]) -> None:
    there = present(np.array(codes, np.int32), 10)
    new = renumbered(np.array(codes, np.int32), there)
    assert np.flatnonzero(there)[new].tolist() == codes
    assert new.dtype == np.int32
