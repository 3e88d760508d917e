"""How a newcomer fits the links that are there: whom it would buy from, and whom it would sell to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from nmplan.measures.supply import straight_line_minutes
from nmplan.measures.supply import supply_access
from nmplan.places.supply_chain import TIER
from nmplan.places.supply_chain import cluster_tiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nmplan.measures.travel import Travel
    from nmplan.study import Supply

ANCHOR = "anchor"
"""The newcomer that is the tenant itself; others are a firm of a tier."""

NEAR_MIN, NEAREST = 60.0, 5
"""Firms of a tier that are told: all within so many minutes, and in any case the nearest few."""

FIT_COLUMNS = {
    "cluster_id": str,
    "tenant": str,
    "chain": str,
    "newcomer": str,
    "relation": str,
    "tier": str,
    "supplier_id": str,
    "name_en": str,
    "name_zh": str,
    "jurisdiction": str,
    "minutes": float,
    "mass": float,
}

TIER_COLUMNS = {
    "cluster_id": str,
    "tenant": str,
    "chain": str,
    "tier": str,
    "tier_en": str,
    "tier_zh": str,
    "purchase_share": float,
    "value": float,
    "fit": float,
    "gap": float,
}


def best_points(
    parcels: gpd.GeoDataFrame,
    cluster_sites: pd.DataFrame,
    reach: pd.DataFrame,
    tiers: pd.DataFrame,
    *,
    half_enough: float,
) -> gpd.GeoDataFrame:
    """
    Return the best placed point of each cluster: inside its site with the best supply access, the first id of equals.

    Parameters
    ----------
    parcels
        parcel_id and geometry, EPSG:2326.
    cluster_sites
        cluster_id, tenant, chain and parcel_id.
    reach, tiers, half_enough
        As `measures.supply.supply_access` takes them; tiers is the layer chains.

    Returns
    -------
    geopandas.GeoDataFrame
        cluster_id, tenant, chain, parcel_id and a point; sorted by cluster and tenant.
    """
    sites = cluster_sites[[*TIER[:3], "parcel_id"]].astype(str)
    access = pd.concat(
        [
            supply_access(
                reach,
                tiers[tiers["chain"].eq(chain)],
                pd.Index(own["parcel_id"].unique(), name="parcel_id"),
                half_enough=half_enough,
            )
            .rename("access")
            .reset_index()
            .assign(chain=str(chain))
            for chain, own in sites.groupby("chain")
            if tiers["chain"].eq(chain).any()
        ]
        or [pd.DataFrame({"parcel_id": pd.Series(dtype=str), "access": 0.0, "chain": pd.Series(dtype=str)})]
    )
    ranked = sites.merge(access, on=["chain", "parcel_id"], how="left").sort_values(
        ["cluster_id", "tenant", "access", "parcel_id"], ascending=[True, True, False, True], na_position="last"
    )
    best = ranked.drop_duplicates(["cluster_id", "tenant"])[[*TIER[:3], "parcel_id"]].reset_index(drop=True)
    points = parcels.set_index("parcel_id").geometry.loc[best["parcel_id"]].representative_point()
    return gpd.GeoDataFrame(best, geometry=points.to_numpy(), crs=parcels.crs)


def goods_minutes(
    model: Travel | None, suppliers: gpd.GeoSeries, points: gpd.GeoSeries, supply: Supply
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return goods minutes from suppliers to points and back, both of shape (suppliers, points); NaN where no way leads.

    Parameters
    ----------
    model
        Travel of the scenario, None without roads.
    suppliers, points
        EPSG:2326.
    supply
        How minutes are taken.
    """
    if supply.minutes_from == "straight-line":
        minutes = straight_line_minutes(suppliers, points, supply.straight_line_kph)
        return minutes, minutes
    if model is None or points.empty or suppliers.empty:
        nothing = np.full((len(suppliers), len(points)), np.nan)
        return nothing, nothing
    return model.minutes("goods", suppliers, points), model.minutes("goods", points, suppliers).T


def chain_links(tiers: pd.DataFrame) -> pd.DataFrame:
    """
    Return who buys from whom in each chain.

    The rule, a judgement: the anchor tenant buys from every tier with a purchase share. A newcomer in a tier buys from
    the tiers of an earlier `stage` of its chain and sells to those of a later one (and to the anchor, if that buys from
    its tier); tiers of one stage do not trade. Where no stage is known, nothing is said but what the anchor buys.

    Parameters
    ----------
    tiers
        The layer chains: chain, tier, purchase_share, and stage where somebody judged it.

    Returns
    -------
    pandas.DataFrame
        chain, newcomer ("anchor" or a tier), relation (buys_from or sells_to), tier (of the firms there).
    """
    staged = tiers[["chain", "tier"]].assign(stage=tiers.get("stage", np.nan))
    pairs = staged.rename(columns={"tier": "newcomer", "stage": "own"}).merge(staged, on="chain")
    relations = [
        tiers.loc[tiers["purchase_share"].gt(0), ["chain", "tier"]].assign(newcomer=ANCHOR, relation="buys_from"),
        pairs[pairs["stage"].lt(pairs["own"])].assign(relation="buys_from"),
        pairs[pairs["stage"].gt(pairs["own"])].assign(relation="sells_to"),
    ]
    return pd.concat(relations, ignore_index=True)[["chain", "newcomer", "relation", "tier"]].astype(str)


def chain_fit(
    points: pd.DataFrame,
    suppliers: pd.DataFrame,
    tiers: pd.DataFrame,
    inwards: NDArray[np.float64],
    outwards: NDArray[np.float64],
) -> pd.DataFrame:
    """
    Return the listed firms that a newcomer to a cluster would buy from or sell to, by `chain_links`.

    Of each tier all firms within 60 goods minutes are told, and in any case the nearest five that can be reached.

    Parameters
    ----------
    points
        cluster_id, tenant and chain, one row per cluster (`best_points`).
    suppliers
        The layer suppliers.
    tiers
        The layer chains.
    inwards, outwards
        Goods minutes from the suppliers (rows) to the points (columns), and from the points to the suppliers.

    Returns
    -------
    pandas.DataFrame
        `FIT_COLUMNS`: minutes lead from the firm to the cluster where it buys, from the cluster to the firm where it
        sells. Sorted by cluster, newcomer, relation, tier and minutes.
    """
    found = [
        _nearby(point, suppliers, minutes[:, at]).assign(relation=relation)
        for relation, minutes in (("buys_from", inwards), ("sells_to", outwards))
        for at, (_, point) in enumerate(points.iterrows())
    ]
    firms = pd.concat(found) if found else suppliers.iloc[:0].assign(**dict.fromkeys([*TIER[:2], "relation"], ""))
    firms = firms.assign(**{name: "" for name in FIT_COLUMNS if name not in {*firms, "newcomer", "minutes"}})
    firms = firms if "minutes" in firms else firms.assign(minutes=0.0)
    table = pd.DataFrame(firms).astype({"chain": str, "tier": str, "relation": str})
    table = table.merge(chain_links(tiers), on=["chain", "tier", "relation"])[list(FIT_COLUMNS)].astype(FIT_COLUMNS)
    order = ["cluster_id", "tenant", "newcomer", "relation", "tier", "minutes", "supplier_id", "name_en"]
    return table.sort_values(order, ignore_index=True)


def _nearby(point: pd.Series, suppliers: pd.DataFrame, minutes: NDArray[np.float64]) -> pd.DataFrame:
    """Return the firms of a cluster's chain that are near, or among the nearest of their tier."""
    reached = suppliers["chain"].eq(point["chain"]) & ~np.isnan(minutes)
    firms = suppliers.assign(cluster_id=point["cluster_id"], tenant=point["tenant"], minutes=minutes)[reached]
    place = firms.groupby("tier")["minutes"].rank(method="first")
    return firms[firms["minutes"].le(NEAR_MIN) | place.le(NEAREST)]


def tier_fit(
    reach: pd.DataFrame, cluster_sites: pd.DataFrame, tiers: pd.DataFrame, *, half_enough: float
) -> pd.DataFrame:
    """
    Return how much of what an anchor buys each tier supplies, and what a newcomer in that tier could add at most.

    fit = purchase share · value / Σ purchase share, with the tier's value 1 − 2^(−A/R) in the mean of the cluster's
    sites; gap = purchase share · (1 − value) / Σ purchase share. The fits of a cluster add up to the mean supply access
    of its sites (a site that reaches nothing counting 0), fits and gaps together to 1.

    Parameters
    ----------
    reach
        Long table of `measures.supply.mass_in_reach`.
    cluster_sites
        cluster_id, tenant, chain and parcel_id.
    tiers
        The layer chains.
    half_enough
        R, in the unit of mass.

    Returns
    -------
    pandas.DataFrame
        `TIER_COLUMNS`, one row per cluster, tenant and tier, in the order of the chain.
    """
    words = {"chain": str, "tier": str, "parcel_id": str}
    mass = reach.astype(words).groupby(list(words), as_index=False)["mass_in_reach"].sum()
    wanted = cluster_tiers(cluster_sites, tiers)
    bought = tiers.groupby("chain")["purchase_share"].sum()
    wanted["purchase_share"] /= wanted["chain"].map(bought).astype(float)
    sites = wanted.merge(cluster_sites[[*TIER[:3], "parcel_id"]], on=TIER[:3]).merge(mass, on=list(words), how="left")
    value = 1 - np.exp2(-sites["mass_in_reach"].fillna(0.0).astype(float) / half_enough)
    means = sites.assign(value=value).groupby(TIER, sort=False)["value"].mean().reset_index()
    table = wanted.merge(means, on=TIER)
    fit = table["purchase_share"] * table["value"]
    table = table.assign(fit=fit, gap=table["purchase_share"] - fit)
    return table[list(TIER_COLUMNS)].astype(TIER_COLUMNS)
