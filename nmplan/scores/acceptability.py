"""Rank acceptability: how a rank holds up when the weights are argued about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    scores = draw_scores(values, weights, draws=draws, concentration=concentration, seed=seed)
    low, high = np.percentile(_ranks(scores), [5, 95], axis=0, method="nearest")
    reached = (scores >= round(threshold, TIE_DECIMALS)).mean(axis=0)
    measured = (top_share(scores, top_k), low, high, reached)
    return pd.DataFrame(dict(zip(columns, measured, strict=True)), index=values.index)


def draw_scores(
    values: pd.DataFrame, weights: pd.Series[float], *, draws: int, concentration: float, seed: int
) -> NDArray[np.float64]:
    """Return the scores of sites (columns) for weights drawn as `rank_acceptability` says, one draw a row."""
    active = weights[weights > 0]
    table = values[list(active.index)].to_numpy(dtype=float)
    drawn = np.random.default_rng(seed).dirichlet(concentration * active.to_numpy(), size=draws)
    return np.concatenate([100.0 * drawn[i : i + CHUNK] @ table.T for i in range(0, draws, CHUNK)]).round(TIE_DECIMALS)


def _ranks(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return, draw by draw, 1 + the number of higher scores: ties share the better rank."""
    order = np.argsort(-scores, axis=1, kind="stable")
    falling = np.take_along_axis(scores, order, axis=1)
    place = np.broadcast_to(np.arange(1, scores.shape[1] + 1), scores.shape)
    lower = np.ones(scores.shape, dtype=bool)
    lower[:, 1:] = falling[:, 1:] < falling[:, :-1]
    ranks = np.empty(scores.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, np.maximum.accumulate(np.where(lower, place, 0), axis=1), axis=1)
    return ranks


def top_share(scores: NDArray[np.float64], top_k: int) -> NDArray[np.float64]:
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
