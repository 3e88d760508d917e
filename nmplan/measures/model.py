"""The travel model of a scenario, put together from the layers that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from nmplan.crs import WORK_CRS
from nmplan.measures.drive import Roads
from nmplan.measures.drive import road_network
from nmplan.measures.hall_access import access_ways
from nmplan.measures.halls import open_services
from nmplan.measures.halls import pull_levers
from nmplan.measures.halls import services_in
from nmplan.measures.hours import minute_of_service
from nmplan.measures.matrix import Matrix
from nmplan.measures.speeds import Speeds
from nmplan.measures.stations import open_stations
from nmplan.measures.timetable import open_links
from nmplan.measures.timetable import rides_of
from nmplan.measures.timetable import stops_of
from nmplan.measures.transit import transit_network
from nmplan.measures.travel import ROAD_MODES
from nmplan.measures.travel import USERS
from nmplan.measures.travel import Travel
from nmplan.words import ROADS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import shapely

    from nmplan.measures.network import Network
    from nmplan.measures.transit import Transit
    from nmplan.study import Scenario
    from nmplan.study import Travel as TravelSection


def travel_of(layers: Mapping[str, pd.DataFrame], scenario: Scenario, section: TravelSection) -> Travel | None:
    """
    Return the travel model of a scenario as the study's section `[travel]` asks for it.

    Parameters
    ----------
    layers, scenario
        As `build_travel` takes them; travel_times counts where minutes are to come from the matrix.
    section
        Speeds, waits, and where minutes come from.
    """
    asked = section.minutes_from == "matrix" and "travel_times" in layers
    matrix = Matrix(layers["travel_times"], section.percentile) if asked else None
    return build_travel(layers, scenario, Speeds.of(section), matrix)


def build_travel(
    layers: Mapping[str, pd.DataFrame], scenario: Scenario, speeds: Speeds, matrix: Matrix | None = None
) -> Travel | None:
    """
    Return the travel model of a scenario, or None without roads or matrix.

    Crossings and rail join where their layers are; without roads there is no network at all.

    Parameters
    ----------
    layers
        Those of `words.TRAVELLED` that there are.
    scenario
        Year, time of day, quiet or peak, and policies.
    speeds
        Speeds and waits.
    matrix
        Own minutes, if they are to stand before the network's.
    """
    paved = set(ROADS) <= set(layers)
    if not paved and matrix is None:
        return None
    barrier: shapely.Geometry | None = layers["boundary"].geometry.union_all() if "boundary" in layers else None
    roads = _roads(layers, scenario, speeds, barrier) if paved else Roads(_NOWHERE, _NOWHERE, barrier)
    crossings, services = layers.get("crossings"), _services(layers, scenario)
    if crossings is None or not services:
        crossings, services = _no_crossings(roads.nodes)
    networks: dict[str, Network] = {}
    transit = None
    if paved:
        networks = {
            mode: road_network(roads, crossings, services[mode], speeds, cap_kph=speeds.cap_of(mode))
            for mode in ROAD_MODES
        }
        transit = _transit(layers, scenario, crossings, services["transit"], barrier, speeds)
    if transit is not None:
        networks["transit"] = transit.network
    return Travel(
        roads,
        speeds,
        networks,
        _names(layers),
        transit,
        services,
        _shut(layers, scenario, services),
        float(minute_of_service(scenario.time_of_day)),
        scenario.planned_feeders,
        _stations(layers, scenario, transit),
        matrix,
    )


_NOWHERE = gpd.GeoDataFrame({"node_id": []}, geometry=[], crs=WORK_CRS)
"""Nodes, or edges, of a study without roads."""


def _roads(
    layers: Mapping[str, pd.DataFrame], scenario: Scenario, speeds: Speeds, barrier: shapely.Geometry | None
) -> Roads:
    """Return the roads that are open in the year, at the speeds of the hour."""
    edges = open_links(layers["road_edges"], scenario.year)
    if scenario.period == "peak":
        edges = edges.assign(speed_kph=edges["speed_kph"] * edges["highway"].map(speeds.peak_shares).fillna(1.0))
    return Roads(layers["road_nodes"], edges, barrier)


def _stations(layers: Mapping[str, pd.DataFrame], scenario: Scenario, transit: Transit | None) -> tuple[str, ...]:
    """Return the ids of the stations of the year on this side; without a network nothing tells which side that is."""
    if transit is not None:
        return tuple(transit.network.names[node] for node in transit.stations_here)
    if "stations" not in layers:
        return ()
    return tuple(open_stations(layers["stations"], layers.get("rail_links"), scenario.year)["station_id"])


def _transit(
    layers: Mapping[str, pd.DataFrame],
    scenario: Scenario,
    crossings: gpd.GeoDataFrame,
    services: pd.DataFrame,
    barrier: shapely.Geometry | None,
    speeds: Speeds,
) -> Transit | None:
    """Return public transport, None where nothing runs."""
    rides, stops = rides_of(layers, scenario), stops_of(layers)
    rides = rides[rides["from_stop"].isin(stops["stop_id"]) & rides["to_stop"].isin(stops["stop_id"])]
    if rides.empty:
        return None
    used = stops[stops["stop_id"].isin({*rides["from_stop"], *rides["to_stop"]})]
    transfers = layers.get("transfers", pd.DataFrame(columns=["from_station", "to_station", "minutes"]))
    access = access_ways(layers.get("crossing_access"), used, crossings, barrier, speeds, year=scenario.year)
    return transit_network(rides, used, transfers, crossings, services, access, barrier, speeds)


def _services(layers: Mapping[str, pd.DataFrame], scenario: Scenario) -> dict[str, pd.DataFrame]:
    """Return the services that the users of each mode find open, with the clearance that policies leave."""
    if not {"crossings", "crossing_services"} <= set(layers):
        return {}
    found = {}
    for mode, user in USERS.items():
        services = open_services(
            layers["crossing_services"],
            layers["crossings"],
            user=user,
            year=scenario.year,
            time_of_day=scenario.time_of_day,
            period=scenario.period,
        )
        found[mode] = pull_levers(services, scenario.levers, user)
    return found


def _no_crossings(nodes: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, dict[str, pd.DataFrame]]:
    """Return crossings and services without rows."""
    nothing = nodes.iloc[:0].assign(crossing_id="", shenzhen_side=None)
    nothing["shenzhen_side"] = nothing.geometry
    columns = ["crossing_id", "direction", "mode", "permit", "parking_min", "clearance_min", "closes_min"]
    return nothing, dict.fromkeys(USERS, pd.DataFrame(columns=columns, dtype=object))


def _shut(
    layers: Mapping[str, pd.DataFrame], scenario: Scenario, services: Mapping[str, pd.DataFrame]
) -> dict[str, tuple[str, ...]]:
    """Return, by mode, the crossings that are there in the year and not open at the hour."""
    if not {"crossings", "crossing_services"} <= set(layers):
        return {}
    told, crossings = layers["crossing_services"], layers["crossings"]
    shut = {}
    for mode, user in USERS.items():
        there = services_in(told, crossings, user=user, year=scenario.year)
        names = {*there.loc[there["mode"].ne("train"), "crossing_id"]}
        names |= set(crossings.loc[crossings["status"].eq("closed"), "crossing_id"])
        shut[mode] = tuple(
            name for name in crossings["crossing_id"] if name in names - set(services[mode]["crossing_id"])
        )
    return shut


def _names(layers: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return what people call the nodes, stops, lines and crossings, by id; of a bus what stands on it."""
    keys = (
        ("road_nodes", "node_id", "name_en"),
        ("stations", "station_id", "name_en"),
        ("transit_lines", "line_id", "name_en"),
        ("crossings", "crossing_id", "name_en"),
        ("bus_lines", "stop_id", "stop_en"),
        ("bus_lines", "line_id", "route"),
    )
    return {
        str(key): str(name)
        for layer, column, called in keys
        if layer in layers
        for key, name in zip(layers[layer][column], layers[layer][called], strict=True)
        if name
    }
