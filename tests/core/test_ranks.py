"""Ranks and rank correlation against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import rankdata, spearmanr

from lfd.core.ranks import mean_ranks, paired_spearman, spearman

TABLES = arrays(np.float64, (7, 3), elements=st.integers(-3, 3).map(float))  # ties, and constant columns


@given(TABLES)
def test_ranks_are_scipys(table):
    assert (mean_ranks(table) == rankdata(table, axis=0)).all()


@given(TABLES, TABLES)
def test_every_pair_is_scipys(first, second):
    found = spearman(first, second)
    for i in range(3):
        for j in range(3):
            varies = np.ptp(first[:, i]) > 0 and np.ptp(second[:, j]) > 0
            expected = spearmanr(first[:, i], second[:, j]).statistic if varies else 0.0
            assert found[i, j] == pytest.approx(expected, abs=1e-12)
    assert paired_spearman(first, second) == pytest.approx(np.diag(found), abs=1e-12)
