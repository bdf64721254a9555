"""Which users teach, which tell when to stop, which are kept for the test; and what of these is shown.

Strong generalisation (Liang et al. 2018): held-out users take no part in training; 80 % of each one's
interactions are folded in and the rest must be predicted.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.models.rows import keep, row_of_entry
from lfd.errors import UsageError

TRAIN, VALIDATION, TEST = "train", "validation", "test"
HIDDEN_SHARE = 0.2
MOST_USERS = 10_000  # held-out users that are judged: more make a loss no surer, and a pass over them slower


def hold_out(n_users: int, share: float, generator: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Choose the users that are held out.

    Parameters
    ----------
    n_users : int
    share : float in [0, 1)
        At least one user is held out where the share is above 0, and at least one is not.
    generator : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, users, bool
    """
    held = np.zeros(n_users, dtype=np.bool_)
    held[generator.permutation(n_users)[: number_held_out(n_users, share)]] = True
    return held


def number_held_out(n_users: int, share: float) -> int:
    """How many users that is.

    Parameters
    ----------
    n_users : int
    share : float in [0, 1)
    """
    return 0 if share == 0 or n_users < 2 else min(max(1, round(share * n_users)), n_users - 1)


def part_users(
    n_users: int, holdout: float, test: float, generator: np.random.Generator
) -> npt.NDArray[np.str_]:
    """Choose the users that tell when to stop, and those that nothing looks at before the end.

    Parameters
    ----------
    n_users : int
    holdout, test : float in [0, 1)
        Shares of the users. The users that are held out to tell when to stop, and the generator after this,
        are the same whatever is kept for the test.
    generator : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of str, (users,)
        TRAIN, VALIDATION (of `holdout`) or TEST.

    Raises
    ------
    UsageError
        If nobody is left to train on.
    """
    if holdout + test >= 1:
        raise UsageError(
            f"a holdout of {holdout:g} and a test of {test:g} leave nobody to train on",
            "hold fewer users out: lfd train --holdout 0.1 --test 0.1",
        )
    later = generator.spawn(1)[0]
    held = hold_out(n_users, holdout, generator)
    part = np.where(held, VALIDATION, TRAIN)
    rest = np.flatnonzero(~held)
    part[rest[hold_out(len(rest), test * n_users / max(len(rest), 1), later)]] = TEST
    return part


def fold_in(
    interactions: sparse.csr_array, generator: np.random.Generator
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Part every user's interactions into what the model is shown and what it must predict.

    A fifth of each user's interactions (rounded, at least one) is hidden; of a single one, that one.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items
    generator : numpy.random.Generator

    Returns
    -------
    shown, hidden : scipy.sparse.csr_array, users x items
    """
    count = np.diff(interactions.indptr)
    user = row_of_entry(interactions)
    order = np.lexsort((generator.random(interactions.nnz), user))
    rank = np.empty(interactions.nnz, dtype=np.int64)
    rank[order] = np.arange(interactions.nnz) - interactions.indptr[user]
    is_hidden = rank < np.maximum(1, np.rint(HIDDEN_SHARE * count))[user]
    return keep(interactions, ~is_hidden), keep(interactions, is_hidden)
