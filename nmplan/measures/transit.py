"""How close a station is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from nmplan.measures.access import crosses
from nmplan.measures.distance import nearest_distance
from nmplan.measures.rail import open_links
from nmplan.measures.speeds import FEEDER_LIMIT_M

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely
    from numpy.typing import NDArray

    from nmplan.measures.speeds import Speeds

JUST_BEYOND_M = float(np.nextafter(FEEDER_LIMIT_M, np.inf))
"""The KD-tree looks for what is nearer than this."""


def open_stations(stations: gpd.GeoDataFrame, links: pd.DataFrame | None, year: int) -> gpd.GeoDataFrame:
    """
    Return the stations at which trains call in a year.

    Parameters
    ----------
    stations
        The layer; `opens` is the first year, NaN for long-existing ones.
    links
        The layer rail_links, or None; with it, a station counts only once a link serves it.
    year
        The scenario's year.
    """
    there = ~(stations["opens"] > year)
    if links is not None:
        running = open_links(links, year)
        there &= stations["station_id"].isin({*running["from_station"], *running["to_station"]})
    return stations[there]


def station_distance(parcels: gpd.GeoSeries, stations: gpd.GeoSeries) -> pd.Series[float]:
    """
    Return the distance from each parcel's edge to the nearest station.

    Parameters
    ----------
    parcels, stations
        Polygons and points, EPSG:2326.

    Returns
    -------
    pandas.Series
        `station_m`, metres, on the index of the parcels; NaN where there is no station at all.
    """
    return nearest_distance(parcels, stations.to_numpy()).rename("station_m")


def station_minutes(
    places: gpd.GeoSeries, stations: gpd.GeoSeries, barrier: shapely.Geometry | None, speeds: Speeds
) -> pd.Series[float]:
    """
    Return the feeder minutes (on foot, or by bus where faster) to the nearest station on this side of the boundary.

    Parameters
    ----------
    places, stations
        Points, EPSG:2326.
    barrier
        Line that no feeder journey crosses, or None.
    speeds
        Walk, bus and wait.

    Returns
    -------
    pandas.Series
        `station_min`, minutes, on the index of the places; NaN where no station is within reach.
    """
    here, there = (np.column_stack([points.x, points.y]) for points in (places, stations))
    minutes = speeds.feeder_min(_metres_on_this_side(here, there, barrier))
    return pd.Series(np.where(np.isfinite(minutes), minutes, np.nan), index=places.index, name="station_min")


def _metres_on_this_side(
    here: NDArray[np.float64], there: NDArray[np.float64], barrier: shapely.Geometry | None
) -> NDArray[np.float64]:
    """
    Return the metres to the nearest station that the barrier does not cut off, infinite beyond `FEEDER_LIMIT_M`.

    Places whose nearest stations are all cut off look at twice as many next.
    """
    metres = np.full(len(here), np.inf)
    tree, left, rank = cKDTree(there), np.arange(len(here)), 1
    while len(left) and rank <= len(there):
        ranks = np.arange(rank, min(2 * rank, len(there) + 1))
        away, station = map(np.asarray, tree.query(here[left], ranks, distance_upper_bound=JUST_BEYOND_M))
        more = np.isfinite(away[:, -1])
        place, column = np.nonzero(np.isfinite(away))
        cut = crosses(barrier, here[left[place]], there[station[place, column]])
        away[place[cut], column[cut]] = np.inf
        metres[left] = away.min(axis=1)
        left, rank = left[more & np.isinf(metres[left])], 2 * rank
    return metres
