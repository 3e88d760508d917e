"""How much of a site's outline lies along a road that may be entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from nmplan.measures.access import JUNCTIONS_ONLY

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

FRONTAGE_M = 20.0
"""Half a road's width with its footways: from the centre line to the land along it; judgement."""

ROAD_ACCURACY_M = 20.0
"""Roads placed worse than this cannot tell which site lies along them."""

PIECE_M = 5.0
"""Outlines are cut into pieces no longer than this; a frontage is right to about one piece at each end."""

FACING = np.cos(np.radians(45))
"""A piece of outline faces a road that lies within 45° of square to it."""


def usable_roads(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the roads that may be entered and are placed well enough to tell what lies along them."""
    return edges[_enterable(edges) & ~_coarse(edges)]


def road_frontage(parcels: gpd.GeoSeries, edges: gpd.GeoDataFrame) -> pd.Series[float]:
    """
    Return the length of each parcel's outline along roads that may be entered.

    Frontage = Σ length of the pieces of outline within `FRONTAGE_M` of a road's centre line that face it: the way to
    the nearest spot of the road is within 45° of square to the piece, and leads out of the parcel. Sides that run away
    from the road, and the back seen through a shallow parcel, do not count. A road nearer than its own accuracy may lie
    on either side of the outline. The usual practice, clipping the outline with a buffer round the road, would add up
    to 2 · `FRONTAGE_M` of sides to every parcel.

    Parameters
    ----------
    parcels
        Polygons, EPSG:2326.
    edges
        Roads with highway and accuracy_m (NaN counts as exact).

    Returns
    -------
    pandas.Series
        `road_frontage_m`, metres, on the index of the parcels; 0 where no road runs along, NaN where only a road
        placed worse than `ROAD_ACCURACY_M` might.
    """
    found = _facing_length(parcels, usable_roads(edges))
    coarse = edges[_enterable(edges) & _coarse(edges)]
    reach = coarse["accuracy_m"].to_numpy(dtype=float) + FRONTAGE_M
    unsure = (found == 0) & np.isin(np.arange(len(parcels)), _near(parcels, coarse, reach))
    return pd.Series(np.where(unsure, np.nan, found), index=parcels.index, name="road_frontage_m")


def _enterable(edges: gpd.GeoDataFrame) -> pd.Series[bool]:
    return ~edges["highway"].isin(JUNCTIONS_ONLY)


def _coarse(edges: gpd.GeoDataFrame) -> pd.Series[bool]:
    return edges["accuracy_m"].astype(float) > ROAD_ACCURACY_M


def _near(parcels: gpd.GeoSeries, roads: gpd.GeoDataFrame, metres: NDArray[np.float64] | float) -> NDArray[np.int64]:
    """Return the positions of the parcels within a distance of roads, one for all or one for each."""
    tree = shapely.STRtree(parcels.to_numpy())
    return np.unique(tree.query(roads.geometry.to_numpy(), predicate="dwithin", distance=metres)[1])


def _facing_length(parcels: gpd.GeoSeries, roads: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return metres of outline within `FRONTAGE_M` of roads that face them, by parcel."""
    near = _near(parcels, roads, FRONTAGE_M)
    start, end, owner = _pieces(parcels.to_numpy()[near])
    lines = roads.geometry.to_numpy()
    middle = np.asarray(shapely.points((start + end) / 2))
    piece, road = shapely.STRtree(lines).query_nearest(middle, max_distance=FRONTAGE_M, all_matches=False)
    spot = shapely.line_interpolate_point(lines[road], shapely.line_locate_point(lines[road], middle[piece]))
    along, way = (end - start)[piece], shapely.get_coordinates(spot) - (start + end)[piece] / 2
    length, away = np.hypot(*along.T), np.hypot(*way.T)
    # outlines run with the parcel on their left: the way out is on the right
    out = along[:, 1] * way[:, 0] - along[:, 0] * way[:, 1]
    blur = roads["accuracy_m"].astype(float).fillna(0.0).to_numpy()[road]
    faces = np.where(away <= blur, np.abs(out), out) >= FACING * length * away
    found = np.bincount(near[owner[piece]], np.where(faces, length, 0.0), minlength=len(parcels))
    return np.asarray(found, dtype=float)


def _pieces(polygons: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Cut outlines into pieces no longer than `PIECE_M`; return starts, ends and the polygon of each."""
    rings, polygon = shapely.get_rings(shapely.orient_polygons(polygons), return_index=True)
    xy, ring = shapely.get_coordinates(shapely.segmentize(rings, PIECE_M), return_index=True)
    same = ring[1:] == ring[:-1]
    return xy[:-1][same], xy[1:][same], polygon[ring[1:][same]]
