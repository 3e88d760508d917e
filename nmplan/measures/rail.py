"""Rail with its transfers, walks and the crossings, as people use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from nmplan.measures.access import crosses
from nmplan.measures.halls import hall_nodes
from nmplan.measures.halls import with_clearances
from nmplan.measures.network import NO_LINKS
from nmplan.measures.network import Network
from nmplan.measures.network import add_links
from nmplan.measures.network import both_ways
from nmplan.measures.network import join_networks
from nmplan.measures.network import nodes_only

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely
    from numpy.typing import NDArray

    from nmplan.measures.speeds import Speeds

STATION_WALK_M = 400.0
"""Stations nearer than this (straight line) are joined by a walk, beside the transfers whose minutes are known."""

HALL_WALK_M = 1_000.0
"""A rail crossing's hall and its station are no further apart."""


def transit_network(
    stations: gpd.GeoDataFrame,
    links: pd.DataFrame,
    transfers: pd.DataFrame,
    crossings: gpd.GeoDataFrame,
    services: pd.DataFrame,
    boundary: shapely.Geometry | None,
    speeds: Speeds,
    *,
    year: int,
) -> Network:
    """
    Return rail, transfers and crossings as a network for people.

    Each station has a street node "<id>" and a platform node "<id>/platform"; boarding costs half the headway of its
    line, alighting nothing. Streets of near stations are joined by a walk, or by a transfer where its minutes are
    known. Halls of crossings are joined to the streets near them, their two sides by the clearance. No walk crosses
    the boundary.

    Parameters
    ----------
    stations, links, transfers
        The layers; what is not open in `year` is left out.
    crossings, services
        Crossings and the services open to people.
    boundary
        Line that no walk crosses, or None.
    speeds
        For walks.
    year
        The scenario's year.

    Returns
    -------
    Network
        Nodes of stations as above, and two nodes per crossing: "<id>/hong-kong" and "<id>/shenzhen".
    """
    links = links[~(links["opens"] > year) & ~(links["closes"] <= year)]
    served = set(links["from_station"]) | set(links["to_station"])
    stations = stations[stations["station_id"].isin(served)].reset_index(drop=True)
    streets = nodes_only(stations.rename(columns={"station_id": "node_id"}))
    platforms = Network([f"{name}/platform" for name in streets.names], streets.xy, *NO_LINKS)
    halls = hall_nodes(crossings[crossings["crossing_id"].isin(services["crossing_id"])])
    network = join_networks(streets, platforms, halls)
    count = len(stations)
    street, platform = np.arange(count), np.arange(count) + count
    network = add_links(network, street, platform, _headways(links).reindex(list(streets.names)).to_numpy() / 2)
    network = add_links(network, platform, street, np.zeros(count))
    start, end = (network.position(links[name] + "/platform") for name in ("from_station", "to_station"))
    network = both_ways(network, start, end, links["minutes"].to_numpy())
    known = transfers[transfers["from_station"].isin(served) & transfers["to_station"].isin(served)]
    start, end = (network.position(known[name]) for name in ("from_station", "to_station"))
    network = both_ways(network, start, end, known["minutes"].to_numpy())
    network = _with_walks(network, street, street, STATION_WALK_M, boundary, speeds)
    network = _with_walks(network, np.arange(len(halls.names)) + 2 * count, street, HALL_WALK_M, boundary, speeds)
    return with_clearances(network, services)


def _with_walks(
    network: Network,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    limit_m: float,
    boundary: shapely.Geometry | None,
    speeds: Speeds,
) -> Network:
    """Join nodes that lie within a walk of each other, on the same side of the boundary."""
    near = cKDTree(network.xy[starts]).query_ball_tree(cKDTree(network.xy[ends]), limit_m)
    pairs = np.array([(start, end) for start, found in enumerate(near) for end in found], dtype=np.int64).reshape(-1, 2)
    here, there = starts[pairs[:, 0]], ends[pairs[:, 1]]
    keep = (here != there) & ~crosses(boundary, network.xy[here], network.xy[there])
    here, there = here[keep], there[keep]
    away = np.hypot(*(network.xy[here] - network.xy[there]).T)
    return both_ways(network, here, there, away * speeds.detour / (speeds.walk_kph / 0.06))


def _headways(links: pd.DataFrame) -> pd.Series[float]:
    """Return the shortest headway of the links at each station."""
    ends = [links.set_index(end)["headway_min"] for end in ("from_station", "to_station")]
    return pd.concat(ends).groupby(level=0).min()
