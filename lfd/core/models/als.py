"""ALS on choices: weighted matrix factorisation (Hu, Koren and Volinsky 2008), by the library implicit.

    minimise  sum_ui c_ui (x_ui - u . q_i)^2 + regularization (|u|^2 + |q|^2),   c_ui = 1 + alpha x_ui

over all pairs, chosen or not (equation 3). Kept are the items' factors: where a user is follows from the
history, by the same least squares (equation 4), so that users who were not there are placed like all others.
Knows nothing of splits; the library is imported where it is used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lfd.core.models.imported import import_factors
from lfd.errors import UsageError

ALS = "als"


def fit_als(
    interactions: sparse.csr_array,
    latent: int,
    alpha: float,
    regularization: float,
    iterations: int,
    seed: int,
    threads: int = 1,
) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Factorise the interactions.

    Parameters
    ----------
    interactions : scipy.sparse.csr_array, users x items, values in [0, 1]
    latent : int
        Number of factors.
    alpha : float, from 0
    regularization : float, above 0
    iterations : int
    seed : int
        Of the first factors.
    threads : int, default 1
        A row is solved by one of them, so their number changes nothing.

    Returns
    -------
    config : dict
    weights : dict of str to numpy.ndarray
        As `lfd.core.models.factors.factor_model` takes them.

    Raises
    ------
    UsageError
        If implicit is not installed.
    """
    try:
        from implicit.cpu.als import AlternatingLeastSquares
    except ModuleNotFoundError:
        raise UsageError(
            "als is trained by the library implicit, which is not installed",
            "install it: pip install 'lfd[als]', or train another model: --model svd",
        ) from None
    from threadpoolctl import threadpool_limits

    confidences = sparse.csr_matrix(interactions, dtype=np.float32, copy=True)
    confidences.data = 1 + np.float32(alpha) * confidences.data
    with threadpool_limits(1, "blas"):  # the library has threads of its own, and complains of others
        model = AlternatingLeastSquares(
            factors=latent,
            alpha=1.0,  # of theirs, which multiplies the values; these are confidences already
            regularization=regularization,
            iterations=iterations,
            use_cg=False,
            num_threads=threads,
            random_state=seed,
        )
        model.fit(confidences, show_progress=False)
    items = np.asarray(model.item_factors, dtype=np.float64)
    found = import_factors(interactions, items, np.zeros(len(items)), alpha=alpha, ridge=regularization)
    return found.config | {"model": ALS}, found.weights
