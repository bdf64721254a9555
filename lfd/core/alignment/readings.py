"""Reading directions as users' choices have them, the decoder's own being what is known beforehand.

A decoder learns where a concept is read from noisy histories, and bends it: by the chance that it knows by
heart, and by its shape where tastes and attributes are correlated. Choices that the encoder has not seen
(`unseen.py`) tell what is right. In

    log P(i | y) = b_i + a_i B y

(McFadden 1974; a_i: the item's concepts, y: the user's whitened coordinates) the rows of B are the reading
directions, on any scale of the decoder's scores. Popularity is the intercept's; strata of it, held fixed,
would hold fixed what taste has made popular. B is found by one step of Fisher scoring from the regression of
the loadings, with intercepts profiled out; one step from a good start is as good as the maximum (Le Cam
1956). Each row has a normal prior around the decoder's direction, whatever its length: where choices are few
or a value is rare, the decoder is believed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, solve

from lfd.core.alignment.designs import RIDGE, together, unit_columns
from lfd.core.alignment.likelihood import Likely, PlacedChoices, placed
from lfd.core.alignment.unseen import Unseen
from lfd.core.concepts import Concepts

Floats = npt.NDArray[np.float64]

DOUBT = 0.3  # standard deviation of a row across the decoder's direction, as a share of the decoder's length
LENGTH_DOUBT = 10.0  # the same along it: scores come on many scales
MOST_UNKNOWNS = 5_000  # concepts times dimensions, of which the information matrix is held
NOTHING = 1e-4


def from_choices(rows: Floats, concepts: Concepts, loadings: Floats, unseen: Unseen) -> Floats:
    """Correct the decoder's reading directions by choices that the encoder has not seen.

    Parameters
    ----------
    rows : numpy.ndarray, concepts x dimensions
        The decoder's own, of a column of length 1.
    concepts : Concepts
        With labels filled in.
    loadings : numpy.ndarray, items x dimensions
        L, on the scale of logits.
    unseen : Unseen

    Returns
    -------
    numpy.ndarray, concepts x dimensions
        `rows` themselves where nobody chose anything, or there are more unknowns than can be held.
    """
    choices = placed(unseen)
    if not len(choices.number) or not rows.size or too_many(*rows.shape):
        return rows
    columns = unit_columns(concepts.columns - concepts.columns.mean(axis=0))
    start = together(columns, loadings)
    likely = Likely(choices, columns @ start, start.size)
    information, score = _scoring(columns, likely.scale * start, choices, likely)
    rows = likely.scale * rows
    prior = _prior(rows)
    return _solved(information + prior, score + prior @ rows.ravel(), concepts)


def too_many(concepts: int, dimensions: int) -> bool:
    """Whether there are more unknowns than can be held, so that the decoder has to be believed."""
    return concepts * dimensions > MOST_UNKNOWNS


def _scoring(columns: Floats, start: Floats, choices: PlacedChoices, likely: Likely) -> tuple[Floats, Floats]:
    """The information about B, intercepts profiled out, and the same times the B that a step leads to.

    Unknowns are in the order of `start`: column by column, dimension by dimension.
    """
    y, number = choices.coordinates, choices.number
    mean = sum((chance @ columns[part] for part, chance in likely.chances()), np.zeros((len(y), len(start))))
    spread = (mean[:, :, None] * y[:, None]).reshape(len(y), -1)
    squares = (y[:, :, None] * y[:, None]).reshape(len(y), -1)
    information: Floats = -(spread.T * number) @ spread
    score = (columns.T @ choices.together - (mean.T * number) @ y).ravel()
    for part, chance in likely.chances():
        own, weighted = columns[part], chance * number[:, None]
        expected: Floats = number @ chance
        _add_products(information, own, weighted.T @ squares)
        crossed = (own[:, :, None] * (weighted.T @ y)[:, None]).reshape(len(own), -1) - weighted.T @ spread
        information -= (crossed / expected[:, None]).T @ crossed
        score -= crossed.T @ (choices.chosen[part] / expected - 1)
    score += information @ start.ravel()
    # The ridge of `designs`, of each column's information, whatever basis the dimensions have.
    each = information.diagonal().reshape(start.shape).mean(axis=1)
    information[np.diag_indices_from(information)] += RIDGE * np.repeat(each, start.shape[1])
    return information, score


def _add_products(information: Floats, columns: Floats, squares: Floats) -> None:
    """Add up columns x columns x squares (each dimensions x dimensions) over items, a column at a time."""
    number = columns.shape[1]
    blocks = information.reshape(number, -1, number, len(information) // number)
    for q, column in enumerate(columns.T):
        found = (column[:, None] * columns[:, : q + 1]).T @ squares
        found = found.reshape(q + 1, *blocks.shape[1::2])
        blocks[q, :, : q + 1] += found.transpose(1, 0, 2)
        blocks[:q, :, q] += found[:q]


def _prior(rows: Floats) -> Floats:
    """How sure each row is beforehand: of the decoder's direction rather, of its length hardly."""
    rank, prior = rows.shape[1], np.zeros((rows.size, rows.size))
    length = np.linalg.norm(rows, axis=1)
    length = np.maximum(length, NOTHING * max(float(length.max()), NOTHING))
    for c, row in enumerate(rows / length[:, None]):
        own, along = slice(c * rank, (c + 1) * rank), np.outer(row, row)
        across = (np.eye(rank) - along) * rank / DOUBT**2
        prior[own, own] = (across + along / LENGTH_DOUBT**2) / length[c] ** 2
    return prior


def _solved(information: Floats, score: Floats, concepts: Concepts) -> Floats:
    """Every concept's row, with all that are not its rivals held fixed."""
    unknowns = np.arange(len(information)).reshape(len(concepts), -1)
    found = np.zeros(unknowns.shape)
    attributes = np.array([concept.attribute for concept in concepts.names])
    for name in dict.fromkeys(attributes.tolist()):
        index = np.flatnonzero(attributes == name)
        fixed = ~concepts.rivals[index[0]]
        held = unknowns[fixed].ravel()
        factor = cho_factor(information[np.ix_(held, held)])
        if fixed[index[0]]:  # none of them is another's rival
            together = cho_solve(factor, score[held]).reshape(-1, found.shape[1])
            found[index] = together[np.searchsorted(np.flatnonzero(fixed), index)]
            continue
        for c in index:
            own = unknowns[c]
            across = cho_solve(factor, information[np.ix_(held, own)])
            left = information[np.ix_(own, own)] - information[np.ix_(own, held)] @ across
            found[c] = solve(left, score[own] - across.T @ score[held], assume_a="pos")
    return found
