"""Which polygons belong together: neighbours across a gap, such as a road."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    import geopandas as gpd


def contiguous_groups(shapes: gpd.GeoSeries, gap_m: float) -> pd.Series[int]:
    """
    Return a group number for each polygon; polygons no further apart than the gap share it, link by link.

    Parameters
    ----------
    shapes
        Polygons, EPSG:2326.
    gap_m
        Widest gap that still joins, metres (0: they must touch).

    Returns
    -------
    pandas.Series
        Numbers from 0, on the index given.
    """
    tree = shapely.STRtree(shapes.to_numpy())
    here, there = tree.query(shapes.to_numpy(), predicate="dwithin", distance=gap_m)
    links = coo_array((np.ones(len(here)), (here, there)), shape=(len(shapes), len(shapes)))
    _, group = connected_components(links.tocsr(), directed=False)
    return pd.Series(group, index=shapes.index)


def join_across(shapes: gpd.GeoSeries, gap_m: float) -> shapely.Geometry:
    """
    Return the polygons as one shape for drawing: gaps between them filled by closing with half the gap.

    Notches and bays narrower than the gap are filled as well, so take areas from the polygons, not from this shape.
    """
    closed = shapely.buffer(shapes.union_all().buffer(gap_m / 2, join_style="mitre"), -gap_m / 2, join_style="mitre")
    return shapely.union_all([closed, *shapes])
