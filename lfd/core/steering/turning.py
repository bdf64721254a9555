"""What turning knobs is, in arithmetic: all that a slider does to z, and to the scores.

    z' = z + sum_k amount_k step_k,    step_k = deviation_k unit_k
    scores' = scores + nats sum_k amount_k has_k

unit_k is a direction of length 1, deviation_k the standard deviation of the users' positions along it, so
that amounts are in standard deviations; in aligned axes it is 1 along every direction. has_k is 1 for the
items that have the value, else 0. Nothing is clipped or scaled, and the order of knobs does not matter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PARALLEL = 1e-6  # directions whose smallest singular value is below this share of the largest say the same


def moved(latents: Floats, steps: Floats, amounts: Floats) -> Floats:
    """Positions with knobs turned: z' = z + amounts steps.

    Parameters
    ----------
    latents : numpy.ndarray, users x latent
    steps : numpy.ndarray, knobs x latent
        One of the users' standard deviations along each knob, in z.
    amounts : numpy.ndarray, (knobs,), or users x knobs
        Below 0: less of it.

    Returns
    -------
    numpy.ndarray, users x latent
    """
    result: Floats = latents + amounts @ steps
    return result


def lifted(labels: Floats, amounts: Floats, nats: float) -> Floats:
    """What items gain on their log probability for having the values that are wished for.

    Parameters
    ----------
    labels : numpy.ndarray, items x knobs, in [0, 1]
    amounts : numpy.ndarray, (knobs,), or users x knobs
    nats : float
        For each unit of an amount.

    Returns
    -------
    numpy.ndarray, (items,), or users x items
    """
    gain: Floats = nats * (amounts @ labels.T)
    return gain


def smallest(readings: Floats, amounts: Floats, doubt: float = 0.0) -> Floats:
    """The smallest move after which each reading is what was stated: readings move = amounts.

    With one statement that is the statement along its reading direction. Statements that contradict each
    other are met as nearly as can be (least squares). With a doubt they are taken as readings with noise of
    that variance, among users of covariance 1, and the move is where such users are on average, lengthened so
    that a single statement is still met: several that say the same are then not taken apart.

    Parameters
    ----------
    readings : numpy.ndarray, statements x dimensions, rows of length 1
    amounts : numpy.ndarray, (statements,)
    doubt : float, 0 or more, default 0

    Returns
    -------
    numpy.ndarray, (dimensions,)

    Examples
    --------
    >>> smallest(np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([1.0, 1.0])).round(3).tolist()
    [1.0, 0.5]
    """
    if doubt == 0:
        exact: Floats = np.linalg.pinv(readings, rcond=PARALLEL) @ amounts
        return exact
    noisy = readings @ readings.T + doubt * np.eye(len(readings))
    move: Floats = (1 + doubt) * readings.T @ np.linalg.solve(noisy, amounts)
    return move
