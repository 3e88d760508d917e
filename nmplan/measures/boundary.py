"""How close the boundary is: on the map, and in minutes across it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nmplan.measures.distance import nearest_distance
from nmplan.measures.distance import straight_pieces

if TYPE_CHECKING:
    import geopandas as gpd

    from nmplan.measures.travel import Travel


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


def crossing_goods_minutes(places: gpd.GeoSeries, travel: Travel) -> pd.Series[float]:
    """
    Return how long goods vehicles take from each place to the other side of the best open crossing.

    Parameters
    ----------
    places
        Points on the Hong Kong side, EPSG:2326.
    travel
        The scenario's travel model.

    Returns
    -------
    pandas.Series
        `crossing_goods_min`, minutes with clearance, on the index of the places; NaN where no crossing takes goods.
    """
    minutes = pd.DataFrame(travel.goods_arrivals(places), index=places.index)
    return minutes.min(axis=1).rename("crossing_goods_min")
