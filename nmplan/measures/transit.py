"""How close a station is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.measures.access import crosses
from nmplan.measures.distance import nearest_distance
from nmplan.measures.rail import open_links

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely

    from nmplan.measures.speeds import Speeds


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
    times = speeds.feeder_min(np.hypot(here[:, None, 0] - there[:, 0], here[:, None, 1] - there[:, 1]))
    place, station = np.nonzero(np.isfinite(times))
    cut = crosses(barrier, here[place], there[station])
    times[place[cut], station[cut]] = np.inf
    best = times.min(axis=1, initial=np.inf)
    return pd.Series(np.where(np.isfinite(best), best, np.nan), index=places.index, name="station_min")
