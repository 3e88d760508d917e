"""How close the boundary is on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.measures.distance import nearest_distance
from nmplan.measures.distance import straight_pieces

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def boundary_distance(parcels: gpd.GeoSeries, boundary: gpd.GeoSeries) -> pd.Series[float]:
    """
    Return the distance from each parcel's edge to the boundary; a parcel that it crosses has 0.

    Parameters
    ----------
    parcels
        Polygons, EPSG:2326.
    boundary
        Lines, EPSG:2326.

    Returns
    -------
    pandas.Series
        `boundary_m`, metres, on the index of the parcels.
    """
    return nearest_distance(parcels, straight_pieces(boundary.to_numpy())).rename("boundary_m")
