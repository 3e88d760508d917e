"""Which sites can start before a year: land that can be built on by then and is not granted to somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.crs import M2_PER_HA

if TYPE_CHECKING:
    import geopandas as gpd

START_COLUMNS = [
    "parcel_id",
    "area_id",
    "zone",
    "area_ha",
    "ready_year",
    "ready_basis",
    "status",
    "tenure",
    "plot_ratio",
    "plot_ratio_basis",
    "tenant",
    "score",
]

GRANTED = ("granted",)
"""Words of `status` of land that nobody else can have."""


def sites_ready_before(parcels: gpd.GeoDataFrame, scores: pd.DataFrame, year: float) -> pd.DataFrame:
    """
    Return the sites whose land can be built on before a year, the earliest first.

    Parameters
    ----------
    parcels
        parcel_id, area_id, zone, status, tenure, ready_year (first year in which the land can be built on), plot_ratio
        and how both are known, geometry, EPSG:2326.
    scores
        parcel_id, tenant, eligible and score of one scenario.
    year
        Land that is ready in this year is not among them.

    Returns
    -------
    pandas.DataFrame
        One row per site, with the eligible tenant that scores most there (empty and NaN where none is). Land whose year
        is not known and granted land are left out; `count_by_start` counts them.
    """
    kinds = _kinds(parcels, year)
    own = pd.DataFrame(parcels.drop(columns=parcels.geometry.name)).assign(area_ha=parcels.geometry.area / M2_PER_HA)
    best = scores[scores["eligible"]].sort_values(["score", "tenant"], ascending=[False, True], kind="stable")
    best = best.drop_duplicates("parcel_id")[["parcel_id", "tenant", "score"]]
    table = own[kinds.eq("before")].merge(best, on="parcel_id", how="left").fillna({"tenant": ""})
    return table.sort_values(["ready_year", "area_id", "parcel_id"], ignore_index=True)[START_COLUMNS]


def count_by_start(parcels: gpd.GeoDataFrame, year: float) -> pd.DataFrame:
    """
    Count sites and hectares by whether they can start before a year: before, later, unknown, granted.

    Returns
    -------
    pandas.DataFrame
        start, sites, area_ha; all four rows, so that they add up to all sites.
    """
    rows = pd.DataFrame({"start": _kinds(parcels, year), "area_ha": parcels.geometry.area / M2_PER_HA})
    table = rows.groupby("start")["area_ha"].agg(sites="size", area_ha="sum")
    return table.reindex(["before", "later", "unknown", "granted"], fill_value=0).reset_index()


def _kinds(parcels: pd.DataFrame, year: float) -> pd.Series[str]:
    ready = parcels["ready_year"].astype(float)
    kinds = np.select(
        [parcels["status"].isin(GRANTED), ready.isna(), ready.lt(year)], ["granted", "unknown", "before"], "later"
    )
    return pd.Series(kinds, index=parcels.index)
