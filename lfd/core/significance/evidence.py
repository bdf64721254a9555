"""One attribute's p values on every unit, from changes of lists that may come in parts.

A unit is what is scored (a signed axis); a change is one list becoming another on a unit. The value rows
are linear in the labels, so their p is in closed form: two-sided, since a share that falls says as much as
one that rises. The attribute's own row is one-sided: is it more concentrated (divergence: more changed) than
it would be if labels were shuffled. Its p comes from shuffles, except for the estimator `pointwise`, which is
linear in the labels too (with the catalogue's shares held fixed, which move if popularity weighs them).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.significance.cumulants import permutation_cumulants
from lfd.core.significance.entropies import divergence_lists, entropy_draws
from lfd.core.significance.null import LabelNull
from lfd.core.significance.tails import from_draws, one_sided, two_sided
from lfd.settings.decoding import Estimator

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Changes:
    """Lists that become others: on `unit`, list number `before` becomes list number `after`.

    Attributes
    ----------
    unit, before, after : numpy.ndarray of int64, (changes,)
    """

    unit: Integers
    before: Integers
    after: Integers


class Evidence:
    """Adds up changes; then says how likely chance does as much.

    Parameters
    ----------
    null : LabelNull
    units : int
    estimator : entropy, divergence or pointwise
    terms : numpy.ndarray, (items,)
        The pointwise term of each item.
    """

    def __init__(self, null: LabelNull, units: int, estimator: Estimator, terms: Floats) -> None:
        self._null, self._units, self._estimator = null, units, estimator
        self._terms = terms[null.items, None]
        self._number = np.zeros(units)
        self._moved = np.zeros((units, len(null.items)))
        self._draws = np.zeros((null.permutations, units))

    def add(self, lists: sparse.csr_array, changes: Changes) -> None:
        """Count changes in; those from or to a list without a label do not count.

        Parameters
        ----------
        lists : scipy.sparse.csr_array, lists x items
            Weights of the distinct lists.
        changes : Changes
        """
        self.add_scaled(self._null.scaled(lists), changes)

    def add_scaled(self, scaled: sparse.csr_array, changes: Changes) -> None:
        """Count changes in, of lists that are on labelled items already.

        Parameters
        ----------
        scaled : scipy.sparse.csr_array, lists x labelled items
            Rows sum to 1, or are empty.
        changes : Changes
        """
        labelled = np.diff(scaled.indptr) > 0
        counts = labelled[changes.before] & labelled[changes.after]
        unit, before, after = (x[counts] for x in (changes.unit, changes.before, changes.after))
        self._number += np.bincount(unit, minlength=self._units)
        entries = (np.repeat([1.0, -1.0], len(unit)), (np.tile(unit, 2), np.concatenate([after, before])))
        rises = sparse.coo_array(entries, shape=(self._units, len(labelled))).tocsr()
        rises.sum_duplicates()
        rises.eliminate_zeros()
        self._moved += (rises @ scaled).toarray()
        if self._estimator == "entropy":
            self._draws -= entropy_draws(scaled, rises, self._null, len(self._null.attribute.values))
        elif self._estimator == "divergence":
            every, combined = divergence_lists(scaled, unit, before, after, self._units)
            self._draws += entropy_draws(every, combined, self._null, 2)

    def p_values(self, score: Floats) -> Floats:
        """p of the attribute's own row and of each value's.

        Parameters
        ----------
        score : numpy.ndarray, (units,)
            The attribute's own, as observed.

        Returns
        -------
        numpy.ndarray, units x (1 + values)
            NaN where there is no score, or where no shuffle changes it: there is nothing to test.
        """
        number = np.where(self._number > 0, self._number, np.nan)[:, None]
        moved, labels, strata = self._moved / number, self._null.membership, self._null.strata
        moved = np.nan_to_num(moved)
        chance = permutation_cumulants(moved, labels, strata)
        least = np.array([self._null.least_p(column[:, None]) for column in labels.T])
        values = two_sided(moved @ labels, chance, least)
        if self._estimator == "pointwise":
            chance = permutation_cumulants(-moved, self._terms, strata)
            own = one_sided(-moved @ self._terms, chance, self._null.least_p(self._terms))[:, 0]
        else:
            draws = self._draws / np.nan_to_num(number.T, nan=1.0)
            own = from_draws(score, draws, self._null.least_p(labels))
        return np.where(self._number[:, None] > 0, np.column_stack([own, values]), np.nan)
