"""How far methods of aggregation agree, how far criteria overlap, and what each really weighs."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.scores.aggregate import METHODS
from nmplan.scores.aggregate import TIE
from nmplan.scores.aggregate import aggregate

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

AGREEMENT_COLUMNS = ["quantity", "a", "b", "number"]

COMPARED_ORNESS = 0.25
"""Orness of the OWA that others are compared with where none is stated: most criteria should be good. Judgement."""

OVERLAP = 0.9
"""Correlation above which two criteria are said to count the same thing twice. Judgement."""


def kendall_tau(one: ArrayLike, other: ArrayLike) -> float:
    """
    Return Kendall's τ-b between two scorings of the same sites: 1 the same order, 0 none, −1 the reverse.

    τ-b = (P − Q) / √((P + Q + T₁)(P + Q + T₂)), P pairs in the same order, Q in opposite order, T₁ and T₂ pairs tied in
    one of them only. Scores within `TIE` are tied; sites that lack either are left out; NaN where one ties all.

    References
    ----------
    Kendall 1945, Biometrika 33:239.

    Examples
    --------
    >>> round(kendall_tau([1, 2, 3, 4], [1, 3, 2, 4]), 4)
    0.6667
    """
    from scipy.stats import kendalltau  # noqa: PLC0415  (slow to import)

    pair = np.array([np.asarray(scores, dtype=float) for scores in (one, other)])
    # neighbours closer than a tie become one level, whatever lies on a rounding edge
    known = pair[:, ~np.isnan(pair).any(axis=0)]
    levels = [_levels(scores) for scores in known]
    if known.shape[1] < 2 or any(level.max() == 0 for level in levels):  # noqa: PLR2004  (an order takes two)
        return float("nan")
    return float(kendalltau(*levels, variant="b").statistic)


def criteria_correlation(values: pd.DataFrame) -> pd.DataFrame:
    """
    Return Pearson's correlation of the values of each pair of criteria over the sites; NaN where one never varies.

    Examples
    --------
    >>> import pandas as pd
    >>> criteria_correlation(pd.DataFrame({"a": [0.0, 0.5, 1.0], "b": [1.0, 0.5, 0.0]})).loc["a", "b"].item()
    -1.0
    """
    return values.corr()


def effective_weights(values: pd.DataFrame, weights: pd.Series[float]) -> pd.Series[float]:
    """
    Return the share of the variance of the weighted sum S that each criterion explains: w_i · cov(v_i, S) / var(S).

    They add up to 1. A criterion whose value hardly varies between the sites decides less than its weight says; several
    that vary together decide more; one that runs against the rest may have a share below 0. NaN where all sites score
    the same.

    Parameters
    ----------
    values
        One row per site, one column per criterion; rows with NaN are left out.
    weights
        By criterion, adding up to 1.

    References
    ----------
    The covariance decomposition of a linear aggregate: Paruolo, Saisana & Saltelli 2013, J. R. Stat. Soc. A 176:609,
    on weights that do not say what counts.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"a": [0.0, 1.0], "b": [0.5, 0.5]})
    >>> effective_weights(table, pd.Series({"a": 0.5, "b": 0.5})).to_dict()
    {'a': 1.0, 'b': 0.0}
    """
    table = values[weights.index].dropna()
    score = (table * weights).sum(axis=1)
    apart = score - score.mean()
    variance = (apart**2).sum()
    together = (table - table.mean()).mul(apart, axis=0).sum()
    return weights * together / variance if variance > TIE**2 else weights * np.nan


def agreement_table(
    values: pd.DataFrame, weights: pd.Series[float], *, orness: float = COMPARED_ORNESS
) -> pd.DataFrame:
    """
    Return how far the methods agree on the sites, and how far the criteria overlap, as one long table.

    Parameters
    ----------
    values
        0 to 1, one row per eligible site, one column per criterion.
    weights
        By criterion, adding up to 1; criteria without weight are left out.
    orness
        Of the ordered weighted average.

    Returns
    -------
    pandas.DataFrame
        quantity, a, b, number: "kendall_tau" between methods a and b, "correlation" between criteria a and b, "weight"
        and "effective_weight" of criterion a (b empty). All depend on the candidates. Empty for fewer than two sites.
    """
    active = weights[weights > 0]
    table = values[active.index].dropna()
    if len(table) < 2:  # noqa: PLR2004  (an order takes two)
        return pd.DataFrame(columns=AGREEMENT_COLUMNS).astype({"number": float})
    options = {"owa": {"orness": orness}}
    scores = {method: aggregate(table, active, method, **options.get(method, {})) for method in METHODS}
    rows = [
        ("kendall_tau", one, other, kendall_tau(scores[one], scores[other])) for one, other in combinations(METHODS, 2)
    ]
    between = criteria_correlation(table)
    rows += [("correlation", one, other, between.loc[one, other]) for one, other in combinations(active.index, 2)]
    rows += [("weight", name, "", weight) for name, weight in active.items()]
    rows += [("effective_weight", name, "", share) for name, share in effective_weights(table, active).items()]
    return pd.DataFrame(rows, columns=AGREEMENT_COLUMNS)


def tell_overlaps(agreement: pd.DataFrame) -> list[str]:
    """Say which criteria correlate so closely that they count one thing twice, the closest first."""
    pairs = agreement[agreement["quantity"].eq("correlation") & agreement["number"].gt(OVERLAP)]
    return [
        f"{row.a} and {row.b} correlate {row.number:.2f} over the eligible sites: they count much the same thing twice"
        for row in pairs.sort_values("number", ascending=False, kind="stable").itertuples()
    ]


def _levels(scores: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return ranks from below, 0 for the lowest, equal ones sharing theirs."""
    order = np.argsort(scores, kind="stable")
    levels = np.zeros(len(scores), dtype=np.int64)
    levels[order[1:]] = np.cumsum(np.diff(scores[order]) > TIE)
    return levels
