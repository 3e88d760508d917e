"""What keeping supply at home costs: total score against captive share, by a linear ε-constraint."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.places.programme import SLACK
from nmplan.places.programme import limit
from nmplan.places.programme import maximise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nmplan.places.programme import Limit
    from nmplan.places.programme import Solution

    Numbers = NDArray[np.float64]

FRONTIER_TYPES = {
    "captive_floor": float,
    "total_score": float,
    "captive_share": float,
    "land_ha": float,
    "gap": float,
    "status": "str",
}
MOST_STEPS = 50
REACH = 0.9
"""How far floors go towards the best captive share there is: the very end keeps little land, and is slow to prove."""


def captive_of(land: Numbers, captive: Numbers, chosen: NDArray[np.bool_]) -> float:
    """Return the captive share of the land chosen, hectare by hectare; unknown shares are left out, NaN if all are."""
    known = chosen & ~np.isnan(captive)
    return float(np.average(captive[known], weights=land[known])) if known.any() else np.nan


def captive_frontier(
    land: Numbers,
    score: Numbers,
    captive: Numbers,
    limits: Sequence[Limit],
    first: Solution,
    floors: int,
    *,
    time_limit_s: float,
    relative_gap: float,
) -> tuple[pd.DataFrame, Solution]:
    """
    Return the best total score for each of a series of floors under the captive share.

    The share of a portfolio is Σ land · c · x / Σ land · x; a floor ε on it is linear: Σ land · (c − ε) · x ≥ 0
    (ε-constraint, Haimes et al. 1971). Floors run evenly from the share of the best portfolio to the best share the
    limits allow, found by Dinkelbach's method (1967). Choices whose share is unknown count on neither side.

    Parameters
    ----------
    land, score, captive
        Hectares, points and captive share (0 to 1, or NaN) of each choice.
    limits
        All other limits.
    first
        The best portfolio without a floor.
    floors
        How many floors.
    time_limit_s, relative_gap
        As in `maximise`, for each floor.

    Returns
    -------
    pandas.DataFrame
        captive_floor, total_score (points · ha), captive_share, land_ha, gap, status; the share rises and the score
        falls from row to row: what another row betters or equals in both is left out.
    Solution
        The best without a floor: `first`, unless the solver, which stops at the gap, found a better one under a floor.
    """
    empty = pd.DataFrame(columns=list(FRONTIER_TYPES)).astype(FRONTIER_TYPES)
    start = captive_of(land, captive, first.chosen) if first.chosen is not None else np.nan
    if not floors or np.isnan(start):
        return empty, first
    known = np.where(np.isnan(captive), 0.0, land)
    share = np.nan_to_num(captive)
    best = _best_share(known, share, limits, start, time_limit_s, relative_gap)
    rows = [_row(start, first, land, captive)]
    for floor in start + (best - start) * np.linspace(0, REACH, floors)[1:]:
        held = limit("", "at least", known * (share - floor), -SLACK, "ha")
        found = maximise(land * score, [*limits, held], time_limit_s=time_limit_s, relative_gap=relative_gap)
        if found.chosen is not None:
            rows.append(_row(floor, found, land, captive))
            better = found.objective > first.objective + SLACK
            first = replace(found, status=first.status, bound=first.bound) if better else first
    return _undominated(pd.DataFrame(rows)).astype(FRONTIER_TYPES), first


def _best_share(
    known: Numbers, share: Numbers, limits: Sequence[Limit], start: float, time_limit_s: float, relative_gap: float
) -> float:
    """Return the best captive share: raise it to that of the land that most exceeds it, until none does."""
    for _ in range(MOST_STEPS):
        found = maximise(
            known * (share - start),
            limits,
            time_limit_s=time_limit_s,
            relative_gap=relative_gap,
            beside=float(known.max()),
        )
        if found.chosen is None or found.objective <= SLACK:
            break
        start = float(np.average(share[found.chosen], weights=known[found.chosen]))
    return start


def _row(floor: float, found: Solution, land: Numbers, captive: Numbers) -> dict[str, object]:
    assert found.chosen is not None  # noqa: S101  (for the type checker: the caller has looked)
    return {
        "captive_floor": floor,
        "total_score": found.objective,
        "captive_share": captive_of(land, captive, found.chosen),
        "land_ha": float(land[found.chosen].sum()),
        "gap": found.gap,
        "status": found.status,
    }


def _undominated(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows no other row betters or equals in both score and share."""
    ranked = rows.sort_values(["captive_share", "total_score", "captive_floor"], ascending=[False, False, True])
    best_before = ranked["total_score"].cummax().shift(fill_value=-np.inf)
    return ranked[ranked["total_score"].gt(best_before)].iloc[::-1].reset_index(drop=True)
