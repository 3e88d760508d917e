"""Break-even weights: how far a criterion's weight may move before a site enters or leaves the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.scores.aggregate import TIE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def break_even_weights(
    values: pd.DataFrame, weights: pd.Series[float], top_k: int, sites: Sequence[str] | None = None
) -> pd.DataFrame:
    """
    Return the weights of each criterion at which sites enter or leave the top k, all other weights in proportion.

    With weight x of one criterion and the others scaled by (1 − x)/(1 − w), a score is linear in x, so that two sites
    change places at one x at most. A site is in the top k where fewer than k sites have a higher score.

    Parameters
    ----------
    values
        0 to 1, one row per eligible site, one column per criterion.
    weights
        By criterion, adding up to 1.
    top_k
        How many best sites count as the top.
    sites
        For which sites; those in the top 2k by score unless some are named.

    Returns
    -------
    pandas.DataFrame
        One row per site and criterion: parcel_id, criterion, weight, `in_top` now, and `lower` and `upper`: the nearest
        weights below and above at which that changes, NaN where none does (always, for a criterion that has all the
        weight).

    Examples
    --------
    >>> values = pd.DataFrame({"near": [1.0, 0.0], "large": [0.0, 0.5]}, index=["a", "b"])
    >>> found = break_even_weights(values, pd.Series({"near": 0.4, "large": 0.6}), top_k=1)
    >>> found.round(4)[["parcel_id", "criterion", "in_top", "lower"]].head(2).to_numpy().tolist()
    [['a', 'near', True, 0.3333], ['a', 'large', True, nan]]
    """
    table, shares = values[list(weights.index)].to_numpy(dtype=float), weights.to_numpy(dtype=float)
    scores = table @ shares
    if sites is None:
        sites = values.index[np.argsort(-scores, kind="stable")[: 2 * top_k]]
    places = values.index.get_indexer(pd.Index(sites))
    rows = []
    for site, place in zip(sites, places, strict=True):
        in_top = bool((scores > scores[place] + TIE).sum() < top_k)
        for number, (criterion, weight) in enumerate(weights.items()):
            lower, upper = _turning_points(table, shares, number, place, top_k)
            rows.append((site, criterion, weight, in_top, lower, upper))
    return pd.DataFrame(rows, columns=["parcel_id", "criterion", "weight", "in_top", "lower", "upper"])


def _turning_points(
    table: NDArray[np.float64], weights: NDArray[np.float64], criterion: int, place: int, top_k: int
) -> tuple[float, float]:
    """Return the nearest weights below and above at which a site enters or leaves the top."""
    weight = weights[criterion]
    if weight >= 1:
        return np.nan, np.nan
    own = table[:, criterion]
    rest = (table @ weights - weight * own) / (1 - weight)
    # how far others are ahead, where the criterion has no weight and where it has all
    none, full = rest - rest[place], own - own[place]
    none, full = (np.where(np.abs(ahead) < TIE, 0.0, ahead) for ahead in (none, full))
    meets = none * full < 0
    grazes = (none == 0) != (full == 0)  # they are level at one end only, and at no weight between
    crossing = none[meets] / (none[meets] - full[meets])
    always = int(((none > 0) & (full > 0)).sum() + (grazes & (none + full > 0)).sum())
    order = np.argsort(crossing, kind="stable")
    points, rises = crossing[order], np.where(full[meets][order] > 0, 1, -1)
    # sites ahead in each stretch between the points, from weight 0 to weight 1
    ahead = always + int((rises < 0).sum()) + np.concatenate([[0], np.cumsum(rises)])
    return _nearest(points, ahead < top_k, weight)


def _nearest(points: NDArray[np.float64], in_top: NDArray[np.bool_], weight: float) -> tuple[float, float]:
    """Return the points nearest to a weight, below and above, between whose stretches the site enters or leaves."""
    distinct = np.concatenate([np.diff(points) > TIE, [True]]) if len(points) else np.zeros(0, dtype=bool)
    points, in_top = points[distinct], in_top[np.concatenate([[True], distinct])]
    turns = points[in_top[1:] != in_top[:-1]]
    below, above = turns[turns <= weight], turns[turns > weight]
    return (float(below[-1]) if len(below) else np.nan), (float(above[0]) if len(above) else np.nan)
