"""The land itself: area, shape, zoning, conservation, water, use and tenure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmplan.crs import M2_PER_HA
from nmplan.measures.distance import nearest_distance

if TYPE_CHECKING:
    from collections.abc import Collection

ZONE_PREFIX = "zone_share_"
PROTECTED = ("conservation", "country-park")
"""Kinds of constraint that count as conservation land."""

SENSITIVE = {"housing_m": ("housing", "village"), "school_m": ("school",), "hospital_m": ("hospital",)}
"""Kinds of sensitive use by the measure that tells how far they are; people live in villages as in estates."""


def area_hectares(parcels: gpd.GeoSeries) -> pd.Series[float]:
    """Return `area_ha`, hectares, of polygons in EPSG:2326."""
    return pd.Series(parcels.area / M2_PER_HA, name="area_ha")


def compactness(parcels: gpd.GeoSeries) -> pd.Series[float]:
    """
    Return how compact each polygon is: 4π · area / perimeter², 1 for a circle, 0.785 for a square.

    References
    ----------
    Polsby & Popper 1991, Yale Law & Policy Review 9:301.
    """
    return pd.Series(4 * np.pi * parcels.area / parcels.length**2, name="compactness")


def zone_shares(parcels: gpd.GeoSeries, zoning: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Return the share of each parcel that lies in each kind of zone.

    Parameters
    ----------
    parcels
        Polygons, EPSG:2326.
    zoning
        Polygons with `zone`; where they overlap the shares may add up to more than 1.

    Returns
    -------
    pandas.DataFrame
        One column "zone_share_<zone>" per kind present, 0 to 1, on the index of the parcels.
    """
    parcel, zone = shapely.STRtree(zoning.geometry.to_numpy()).query(parcels.to_numpy(), predicate="intersects")
    shapes = parcels.to_numpy()[parcel]
    common = shapely.area(shapely.intersection(shapes, zoning.geometry.to_numpy()[zone])) / shapely.area(shapes)
    pairs = pd.DataFrame({"parcel": parcel, "zone": zoning["zone"].to_numpy()[zone], "share": common})
    kinds = sorted(zoning["zone"].unique())
    table = pairs.groupby(["parcel", "zone"])["share"].sum().unstack("zone", fill_value=0)
    table = table.reindex(index=range(len(parcels)), columns=kinds, fill_value=0.0).clip(upper=1.0)
    return table.set_axis(parcels.index).add_prefix(ZONE_PREFIX).rename_axis(columns=None)


def permitted_share(measures: pd.DataFrame, zones: Collection[str]) -> pd.Series[float]:
    """
    Return the share of each site in zones that permit a tenant's use.

    Parameters
    ----------
    measures
        With the columns of `zone_shares`.
    zones
        Permitted kinds of zone.
    """
    columns = [name for zone in zones if (name := ZONE_PREFIX + zone) in measures]
    return measures[columns].sum(axis=1).clip(upper=1.0).rename("permitted_share")


def sensitive_distances(parcels: gpd.GeoSeries, uses: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Return how far the nearest housing (villages too), school and hospital are.

    Parameters
    ----------
    parcels
        Polygons, EPSG:2326.
    uses
        The layer sensitive_uses: points or polygons with `kind`.

    Returns
    -------
    pandas.DataFrame
        `housing_m`, `school_m`, `hospital_m`, metres from edge to edge; a kind that the layer does not hold is left
        out.
    """
    found = {name: uses.geometry[uses["kind"].isin(kinds)].to_numpy() for name, kinds in SENSITIVE.items()}
    distances = {name: nearest_distance(parcels, things) for name, things in found.items() if len(things)}
    return pd.DataFrame(distances, index=parcels.index)


def conservation(parcels: gpd.GeoSeries, constraints: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Return how far conservation land is, and how much of each parcel lies on it.

    Parameters
    ----------
    parcels
        Polygons, EPSG:2326.
    constraints
        The layer; the kinds in `PROTECTED` count.

    Returns
    -------
    pandas.DataFrame
        `conservation_m`, metres from edge to edge, and `conservation_share`, 0 to 1.
    """
    protected = constraints[constraints["kind"].isin(PROTECTED)].geometry
    ground = protected.union_all()
    shapely.prepare(ground)
    share = parcels.intersection(ground).area / parcels.area
    # cutting polygons leaves slivers of square millimetres: a shared edge is no overlap
    share = share.where(share * parcels.area > 1.0, 0.0)
    distance = nearest_distance(parcels, protected.to_numpy())
    return pd.DataFrame({"conservation_m": distance, "conservation_share": share}, index=parcels.index)


def water_things(constraints: gpd.GeoDataFrame, coast: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Return water as geometries with `accuracy_m`: the bodies of water among the constraints, and the shore."""
    water = constraints[constraints["kind"].eq("water")]
    things = [water] if coast is None or water.empty else [water, coast]
    shapes, accuracy_m = (pd.concat(parts, ignore_index=True) for parts in zip(*map(_placed, things), strict=True))
    return gpd.GeoDataFrame({"accuracy_m": accuracy_m}, geometry=shapes, crs=constraints.crs)


def _placed(layer: gpd.GeoDataFrame) -> tuple[gpd.GeoSeries, pd.Series[float]]:
    return layer.geometry, layer["accuracy_m"].astype(float)


def water_distance(parcels: gpd.GeoSeries, water: gpd.GeoDataFrame) -> pd.Series[float]:
    """
    Return how far the nearest water is.

    Parameters
    ----------
    parcels
        Polygons, EPSG:2326.
    water
        Bodies of water and shores, as `water_things` returns them.

    Returns
    -------
    pandas.Series
        `water_m`, metres from edge to edge, 0 where they touch; NaN where there is no water at all.
    """
    return nearest_distance(parcels, water.geometry.to_numpy()).rename("water_m")


def use_and_tenure(parcels: pd.DataFrame) -> pd.DataFrame:
    """
    Return whether each site lies idle, and whether its land is public.

    Parameters
    ----------
    parcels
        With `status` (one of `words.STATUSES`, or unknown) and `tenure` ("public", anything else that is known,
        or "unknown").

    Returns
    -------
    pandas.DataFrame
        `idle` and `public_land`, 1 for yes and 0 for no, NaN where it is unknown, on the index of the parcels.
    """
    known = {"idle": ("status", "idle"), "public_land": ("tenure", "public")}
    return pd.DataFrame(
        {
            name: parcels[column].eq(yes).astype(float).where(~parcels[column].isin(("unknown", "")))
            for name, (column, yes) in known.items()
        },
        index=parcels.index,
    )
