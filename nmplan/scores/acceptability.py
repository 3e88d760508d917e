"""Rank acceptability: how a rank holds up when the weights are argued about."""

from __future__ import annotations

import numpy as np
import pandas as pd

TIE_DECIMALS = 9
"""Scores are compared to a billionth of a point, as `aggregate.TIE` does."""

CHUNK = 256
"""Draws evaluated at once, so that memory stays bounded."""


def rank_acceptability(
    values: pd.DataFrame,
    weights: pd.Series[float],
    *,
    draws: int,
    concentration: float,
    top_k: int,
    threshold: float,
    seed: int,
) -> pd.DataFrame:
    """
    Return how sites rank when weights are drawn round the given ones.

    Weights come from a Dirichlet distribution with mean `weights`: w ~ Dir(concentration · weights). The results
    depend on which other sites are candidates.

    Parameters
    ----------
    values
        0 to 1, one row per eligible site, no NaN; one column per criterion.
    weights
        By criterion, adding up to 1.
    draws
        Number of draws.
    concentration
        Larger draws closer to the weights: the standard deviation of a weight w is √(w(1−w)/(concentration+1)).
    top_k
        How many best sites count as the top.
    threshold
        Score for `p_threshold`.
    seed
        Of the random numbers.

    Returns
    -------
    pandas.DataFrame
        `p_top` share of draws in the top k (a tie at the edge is shared, so that they add up to min(k, sites)),
        `rank_low` and `rank_high` the 5 % and 95 % ranks, `p_threshold` share of draws at or above the threshold.

    References
    ----------
    Lahdelma & Salminen 2001, SMAA-2, Operations Research 49:444.
    """
    columns = ["p_top", "rank_low", "rank_high", "p_threshold"]
    if values.empty:
        return pd.DataFrame(columns=columns, index=values.index, dtype=float)
    active = weights[weights > 0]
    table = values[list(active.index)].to_numpy(dtype=float)
    drawn = np.random.default_rng(seed).dirichlet(concentration * active.to_numpy(), size=draws)
    scores = np.concatenate([100.0 * drawn[i : i + CHUNK] @ table.T for i in range(0, draws, CHUNK)]).round(
        TIE_DECIMALS
    )
    ranks = np.apply_along_axis(_ranks, 1, scores)
    low, high = np.percentile(ranks, [5, 95], axis=0, method="nearest")
    measured = (_top_share(scores, top_k), low, high, (scores >= round(threshold, TIE_DECIMALS)).mean(axis=0))
    return pd.DataFrame(dict(zip(columns, measured, strict=True)), index=values.index)


def _ranks(scores: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return 1 + the number of higher scores: ties share the better rank."""
    return 1 + len(scores) - np.searchsorted(np.sort(scores), scores, side="right")


def _top_share(
    scores: np.ndarray[tuple[int, int], np.dtype[np.float64]], top_k: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the share of draws (rows) in which each site (column) is in the top k; ties at the edge are shared."""
    sites = scores.shape[1]
    if top_k >= sites:
        return np.ones(sites)
    edge = np.partition(scores, sites - top_k, axis=1)[:, sites - top_k][:, None]
    above, level = scores > edge, scores == edge
    room = (top_k - above.sum(axis=1, keepdims=True)) / level.sum(axis=1, keepdims=True)
    return np.asarray((above + level * room).mean(axis=0))


def holds_for_all(p_top: pd.DataFrame, risk_tolerance: float) -> pd.Series[bool]:
    """Return whether each site stays in the top k with probability ≥ 1 − risk tolerance from every point of view."""
    return p_top.ge(1 - risk_tolerance).all(axis=1).rename("holds")
