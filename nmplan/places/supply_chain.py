"""What is captured and what leaks: the Hong Kong share of the supply within reach."""

from __future__ import annotations

import pandas as pd


def captive_share(reach: pd.DataFrame, chain: pd.DataFrame) -> pd.Series[float]:
    """
    Return the access-based captive share of each site: how much of the supply it reaches is in Hong Kong.

    c = Σ purchase share · A_HongKong / A_all over the tiers with supply in reach, divided by their purchase share.
    Empty tiers are left out here and counted as missing links. It is no regional purchase coefficient: it says what
    lies close, not what is bought (Stevens et al. 1983; Miller & Blair 2009).

    Parameters
    ----------
    reach
        Long table of `measures.supply.mass_in_reach`.
    chain
        Tiers of one chain with their purchase_share.

    Returns
    -------
    pandas.Series
        By parcel_id, 0 to 1; NaN where nothing supplies.
    """
    own = reach[reach["chain"].isin(chain["chain"].unique())]
    mass = (
        own.groupby(["parcel_id", "tier", "jurisdiction"])["mass_in_reach"]
        .sum()
        .unstack("jurisdiction", fill_value=0.0)
    )
    everywhere = mass.sum(axis=1)
    home = mass["hong-kong"] if "hong-kong" in mass else everywhere * 0.0
    share = chain.set_index("tier")["purchase_share"].astype(float)
    weight = pd.Series(mass.index.get_level_values("tier").map(share), index=mass.index, dtype=float)
    weight = weight.where(everywhere > 0)
    captured = (weight * home / everywhere).groupby(level="parcel_id").sum(min_count=1)
    return (captured / weight.groupby(level="parcel_id").sum(min_count=1)).rename("captive_share")


def supply_links(reach: pd.DataFrame, cluster_sites: pd.DataFrame, tiers: pd.DataFrame) -> pd.DataFrame:
    """
    Return what supply each cluster reaches, per tier and jurisdiction, and its missing links.

    Parameters
    ----------
    reach
        Long table of `measures.supply.mass_in_reach`.
    cluster_sites
        cluster_id, chain (of the cluster's tenant) and parcel_id.
    tiers
        The layer chains.

    Returns
    -------
    pandas.DataFrame
        cluster_id, chain, tier, jurisdiction, firms_30, firms_60 (from the best placed site), mass (mean over the
        sites), missing: true for a tier that no supplier serves, its jurisdiction then empty.
    """
    joined = cluster_sites.merge(reach, on=["parcel_id", "chain"])
    grouped = joined.groupby(["cluster_id", "chain", "tier", "jurisdiction"], as_index=False)
    links = grouped.agg(firms_30=("firms_30", "max"), firms_60=("firms_60", "max"), mass=("mass_in_reach", "mean"))
    links = links.astype({"tier": str, "jurisdiction": str})
    wanted = cluster_sites[["cluster_id", "chain"]].drop_duplicates().merge(tiers[["chain", "tier"]], on="chain")
    table = wanted.merge(links[links["mass"].gt(0)], on=["cluster_id", "chain", "tier"], how="left")
    missing = table["mass"].isna()
    filled = table.fillna({"jurisdiction": "", "firms_30": 0, "firms_60": 0, "mass": 0.0})
    return filled.astype({"firms_30": int, "firms_60": int, "jurisdiction": str}).assign(missing=missing)
