"""Capacity: floor space and jobs the land zoned for employment could carry, against what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.crs import M2_PER_HA
from nmplan.words import RATIO_BASES
from nmplan.words import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

GFA_PER_WORKER_M2: dict[str, tuple[float, float] | None] = {
    "innovation-technology": (15, 33),
    "enterprise-technology": (20, 35),
    "business": (20, 25),
    "commercial": (20, 25),
    "industrial": (25, 35),
    "logistics": (700, 700),
    "storage-workshop": (35, 700),
    "data-centre": None,
    "open-storage": None,
}
"""
Floor space per worker, m², from close to wide, by zone for employment; None where no figure is published.

Hong Kong Planning Standards and Guidelines, chapter 5, table 2: science park type 15 (33 observed at the Science Park:
400,000 m² for 12,200 workers), business 20 to 25, industrial/office 20, industrial 25 in existing and 35 in new areas,
warehouse 700. Which figure stands for which zone is judgement: workshops and warehouses share a zone.
"""

CAPACITY_COLUMNS = [
    "area_id",
    "name_en",
    "name_zh",
    "sites",
    "land_ha",
    "gfa_m2",
    "gfa_known_share",
    "jobs_low",
    "jobs_high",
    "jobs_known_share",
    "gfa_target_m2",
    "jobs_target",
    "gfa_share",
    "jobs_share_low",
    "jobs_share_high",
    "source",
]
BY_BASIS: dict[str, str] = {
    **{basis: f"ratio_{basis.replace(' ', '_')}_ha" for basis in RATIO_BASES if basis != "unknown"},
    "basis not stated": "ratio_unstated_ha",
    "unknown": "ratio_unknown_ha",
}
"""Columns that share out the land by how its plot ratio is known; they add up to land_ha."""

CAPACITY_COLUMNS += BY_BASIS.values()
ALL = "all"
ELSEWHERE = "elsewhere"
"""The row of sites that lie in none of the areas; there is none where all do."""


def capacity(
    parcels: gpd.GeoDataFrame,
    areas: pd.DataFrame,
    gfa_per_worker_m2: Mapping[str, tuple[float, float] | None] = GFA_PER_WORKER_M2,
) -> pd.DataFrame:
    """
    Return what the sites zoned for employment could carry, per area and in all, beside the published targets.

    Floor space is Σ plot ratio · area over the sites whose plot ratio is known; jobs are that floor space over the
    floor space per worker, wide and close. What is unknown adds nothing and is told: gfa_known_share and
    jobs_known_share are the land that is counted, and the columns of `BY_BASIS` say how its plot ratios are known.

    Parameters
    ----------
    parcels
        parcel_id, area_id, zone, plot_ratio, geometry, EPSG:2326; plot_ratio_basis where it is told.
    areas
        area_id, names, jobs_target, gfa_target_m2, source. Areas without such land and without a target are left out.
    gfa_per_worker_m2
        The zones for employment, each with its floor space per worker from close to wide, or None.

    Returns
    -------
    pandas.DataFrame
        area_id, names, sites, land_ha, gfa_m2, gfa_known_share, jobs_low, jobs_high, jobs_known_share, the two targets,
        gfa_share, jobs_share_low, jobs_share_high (capacity / target), source, hectares by `BY_BASIS`. gfa_m2 and jobs
        are NaN where nothing is known. Sites in none of the areas stand in the row "elsewhere".
        The row "all" compares with a target only the areas that have it.
    """
    sites = _sites(parcels, gfa_per_worker_m2)
    sites["area_id"] = sites["area_id"].where(sites["area_id"].isin(areas["area_id"]), ELSEWHERE)
    sums = sites.groupby("area_id")[["sites", "land_ha", *_SUMS]].sum(min_count=1)
    named = pd.DataFrame(areas)[["area_id", "name_en", "name_zh", "gfa_target_m2", "jobs_target", "source"]]
    if ELSEWHERE in sums.index:
        names = {"area_id": ELSEWHERE, "name_en": "Outside the areas", "name_zh": "地區以外", "source": ""}
        named = pd.concat([named, pd.DataFrame([names])], ignore_index=True)
    table = named.merge(sums, left_on="area_id", right_index=True, how="left")
    table = table[table[["land_ha", "gfa_target_m2", "jobs_target"]].notna().any(axis=1)]
    nothing = dict.fromkeys(["land_ha", "gfa_known_ha", "jobs_known_ha", *BY_BASIS.values()], 0.0)
    table = table.fillna({"sites": 0, **nothing})
    for share, (part, target) in _SHARES.items():
        table[share] = table[part] / table[target]
    table = pd.concat([table.sort_values("area_id"), _in_all(table)], ignore_index=True)
    for known in ("gfa", "jobs"):
        table[f"{known}_known_share"] = table[f"{known}_known_ha"] / table["land_ha"].where(table["land_ha"].gt(0))
    return table.astype({"sites": int})[CAPACITY_COLUMNS]


_SUMS = ["gfa_m2", "jobs_low", "jobs_high", "gfa_known_ha", "jobs_known_ha", *BY_BASIS.values()]
_SHARES = {
    "gfa_share": ("gfa_m2", "gfa_target_m2"),
    "jobs_share_low": ("jobs_low", "jobs_target"),
    "jobs_share_high": ("jobs_high", "jobs_target"),
}


def _sites(parcels: gpd.GeoDataFrame, per_worker: Mapping[str, tuple[float, float] | None]) -> pd.DataFrame:
    """Return area_id, land, floor space and jobs of each site zoned for employment."""
    own = parcels[parcels["zone"].isin(list(per_worker))]
    land = own.geometry.area / M2_PER_HA
    floor = own["plot_ratio"].astype(float) * land * M2_PER_HA
    close, wide = (
        own["zone"].map({zone: ends[end] for zone, ends in per_worker.items() if ends}).astype(float) for end in (0, 1)
    )
    jobs, basis = floor / wide, _bases(own)
    return pd.DataFrame(
        {
            "area_id": own["area_id"],
            "sites": 1,
            "land_ha": land,
            "gfa_m2": floor,
            "jobs_low": jobs,
            "jobs_high": floor / close,
            "gfa_known_ha": land.where(floor.notna(), 0.0),
            "jobs_known_ha": land.where(jobs.notna(), 0.0),
            **{column: land.where(basis.eq(name), 0.0) for name, column in BY_BASIS.items()},
        }
    )


def _bases(own: pd.DataFrame) -> pd.Series[str]:
    """Return how the plot ratio of each site is known, a key of `BY_BASIS`."""
    told = own.get("plot_ratio_basis", pd.Series("unknown", index=own.index)).astype(object)
    stated = told.where(~told.isin(UNKNOWN), "basis not stated")
    return stated.where(own["plot_ratio"].notna(), "unknown")


def _in_all(table: pd.DataFrame) -> pd.DataFrame:
    """Return the row of all areas."""
    numbers = ["sites", "land_ha", *_SUMS, "gfa_target_m2", "jobs_target"]
    row = {name: table[name].sum(min_count=1) for name in numbers}
    row |= {name: table[name].sum() for name in ("sites", "land_ha")}  # of no areas: none, not unknown
    for share, (part, target) in _SHARES.items():
        both = table[table[target].notna()]
        row[share] = both[part].sum(min_count=1) / both[target].sum() if len(both) else np.nan
    names = {"area_id": ALL, "name_en": "All areas", "name_zh": "所有地區"}
    return pd.DataFrame([{**row, **names, "source": "sum of the areas; shares over those with a target"}])
