"""Users and items by what people call them.

An item is named by its id or its title; of a title neither case, nor the year behind it, nor where its
article stands has to agree. What there is not is an error that names what is nearest. Knows lists of names;
knows no run and no model.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lfd.errors import UsageError, nearest

YEAR = re.compile(r"\s*\((?:19|20)\d\d\)\s*$")
ARTICLE_BEHIND = re.compile(r"^(.*), (the|an?|les?|la|l'|der|die|das|el|il)$")
ARTICLE_BEFORE = re.compile(r"^(?:the|an?) ")

NEAR = 0.6  # of the letters, for a title to be suggested
SURE = 0.75  # for it to be taken,
APART = 0.05  # where the next one is that much farther away
SUGGESTED = 3


@dataclass(frozen=True)
class Match:
    """What a word was taken for.

    Attributes
    ----------
    row : int
    read_as : str
        The name that it was read as, where it is not the very word; else empty.
    """

    row: int
    read_as: str = ""


class Names:
    """Users or items with their ids and, where they have any, titles.

    Parameters
    ----------
    kind : str
        What one of them is called: user, item.
    ids : sequence
        Strings or integers, each once.
    titles : sequence of str or None, default none
    """

    def __init__(self, kind: str, ids: Sequence[object], titles: Sequence[str | None] | None = None) -> None:
        self.kind = kind
        self.ids = [str(name) for name in ids]
        self.titles = None if titles is None else [None if t is None else str(t) for t in titles]

    def called(self, row: int) -> str:
        """What people call one of them: its title, or without one its id."""
        title = self.titles[row] if self.titles else None
        return title or f"{self.kind} {self.ids[row]}"

    def find(self, wanted: str) -> int:
        """The row of an id or a title.

        Parameters
        ----------
        wanted : str

        Returns
        -------
        int

        Raises
        ------
        UsageError
            There is none, or there are several with this title; names those that are nearest.
        """
        rows = self._exact(wanted)
        if len(rows) == 1:
            return rows[0]
        if rows:
            raise UsageError(
                f"{len(rows)} {self.kind}s are called {wanted}",
                f"say which: {self._listed(rows[:SUGGESTED], 'or')}",
            )
        raise UsageError(f"there is no {self.kind} {wanted}", self._hint(wanted))

    def find_near(self, wanted: str) -> Match:
        """The same, but a misspelt title is taken for the nearest one where only one is near.

        Parameters
        ----------
        wanted : str

        Returns
        -------
        Match

        Raises
        ------
        UsageError
        """
        if not self._exact(wanted):
            rows, sure = self._near(wanted)
            if sure:
                return Match(rows[0], self.called(rows[0]))
        return Match(self.find(wanted))

    def _exact(self, wanted: str) -> list[int]:
        if wanted in self._by_id:
            return [self._by_id[wanted]]
        whole = self._by_whole_title.get(folded(wanted), [])
        return whole or self._by_title.get(plain_title(wanted), [])

    def _near(self, wanted: str) -> tuple[list[int], bool]:
        """Rows whose titles are nearest, best first; and whether the first is the one that is meant."""
        word = plain_title(wanted)
        parts = [rows for title, rows in self._by_title.items() if word and f" {word} " in f" {title} "]
        if len(parts) == 1:
            return parts[0], len(parts[0]) == 1
        near = difflib.get_close_matches(word, list(self._by_title), SUGGESTED, NEAR)
        closeness = [difflib.SequenceMatcher(None, title, word).ratio() for title in near]
        rows = [row for title in near for row in self._by_title[title]]
        sure = bool(near) and closeness[0] >= SURE and len(self._by_title[near[0]]) == 1
        alone = len(near) < 2 or closeness[1] <= closeness[0] - APART
        return rows or [row for some in parts for row in some], sure and alone

    def _hint(self, wanted: str) -> str:
        rows = self._near(wanted)[0][:SUGGESTED] if self.titles else []
        if rows:
            return f"did you mean {self._listed(rows, 'or')}?"
        return f"{nearest(wanted, self.ids)} see all: lfd cat RUN data/{self.kind}s.parquet"

    def _listed(self, rows: Sequence[int], between: str) -> str:
        names = [f"{self.called(row)} (id {self.ids[row]})" for row in rows]
        return f" {between} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    @cached_property
    def _by_id(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.ids)}

    @cached_property
    def _by_whole_title(self) -> dict[str, list[int]]:
        return _grouped([folded(title) for title in self.titles or ()])

    @cached_property
    def _by_title(self) -> dict[str, list[int]]:
        return _grouped([plain_title(title or "") for title in self.titles or ()])


def plain_title(title: str) -> str:
    """A title as titles are compared: lower case, without the year behind it, without its article.

    Parameters
    ----------
    title : str

    Returns
    -------
    str

    Examples
    --------
    >>> plain_title("Matrix, The (1999)"), plain_title("the matrix")
    ('matrix', 'matrix')
    """
    plain = folded(YEAR.sub("", title))
    behind = ARTICLE_BEHIND.match(plain)
    return behind.group(1) if behind else ARTICLE_BEFORE.sub("", plain)


def folded(text: str | None) -> str:
    """Text as words are compared: no case, single spaces."""
    return " ".join((text or "").casefold().split())


def _grouped(names: Sequence[str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name:
            groups.setdefault(name, []).append(row)
    return groups
