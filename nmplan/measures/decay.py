"""Distance decay: how much something counts that takes minutes to reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike  # noqa: TC002
from numpy.typing import NDArray  # noqa: TC002


def decay(minutes: ArrayLike, half_life_min: ArrayLike, plateau_min: ArrayLike = 0.0) -> NDArray[np.float64]:
    """
    Return the weight of something that takes minutes to reach.

    f(t) = 1 up to the plateau, then 2^(−(t − plateau) / half-life); 0 where it cannot be reached (NaN).

    Parameters
    ----------
    minutes
        Travel times.
    half_life_min
        Minutes beyond the plateau after which the weight is halved: one number, or an array to broadcast.
    plateau_min
        Minutes up to which the weight stays 1; likewise.

    References
    ----------
    Hansen 1959, J. American Institute of Planners 25:73; Östh, Lyhagen & Reggiani 2016, EJTIR 16(2), half-life method.

    Examples
    --------
    >>> decay([30, 60, 90, float("nan")], half_life_min=30, plateau_min=60).tolist()
    [1.0, 1.0, 0.5, 0.0]
    """
    times = np.asarray(minutes, dtype=float)
    weight = np.exp2(-np.maximum(times - np.asarray(plateau_min), 0.0) / np.asarray(half_life_min))
    return np.where(np.isnan(times), 0.0, weight)
