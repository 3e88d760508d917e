"""Clusters: contiguous groups of good sites, large enough to be a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from nmplan.crs import M2_PER_HA
from nmplan.measures.land import compactness
from nmplan.places.agglomeration import firms_on_foot
from nmplan.places.agglomeration import near_on_this_side
from nmplan.places.contiguity import contiguous_groups
from nmplan.places.contiguity import join_across
from nmplan.places.contiguity import split_contiguous
from nmplan.places.names import nearest_names
from nmplan.scores.aggregate import TIE

if TYPE_CHECKING:
    import shapely

    from nmplan.scores.tenants import Scores

CLUSTER_TYPES = {
    "cluster_id": "str",
    "area_ha": float,
    "sites": int,
    "gfa_m2": float,
    "gfa_known_share": float,
    "jobs": float,
    "jobs_known_share": float,
    "mean_score": float,
    "score_sd": float,
    "score_low": float,
    "score_high": float,
    "p_top": float,
    "compactness": float,
}
"""Columns of `find_clusters` and their kinds, also when there is no cluster; parcel_ids and geometry follow."""

MINUTES = ("station_min", "crossing_min", "crossing_goods_min")

DESCRIBED_TYPES = {
    "name_en": "str",
    "name_zh": "str",
    "area_id": "str",
    "best_tenants": "str",
    **dict.fromkeys(MINUTES, float),
    "station_id": "str",
    "phase_year": float,
    "idle_share": float,
    "captive_share": float,
    "hot_share": float,
    "firms_walk": float,
    "firms_15": float,
}
"""Columns that `describe_clusters` adds, and their kinds."""


@dataclass(frozen=True)
class Beside:
    """
    What else is known of the land; what is missing leaves its columns unknown (NaN, "").

    Parameters
    ----------
    measures
        One row per site: parcel_id and minutes.
    best
        Best tenant of each site, from `best_scores`.
    captive, firms_15
        By parcel_id: captive share; firms of the chain within 15 minutes.
    hot
        From `hot_spots`.
    stations
        Layer with station_id and opens.
    firms
        Suppliers of the chain, points.
    barrier
        Line that nobody walks across: the boundary.
    place_names
        For names.
    """

    measures: pd.DataFrame | None = None
    best: pd.DataFrame | None = None
    captive: pd.Series[float] | None = None
    firms_15: pd.Series[int] | None = None
    hot: pd.DataFrame | None = None
    stations: gpd.GeoDataFrame | None = None
    firms: gpd.GeoDataFrame | None = None
    barrier: shapely.Geometry | None = None
    place_names: gpd.GeoDataFrame | None = None


def best_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """
    Return the score of each site for the tenant that it suits best.

    Scores of tenants stand on their own value functions and weights: the best tenant is the one whose wishes the site
    meets most, not the one that is worth most.

    Parameters
    ----------
    scores
        All tenants: parcel_id, tenant, eligible, score and what else comes with them.

    Returns
    -------
    pandas.DataFrame
        The row of the best tenant of each site; of equal scores the first tenant by key. A site that is eligible for
        nobody has no tenant ("") and no score.
    """
    ranked = scores.assign(none=~scores["eligible"].astype(bool), minus=-scores["score"]).sort_values(
        ["parcel_id", "none", "minus", "tenant"], kind="stable"
    )
    best = ranked.drop_duplicates("parcel_id").reset_index(drop=True).drop(columns=["none", "minus"])
    eligible = best["eligible"].astype(bool)
    return best.assign(tenant=best["tenant"].where(eligible, ""), score=best["score"].where(eligible))


def find_clusters(
    parcels: gpd.GeoDataFrame,
    scores: Scores | pd.DataFrame,
    *,
    threshold: float = 60.0,
    gap_m: float = 40.0,
    minimum_ha: float = 6.0,
    maximum_ha: float | None = None,
    minimum_compactness: float = 0.0,
    gfa_per_worker_m2: float | Mapping[str, float | None] | None = None,
) -> gpd.GeoDataFrame:
    """
    Group good sites into clusters: for one tenant, or for all with what `best_scores` returns.

    Parameters
    ----------
    parcels
        Sites with `parcel_id` and `plot_ratio`, EPSG:2326.
    scores
        What `score` returned for one tenant, or a table with one row per site: parcel_id, eligible, score, and tenant
        and p_top where they are known.
    threshold
        Points a site needs.
    gap_m
        Sites no further apart than this belong together: across a road.
    minimum_ha
        Smaller groups are no cluster.
    maximum_ha
        Larger groups are halved, again and again, into contiguous parts of at least the minimum; a group that no cut
        leaves two such parts stays whole. None cuts none.
    minimum_compactness
        Groups and parts whose shape is less compact (Polsby-Popper, 0 to 1) are no cluster; 0 takes all.
    gfa_per_worker_m2
        Floor space per worker, for jobs, or that of each tenant by key; unknown leaves jobs unknown.

    Returns
    -------
    geopandas.GeoDataFrame
        Clusters, best mean score first: cluster_id (that of its first site), area_ha and sites; gfa_m2 and jobs, at
        least: of the sites whose plot ratio (and worker's floor space) is known, NaN where none is, each with the share
        of land for which it is; mean_score with the spread of its land (standard deviation, lowest, highest)
        and p_top, weighted by area; compactness of the shape, parcel_ids, geometry.
    """
    good = _good_sites(parcels, scores if isinstance(scores, pd.DataFrame) else scores.table, threshold)
    per_worker = good["tenant"].map(gfa_per_worker_m2) if isinstance(gfa_per_worker_m2, Mapping) else gfa_per_worker_m2
    good["floor_m2"] = good["plot_ratio"].astype(float) * good["area_ha"] * M2_PER_HA
    good["jobs"] = good["floor_m2"] / pd.Series(per_worker, index=good.index, dtype=float)
    rows = [_cluster(group, gap_m) for group in _groups(good, gap_m, minimum_ha, maximum_ha)]
    table = pd.DataFrame(rows, columns=[*CLUSTER_TYPES, "parcel_ids", "geometry"]).astype(CLUSTER_TYPES)
    table = table[table["compactness"].ge(minimum_compactness)].sort_values(
        ["mean_score", "cluster_id"], ascending=[False, True], ignore_index=True
    )
    return gpd.GeoDataFrame(table, geometry="geometry", crs=parcels.crs)


def describe_clusters(
    clusters: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    beside: Beside,
    *,
    station_m: float = 1000.0,
    walk_m: float = 800.0,
    detour: float = 1.3,
) -> gpd.GeoDataFrame:
    """
    Add to clusters what other tables know of their land.

    Parameters
    ----------
    clusters
        What `find_clusters` returned.
    parcels
        The sites it was given, with area_id and status.
    beside
        Measures, tenants, hot spots, stations, firms, names.
    station_m
        A station further from a cluster, in a straight line, is not its own.
    walk_m, detour
        Longest walk to a firm; walked against straight-line length.

    Returns
    -------
    geopandas.GeoDataFrame
        Further columns: name_en, name_zh; area_id (most of its land, "" for none); best_tenants (keys, joined by
        commas: best on most of its land first); station_min, crossing_min, crossing_goods_min, captive_share (means by
        area over the sites where they are known); station_id and phase_year (its nearest station, and the year that
        opens; 0: open without a year in the data); idle_share (of the land whose status is known); hot_share;
        firms_walk (of the chain, within the walk) and firms_15 (within 15 minutes of its best placed site).
    """
    sites = _sites_of(clusters, parcels)
    names = nearest_names(clusters.geometry, clusters["cluster_id"], beside.place_names)
    shapes = clusters.set_index("cluster_id").geometry
    known = {
        **{f"name_{tongue}": [name[at] for name in names] for at, tongue in enumerate(("en", "zh"))},
        "area_id": _most_land(sites, "area_id").str[0],
        **_of_sites(sites, beside),
        **dict(phase_years(shapes, beside.stations, station_m, beside.barrier)),
        "firms_walk": firms_on_foot(shapes, beside.firms, walk_m=walk_m, detour=detour, barrier=beside.barrier)
        if beside.firms is not None
        else np.nan,
    }
    added = pd.DataFrame(known, index=shapes.index, columns=list(DESCRIBED_TYPES))
    words = {name: "" for name, kind in DESCRIBED_TYPES.items() if kind == "str"}
    added = added.fillna(words).astype(DESCRIBED_TYPES).reset_index(drop=True)
    order = [*list(CLUSTER_TYPES)[:1], *DESCRIBED_TYPES, *list(CLUSTER_TYPES)[1:], "parcel_ids", "geometry"]
    table = pd.concat([pd.DataFrame(clusters).reset_index(drop=True), added], axis=1)[order]
    return gpd.GeoDataFrame(table, geometry="geometry", crs=clusters.crs)


def phase_years(
    shapes: gpd.GeoSeries, stations: gpd.GeoDataFrame | None, within_m: float, barrier: shapely.Geometry | None = None
) -> pd.DataFrame:
    """
    Return the nearest station of each place and the year it opens.

    Parameters
    ----------
    shapes
        Polygons on an index of ids, EPSG:2326.
    stations
        Points with station_id and opens (year; NaN: open before the data tells).
    within_m
        A station further away, in a straight line, does not count; nor one behind the barrier.
    barrier
        The boundary, or None.

    Returns
    -------
    pandas.DataFrame
        station_id ("" for none) and phase_year (NaN for none, 0 for a station that is open without a year), on the
        index of the shapes; of stations equally near the first to open.
    """
    nobody = pd.DataFrame({"station_id": "", "phase_year": np.nan}, index=shapes.index)
    if stations is None:
        return nobody
    near = near_on_this_side(shapes, stations.geometry, within_m, barrier)
    near["station_id"] = stations["station_id"].to_numpy()[near["point"]]
    near["phase_year"] = stations["opens"].fillna(0.0).to_numpy()[near["point"]]
    near = near.sort_values(["away_m", "phase_year", "station_id"]).drop_duplicates("shape").set_index("shape")
    return (
        near[["station_id", "phase_year"]]
        .reindex(range(len(shapes)))
        .fillna({"station_id": ""})
        .set_index(shapes.index)
    )


def _good_sites(parcels: gpd.GeoDataFrame, told: pd.DataFrame, threshold: float) -> gpd.GeoDataFrame:
    """Return the sites that reach the threshold in the order of their ids, with area, tenant and p_top."""
    told = told.reindex(columns=["parcel_id", "eligible", "score", "tenant", "p_top"])
    table = parcels[["parcel_id", "plot_ratio", "geometry"]].merge(told, on="parcel_id")
    reached = table["eligible"].astype(bool) & table["score"].ge(threshold - TIE)
    good = table[reached].sort_values("parcel_id", ignore_index=True)
    return good.assign(area_ha=good.geometry.area / M2_PER_HA)


def _groups(
    good: gpd.GeoDataFrame, gap_m: float, minimum_ha: float, maximum_ha: float | None
) -> list[gpd.GeoDataFrame]:
    """Return the contiguous groups of at least the minimum, those above the maximum in parts."""
    if good.empty:
        return []
    groups = [group for _, group in good.groupby(contiguous_groups(good.geometry, gap_m))]
    groups = [group for group in groups if group["area_ha"].sum() >= minimum_ha]
    if maximum_ha is None:
        return groups
    limits = minimum_ha * M2_PER_HA, maximum_ha * M2_PER_HA
    return [part for group in groups for _, part in group.groupby(split_contiguous(group.geometry, gap_m, *limits))]


def _cluster(group: gpd.GeoDataFrame, gap_m: float) -> dict[str, Any]:
    """Sum up one group."""
    area, score = group["area_ha"], group["score"]
    shape: shapely.Geometry = join_across(group.geometry, gap_m)
    mean = np.average(score, weights=area)
    return {
        "cluster_id": group["parcel_id"].min(),
        "parcel_ids": sorted(group["parcel_id"]),
        "area_ha": area.sum(),
        "sites": len(group),
        "gfa_m2": group["floor_m2"].sum(min_count=1),
        "gfa_known_share": _mean(group["floor_m2"].notna(), area),
        "jobs": group["jobs"].sum(min_count=1),
        "jobs_known_share": _mean(group["jobs"].notna(), area),
        "mean_score": mean,
        "score_sd": np.sqrt(np.average((score - mean) ** 2, weights=area)),
        "score_low": score.min(),
        "score_high": score.max(),
        "p_top": _mean(group["p_top"], area),
        "compactness": compactness(gpd.GeoSeries([shape])).iloc[0],
        "geometry": shape,
    }


def _mean(values: pd.Series[float], area: pd.Series[float]) -> float:
    """Return the mean by area over the sites where the value is known, NaN where it is nowhere."""
    known = values.notna()
    return float(np.average(values[known].astype(float), weights=area[known])) if known.any() else np.nan


def _sites_of(clusters: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return one row per site of a cluster: cluster_id, parcel_id, area_id, status and area_ha."""
    members = pd.DataFrame(clusters[["cluster_id", "parcel_ids"]]).explode("parcel_ids")
    members = members.rename(columns={"parcel_ids": "parcel_id"}).astype({"parcel_id": "str"})
    land = pd.DataFrame(parcels).reindex(columns=["parcel_id", "area_id", "status"])
    return members.merge(land.assign(area_ha=parcels.geometry.area / M2_PER_HA), on="parcel_id")


def _of_sites(sites: pd.DataFrame, beside: Beside) -> dict[str, Any]:
    """Return what follows from the sites of each cluster, on its id."""
    status = sites["status"].where(sites["status"].ne("unknown"))
    hot = None if beside.hot is None else beside.hot.set_index("parcel_id")["spot"].eq("hot")
    best = None if beside.best is None else beside.best.set_index("parcel_id")["tenant"]
    shares: dict[str, Any] = {
        "captive_share": sites["parcel_id"].map(_or_nothing(beside.captive)),
        "idle_share": status.eq("idle").where(status.notna()),
        "hot_share": sites["parcel_id"].map(_or_nothing(hot)),
    }
    for name in MINUTES:
        measured = beside.measures is not None and name in beside.measures
        by_site = beside.measures.set_index("parcel_id")[name] if beside.measures is not None and measured else None
        shares[name] = sites["parcel_id"].map(_or_nothing(by_site))
    by_cluster = sites.groupby("cluster_id")
    told = {
        name: pd.Series({key: _mean(values[own.index], own["area_ha"]) for key, own in by_cluster}, dtype=float)
        for name, values in shares.items()
    }
    tenants = sites.assign(tenant=sites["parcel_id"].map(_or_nothing(best)))
    firms = sites["parcel_id"].map(_or_nothing(beside.firms_15)).astype(float)
    return {
        **told,
        "best_tenants": _most_land(tenants, "tenant").str.join(","),
        "firms_15": firms.groupby(sites["cluster_id"]).max(),
    }


def _or_nothing(by_site: pd.Series[Any] | None) -> pd.Series[Any]:
    return pd.Series(dtype=float, index=pd.Index([], dtype="str")) if by_site is None else by_site


def _most_land(sites: pd.DataFrame, word: str) -> pd.Series[Any]:
    """Return the words that stand on each cluster's land, the one with most of it first; by cluster_id."""
    said = sites[sites[word].notna() & sites[word].ne("")]
    land = said.groupby(["cluster_id", word], as_index=False)["area_ha"].sum()
    land = land.sort_values(["cluster_id", "area_ha", word], ascending=[True, False, True])
    return land.groupby("cluster_id")[word].agg(list).astype(object)
