"""Ids of users and items: numbers where all are numbers, else text, always in one order.

Knows arrow arrays only. `007` and `7` are different ids; ` 7` and `7` are the same.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from lfd.errors import InputError

_WHOLE = r"^(0|-?[1-9][0-9]{0,17})$"


def canonical(ids: pa.Array, shown: str) -> pa.Array:
    """Return ids as int64 where every one is a whole number written the usual way, else as trimmed text.

    Parameters
    ----------
    ids : pyarrow.Array
        Text or numbers.
    shown : str
        The file and the column in messages.

    Raises
    ------
    InputError
        Where numbers have fractions.
    """
    try:
        if pa.types.is_integer(ids.type) or pa.types.is_floating(ids.type):
            return ids.cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise InputError(f"{shown} does not hold ids: {error}", "ids are whole numbers or text") from None
    text = pc.utf8_trim_whitespace(ids.cast(pa.string()))
    whole = len(text) > 0 and pc.all(pc.match_substring_regex(text, _WHOLE)).as_py()
    return text.cast(pa.int64()) if whole else text


def alike(one: pa.Array, other: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return two arrays of ids in one type: text as soon as one of them is text."""
    if one.type == other.type:
        return one, other
    return one.cast(pa.string()), other.cast(pa.string())


def ordered(ids: pa.Array) -> pa.Array:
    """Return the distinct ids, numbers in their order, text by its bytes."""
    distinct = pc.unique(ids)
    return distinct.take(pc.sort_indices(distinct))


def missing(ids: pa.Array) -> int | None:
    """Return the position of the first id that is null or blank, None where there is none."""
    gone = pc.is_null(ids)
    if pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type):
        gone = pc.or_kleene(gone, pc.equal(pc.utf8_trim_whitespace(ids), ""))
    position = int(pc.index(gone, True).as_py())
    return None if position < 0 else position


def repeated(ids: pa.Array) -> tuple[int, int] | None:
    """Return the positions of the first id that comes twice, None where all are distinct."""
    counts = pc.value_counts(ids)
    often = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    if len(often) == 0:
        return None
    first = int(pc.index(ids, often[0]).as_py())
    return first, first + 1 + int(pc.index(ids.slice(first + 1), often[0]).as_py())
