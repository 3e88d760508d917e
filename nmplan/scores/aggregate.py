"""One score from several values: weighted sum, weighted product, ordered weighted average, TOPSIS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.errors import Fault
from nmplan.errors import NmplanError
from nmplan.scores.weights import normalise_weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from typing import Any
    from typing import TypeAlias

    from numpy.typing import ArrayLike
    from numpy.typing import NDArray

    Table: TypeAlias = pd.DataFrame | ArrayLike
    Weights: TypeAlias = pd.Series[float] | Mapping[str, float] | ArrayLike
    Scores: TypeAlias = Any  # a Series where the values came as a frame, else an array

TIE = 1e-9
"""Scores closer than this are equal: the order in which a computer adds must not rank sites."""

ROUNDING = 1e-12
"""Weights within this of 1 add up to 1."""


def aggregate(values: Table, weights: Weights, method: str = "sum", **options: float) -> Scores:
    """
    Return one score from several values, by any of the methods.

    With fixed value functions none of them looks at other sites: adding or removing one changes no score.

    Parameters
    ----------
    values
        0 to 1, one row per site, one column per criterion; a frame or an array.
    weights
        By criterion, 0 or more; only their proportions matter. A Series or mapping finds its columns by name. An array
        of two dimensions, one row per draw, gives one row of scores per draw.
    method
        "sum", "product", "owa" or "topsis".
    options
        What that method takes: `orness` of "owa"; `best` and `worst` of "topsis".

    Returns
    -------
    pandas.Series or numpy.ndarray
        0 to 100, `score` on the index of a frame; NaN where a value that has a weight is NaN.

    Raises
    ------
    NmplanError
        An unknown method, or weights that are negative, no number, all zero, or not one per criterion.

    Examples
    --------
    >>> aggregate([[0.25, 1.0], [0.5, 0.5]], [1, 1], "sum").tolist()
    [62.5, 50.0]
    >>> aggregate([[0.25, 1.0], [0.5, 0.5]], [1, 1], "product").tolist()
    [50.0, 50.0]
    """
    if method not in METHODS:
        what = f"unknown method {method!r}."
        raise NmplanError([Fault("aggregation", "method", what, f"Choose one of {', '.join(METHODS)}.")])
    return METHODS[method](values, weights, **options)


def weighted_sum(values: Table, weights: Weights) -> Scores:
    """
    Return 100 · Σ weight · value, the weighted linear combination: what one criterion lacks another makes up for.

    Parameters, result and errors are those of `aggregate`.

    References
    ----------
    Malczewski 1999, GIS and Multicriteria Decision Analysis, ch. 6.

    Examples
    --------
    >>> weighted_sum([[0.2, 0.8]], [0.25, 0.75]).round(6).tolist()
    [65.0]
    """
    grid, shares, _ = _aligned(values, weights)
    return _told(100.0 * _add_up(grid, shares), values)


def weighted_product(values: Table, weights: Weights) -> Scores:
    """
    Return 100 · Π value^weight, the weighted geometric mean: a site without any of what counts scores 0.

    Parameters, result and errors are those of `aggregate`; negative values are refused.

    References
    ----------
    Miller & Starr 1969; Triantaphyllou 2000, Multi-Criteria Decision Making Methods, ch. 2.

    Examples
    --------
    >>> weighted_product([[0.25, 1.0], [0.0, 1.0]], [0.5, 0.5]).tolist()
    [50.0, 0.0]
    """
    grid, shares, _ = _aligned(values, weights)
    if (grid < 0).any():
        raise NmplanError([Fault("values", "", "a product takes no negative values.", "Give values of 0 to 1.")])
    scores = 100.0 * np.exp(_add_up(np.log(np.where(grid == 0, 1.0, grid)), shares))
    return _told(np.where((grid == 0).any(axis=1) & ~np.isnan(scores), 0.0, scores), values)


def ordered_average(values: Table, weights: Weights, *, orness: float) -> Scores:
    """
    Return the ordered weighted average (OWA) of a stated orness, with the criteria's weights.

    A site's values are sorted, best first. The k-th best counts Q(S_k) − Q(S_k−1), where S_k is the sum of the weights
    of the k best and Q(r) = r^((1 − orness) / orness): Yager's quantifier of that orness, ∫Q = orness, with the
    criteria's importance inside (Yager 1996; the same as Torra's WOWA with that Q). Orness 1 takes the best value, ½
    is the weighted sum, 0 takes the worst.

    Parameters
    ----------
    values, weights
        As in `aggregate`.
    orness
        0 (all criteria must be good) to 1 (one is enough).

    Raises
    ------
    NmplanError
        As `aggregate`, or an orness outside 0 to 1.

    References
    ----------
    Yager 1988, IEEE Trans. Systems, Man and Cybernetics 18:183; Yager 1996, Int. J. Intelligent Systems 11:49; Torra
    1997, Int. J. Intelligent Systems 12:153.

    Examples
    --------
    >>> [ordered_average([[0.2, 0.8]], [0.25, 0.75], orness=orness).round(6).tolist() for orness in (0, 0.5, 1)]
    [[20.0], [65.0], [80.0]]
    """
    grid, shares, _ = _aligned(values, weights)
    order = np.argsort(-grid, axis=1, kind="stable")
    falling = np.take_along_axis(grid, order, axis=1)
    scores = np.zeros((*shares.shape[:-1], len(grid)))
    for place, counts in enumerate(_order_weights(order, shares, orness)):
        scores += 100.0 * counts * falling[:, place]
    return _told(scores, values)


def topsis(values: Table, weights: Weights, *, best: ArrayLike = 1.0, worst: ArrayLike = 0.0) -> Scores:
    """
    Return 100 · D⁻ / (D⁺ + D⁻): how far a site has come from the worst thinkable to the best thinkable one.

    D⁺ = √Σ (weight · (best − value))², D⁻ = √Σ (weight · (value − worst))². The ideals are fixed, 1 and 0 in the space
    of values, and not those of the candidates as in Hwang & Yoon: with those, adding a site may reorder the others.

    Parameters
    ----------
    values, weights
        As in `aggregate`.
    best, worst
        The ideals, one number or one per criterion in the order of the weights.

    Raises
    ------
    NmplanError
        As `aggregate`, or ideals that are the same.

    References
    ----------
    Hwang & Yoon 1981, Multiple Attribute Decision Making, pp. 128-134.

    Examples
    --------
    >>> topsis([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]], [1, 1]).tolist()
    [100.0, 50.0, 0.0]
    """
    grid, shares, kept = _aligned(values, weights)
    top, bottom = (np.broadcast_to(np.asarray(ideal, dtype=float), kept.shape)[kept] for ideal in (best, worst))
    if (top == bottom).any():
        raise NmplanError([Fault("topsis", "best, worst", "the ideals are the same.", "Give two that differ.")])
    far = np.sqrt(_add_up((top - grid) ** 2, shares**2))
    near = np.sqrt(_add_up((grid - bottom) ** 2, shares**2))
    return _told(100.0 * near / (far + near), values)


METHODS: dict[str, Callable[..., Scores]] = {
    "sum": weighted_sum,
    "product": weighted_product,
    "owa": ordered_average,
    "topsis": topsis,
}


def order_weights(count: int, orness: float) -> NDArray[np.float64]:
    """
    Return the weights of the best, second best … of equally important values: (k/n)^a − ((k−1)/n)^a, a = 1/orness − 1.

    Examples
    --------
    >>> order_weights(4, 0.5).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    places = np.arange(count)[None, :]
    return np.array([float(counts[0]) for counts in _order_weights(places, np.full(count, 1 / count), orness)])


def orness_of(weights: ArrayLike) -> float:
    """
    Return Σ (n − k) · weight of the k-th best / (n − 1): 1 where only the best counts, 0 where only the worst does.

    References
    ----------
    Yager 1988, IEEE Trans. Systems, Man and Cybernetics 18:183.

    Examples
    --------
    >>> orness_of([0.5, 0.5])
    0.5
    """
    counts = np.asarray(weights, dtype=float)
    return float((np.arange(len(counts))[::-1] * counts).sum() / (len(counts) - 1))


def contributions(
    values: pd.DataFrame, weights: pd.Series[float], method: str, **options: float
) -> dict[str, pd.DataFrame]:
    """
    Return what each criterion adds to each site's score, as far as the method has such parts.

    Parameters
    ----------
    values, weights, method, options
        As in `aggregate`.

    Returns
    -------
    dict of pandas.DataFrame
        Rows and columns of the values. "sum": `points`, adding up to the score. "product": `log_points` = weight ·
        ln value, adding up to ln(score / 100), −∞ where the value is 0. "owa": `order_weight`, what the criterion
        counts at its place among the site's values (of equal values the earlier criterion comes first), and
        `ordered_points` = 100 · order weight · value, adding up to the score. "topsis": nothing, as distances have no
        parts.
    """
    grid = values[weights.index].to_numpy(dtype=float)
    shares = (weights / weights.sum()).to_numpy(dtype=float)
    parts = {}
    if method == "sum":
        parts["points"] = 100.0 * shares * grid
    if method == "product":
        logs = np.where(grid == 0, -np.inf, np.log(np.where(grid == 0, 1.0, grid)))
        parts["log_points"] = np.where(shares > 0, shares * np.where(shares > 0, logs, 0.0), 0.0)
    if method == "owa":
        counts = np.zeros(grid.shape)
        order = np.argsort(-grid, axis=1, kind="stable")
        for place, here in enumerate(_order_weights(order, shares, options["orness"])):
            counts[np.arange(len(grid)), order[:, place]] = here
        parts |= {"order_weight": counts, "ordered_points": 100.0 * counts * grid}
    return {name: pd.DataFrame(part, index=values.index, columns=weights.index) for name, part in parts.items()}


def _aligned(values: Table, weights: Weights) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return values and weights of the criteria that have a weight, weights adding up to 1, and which those are."""
    if isinstance(weights, Mapping):
        weights = pd.Series(dict(weights), dtype=float)
    if isinstance(values, pd.DataFrame) and isinstance(weights, pd.Series):
        values = values[list(weights.index)]
    grid, shares = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    if grid.ndim != 2 or shares.shape[-1:] != grid.shape[1:]:  # noqa: PLR2004  (a table has rows and columns)
        what = f"weights of shape {shares.shape} do not fit values of shape {grid.shape}."
        raise NmplanError([Fault("weights", "", what, "Give one weight per criterion.")])
    if shares.ndim == 1:
        names = weights.index if isinstance(weights, pd.Series) else [str(n + 1) for n in range(len(shares))]
        shares = normalise_weights(dict(zip(names, shares.tolist(), strict=True))).to_numpy(dtype=float)
    elif not ((shares >= 0).all() and (shares.sum(axis=-1) > 0).all()):
        what = "a draw has weights that are negative, no numbers or all zero."
        raise NmplanError([Fault("weights", "", what, "Draw weights of 0 or more.")])
    else:
        shares = shares / shares.sum(axis=-1, keepdims=True)
    kept = (shares > 0).reshape(-1, shares.shape[-1]).any(axis=0)
    return grid[:, kept], shares[..., kept], kept


def _add_up(grid: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Σ share · value, criterion by criterion: a site's sum does not depend on which row it stands in."""
    total = np.zeros((*shares.shape[:-1], len(grid)))
    for column in range(grid.shape[1]):
        total += shares[..., column, None] * grid[:, column]
    return total


def _order_weights(
    order: NDArray[np.int64], shares: NDArray[np.float64], orness: float
) -> Iterator[NDArray[np.float64]]:
    """Yield what the best value of each site counts, then the second best, and so on."""
    if not 0 <= orness <= 1:
        raise NmplanError([Fault("owa", "orness", f"orness is {orness}.", "Give a number from 0 to 1.")])
    power = (1 - orness) / orness if orness > 0 else np.inf
    reached = np.zeros((*shares.shape[:-1], len(order)))
    below = np.zeros_like(reached)
    for place in range(order.shape[1]):
        reached = reached + shares[..., order[:, place]]
        full = reached >= 1 - ROUNDING  # the whole weight is 1, whatever the order it was added up in
        upto = np.where(full, 1.0, np.where(reached > 0, reached**power, 0.0))
        yield upto - below
        below = upto


def _told(scores: NDArray[np.float64], values: Any) -> Scores:
    """Return scores on the index of the sites, where there is one."""
    one_each = isinstance(values, pd.DataFrame) and scores.ndim == 1
    return pd.Series(scores, index=values.index, name="score") if one_each else scores


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
