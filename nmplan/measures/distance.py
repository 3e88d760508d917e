"""How far the nearest of some things is, and how sure that distance is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray


def nearest_distance(parcels: gpd.GeoSeries, things: NDArray[np.object_]) -> pd.Series[float]:
    """Return metres from each parcel's edge to the nearest of some geometries; NaN where there are none."""
    _, away = _nearest(parcels, things)
    return pd.Series(away, index=parcels.index)


def distance_accuracy(
    parcels: gpd.GeoSeries, accuracy_m: pd.Series[float], things: gpd.GeoDataFrame
) -> pd.Series[float]:
    """
    Return how sure the distance from each parcel to the nearest of some things is.

    accuracy = √(parcel's² + thing's²), the two positions being off independently of each other.

    Parameters
    ----------
    parcels
        Polygons, EPSG:2326.
    accuracy_m
        Accuracy of each parcel, metres; NaN counts as exact.
    things
        A layer with `accuracy_m`; NaN counts as exact.

    Returns
    -------
    pandas.Series
        Metres, on the index of the parcels; the parcel's own accuracy where there is no thing.
    """
    position, _ = _nearest(parcels, things.geometry.to_numpy())
    known = np.append(things["accuracy_m"].astype(float).fillna(0.0).to_numpy(), 0.0)  # position -1: no thing
    own = accuracy_m.astype(float).fillna(0.0).to_numpy()
    return pd.Series(np.hypot(own, known[position]), index=parcels.index)


def straight_pieces(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Cut lines into their straight segments: a tree of many short ones finds the nearest far faster."""
    coords, owner = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
    same = owner[1:] == owner[:-1]
    return np.asarray(shapely.linestrings(np.stack([coords[:-1][same], coords[1:][same]], axis=1)))


def _nearest(parcels: gpd.GeoSeries, things: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return which thing is nearest to each parcel (-1: none), and how far it is (NaN)."""
    position, distance = np.full(len(parcels), -1), np.full(len(parcels), np.nan)
    if len(things):
        (parcel, found), away = shapely.STRtree(things).query_nearest(
            parcels.to_numpy(), return_distance=True, all_matches=False
        )
        position[parcel], distance[parcel] = found, away
    return position, distance
