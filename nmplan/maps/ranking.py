"""Scores and ranks from a payload, by the arithmetic the page itself uses when a weight is moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from typing import Any
from typing import NamedTuple

from nmplan.maps.payload import VALUE_STEPS
from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import unpack_column

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    payload: dict[str, Any], scenario: int = 0, tenant: int = 0, weights: Sequence[float] | None = None
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

    Returns
    -------
    list of Ranked
        By score, then by site id. Ranks as in sport: two firsts, then a third.
    """
    result = payload["scenarios"][scenario]["results"][tenant]
    chosen = weights or [criterion["weight"] for criterion in payload["tenants"][tenant]["criteria"]]
    total = sum(chosen)
    shares = [weight / total for weight in chosen]
    columns = [unpack_column(payload["columns"][number]) for number in result["values"]]
    eligible = unpack_column(payload["columns"][result["eligible"]])
    scores = {}
    for site in (site for site, flag in enumerate(eligible) if flag):
        score = 0.0
        for share, column in zip(shares, columns, strict=True):
            value = column[site]
            score += 0.0 if value == MISSING else 100 * share * (value / VALUE_STEPS)
        scores[site] = score
    return _ranked(scores)


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
