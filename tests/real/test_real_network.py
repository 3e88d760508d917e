"""Ways over the real bus network, from the folder named by NMPLAN_REAL_DATA, against NetworkX and OSMnx."""

from __future__ import annotations

import os
from dataclasses import dataclass
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pytest

from nmplan.layers.file import read_file
from nmplan.layers.roads import complete_roads
from nmplan.measures.model import build_travel
from nmplan.measures.network import Legs
from nmplan.measures.network import Network
from nmplan.measures.network import fastest_way
from nmplan.measures.network import shortest_minutes
from nmplan.measures.speeds import Speeds
from nmplan.study import Scenario

DATA = os.environ.get("NMPLAN_REAL_DATA", "")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA, reason="NMPLAN_REAL_DATA names no folder of real extracts"),
]

PAIRS = 200
KPH = {"primary": 60.0, "secondary": 40.0}


@dataclass(frozen=True)
class Real:
    """Our network in minutes and in metres, the published graph, and pairs of its nodes."""

    minutes: Network
    metres: Network
    graph: nx.MultiDiGraph
    origins: list[str]
    destinations: list[str]

    def ours(self, network: Network) -> np.ndarray:
        legs = [self.legs(names) for names in (self.origins, self.destinations)]
        return np.diag(shortest_minutes(network, *legs))

    def legs(self, names: list[str]) -> Legs:
        count = len(names)
        return Legs(np.arange(count), self.minutes.position(names), np.zeros(count), count)


@pytest.fixture(
    scope="module",
    params=["nnt_bus_road_network_clean_undirected_epsg2326.gpkg", "nnt_bus_road_network_epsg2326.gpkg"],
    ids=["undirected", "directed"],
)
def real(request: pytest.FixtureRequest) -> Real:
    """Every third street is made a faster class, so that minutes are not just metres."""
    path = Path(DATA) / "roads" / request.param
    published = gpd.read_file(path, layer="edges")
    published["highway"] = np.where(np.arange(len(published)) % 3 == 0, "primary", "secondary")
    published["oneway"] = published.get("oneway", False)
    nodes = read_file("road_nodes", path, table="nodes")
    edges = read_file("road_edges", path, table="edges", columns={"length": "length_m"})
    placed = edges.frame.assign(highway=published["highway"])
    layers = dict(zip(("road_nodes", "road_edges"), complete_roads(nodes.frame, placed, KPH, path.name), strict=True))
    speeds = Speeds(goods_cap_kph=70, access_kph=20, detour=1.3, walk_kph=4.5, bus_kph=15, bus_wait_min=6)
    scenario = Scenario(name_en="Today", name_zh="現況", year=2026)
    travel = build_travel({name: layer.frame for name, layer in layers.items()}, scenario, speeds)
    assert travel is not None
    drive = travel.networks["car"]
    metres = replace(drive, minutes=np.array([link.metres for link in drive.links]))
    graph = graph_of(published, gpd.read_file(path, layer="nodes"))
    rng = np.random.default_rng(5)
    names = [str(name) for name in rng.choice(sorted(graph), 2 * PAIRS)]
    return Real(drive, metres, graph, names[:PAIRS], names[PAIRS:])


def graph_of(edges: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame) -> nx.MultiDiGraph:
    """Return the file as published, row by row, without any code of ours."""
    graph = nx.MultiDiGraph(crs="EPSG:2326")
    for node, point in zip(nodes["node_id"], nodes.geometry, strict=True):
        graph.add_node(node, x=point.x, y=point.y)
    for row in edges.itertuples():
        minutes = row.length_m / (KPH[row.highway] / 0.06)
        for ends in [(row.u, row.v)] if row.oneway else [(row.u, row.v), (row.v, row.u)]:
            graph.add_edge(*ends, length=row.length_m, minutes=minutes)
    return graph


def by_networkx(real: Real, weight: str) -> np.ndarray:
    def between(pair: tuple[str, str]) -> float:
        try:
            return nx.shortest_path_length(real.graph, *pair, weight=weight)
        except nx.NetworkXNoPath:
            return float("nan")

    return np.array([between(pair) for pair in zip(real.origins, real.destinations, strict=True)])


def by_osmnx(real: Real, weight: str) -> np.ndarray:
    ways = osmnx.shortest_path(real.graph, real.origins, real.destinations, weight=weight, cpus=1)
    return np.array([np.nan if way is None else measured(real, way, weight) for way in ways])


def measured(real: Real, way: list[str], weight: str) -> float:
    """Add up the shortest of parallel edges along a way."""
    return sum(min(edge[weight] for edge in real.graph[u][v].values()) for u, v in pairwise(way))


@pytest.mark.parametrize("peer", [by_networkx, by_osmnx])
def test_path_lengths_of_random_pairs_are_the_peers(real: Real, peer) -> None:
    ours, known = real.ours(real.metres), peer(real, "length")
    assert np.isfinite(known).sum() >= PAIRS * 0.8
    np.testing.assert_allclose(ours, known, rtol=0, atol=1e-6)  # NaN where the other finds no way


@pytest.mark.parametrize("peer", [by_networkx, by_osmnx])
def test_times_rank_pairs_as_the_peers_do(real: Real, peer) -> None:
    ours, known = real.ours(real.minutes), peer(real, "minutes")
    np.testing.assert_allclose(ours, known, rtol=0, atol=1e-6)
    there = np.isfinite(known)
    in_order = ours[there][np.argsort(known[there])]
    assert (np.diff(in_order) >= -1e-6).all()


def test_a_way_link_by_link_is_as_long(real: Real) -> None:
    known = by_networkx(real, "length")
    for origin, destination, metres in list(zip(real.origins, real.destinations, known, strict=True))[:20]:
        way = fastest_way(real.metres, real.legs([origin]), real.legs([destination]))
        assert (way is None) == np.isnan(metres)
        if way is not None:
            assert real.metres.minutes[way.links].sum() == pytest.approx(metres, abs=1e-6)
