"""
Travel against its peers in one run: seconds, ratios, and whether the numbers are the same.

    python bench/travel.py            # what docs/performance.md shows
    python bench/travel.py --full     # gravity of 300,000 sites and 5,000 suppliers, some minutes

Every way starts from a graph that is built already; what building ours takes is a row of its own. The best of three
runs counts where one is short. What would take minutes is timed on a part of it and scaled, and says so. igraph joins
where it is installed (pip install igraph).
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from typing import NamedTuple

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from nmplan.layers.roads import edges_of
from nmplan.measures.access import road_legs
from nmplan.measures.network import Legs
from nmplan.measures.network import Link
from nmplan.measures.network import Network
from nmplan.measures.network import add_links
from nmplan.measures.network import nodes_only
from nmplan.measures.network import shortest_minutes
from nmplan.measures.supply import mass_in_reach

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SIDE = 224
"""Junctions along a side: 50,176 in all."""

BLOCK_M = 150.0
SHORT_S = 2.0
SUPPLIERS_AT_ONCE = 100
"""Suppliers whose minutes to all sites are held at a time."""


class Timed(NamedTuple):
    """What a way of doing it took, how many times as much it would take for the whole job, and what it found."""

    label: str
    seconds: float
    found: NDArray[np.float64]


@dataclass(frozen=True)
class Town:
    """A synthetic town: a crooked grid with one-way streets, streets laid twice, and a river with bridges."""

    network: Network
    edges: gpd.GeoDataFrame
    river: shapely.LineString
    crossings: NDArray[np.int64]
    rng: np.random.Generator

    def places(self, count: int) -> gpd.GeoSeries:
        """Return points anywhere in town."""
        low, high = self.network.xy.min(axis=0), self.network.xy.max(axis=0)
        return gpd.GeoSeries(gpd.points_from_xy(*self.rng.uniform(low, high, (count, 2)).T), crs="EPSG:2326")

    def junctions(self, count: int) -> NDArray[np.int64]:
        """Return some junctions."""
        return self.rng.choice(len(self.network.names), count, replace=False)


def build_town(side: int = SIDE, seed: int = 5) -> Town:
    """Return a town of side × side junctions: 15 % of streets one way, 2 % laid twice with other minutes."""
    rng = np.random.default_rng(seed)
    grid = np.arange(side * side).reshape(side, side)
    xy = np.column_stack([grid.ravel() % side, grid.ravel() // side]) * BLOCK_M
    xy += rng.uniform(-BLOCK_M / 5, BLOCK_M / 5, xy.shape)
    here = np.concatenate([grid[:, :-1].ravel(), grid[:-1].ravel()])
    there = np.concatenate([grid[:, 1:].ravel(), grid[1:].ravel()])
    two_way = rng.random(len(here)) >= 0.15
    start, end = np.concatenate([here, there[two_way]]), np.concatenate([there, here[two_way]])
    twice = rng.choice(len(start), len(start) // 50)
    start, end = np.append(start, start[twice]), np.append(end, end[twice])
    minutes = np.hypot(*(xy[start] - xy[end]).T) / rng.choice([500.0, 833.0, 1167.0], len(start))
    nodes = gpd.GeoDataFrame({"node_id": grid.ravel().astype(str)}, geometry=gpd.points_from_xy(*xy.T), crs="EPSG:2326")
    columns = {"u": start.astype(str), "v": end.astype(str), "highway": "secondary"}
    lines = shapely.linestrings(np.stack([xy[start], xy[end]], axis=1))
    edges = gpd.GeoDataFrame(columns, geometry=lines, crs="EPSG:2326")
    x = np.linspace(-BLOCK_M, side * BLOCK_M, 2000)
    river = shapely.LineString(np.column_stack([x, side * BLOCK_M * 0.9 + 300 * np.sin(x / 700)]))
    crossings = rng.choice(np.flatnonzero(xy[:, 1] > side * BLOCK_M * 0.9), 10, replace=False)
    network = add_links(nodes_only(nodes), start, end, minutes, Link("road"))
    return Town(network, edges, river, crossings, rng)


def at(nodes: NDArray[np.int64]) -> Legs:
    """Return legs of no time, one to each node."""
    return Legs(np.arange(len(nodes)), nodes, np.zeros(len(nodes)), len(nodes))


def graph_of(network: Network) -> nx.MultiDiGraph:
    """Return the network for NetworkX, with its parallel links, as OSMnx has them."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(network.names)))
    columns = (network.start, network.end, network.minutes)
    graph.add_weighted_edges_from(zip(*(column.tolist() for column in columns), strict=True))
    return graph


def matrix_of(network: Network) -> csr_array[np.float64]:
    """Return the network for SciPy, the fastest of parallel links kept."""
    links = pd.DataFrame({"u": network.start, "v": network.end, "weight": network.minutes})
    least = links.groupby(["u", "v"], as_index=False)["weight"].min()
    return csr_array((least["weight"], (least["u"], least["v"])), shape=(len(network.names),) * 2)


def timed(label: str, work: Callable[[], NDArray[np.float64]], share: float = 1.0) -> Timed:
    """Time some work, the best of three if it is short, scaled to the whole job where it did a share of it."""
    seconds = []
    while not seconds or (len(seconds) < 3 and seconds[0] < SHORT_S):
        started = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - started)
    label = label if share == 1 else f"{label}, timed on a part"
    return Timed(label, min(seconds) / share, np.asarray(found, dtype=float))


def with_networkx(
    graph: nx.MultiDiGraph, sources: NDArray[np.int64], targets: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return minutes from sources to targets, shape (sources, targets), infinite where there is no way."""
    rows = (nx.single_source_dijkstra_path_length(graph, int(source)) for source in sources)
    return np.array([[row.get(target, np.inf) for target in targets.tolist()] for row in rows])


def with_igraph(network: Network, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> Callable[[], object]:
    """Return what searches against the links, from sources back to targets."""
    import igraph  # noqa: PLC0415  (only where it is installed)

    graph = igraph.Graph(len(network.names), np.column_stack([network.start, network.end]).tolist(), directed=True)
    weights = network.minutes.tolist()
    return lambda: np.array(graph.distances(sources.tolist(), targets.tolist(), weights, mode="in"))


def matrix_job(town: Town, origins: NDArray[np.int64], ends: NDArray[np.int64], parts: tuple[int, int]) -> list[Timed]:
    """
    Time many origins to fewer destinations by every peer; the first is ours.

    `parts`: how many origins the forward search, and how many destinations NetworkX is timed on.
    """
    network, matrix = town.network, matrix_of(town.network)
    back = matrix.T.tocsr()
    backward = graph_of(network).reverse(copy=True)
    some, few = origins[: parts[0]], ends[: parts[1]]
    rows = [
        timed("nmplan", lambda: shortest_minutes(network, at(origins), at(ends))),
        timed("nmplan, matrix built anew", lambda: shortest_minutes(replace(network), at(origins), at(ends))),
        timed("SciPy, reversed", lambda: dijkstra(back, indices=ends)[:, origins].T),
        timed("SciPy, plain", lambda: dijkstra(matrix, indices=some)[:, ends], len(some) / len(origins)),
        timed("NetworkX, reversed", lambda: with_networkx(backward, few, origins).T, len(few) / len(ends)),
    ]
    if importlib.util.find_spec("igraph"):
        rows.append(timed("igraph, reversed", lambda: with_igraph(network, ends, origins)().T))
    return rows


def nearest_job(town: Town) -> list[Timed]:
    """Time all junctions to the nearest crossing only."""
    network, matrix, ends = town.network, matrix_of(town.network), town.crossings
    every = np.arange(len(network.names))
    nearest = Legs(np.zeros(len(ends), dtype=np.int64), ends, np.zeros(len(ends)), 1)
    back, backward = matrix.T.tocsr(), graph_of(network).reverse(copy=True)

    def by_networkx() -> NDArray[np.float64]:
        found = nx.multi_source_dijkstra_path_length(backward, set(ends.tolist()))
        return np.array([found.get(node, np.inf) for node in every.tolist()])

    return [
        timed("nmplan", lambda: shortest_minutes(network, at(every), nearest)[:, 0]),
        timed("SciPy, min_only", lambda: dijkstra(back, indices=ends, min_only=True)),
        timed("NetworkX, multi-source", by_networkx),
    ]


def differences(rows: list[Timed]) -> list[float]:
    """Return the largest difference of each row to the first, over the part that it timed; both may know no way."""
    parts = [(row.found, rows[0].found[tuple(map(slice, row.found.shape))]) for row in rows]
    return [
        float(np.nan_to_num(np.abs(np.where(np.isinf(found), np.nan, found) - ours)).max())
        if (np.isfinite(found) == np.isfinite(ours)).all()
        else np.inf
        for found, ours in parts
    ]


def site_job(town: Town, sites: int) -> list[Timed]:
    """Time sites to crossings with their access legs, and the legs alone."""
    places, network = town.places(sites), town.network
    legs = []

    def access() -> NDArray[np.float64]:
        how = {"metres_per_min": 250.0, "outwards": True}
        legs.append(road_legs(places, network, town.edges, network.minutes, town.river, **how))
        return legs[0].minutes

    first = timed("access legs", access)
    second = timed("search", lambda: shortest_minutes(network, legs[0], at(town.crossings)))
    return [Timed("nmplan", first.seconds + second.seconds, second.found), first, second]


def graph_job(town: Town) -> list[Timed]:
    """Time an OSMnx graph to a table of roads: by its edges, and by `graph_to_gdfs`."""
    network = town.network
    graph = nx.MultiDiGraph(crs="EPSG:2326")
    graph.add_nodes_from((node, {"x": x, "y": y}) for node, (x, y) in enumerate(network.xy))
    lines = town.edges.geometry
    graph.add_edges_from(
        (u, v, {"length": minutes, "geometry": line})
        for u, v, minutes, line in zip(network.start, network.end, network.minutes, lines, strict=True)
    )

    def by_edges() -> NDArray[np.float64]:
        return edges_of(graph)["length"].to_numpy()

    def by_frames() -> NDArray[np.float64]:
        return osmnx.graph_to_gdfs(graph, nodes=False)["length"].to_numpy()

    return [
        timed("nmplan", by_edges),
        timed("osmnx.graph_to_gdfs", by_frames),
    ]


def gravity(town: Town, sites: int, suppliers: int, at_once: int = SUPPLIERS_AT_ONCE) -> NDArray[np.float64]:
    """Return the mass within reach of sites, a block of suppliers at a time: it adds up over suppliers."""
    network, index = town.network, pd.RangeIndex(sites)
    how = {"metres_per_min": 250.0}
    legs = road_legs(town.places(sites), network, town.edges, network.minutes, town.river, outwards=False, **how)
    firms = pd.DataFrame({"chain": "chips", "tier": "design", "jurisdiction": "shenzhen", "mass": np.ones(suppliers)})
    nodes = town.junctions(suppliers)
    mass = np.zeros(sites)
    for first in range(0, suppliers, at_once):
        some = slice(first, first + at_once)
        minutes = shortest_minutes(network, at(nodes[some]), legs)
        mass += mass_in_reach(minutes, firms[some], index, half_life_min=20)["mass_in_reach"].to_numpy()
    return mass


def peak_megabytes() -> float:
    """Return the most memory this process ever held; ru_maxrss may be the parent's on Linux, so ask /proc first."""
    status = Path("/proc/self/status")
    if status.exists():
        return float(status.read_text(encoding="utf-8").split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def print_job(title: str, rows: list[Timed], *, checked: bool = True) -> None:
    """Print a job as rows of a table: seconds, times ours, largest difference in minutes."""
    for row, off in zip(rows, differences(rows) if checked else [np.nan] * len(rows), strict=True):
        same = "" if np.isnan(off) or row is rows[0] else f"{off:.0e}"
        print(
            f"| {title} | {row.label} | {row.seconds:.3g} | {row.seconds / rows[0].seconds:.3g} | {same} |", flush=True
        )


def print_gravity(sites: int, suppliers: int) -> None:
    """Print time and peak memory of gravity, run in a process of its own."""
    command = [sys.executable, __file__, "--gravity", str(sites), str(suppliers)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    seconds, before, peak = map(float, told)
    whole = sites * suppliers * 8 / 2**20
    print(f"\nGravity of {sites:,} sites and {suppliers:,} suppliers, {SUPPLIERS_AT_ONCE} suppliers at a time:")
    print(f"{seconds:.0f} s, peak {peak:,.0f} MB, of which {before:,.0f} MB the town and libraries;")
    print(f"the matrix of minutes alone would be {whole:,.0f} MB.")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--full", action="store_true", help="gravity of 300,000 sites and 5,000 suppliers")
    parser.add_argument("--gravity", nargs=2, type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.gravity:
        town, before, started = build_town(), peak_megabytes(), time.perf_counter()
        gravity(town, *chosen.gravity)
        print(time.perf_counter() - started, before, peak_megabytes())
        return
    town = build_town()
    print("| job | by | seconds | × ours | largest difference, min |\n|-|-|-|-|-|")
    every = np.arange(len(town.network.names))
    print_job("50,176 junctions → 10 crossings", matrix_job(town, every, town.crossings, (200, 10)))
    print_job("the nearest crossing only", nearest_job(town))
    some, firms = town.junctions(3000), town.junctions(500)
    print_job("3,000 sites × 500 suppliers", matrix_job(town, some, firms, (200, 10)))
    print_job("300,000 sites × 10 crossings", site_job(town, 300_000), checked=False)
    print_job("OSMnx graph to roads", graph_job(town))
    print_gravity(*((300_000, 5000) if chosen.full else (300_000, 200)))


if __name__ == "__main__":
    main()
