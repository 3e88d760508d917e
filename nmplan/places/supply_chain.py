"""Which links of a chain a cluster reaches, and which are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nmplan.places.captive import captive_shares

if TYPE_CHECKING:
    import pandas as pd

GAPS: dict[str, tuple[str, str]] = {
    "": ("No gap", "沒有缺口"),
    "none": ("No supplier in reach", "可達範圍內沒有供應商"),
    "none-within-60": ("No supplier within 60 minutes", "60分鐘內沒有供應商"),
    "none-in-hong-kong": ("No supplier in Hong Kong", "香港沒有供應商"),
}
"""Grades of a missing link, the worst that holds: what the list of suppliers lacks, which is no census."""

LINK_COLUMNS = {
    "cluster_id": str,
    "tenant": str,
    "chain": str,
    "tier": str,
    "tier_en": str,
    "tier_zh": str,
    "jurisdiction": str,
    "firms_30": int,
    "firms_60": int,
    "mass": float,
    "missing": bool,
    "gap": str,
}

TIER = ["cluster_id", "tenant", "chain", "tier"]


def captive_share(reach: pd.DataFrame, chain: pd.DataFrame) -> pd.Series[float]:
    """Return the captive share of each site, by parcel_id, as the list of suppliers has it (`captive_shares`)."""
    return captive_shares(reach, chain, undercount=1.0).set_index("parcel_id")["captive_share"]


def supply_links(reach: pd.DataFrame, cluster_sites: pd.DataFrame, tiers: pd.DataFrame) -> pd.DataFrame:
    """
    Return what supply each cluster reaches, per tier and jurisdiction, and its missing links.

    Parameters
    ----------
    reach
        Long table of `measures.supply.mass_in_reach`.
    cluster_sites
        cluster_id, tenant, chain (of the tenant) and parcel_id.
    tiers
        The layer chains.

    Returns
    -------
    pandas.DataFrame
        `LINK_COLUMNS`. One row per tier and jurisdiction with supply in reach, and one with an empty jurisdiction for a
        tier that no supplier serves (missing). firms_30 and firms_60 are counted from the site that has most, by goods
        minutes; mass is the mean over the sites; gap is one of `GAPS`, the same in all rows of a tier.
    """
    words = {"chain": str, "tier": str, "jurisdiction": str}
    joined = cluster_sites.merge(reach.astype(words), on=["chain", "parcel_id"])
    grouped = joined.groupby([*TIER, "jurisdiction"], as_index=False)
    links = grouped.agg(firms_30=("firms_30", "max"), firms_60=("firms_60", "max"), mass=("mass_in_reach", "mean"))
    table = cluster_tiers(cluster_sites, tiers).merge(links[links["mass"].gt(0)], on=TIER, how="left")
    table = table.assign(missing=table["mass"].isna())
    table = table.fillna({"jurisdiction": "", "firms_30": 0, "firms_60": 0, "mass": 0.0})
    own = [table[name] for name in TIER]
    nearby = table["firms_60"].gt(0).groupby(own).transform("any")
    at_home = table["jurisdiction"].eq("hong-kong").groupby(own).transform("any")
    gaps = np.select([table["missing"], ~nearby, ~at_home], ["none", "none-within-60", "none-in-hong-kong"], "")
    return table.assign(gap=gaps)[list(LINK_COLUMNS)].astype(LINK_COLUMNS)


def cluster_tiers(cluster_sites: pd.DataFrame, tiers: pd.DataFrame) -> pd.DataFrame:
    """Return every tier of each cluster's chain, in the order of the chain, with all that the layer says of it."""
    named = tiers.assign(**{name: "" for name in ("tier_en", "tier_zh") if name not in tiers})
    return cluster_sites[TIER[:3]].drop_duplicates().merge(named, on="chain")
