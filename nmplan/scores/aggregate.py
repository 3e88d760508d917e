"""One score from several values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

TIE = 1e-9
"""Scores closer than this are equal: the order in which a computer adds must not rank sites."""


def weighted_sum(values: pd.DataFrame, weights: pd.Series[float]) -> pd.Series[float]:
    """
    Return 100 · Σ weight · value, the weighted linear combination.

    Parameters
    ----------
    values
        0 to 1, one row per site, one column per criterion.
    weights
        By criterion, adding up to 1.

    Returns
    -------
    pandas.Series
        `score`, 0 to 100; NaN where a value that has a weight is NaN.

    References
    ----------
    Malczewski 1999, GIS and Multicriteria Decision Analysis, ch. 6.
    """
    active = weights[weights > 0]
    points = 100.0 * values[list(active.index)] * active
    return points.sum(axis=1, skipna=False).rename("score")


def rank_scores(scores: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """
    Return ranks, 1 for the highest; equal scores share the better rank (1, 2, 2, 4), NaN has none.

    Examples
    --------
    >>> rank_scores([70.0, 80.0, 70.0, float("nan"), 10.0]).tolist()
    [2.0, 1.0, 2.0, nan, 4.0]
    """
    given = np.asarray(scores, dtype=float)
    ranks = np.full(len(given), np.nan)
    order = np.argsort(-given, kind="stable")[: np.count_nonzero(~np.isnan(given))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = -np.diff(given[order]) > TIE
    ranks[order] = (np.flatnonzero(first) + 1)[np.cumsum(first) - 1]
    return ranks
