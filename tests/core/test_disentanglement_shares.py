"""Users' attribute shares as factors: a catalogue small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from lfd.core.attributes import Attribute
from lfd.core.disentanglement import attribute_shares, disentanglement, share_factors
from lfd.errors import InputError
from lfd.settings.disentanglement import DisentanglementSettings, UserFactorSettings

# Films: Horror; Horror and Comedy; Comedy; no genre.
GENRE = Attribute(
    "genre", ("Comedy", "Horror"), np.array([[0, 1.0], [0.5, 0.5], [1.0, 0], [0, 0]]), ordered=False
)
YEAR = Attribute("year", ("1950s", "1960s"), np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]]), ordered=True)
CHOSEN = sparse.csr_array(
    np.array([[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1], [0.3, 1, 1, 1]], dtype=np.float32)
)


def test_shares_by_hand():
    shares = attribute_shares(CHOSEN, [GENRE, YEAR])
    assert shares.columns == (
        ("genre", "Comedy"),
        ("genre", "Horror"),
        ("year", "1950s"),
        ("year", "1960s"),
    )
    # An item with two genres counts fully for both, one without for none of them, a weak choice fully.
    assert shares.table.tolist() == [
        [0.5, 1.0, 1.0, 0.0],
        [0.5, 0.0, 0.0, 1.0],
        [0.0, 0.0, 0.0, 1.0],
        [0.5, 0.5, 0.5, 0.5],
    ]


def test_rules():
    shares = attribute_shares(CHOSEN, [GENRE, YEAR])
    half = share_factors(shares)
    assert half.names == ("genre = Comedy", "genre = Horror", "year = 1950s", "year = 1960s")
    assert half.table.tolist() == [[1, 1, 1, 0], [1, 0, 0, 1], [0, 0, 0, 1], [1, 1, 1, 1]]
    above = share_factors(shares, UserFactorSettings(threshold=0.6))
    assert above.table.tolist() == [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert above.rule == "at least 0.6 of the user's interactions have the value"
    # Medians 0.5, 0.25, 0.25, 0.75: an even number of users, so between the middle two
    median = share_factors(shares, UserFactorSettings(rule="median"))
    assert median.table.tolist() == [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 1, 1, 0]]
    assert median.names == half.names
    dominant = share_factors(shares, UserFactorSettings(rule="dominant"))
    assert dominant.names == ("genre", "year")
    assert dominant.table.tolist() == [[1, 0], [0, 1], [2, 1], [0, 0]]  # 2: no genre at all; ties: the first
    share = share_factors(shares, UserFactorSettings(rule="share"))
    assert share.table is shares.table
    assert share.names == half.names


def test_shares_feed_the_measures():
    rng = np.random.default_rng(0)
    taste = rng.integers(0, 2, 120)
    labels = np.repeat([[1.0, 0.0], [0.0, 1.0]], 20, axis=0)
    picked = rng.random((120, 40)) < np.where(taste[:, None] == (np.arange(40) >= 20), 0.5, 0.1)
    shares = attribute_shares(
        sparse.csr_array(picked.astype(np.float32)), [Attribute("genre", ("A", "B"), labels)]
    )
    factors = share_factors(shares)
    codes = np.stack([taste + rng.normal(0, 0.1, 120), rng.normal(size=120)], axis=1)
    options = DisentanglementSettings(measures=("mig", "explicitness"))
    found = disentanglement(codes, factors.table, options, factor_names=factors.names)
    assert list(found[0].parts) == ["genre = A", "genre = B"]
    assert found[0].value > 0.5
    assert found[2].value > 0.9


def test_what_has_no_shares_is_refused():
    with pytest.raises(InputError, match="there is no attribute to make factors of"):
        attribute_shares(CHOSEN, [])
    with pytest.raises(InputError, match="attribute genre labels 4 items, and the interactions have 3"):
        attribute_shares(CHOSEN[:, :3], [GENRE])
    empty = sparse.csr_array(np.array([[1.0, 0, 0, 0], [0, 0, 0, 0]], dtype=np.float32))
    with pytest.raises(InputError, match="user row 1 has no interactions"):
        attribute_shares(empty, [GENRE])
