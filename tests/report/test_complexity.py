"""The factors of data in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from lfd.core.complexity.description import describe
from lfd.report.complexity import (
    ComplexityFacts,
    FactorFacts,
    bar,
    complexity_table,
    data_sentence,
    growth_table,
    sentence,
)
from lfd.report.markdown import render_tables

YEAR = FactorFacts(1, "main", 2.0, 1.9, 2.1, 0.95, 0.93, False, {"year": 0.5, "genre": 0.06, "rating": 0.03})
SQUARE = FactorFacts(2, "harmonic", 1.2, 1.1, 1.3, 0.7, 0.4, True, {"genre": 0.2, "year": 0.01})
CHANCE = FactorFacts(3, "chance", 0.97, None, None, 0.0, None, False, {})
PART = {
    "share": 0.5, "users": 500, "factors": 1, "main": 1, "expected": 2, "next_users": 12_345,
    "strength": [1.5], "predicted": [1.4234],
}  # fmt: skip
FACTS = ComplexityFacts("", (YEAR, SQUARE, CHANCE), 2, 1, 1, 2, 2.0, 0.95, 3_456.0, (PART,), ())


def test_a_row_says_kind_strength_bar_interval_knowledge_and_attributes() -> None:
    rows = complexity_table(FACTS).rows
    assert rows[0] == ("1 main", "2.00 ██████┃█████", "1.90-2.10", "0.95 0.93", "year 0.50, genre 0.06")
    assert rows[1] == ("2 harmonic", "1.20 ██████┃", "1.10-1.30", "0.70 0.40 !", "genre 0.20")
    assert rows[2] == ("3 chance", "0.97 ██████┃", "", "", "")


def test_a_bar_crosses_the_edge_only_where_a_factor_does() -> None:
    assert bar(0.5, 2.0) == "███   ┃"
    assert bar(0.5, 0.5) == "██████     ┃"
    assert bar(4.0, 4.0) == "███┃████████"
    assert {len(bar(strength, 3.0).ljust(12)) for strength in (0.0, 1.0, 2.9)} == {12}


def test_weak_factors_beyond_those_shown_are_counted() -> None:
    many = tuple(replace(SQUARE, factor=n) for n in range(1, 40))
    table = complexity_table(replace(FACTS, factors=(*many, CHANCE), number=39))
    assert len(table.rows) == 25
    assert table.rows[-1][0] == "3 chance"
    assert "15 weaker factors are not shown" in table.note


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "2 factors stand out of chance, 1 of them main (95 %: 1 to 2); a user's place on the"),
        ({}, "known with a correlation of 0.95 at best; one more should show from about 3,500 users on"),
        ({"number": 1, "main_high": 1}, "1 factor stands out of chance; a user's place"),
        ({"number": 0, "factors": (CHANCE,)}, "no factor stands out of chance"),
        ({"number": 0, "factors": (CHANCE,)}, "(the strongest reaches 0.97 of the edge)"),
    ],
)
def test_the_sentence_says_what_it_means(changed: dict[str, object], said: str) -> None:
    assert said in sentence(replace(FACTS, **changed))


def test_the_data_are_described_in_a_sentence() -> None:
    interactions = sparse.csr_array(np.array([[1.0, 1, 0, 0], [1, 1, 1, 0]]))
    said = data_sentence(describe(interactions, []))
    assert said == (
        "2 users, 4 items, 5 interactions (density 62.50%); 2.5 per user (median 2.5, 2 to 3), 1.2 per item"
        " (median 1.5, 0 to 2); popularity: Gini 0.35, entropy 0.76"
    )


def test_growth_puts_what_was_found_beside_the_formula() -> None:
    table = growth_table(FACTS)
    assert table.rows == (("500", "1 (2)", "1", "12,000", "1.50", "1.42"),)
    assert "| 500 | 1 (2) |" in render_tables("Complexity", [table])
