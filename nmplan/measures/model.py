"""The travel model of a scenario, put together from the layers that are there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from nmplan.measures.drive import Roads
from nmplan.measures.drive import road_network
from nmplan.measures.halls import open_services
from nmplan.measures.halls import pull_levers
from nmplan.measures.rail import open_links
from nmplan.measures.rail import transit_network
from nmplan.measures.travel import ROAD_USERS
from nmplan.measures.travel import Travel

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping

    import geopandas as gpd
    import shapely

    from nmplan.measures.speeds import Speeds
    from nmplan.study import Scenario


def build_travel(layers: Mapping[str, pd.DataFrame], scenario: Scenario, speeds: Speeds) -> Travel | None:
    """
    Return the travel model of a scenario, or None without roads; crossings and rail join where their layers are.

    Parameters
    ----------
    layers
        Those of `words.TRAVELLED` that there are.
    scenario
        Year, time of day, quiet or peak, and policies.
    speeds
        Speeds and waits.
    """
    if not {"road_nodes", "road_edges"} <= set(layers):
        return None
    barrier: shapely.Geometry | None = layers["boundary"].geometry.union_all() if "boundary" in layers else None
    edges = open_links(layers["road_edges"], scenario.year)
    if scenario.period == "peak":
        edges = edges.assign(speed_kph=edges["speed_kph"] * edges["highway"].map(speeds.peak_shares).fillna(1.0))
    roads = Roads(layers["road_nodes"], edges, barrier)
    crossings, open_to = _crossings(layers, scenario)
    networks = {
        mode: road_network(roads, crossings, open_to(user), speeds, cap_kph=speeds.cap_of(mode))
        for mode, user in ROAD_USERS.items()
    }
    if {"stations", "rail_links"} <= set(layers):
        transfers = layers.get("transfers", pd.DataFrame(columns=["from_station", "to_station", "minutes"]))
        rail = (layers["stations"], layers["rail_links"], transfers)
        networks["transit"] = transit_network(*rail, crossings, open_to("people"), barrier, speeds, year=scenario.year)
    return Travel(roads, speeds, networks, _names(layers))


def _crossings(
    layers: Mapping[str, pd.DataFrame], scenario: Scenario
) -> tuple[gpd.GeoDataFrame, Callable[[str], pd.DataFrame]]:
    """Return the crossings, and what tells the services a user finds open; none where the layers are missing."""
    if not {"crossings", "crossing_services"} <= set(layers):
        nothing = layers["road_nodes"].iloc[:0].assign(crossing_id="", shenzhen_side=None)
        nothing["shenzhen_side"] = nothing.geometry
        none_open = pd.DataFrame(columns=["crossing_id", "direction", "mode", "clearance_min"], dtype=object)
        return nothing, lambda _: none_open
    crossings = layers["crossings"]
    services = partial(
        open_services,
        layers["crossing_services"],
        crossings,
        year=scenario.year,
        time_of_day=scenario.time_of_day,
        period=scenario.period,
    )
    return crossings, lambda user: pull_levers(services(user=user), scenario.levers, user)


def _names(layers: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return what people call the nodes, lines and crossings, by id."""
    keys = {"road_nodes": "node_id", "stations": "station_id", "transit_lines": "line_id", "crossings": "crossing_id"}
    return {
        str(key): str(name)
        for layer, column in keys.items()
        if layer in layers
        for key, name in zip(layers[layer][column], layers[layer]["name_en"], strict=True)
        if name
    }
