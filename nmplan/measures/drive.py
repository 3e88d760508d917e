"""Roads with the crossings that are open to road users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nmplan.measures.access import road_legs
from nmplan.measures.halls import hall_nodes
from nmplan.measures.halls import on_the_mainland
from nmplan.measures.halls import with_clearances
from nmplan.measures.network import NO_LEGS
from nmplan.measures.network import Legs
from nmplan.measures.network import Link
from nmplan.measures.network import add_links
from nmplan.measures.network import join_networks
from nmplan.measures.network import nodes_only

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import shapely
    from numpy.typing import NDArray

    from nmplan.measures.network import Network
    from nmplan.measures.speeds import Speeds

HALL_ROAD_M = 2_500.0
"""A road crossing's hall and the road that serves it are no further apart (straight line)."""


@dataclass(frozen=True)
class Roads:
    """Road layers with the boundary that access legs never cross."""

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    boundary: shapely.Geometry | None

    def minutes(self, cap_kph: float = np.inf) -> NDArray[np.float64]:
        """Return the minutes along each edge; no vehicle is faster than the cap."""
        speed = np.minimum(self.edges["speed_kph"].to_numpy(dtype=float), cap_kph)
        return np.asarray(self.edges["length"].to_numpy(dtype=float) / (speed / 0.06))


def road_network(
    roads: Roads, crossings: gpd.GeoDataFrame, services: pd.DataFrame, speeds: Speeds, *, cap_kph: float = np.inf
) -> Network:
    """
    Return the roads with the crossings that are open to a road user as directed links.

    Parameters
    ----------
    roads
        Roads on one or both sides.
    crossings
        Crossings with their two sides.
    services
        Open services of the user, from `open_services`. Only those by road are driven through; halls of the others can
        be driven to, and their cars stay there.
    speeds
        For the way between hall and road.
    cap_kph
        No vehicle is faster than this.

    Returns
    -------
    Network
        Road nodes by their id, and two nodes per crossing: "<id>/hong-kong" and "<id>/shenzhen".
    """
    by_road = services[services["mode"].eq("road")]
    used = crossings[crossings["crossing_id"].isin(services["crossing_id"])]
    edge_min = roads.minutes(cap_kph)
    streets = [Link("road", *street) for street in zip(roads.edges["name_en"], roads.edges["length"], strict=True)]
    network = add_links(nodes_only(roads.nodes), *_ends(roads), edge_min, streets)
    mainland = on_the_mainland(network, crossings)
    halls = hall_nodes(used)
    joined = join_networks(network, halls)
    shift = len(network.names)
    for side, places, here in (("hong-kong", used.geometry, ~mainland), ("shenzhen", used["shenzhen_side"], mainland)):
        hall = halls.position(used["crossing_id"] + f"/{side}") + shift
        for outwards in (True, False):
            legs = _hall_legs(places, roads, edge_min, here, speeds, outwards=outwards)
            node = np.flatnonzero(here)[legs.node]
            ends = (hall[legs.point], node) if outwards else (node, hall[legs.point])
            joined = add_links(joined, *ends, legs.minutes, Link("hall"))
    return with_clearances(joined, by_road)


def _hall_legs(
    halls: gpd.GeoSeries,
    roads: Roads,
    edge_min: NDArray[np.float64],
    here: NDArray[np.bool_],
    speeds: Speeds,
    *,
    outwards: bool,
) -> Legs:
    """
    Return legs between halls and the roads of their own side, no longer than `HALL_ROAD_M`.

    At Shenzhen Bay both sides share one hall: without looking at sides, cars would slip through uncleared.
    """
    nodes = roads.nodes[here]
    own = roads.edges["u"].isin(nodes["node_id"]).to_numpy()
    speed = speeds.access_m_per_min
    legs = Legs(*NO_LEGS, len(halls))
    if len(nodes) and len(halls):
        network = nodes_only(nodes)
        edges, minutes = roads.edges[own], edge_min[own]
        legs = road_legs(halls, network, edges, minutes, None, metres_per_min=speed, outwards=outwards)
    near = legs.minutes <= HALL_ROAD_M / speed
    return Legs(legs.point[near], legs.node[near], legs.minutes[near], legs.points)


def _ends(roads: Roads) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    network = nodes_only(roads.nodes)
    return network.position(roads.edges["u"]), network.position(roads.edges["v"])
