"""Portfolio: which anchor tenant on which site, the best within land, risk, distance and money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array

from nmplan.crs import M2_PER_HA
from nmplan.errors import Fault
from nmplan.places.programme import INFEASIBLE
from nmplan.places.programme import OPTIMAL
from nmplan.places.programme import SLACK
from nmplan.places.programme import Limit
from nmplan.places.programme import Solution
from nmplan.places.programme import contradictions
from nmplan.places.programme import limit
from nmplan.places.programme import maximise
from nmplan.places.rounds import money_limits
from nmplan.places.rounds import over_rounds
from nmplan.places.rounds import round_table
from nmplan.places.rounds import site_costs
from nmplan.places.trade_off import captive_frontier
from nmplan.places.trade_off import captive_of
from nmplan.scores.aggregate import TIE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from nmplan.study import Portfolio
    from nmplan.study import Separation

PORTFOLIO_COLUMNS = [
    "round",
    "parcel_id",
    "tenant",
    "score",
    "area_ha",
    "captive_share",
    "cluster_id",
    "area_id",
    "idle",
]
ROUND_COLUMNS = [
    "round",
    "budget_hkd_m",
    "reinvested_hkd_m",
    "spent_hkd_m",
    "private_hkd_m",
    "sites",
    "land_ha",
]


@dataclass(frozen=True, eq=False)
class Assignment:
    """
    Tenants on sites, and how they came there.

    Parameters
    ----------
    table
        round, parcel_id, tenant, score, area_ha, captive_share, cluster_id, area_id, idle.
    summary
        One row: status, objective and bound (points · ha), gap, sites, land_ha, mean_score, captive_share,
        captive_known_ha, idle_ha, idle_known, options.
    limits
        key, side, limit, used, unit, outcome (kept, contradicts), what.
    frontier
        From `captive_frontier`.
    rounds
        From `round_table`; empty without money.
    faults
        Where there is no solution: the limits that contradict each other, and what to do.
    """

    table: pd.DataFrame
    summary: pd.DataFrame
    limits: pd.DataFrame
    frontier: pd.DataFrame
    rounds: pd.DataFrame
    faults: list[Fault]


def find_portfolio(
    parcels: gpd.GeoDataFrame,
    scores: pd.DataFrame,
    settings: Portfolio,
    *,
    captive: pd.DataFrame | None = None,
    idle: pd.Series[float] | None = None,
    cluster_sites: pd.DataFrame | None = None,
) -> Assignment:
    """
    Assign tenants to sites: the most points by the hectare within every limit.

    max Σ score · area_ha · x, one tenant per site, x ∈ {0, 1} (0–1 assignment with side constraints; HiGHS). Idle land
    first, where asked, is a programme of its own: the most idle land, then the most points on no less of it. With
    several rounds all are solved together; of equal points the earlier round is taken.

    Parameters
    ----------
    parcels
        parcel_id, area_id, zone, geometry, EPSG:2326.
    scores
        parcel_id, tenant, eligible, score, p_threshold.
    settings
        The section `portfolio` of a study.
    captive
        parcel_id, tenant, captive_share.
    idle
        By parcel_id: 1 idle, 0 not, NaN unknown, which is not counted as idle.
    cluster_sites
        cluster_id, tenant, parcel_id.

    Returns
    -------
    Assignment
        Without a solution its table is empty, and its faults name the limits.
    """
    options = portfolio_options(parcels, scores, settings, captive=captive, idle=idle, cluster_sites=cluster_sites)
    costs = site_costs(options, settings.money, settings.costs) if settings.money else pd.DataFrame()
    rounds = len(settings.money.budget_hkd_m) if settings.money else 1
    limits = [over_rounds(each, rounds) for each in land_limits(options, parcels, settings)]
    limits += money_limits(costs, settings.money) if settings.money else []
    land, score, captive_share = (
        np.tile(options[name].to_numpy(float), rounds) for name in ("area_ha", "score", "captive_share")
    )
    solver = {"time_limit_s": settings.time_limit_s, "relative_gap": settings.relative_gap}
    held = [*limits, *_idle_floor(options, limits, rounds, settings)]
    found = maximise(land * score, held, **solver)
    frontier, found = captive_frontier(land, score, captive_share, held, found, settings.frontier, **solver)
    found = _earlier(found, land, score, held, rounds, settings)
    groups = contradictions(limits, time_limit_s=settings.time_limit_s) if found.status == INFEASIBLE else []
    chosen = found.chosen if found.chosen is not None else np.zeros(len(land), dtype=bool)
    turns = chosen.reshape(rounds, len(options))
    money = settings.money
    return Assignment(
        _table(turns, options),
        _summary(found, turns, options),
        _limit_table(limits, found.chosen, groups),
        frontier,
        round_table(turns, options, costs, money) if money else pd.DataFrame(columns=ROUND_COLUMNS),
        [_fault(group, limits, settings.time_limit_s) for group in groups],
    )


def portfolio_options(
    parcels: gpd.GeoDataFrame,
    scores: pd.DataFrame,
    settings: Portfolio,
    *,
    captive: pd.DataFrame | None = None,
    idle: pd.Series[float] | None = None,
    cluster_sites: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Return the choices there are: each eligible site with a score for each tenant of the portfolio, sorted by id.

    Parameters are those of `find_portfolio`. Columns: parcel_id, tenant, score, p_threshold, area_ha, zone, area_id,
    captive_share, idle, cluster_id (missing outside clusters).
    """
    able = scores[scores["eligible"] & scores["score"].notna() & scores["tenant"].isin(list(settings.tenants))]
    sites = pd.DataFrame(
        {
            "parcel_id": parcels["parcel_id"],
            "area_id": parcels["area_id"],
            "zone": parcels["zone"],
            "area_ha": parcels.geometry.area / M2_PER_HA,
        }
    )
    table = able[["parcel_id", "tenant", "score", "p_threshold"]].merge(sites, on="parcel_id")
    extra = {"captive_share": captive, "cluster_id": cluster_sites}
    for column, source in extra.items():
        if source is None:
            table[column] = np.nan if column == "captive_share" else None
        else:
            table = table.merge(source[["parcel_id", "tenant", column]], on=["parcel_id", "tenant"], how="left")
    table["idle"] = table["parcel_id"].map(idle) if idle is not None else np.nan
    return table.sort_values(["parcel_id", "tenant"], ignore_index=True)


def land_limits(options: pd.DataFrame, parcels: gpd.GeoDataFrame, settings: Portfolio) -> list[Limit]:
    """
    Return the limits on sites, land, risk and distance, over the options in their order.

    Parameters
    ----------
    options
        From `portfolio_options`.
    parcels
        For the distances between sites.
    settings
        The section `portfolio` of a study.
    """
    area = options["area_ha"].to_numpy(float)
    found = [_one_tenant_each(options)]
    for tenant, demand in settings.tenants.items():
        own = options["tenant"].eq(tenant).to_numpy(float)
        for name, row, unit in (("land_ha", own * area, "ha"), ("sites", own, "sites")):
            for side, bound in zip(("at least", "at most"), getattr(demand, name) or (), strict=False):
                found.append(limit(f"portfolio.tenants.{tenant}.{name}", side, row, bound, unit))
    if settings.maximum_ha is not None:
        found.append(limit("portfolio.maximum_ha", "at most", area, settings.maximum_ha, "ha"))
    if settings.risk_tolerance is not None:
        risky = ~options["p_threshold"].ge(1 - settings.risk_tolerance - TIE)  # unknown is not shown to be safe
        found.append(limit("portfolio.risk_tolerance", "at most", risky.to_numpy(float), 0, "sites at more risk"))
    found += [
        _apart(f"portfolio.separations[{number}]", options, parcels, pair)
        for number, pair in enumerate(settings.separations, 1)
    ]
    return found


def _one_tenant_each(options: pd.DataFrame) -> Limit:
    site, _ = pd.factorize(options["parcel_id"])
    count = site.max(initial=-1) + 1
    rows = csr_array((np.ones(len(options)), (site, np.arange(len(options)))), shape=(count, len(options)))
    return Limit("", "at most", rows, np.ones(count), "tenants of a site")


def _apart(key: str, options: pd.DataFrame, parcels: gpd.GeoDataFrame, pair: Separation) -> Limit:
    """Return one row for each two sites too close to have the one tenant here and the other there."""
    shapes = parcels.set_index("parcel_id").geometry.loc[options["parcel_id"]].to_numpy()
    first, second = (np.flatnonzero(options["tenant"].eq(name)) for name in pair.tenants)
    here, there = shapely.STRtree(shapes[second]).query(shapes[first], predicate="dwithin", distance=pair.at_least_m)
    one, other = first[here], second[there]
    close = shapely.distance(shapes[one], shapes[other]) < pair.at_least_m
    ids = options["parcel_id"].to_numpy()
    close &= ids[one] < ids[other] if pair.tenants[0] == pair.tenants[1] else ids[one] != ids[other]
    one, other = one[close], other[close]
    row = np.repeat(np.arange(len(one)), 2)
    column = np.column_stack([one, other]).ravel()
    rows = csr_array((np.ones(len(row)), (row, column)), shape=(len(one), len(options)))
    return Limit(key, "at most", rows, np.ones(len(one)), "tenants of a pair of sites")


def _idle_floor(options: pd.DataFrame, limits: Sequence[Limit], rounds: int, settings: Portfolio) -> list[Limit]:
    """Return the limit that keeps the most idle land there can be, where idle sites come first."""
    if not settings.idle_first:
        return []
    idle = np.tile((options["area_ha"] * options["idle"].eq(1)).to_numpy(float), rounds)
    if not idle.any():
        return []
    most = maximise(idle, limits, time_limit_s=settings.time_limit_s, relative_gap=settings.relative_gap)
    return [] if most.chosen is None else [limit("", "at least", idle, most.objective - SLACK, "ha")]


def _earlier(
    found: Solution,
    land: NDArray[np.float64],
    score: NDArray[np.float64],
    limits: Sequence[Limit],
    rounds: int,
    settings: Portfolio,
) -> Solution:
    """Return a solution no worse (but for the gap) whose land is taken as early as can be; of one round the same."""
    if rounds == 1 or found.chosen is None:
        return found
    turn = np.repeat(np.arange(rounds), len(land) // rounds)
    as_good = found.objective * (1 - settings.relative_gap) - SLACK
    no_worse = limit("", "at least", land * score, as_good)
    early = maximise(
        -turn * land,
        [*limits, no_worse],
        time_limit_s=settings.time_limit_s,
        relative_gap=settings.relative_gap,
        beside=float(land.sum()),
    )
    if early.chosen is None:
        return found
    return Solution(found.status, early.chosen, float((land * score)[early.chosen].sum()), found.bound)


def _table(turns: NDArray[np.bool_], options: pd.DataFrame) -> pd.DataFrame:
    parts = [options[turn].assign(round=number) for number, turn in enumerate(turns, 1)]
    table = pd.concat(parts, ignore_index=True)[PORTFOLIO_COLUMNS]
    return table.sort_values(["round", "tenant", "parcel_id"], ignore_index=True)


def _summary(found: Solution, turns: NDArray[np.bool_], options: pd.DataFrame) -> pd.DataFrame:
    taken: NDArray[np.bool_] = np.logical_or.reduce(turns, axis=0)
    land, captive = (options[name].to_numpy(float) for name in ("area_ha", "captive_share"))
    total = float(land[taken].sum())
    row = {
        "status": found.status,
        "objective": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "sites": int(taken.sum()),
        "land_ha": total,
        "mean_score": found.objective / total if total else np.nan,
        "captive_share": captive_of(land, captive, taken),
        "captive_known_ha": float(land[taken & ~np.isnan(captive)].sum()),
        "idle_ha": float(land[taken & options["idle"].eq(1).to_numpy()].sum()),
        "idle_known": int(options.loc[options["idle"].notna(), "parcel_id"].nunique()),
        "eligible_sites": int(options["parcel_id"].nunique()),
        "options": len(options),
    }
    return pd.DataFrame([row])


def _limit_table(
    limits: Sequence[Limit], chosen: NDArray[np.bool_] | None, groups: Sequence[Sequence[Limit]]
) -> pd.DataFrame:
    """Tell each limit that is one number: what it allows, what is used."""
    blamed = {
        str(each): ", ".join(str(other) for other in group if other is not each) for group in groups for each in group
    }
    rows = [
        {
            "key": each.key,
            "side": each.side,
            "limit": each.bound[0] if len(each.bound) == 1 else np.nan,
            "used": float((each.rows @ chosen)[0]) if chosen is not None and len(each.bound) == 1 else np.nan,
            "unit": each.unit,
            "outcome": "contradicts" if str(each) in blamed else "not solved" if chosen is None else "kept",
            "what": blamed.get(str(each), ""),
        }
        for each in limits
        if each.key
    ]
    return pd.DataFrame(rows)


def _fault(group: Sequence[Limit], limits: Sequence[Limit], time_limit_s: float) -> Fault:
    """Say which limits contradict each other, and how much of a demand there could be under the others."""
    asked = [each for each in group if each.side == "at least" and each.unit]
    first = asked[0] if asked else group[0]
    others = [each for each in group if each is not first]
    blameless = [each for each in limits if not each.key]
    row = first.rows.toarray()[0]
    most = maximise(row, [*blameless, *others], time_limit_s=time_limit_s, relative_gap=0.0)
    what = f"asks for {first.side} {first.bound[0]:g} {first.unit}"
    if first.side == "at least" and most.status == OPTIMAL:
        what += f", and {most.objective:.2f} {first.unit} can be had"
    if not others:
        return Fault("study", first.key, f"{what}: no more eligible land.", "Ask for less, or ease the tenant's rules.")
    names = ", ".join(str(each) for each in others)
    return Fault("study", first.key, f"{what} together with {names}.", f"Ask for less, or ease {names}.")
