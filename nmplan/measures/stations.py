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
    Return how long people take to the nearest station on this side of the boundary, on foot and by bus.

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
    if travel.transit is None:
        return pd.Series(np.nan, index=places.index, name="station_min")
    stations = np.setdiff1d(travel.transit.stations, travel.transit.mainland)
    nearest = Legs(np.zeros(len(stations), dtype=np.int64), stations, np.zeros(len(stations)), 1)
    legs = travel.legs("transit", places, outwards=True)
    minutes = shortest_minutes(travel.on_this_side("transit"), legs, nearest)[:, 0]
    return pd.Series(minutes, index=places.index, name="station_min")
