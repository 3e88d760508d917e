"""How close a station is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.measures.distance import nearest_distance
from nmplan.measures.network import Legs
from nmplan.measures.network import shortest_minutes
from nmplan.measures.timetable import open_links

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from nmplan.measures.travel import Travel


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


def station_minutes(places: gpd.GeoSeries, travel: Travel) -> pd.Series[float]:
    """
    Return how long people take to the nearest station on this side, on foot and by bus, or as the study's matrix says.

    Parameters
    ----------
    places
        Points, EPSG:2326.
    travel
        The scenario's travel model. Stations in a closed area are not counted, for one cannot go there to travel on.

    Returns
    -------
    pandas.Series
        `station_min`, minutes from the door to the station's street, on the index of the places; NaN where no station
        is within reach.
    """
    return pd.Series(_least_minutes(places, travel), index=places.index, name="station_min")


def _least_minutes(places: gpd.GeoSeries, travel: Travel) -> NDArray[np.float64]:
    stations = travel.transit.stations_here if travel.transit is not None else np.zeros(0, dtype=np.int64)
    if travel.matrix is None:
        # to all of them as if they were one point: one search instead of one for each
        return _network_minutes(places, travel, stations, np.zeros(len(stations), dtype=np.int64), 1)[:, 0]
    ids, points = pd.Index(travel.stations, dtype=object), len(travel.stations)
    every = _network_minutes(places, travel, stations, np.arange(len(stations)), points)
    return np.fmin.reduce(travel.own_minutes("transit", places.index, ids, every), axis=1, initial=np.nan)


def _network_minutes(
    places: gpd.GeoSeries, travel: Travel, stations: NDArray[np.int64], point: NDArray[np.int64], points: int
) -> NDArray[np.float64]:
    """Return the network's minutes to the stations, each of which belongs to one of so many points."""
    if travel.transit is None:
        return np.full((len(places), points), np.nan)
    ends = Legs(point, stations, np.zeros(len(stations)), points)
    return shortest_minutes(travel.on_this_side("transit"), travel.legs("transit", places, outwards=True), ends)
