"""Clusters: contiguous groups of good sites, large enough to be a place."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from nmplan.crs import M2_PER_HA
from nmplan.places.contiguity import contiguous_groups
from nmplan.places.contiguity import join_across
from nmplan.places.names import nearest_names
from nmplan.scores.aggregate import TIE

if TYPE_CHECKING:
    import shapely

    from nmplan.scores.tenants import Scores

CLUSTER_COLUMNS = [
    "cluster_id",
    "name_en",
    "name_zh",
    "area_ha",
    "sites",
    "gfa_m2",
    "jobs",
    "mean_score",
    "captive_share",
    "parcel_ids",
    "geometry",
]
CLUSTER_TYPES = {
    "cluster_id": "str",
    "name_en": "str",
    "name_zh": "str",
    "area_ha": float,
    "sites": int,
    "gfa_m2": float,
    "jobs": float,
    "mean_score": float,
    "captive_share": float,
}
"""Kinds of the columns, also when there is no cluster."""


def find_clusters(
    parcels: gpd.GeoDataFrame,
    scores: Scores | pd.DataFrame,
    *,
    threshold: float = 60.0,
    gap_m: float = 40.0,
    minimum_ha: float = 6.0,
    gfa_per_worker_m2: float | None = None,
    captive: pd.Series[float] | None = None,
    place_names: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """
    Group good sites into clusters.

    Parameters
    ----------
    parcels
        Sites with `parcel_id` and `plot_ratio`, EPSG:2326.
    scores
        What `score` returned for one tenant, or its table: parcel_id, eligible and score.
    threshold
        Points a site needs.
    gap_m
        Sites no further apart than this belong together: across a road.
    minimum_ha
        Smaller groups are no cluster.
    gfa_per_worker_m2
        Floor space per worker, for jobs; unknown leaves jobs unknown.
    captive
        Captive share by parcel_id, averaged by area.
    place_names
        For names.

    Returns
    -------
    geopandas.GeoDataFrame
        Clusters, best mean score first: cluster_id (that of its first site), names, area_ha, sites, gfa_m2 (NaN
        unless the plot ratio of every site is known), jobs, mean_score and captive_share (weighted by area),
        parcel_ids, geometry.
    """
    told = scores if isinstance(scores, pd.DataFrame) else scores.table
    table = parcels.merge(told[["parcel_id", "eligible", "score"]], on="parcel_id")
    good = table[table["eligible"] & table["score"].ge(threshold - TIE)].sort_values("parcel_id").reset_index(drop=True)
    good["area_ha"] = good.geometry.area / M2_PER_HA
    good["captive_share"] = good["parcel_id"].map(captive) if captive is not None else np.nan
    groups = [group for _, group in good.groupby(contiguous_groups(good.geometry, gap_m))] if len(good) else []
    rows = [_cluster(group, gap_m, gfa_per_worker_m2) for group in groups if group["area_ha"].sum() >= minimum_ha]
    rows.sort(key=lambda row: (-row["mean_score"], row["cluster_id"]))
    names = nearest_names([row["geometry"] for row in rows], [row["cluster_id"] for row in rows], place_names)
    for row, name in zip(rows, names, strict=True):
        row["name_en"], row["name_zh"] = name
    table = pd.DataFrame(rows, columns=CLUSTER_COLUMNS).astype(CLUSTER_TYPES)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=parcels.crs)


def _cluster(group: gpd.GeoDataFrame, gap_m: float, gfa_per_worker_m2: float | None) -> dict[str, Any]:
    """Sum up one group; means are weighted by area."""
    area = group["area_ha"]
    shape: shapely.Geometry = join_across(group.geometry, gap_m)
    floor = (group["plot_ratio"] * area * M2_PER_HA).sum(skipna=False)
    known = group["captive_share"].notna()
    captive = np.average(group.loc[known, "captive_share"], weights=area[known]) if known.any() else np.nan
    return {
        "cluster_id": group["parcel_id"].min(),
        "parcel_ids": sorted(group["parcel_id"]),
        "area_ha": area.sum(),
        "sites": len(group),
        "gfa_m2": floor,
        "jobs": floor / gfa_per_worker_m2 if gfa_per_worker_m2 else np.nan,
        "mean_score": np.average(group["score"], weights=area),
        "captive_share": captive,
        "geometry": shape,
    }
