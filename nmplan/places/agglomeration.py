"""Agglomeration: firms of the chain close by, on foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd


def firms_on_foot(
    places: gpd.GeoSeries,
    firms: gpd.GeoDataFrame,
    *,
    walk_m: float = 800.0,
    detour: float = 1.3,
    barrier: shapely.Geometry | None = None,
) -> pd.Series[int]:
    """
    Return how many firms each place reaches on foot.

    A firm counts where straight line from the edge · detour ≤ walk and the line does not cross the barrier. Firms
    stand where the layer puts them: those of coarse accuracy may be counted or missed by it.

    Parameters
    ----------
    places
        Sites or clusters, EPSG:2326.
    firms
        Suppliers of one chain, points.
    walk_m
        Longest walk, metres.
    detour
        Walked against straight-line length, at least 1.
    barrier
        Line that nobody walks across (the boundary), or None.

    Returns
    -------
    pandas.Series
        `firms_walk`, on the index of the places; 0 where there is none.
    """
    near = near_on_this_side(places, firms.geometry, walk_m / detour, barrier)
    return pd.Series(np.bincount(near["shape"], minlength=len(places)), index=places.index, name="firms_walk")


def near_on_this_side(
    shapes: gpd.GeoSeries, points: gpd.GeoSeries, within_m: float, barrier: shapely.Geometry | None
) -> pd.DataFrame:
    """
    Return which points lie near which shapes, without a barrier between.

    Parameters
    ----------
    shapes, points
        EPSG:2326.
    within_m
        Straight line from the shape's edge, metres.
    barrier
        Line that the shortest way must not cross, or None.

    Returns
    -------
    pandas.DataFrame
        shape and point (positions in their series) and away_m.
    """
    here, there = shapes.to_numpy(), points.to_numpy()
    shape, point = shapely.STRtree(there).query(here, predicate="dwithin", distance=within_m)
    ways = shapely.shortest_line(here[shape], there[point])
    free = ~shapely.intersects(ways, barrier) if barrier is not None else np.ones(len(ways), dtype=bool)
    return pd.DataFrame({"shape": shape[free], "point": point[free], "away_m": shapely.length(ways[free])})
