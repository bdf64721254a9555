"""People and things by what they are called, and what is said of what there is not."""

from __future__ import annotations

import pytest

from lfd.core.lookup import find_axis, find_concept
from lfd.core.names import Names
from lfd.errors import UsageError

TITLES = ["Alien (1979)", "Aliens (1986)", "Matrix, The (1999)", "Sabrina (1954)", "Sabrina (1995)", None]
ITEMS = Names("item", [10, 20, 30, 40, 50, 60], TITLES)
VALUES = {"genre": ["Horror", "Drama", "unknown"], "year": ["1980s", "1990s"]}
CONCEPTS = ["genre=Horror", "genre=Drama", "year", "year=1980s", "year=1990s"]


@pytest.mark.parametrize(
    ("wanted", "row"),
    [("10", 0), ("Alien (1979)", 0), ("alien", 0), ("  THE MATRIX ", 2), ("sabrina (1995)", 4), ("60", 5)],
)
def test_an_item_is_found_by_id_or_title(wanted: str, row: int) -> None:
    assert ITEMS.find(wanted) == row
    assert ITEMS.find_near(wanted).row == row
    assert not ITEMS.find_near(wanted).read_as


def test_one_title_of_two_items_asks_which() -> None:
    with pytest.raises(UsageError, match=r"2 items are called sabrina; .*\(id 40\) or .*\(id 50\)"):
        ITEMS.find("sabrina")
    with pytest.raises(UsageError, match="2 items are called"):
        ITEMS.find_near("sabrina")


def test_a_misspelt_title_is_an_error_or_read_as_the_only_one_near() -> None:
    with pytest.raises(UsageError, match=r"no item Matricks; did you mean Matrix, The \(1999\) \(id 30\)\?"):
        ITEMS.find("Matricks")
    found = ITEMS.find_near("Matirx")
    assert (found.row, found.read_as) == (2, "Matrix, The (1999)")


def test_a_word_between_two_titles_is_not_guessed() -> None:
    parts = Names("item", [1, 2], ["Toy Story 2", "Toy Story 3"])
    with pytest.raises(UsageError, match=r"no item Toy Story 4; did you mean Toy Story . \(id .\) or Toy"):
        parts.find_near("Toy Story 4")


def test_users_have_ids_only() -> None:
    users = Names("user", ["ann", "bob"])
    assert users.find("bob") == 1
    with pytest.raises(UsageError, match="no user anne; did you mean ann"):
        users.find("anne")


@pytest.mark.parametrize(("wanted", "row"), [("genre=Horror", 0), ("GENRE=horror", 0), ("year", 2)])
def test_a_concept_is_found_in_any_case(wanted: str, row: int) -> None:
    assert find_concept(wanted, CONCEPTS, VALUES) == row


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("gerne=Horror", "no attribute gerne; did you mean genre"),
        ("genre=Horor", "genre has no value Horor; did you mean genre=Horror"),
        ("genre=unknown", "genre=unknown is no concept of this run"),
        ("genre", "genre as a whole has no order"),
    ],
)
def test_an_unknown_concept_names_the_nearest(wanted: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        find_concept(wanted, CONCEPTS, VALUES)


def test_axes_by_number() -> None:
    assert find_axis("3=+1.5", 4) == (3, 1.5)
    assert find_axis("z0=-2", 4) == (0, -2.0)
    assert find_axis("z0-=2", 4) == (0, -2.0)
    with pytest.raises(UsageError, match="no axis 4; axes are 0 to 3"):
        find_axis("4=1", 4)
    with pytest.raises(UsageError, match="no axis with an amount"):
        find_axis("3", 4)
