"""Attributes: how columns are read, and what membership comes out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfd.core.attributes import AttributeSchema, infer_schema, read_attributes
from lfd.core.binning import bin_edges, bin_names, bin_numbers
from lfd.errors import InputError, UsageError

ITEMS = pd.DataFrame(
    {
        "item": [1, 2, 3, 4],
        "title": ["A", "B", "C", "D"],
        "genre": [["Horror", "Comedy"], ["Comedy"], [], None],
        "year": [1979.0, 1980.0, 1995.0, np.nan],
        "maker": ["x", None, "y", "x"],
    }
)


def test_columns_are_read_by_what_they_hold() -> None:
    schema, notes = infer_schema(ITEMS, bins={"year": "decade"})
    assert notes == []
    assert schema["genre"] == AttributeSchema("multi", ("Comedy", "Horror"))
    assert schema["year"] == AttributeSchema("numeric", ("1970s", "1980s", "1990s"), (1970, 1980, 1990, 2000))
    assert schema["maker"] == AttributeSchema("nominal", ("x", "y"))


def test_membership_shares_a_unit_among_an_items_values() -> None:
    schema, _ = infer_schema(ITEMS, bins={"year": "decade"})
    genre, year, maker = read_attributes(ITEMS, schema)
    assert genre.membership.tolist() == [[0.5, 0.5], [1, 0], [0, 0], [0, 0]]
    assert year.membership.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert maker.membership.tolist() == [[1, 0], [0, 0], [0, 1], [1, 0]]
    assert (genre.ordered, year.ordered, maker.ordered) == (False, True, False)


def test_an_attribute_with_a_single_value_is_left_out_and_named() -> None:
    schema, notes = infer_schema(ITEMS.assign(language="en", empty=None))
    assert "language" not in schema
    assert "attribute language has the single value en" in notes[0]
    assert "attribute empty has no value" in notes[1]


def test_a_value_that_the_schema_does_not_know_is_named_with_its_row() -> None:
    with pytest.raises(InputError, match="row 2, column maker: 'y' is no value of maker"):
        read_attributes(ITEMS, {"maker": AttributeSchema("nominal", ("x", "z"))})


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(InputError, match=r"no column mood \(columns: item, title, genre, year, maker\)"):
        read_attributes(ITEMS, {"mood": AttributeSchema("nominal", ("x", "y"))})


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=200), st.integers(2, 12))
def test_every_number_falls_into_the_bin_that_its_edges_say(numbers: list[float], count: int) -> None:
    values = np.array(numbers)
    edges = bin_edges(values, f"quantiles:{count}")
    bins = bin_numbers(values, edges)
    if len(edges) > 1:
        assert (edges[bins] <= values).all()
        assert (values <= edges[bins + 1]).all()
        assert len(set(bin_names(edges))) == len(edges) - 1
    assert bins.max() <= max(len(edges) - 2, 0)


def test_bins_of_about_as_many_items_each() -> None:
    edges = bin_edges(np.arange(1000.0), "deciles")
    assert np.bincount(bin_numbers(np.arange(1000.0), edges)).tolist() == [100] * 10


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown bins 'thirds'"):
        bin_edges(np.arange(3.0), "thirds")
