"""Roads in OSMnx's graph format: nodes and directed edges with lengths and speeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from nmplan.crs import WORK_CRS
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.contracts import Layer
from nmplan.layers.contracts import Note

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    import networkx as nx


def graph_from_roads(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> nx.MultiDiGraph:
    """
    Return the roads as an OSMnx graph: every two-way edge stands in both directions.

    Parameters
    ----------
    nodes
        Points with `node_id`, EPSG:2326.
    edges
        Lines with u, v, oneway, length (m), highway and speed_kph (km/h, NaN where unknown).

    Returns
    -------
    networkx.MultiDiGraph
        With x, y on the nodes and the columns of `edges` as edge attributes. OSMnx's functions take it, except that its
        `nearest_nodes` wants whole numbers for node ids, and `basic_stats` the `street_count` of
        `osmnx.stats.count_streets_per_node`.
    """
    import osmnx  # noqa: PLC0415  (over a second, only where roads are stale)

    points = nodes.set_index("node_id")
    points = points.assign(x=points.geometry.x, y=points.geometry.y)
    streets = edges.assign(osmid=range(len(edges)))  # by which OSMnx tells that two directions are one street
    back = streets[~streets["oneway"]].rename(columns={"u": "v", "v": "u"})
    back = back.set_geometry(back.geometry.reverse())
    directed = pd.concat([streets.assign(reversed=False), back.assign(reversed=True)], ignore_index=True)
    directed["key"] = directed.groupby(["u", "v"]).cumcount()
    return osmnx.graph_from_gdfs(points, directed.set_index(["u", "v", "key"]), graph_attrs={"crs": WORK_CRS})


def roads_from_graph(graph: nx.MultiDiGraph, source: str) -> tuple[Layer, Layer]:
    """
    Return the layers road_nodes and road_edges of an OSMnx graph, both directions of a two-way street as two rows.

    Parameters
    ----------
    graph
        An OSMnx graph in EPSG:2326.
    source
        File named in messages.

    Returns
    -------
    tuple of Layer
        Nodes and edges.
    """
    return conform(_nodes_of(graph), "road_nodes", source), conform(edges_of(graph), "road_edges", source)


def edges_of(graph: nx.MultiDiGraph) -> gpd.GeoDataFrame:
    """
    Return the edges of an OSMnx graph with what the layer road_edges may hold; straight where no geometry is known.

    Read edge by edge: `osmnx.graph_to_gdfs` makes a table of every attribute and takes several times as long.
    """
    edges = list(graph.edges(keys=True, data=True))
    at = {node: (place["x"], place["y"]) for node, place in graph.nodes(data=True)}
    lines = [
        shapely.LineString([at[u], at[v]]) if told.get("geometry") is None else told["geometry"]
        for u, v, _, told in edges
    ]
    ends = {"u": [u for u, *_ in edges], "v": [v for _, v, *_ in edges], "key": [key for _, _, key, _ in edges]}
    columns = {**_columns([told for *_, told in edges], "road_edges"), **ends}
    return gpd.GeoDataFrame(columns, geometry=lines, crs=graph.graph["crs"])


def _nodes_of(graph: nx.MultiDiGraph) -> gpd.GeoDataFrame:
    places = [place for _, place in graph.nodes(data=True)]
    points = gpd.points_from_xy([place["x"] for place in places], [place["y"] for place in places])
    columns = {**_columns(places, "road_nodes"), "node_id": list(graph)}
    return gpd.GeoDataFrame(columns, geometry=points, crs=graph.graph["crs"])


def _columns(features: Sequence[Mapping[str, object]], layer: str) -> dict[str, list[object]]:
    """Return the columns of a layer's contract that any of the features has."""
    known = {name for told in features for name in told}
    return {name: [told.get(name) for told in features] for name in CONTRACTS[layer].columns if name in known}


def complete_roads(
    nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, speeds_kph: Mapping[str, float], source: str
) -> tuple[Layer, Layer]:
    """
    Make roads ready for travel: both directions, a length and a speed on every edge.

    Parameters
    ----------
    nodes, edges
        The layers as read.
    speeds_kph
        Speed by road class (OSM's highway values), km/h, for edges that have none of their own.
    source
        File named in messages.

    Returns
    -------
    tuple of Layer
        Nodes and directed edges; a note counts the edges whose speed was taken from the class.

    Raises
    ------
    LayerError
        Edges that name unknown nodes, or have a class without a speed.
    """
    import osmnx  # noqa: PLC0415

    faults = [*_loose_ends(nodes, edges, source), *_speedless(edges, speeds_kph, source)]
    if faults:
        raise LayerError(faults)
    unknown = edges["speed_kph"].isna()
    graph = graph_from_roads(nodes, edges.rename(columns={"speed_kph": "maxspeed"}))
    graph = osmnx.add_edge_speeds(graph, hwy_speeds=dict(speeds_kph))
    node_layer, edge_layer = roads_from_graph(graph, source)
    if unknown.any():
        edge_layer.notes.append(Note("road_edges", "speeds taken from the road class", int(unknown.sum())))
    return node_layer, edge_layer


def _loose_ends(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, source: str) -> list[Fault]:
    ends = pd.unique(pd.concat([edges["u"], edges["v"]]))
    lost = sorted(set(ends) - set(nodes["node_id"]))
    if not lost:
        return []
    what = f"{len(lost)} nodes named by edges are not in road_nodes."
    return [Fault(source, ", ".join(lost[:5]), what, "Add the nodes, or map u and v to their ids.")]


def _speedless(edges: gpd.GeoDataFrame, speeds_kph: Mapping[str, float], source: str) -> list[Fault]:
    classes = sorted(set(edges.loc[edges["speed_kph"].isna(), "highway"]) - set(speeds_kph))
    if not classes:
        return []
    what = f"edges of class {', '.join(classes)} have no speed, and the study gives none for the class."
    return [Fault(source, "column highway", what, "Add the class to [travel.speeds_kph].")]
