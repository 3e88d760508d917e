"""Scores and ranks from a payload, by the arithmetic the page itself uses when a weight is moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from typing import Any
from typing import NamedTuple

import numpy as np

from nmplan.maps.payload import FAILED
from nmplan.maps.payload import PASSED
from nmplan.maps.payload import UNDECIDED
from nmplan.maps.payload import VALUE_STEPS
from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import unpack_column

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Sequence

    from numpy.typing import NDArray

GRAINS_PER_POINT = 1_000_000
"""Scores closer than one grain are equal: sums in another order differ by less."""

RANK_BANDS = (1, 5, 20, 50)
"""Best percentages that make a band; what follows is the fifth."""


class Ranked(NamedTuple):
    """A site's place in the order: its row in the payload, its points, its rank (equal scores share one)."""

    site: int
    score: float
    rank: int


def rank_sites(
    payload: dict[str, Any],
    scenario: int = 0,
    tenant: int = 0,
    weights: Sequence[float] | None = None,
    without: Collection[int] = (),
) -> list[Ranked]:
    """
    Return the eligible sites, best first.

    Parameters
    ----------
    payload
        From `build_payload`.
    scenario, tenant
        Position in the payload.
    weights
        In the order of the tenant's criteria; divided by their sum. The tenant's own by default.
    without
        Positions of rules that exclude nobody, as a reader switched them off. A site that lacks a value stays out.

    Returns
    -------
    list of Ranked
        By score, then by site id. Ranks as in sport: two firsts, then a third.
    """
    result = payload["scenarios"][scenario]["results"][tenant]
    chosen = weights or [criterion["weight"] for criterion in payload["tenants"][tenant]["criteria"]]
    total = sum(chosen)
    eligible = _eligible(payload, scenario, tenant, without)
    scores = np.zeros(len(eligible))
    for weight, number in zip(chosen, result["values"], strict=True):
        value = unpack_column(payload["columns"], number)
        scores += np.where(value == MISSING, 0.0, 100 * (weight / total) * (value / VALUE_STEPS))
    rows = np.flatnonzero(eligible)
    return _ranked(dict(zip(rows.tolist(), scores[rows].tolist(), strict=True)))


def _eligible(payload: dict[str, Any], scenario: int, tenant: int, without: Collection[int]) -> NDArray[np.bool_]:
    """Return which sites are ranked when some rules are switched off."""
    columns, result = payload["columns"], payload["scenarios"][scenario]["results"][tenant]
    eligible = unpack_column(columns, result["eligible"]) == 1
    if not without:
        return eligible
    free, held = np.zeros_like(eligible), np.zeros_like(eligible)
    for place, (rule, outcome) in enumerate(zip(payload["tenants"][tenant]["rules"], result["rules"], strict=True)):
        found = unpack_column(columns, outcome["outcome"])
        out = found != PASSED if rule["needs_value"] else found == FAILED
        switched = place in without and not rule["needs_value"]
        free, held = (free | out, held) if switched else (free, held | out)
    return eligible | (free & ~held)


def sites_undecided(payload: dict[str, Any], scenario: int = 0, tenant: int = 0) -> frozenset[int]:
    """Return the rows of sites for which a rule of the tenant is not decided; they may be ranked all the same."""
    rules = payload["scenarios"][scenario]["results"][tenant]["rules"]
    outcomes = (unpack_column(payload["columns"], rule["outcome"]) for rule in rules)
    return frozenset(row for outcome in outcomes for row in np.flatnonzero(outcome == UNDECIDED).tolist())


def band_of(rank: int, count: int) -> int:
    """Return the band of a rank among so many sites: 0 for the best percentage, 4 for the rest."""
    for band, percent in enumerate(RANK_BANDS):
        if rank <= math.ceil(count * percent / 100):
            return band
    return len(RANK_BANDS)


def _ranked(scores: dict[int, float]) -> list[Ranked]:
    """Order by score, then by row: rows stand in the order of site ids."""
    grains = {site: math.floor(score * GRAINS_PER_POINT + 0.5) for site, score in scores.items()}
    order = sorted(scores, key=lambda site: (-grains[site], site))
    ranked: list[Ranked] = []
    for place, site in enumerate(order, start=1):
        tied = bool(ranked) and grains[ranked[-1].site] == grains[site]
        ranked.append(Ranked(site, scores[site], ranked[-1].rank if tied else place))
    return ranked
