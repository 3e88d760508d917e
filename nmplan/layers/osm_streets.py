"""Streets of OpenStreetMap: from its XML or a saved OSMnx graph to road layers, one row per street."""

from __future__ import annotations

import math
import re
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmplan.crs import to_work_crs
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import Note
from nmplan.layers.osm_document import Document
from nmplan.layers.osm_document import without_gaps
from nmplan.layers.osm_document import write_document
from nmplan.layers.osm_settings import osmnx_settings
from nmplan.layers.osm_tags import NAMES
from nmplan.layers.osm_tags import STREET_TAGS
from nmplan.layers.osm_tags import names_of
from nmplan.layers.osm_tags import not_driven
from nmplan.layers.osm_tags import road_class
from nmplan.layers.osm_tags import speed_kph
from nmplan.layers.sides import hong_kong

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping
    from collections.abc import Sequence

    import networkx as nx

    from nmplan.layers.contracts import Layer

ACCURACY_M = 10.0
"""Of streets and junctions: traced from imagery and GPS, usually within 10 m (Haklay 2010 found 6 m in London)."""

SOURCE = "OpenStreetMap contributors"

DIFFER = ("highway", "maxspeed", "oneway", *NAMES)
"""Streets are joined where none of these changes: else OSMnx would list the values in the order of their hashes."""

BOTH_WAYS = ("no", "false", "0")
ONE_WAY = ("yes", "true", "1", "-1", "reverse")
CHANGING = ("reversible", "alternating")

SHORTEST_M = 0.01
"""A street is not shorter than this, so that none is free."""

LENGTH_RATIO = (0.5, 2.0)
"""Lengths in metres are about as long as the lines on the map; in feet, miles or kilometres they are not."""


def streets_of_document(document: Document, source: str) -> tuple[nx.MultiDiGraph, list[Note]]:
    """
    Return the streets of OpenStreetMap XML as a simplified OSMnx graph.

    Parameters
    ----------
    document
        Elements of the file.
    source
        File named in messages.

    Returns
    -------
    tuple
        The graph in degrees; notes of the ways that were left out, by tag, and of what was assumed.

    Raises
    ------
    LayerError
        No street that motor vehicles may use.
    """
    import osmnx  # noqa: PLC0415

    streets, notes = _driven(document)
    whole, origin, cut = without_gaps(document, streets)
    if not whole.ways:
        what = f"no street for motor vehicles is in it, of {len(document.ways)} ways."
        raise LayerError([Fault(source, "", what, "Check the extract, or take the layer from another file.")])
    if cut:
        notes.append(_note("streets cut where the extract lacks their nodes", _way_names(cut)))
    keep = [("way", name, streets[number]) for name, number in origin.items()]
    with tempfile.TemporaryDirectory() as folder, osmnx_settings(useful_tags_way=list(STREET_TAGS), all_oneway=False):
        path = Path(folder) / "streets.osm"
        write_document(whole, keep, path)
        graph = osmnx.graph_from_xml(path, simplify=False, retain_all=True)
    return simplified(graph), notes


def simplified(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Return an OSMnx graph with its streets joined from junction to junction, as long as they stay the same."""
    import osmnx  # noqa: PLC0415

    # rings without a junction are kept: what leads nowhere is told later, not dropped here
    return osmnx.simplify_graph(graph, edge_attrs_differ=DIFFER, remove_rings=False)


def _driven(document: Document) -> tuple[dict[int, dict[str, str]], list[Note]]:
    """Choose the ways motor vehicles may use, say out loud what OpenStreetMap implies, and count the others."""
    streets: dict[int, dict[str, str]] = {}
    told: dict[str, list[int]] = defaultdict(list)
    for number, tags in document.tagged("way"):
        if "highway" not in tags:
            continue
        if closed := not_driven(tags):
            told[f"ways left out, {closed}"].append(number)
            continue
        street = {key: tags[key] for key in STREET_TAGS if key in tags}
        oneway = street.pop("oneway", "").strip().casefold()
        if oneway in ONE_WAY:
            street["oneway"] = oneway
        elif oneway in CHANGING:
            told["streets whose direction changes with the hour, taken as open both ways"].append(number)
        elif oneway in BOTH_WAYS:
            street.pop("junction", None)  # for OSMnx a roundabout is one-way whatever its tags say
        elif oneway:
            told[f"streets with oneway={oneway[:20]}, taken as open both ways"].append(number)
        elif street["highway"] == "motorway":
            street["oneway"] = "yes"
            told["motorways without oneway, taken as one-way as OpenStreetMap implies"].append(number)
        streets[number] = street
    return streets, [_note(what, _way_names(numbers)) for what, numbers in sorted(told.items())]


def _way_names(numbers: Iterable[int]) -> list[str]:
    return [f"way/{number}" for number in numbers]


def _note(what: str, features: Sequence[str], layer: str = "road_edges") -> Note:
    return Note(layer, what, len(features), tuple(features))


def read_graphml(path: Path) -> nx.MultiDiGraph:
    """
    Read a saved OSMnx graph, also one that `osmnx.load_graphml` refuses.

    Other programs write numbers as numbers, ids as text, "yes" for True; OSMnx's own reader stops at each of these.

    Parameters
    ----------
    path
        GraphML.

    Returns
    -------
    networkx.MultiDiGraph
        With x, y on the nodes; attributes of edges as they were written. Each street of an undirected graph stands in
        the directions it is open.

    Raises
    ------
    LayerError
        No GraphML, or nodes without a position.
    """
    import networkx as nx  # noqa: PLC0415

    try:
        graph = nx.read_graphml(path, node_type=str, force_multigraph=True)
    except (ET.ParseError, nx.NetworkXError, KeyError, ValueError, OSError, UnicodeError) as error:
        mend = "Save it again with osmnx.save_graphml."
        raise LayerError([Fault(path.name, "", f"this cannot be read as GraphML: {error}.", mend)]) from None
    graph.graph.pop("node_default", None)
    graph.graph.pop("edge_default", None)
    lost = [name for name, data in graph.nodes(data=True) if not _placed(data)]
    if lost or not len(graph.edges):
        what = f"{len(lost)} nodes have no x and y." if lost else "the graph has no edges."
        mend = "Save it with osmnx.save_graphml; x and y are the position of a node."
        raise LayerError([Fault(path.name, ", ".join(lost[:5]), what, mend)])
    return graph if graph.is_directed() else _directed(graph)


def _placed(data: dict[str, Any]) -> bool:
    """Read the position of a node in place."""
    try:
        data["x"], data["y"] = float(data["x"]), float(data["y"])
    except (KeyError, TypeError, ValueError):
        return False
    return math.isfinite(data["x"]) and math.isfinite(data["y"])


def _directed(graph: nx.MultiGraph) -> nx.MultiDiGraph:
    """Give streets of an undirected graph their directions; OSMnx keeps those of one-way streets in from and to."""
    import networkx as nx  # noqa: PLC0415

    directed = nx.MultiDiGraph(**graph.graph)
    directed.add_nodes_from(graph.nodes(data=True))
    for u, v, data in graph.edges(data=True):
        start, end = str(data.get("from", u)), str(data.get("to", v))
        directed.add_edge(start, end, **data)
        if not _is_oneway(data):
            line = _line(data)
            back = {} if line is None else {"geometry": shapely.reverse(line)}
            directed.add_edge(end, start, **{**data, **back})
    return directed


def _is_oneway(data: Mapping[str, Any]) -> bool:
    return str(data.get("oneway", "")).strip().casefold() in {*ONE_WAY, "y"}


def _line(data: Mapping[str, Any]) -> shapely.LineString | None:
    """Read the line of an edge; None where it is straight or is no line."""
    given = data.get("geometry")
    if isinstance(given, str):
        given = shapely.from_wkt(given, on_invalid="ignore")
    return given if isinstance(given, shapely.LineString) and not given.is_empty else None


def road_layers(
    graph: nx.MultiDiGraph, source: str, *, crs: str | None = None, own_lengths: bool = False
) -> tuple[Layer, Layer]:
    """
    Return the layers road_nodes and road_edges of an OSMnx graph, a two-way street as one row.

    Streets across the boundary are left out: who crosses it goes through a crossing of the study, with its clearance.

    Parameters
    ----------
    graph
        In any coordinate system that its `crs` names.
    source
        File named in messages.
    crs
        Coordinate system the study declares, needed where the graph names none.
    own_lengths
        Keep the lengths of the edges where they have one; else they are measured along the line in EPSG:2326, whose
        scale is within 0.012 % of the ground's. OSMnx's own are on a sphere, up to 0.4 % off.

    Returns
    -------
    tuple of Layer
        Nodes and edges.

    Raises
    ------
    LayerError
        No coordinate system, no street for motor vehicles, or lengths that are no metres.
    """
    directed = _edge_frame(graph, source, crs)
    open_, notes = _open_edges(directed, source)
    notes += _one_sided_notes(directed)
    lengths = _lengths(open_, source) if own_lengths else open_.geometry.length
    measured = open_.assign(length=lengths.clip(lower=SHORTEST_M))
    streets, crossing = _within_sides(merge_directions(measured))
    if len(crossing):
        notes.append(_note("streets across the boundary, left out: people and goods take the crossings", crossing))
    edges = conform(_described(streets), "road_edges", source)
    edges.notes += [*notes, *_speed_notes(streets), *_island_notes(streets)]
    used = set(streets["u"]) | set(streets["v"])
    points = {name: (data["x"], data["y"]) for name, data in graph.nodes(data=True) if str(name) in used}
    nodes = gpd.GeoDataFrame(
        {"node_id": [str(name) for name in points], "source": SOURCE, "accuracy_m": ACCURACY_M},
        geometry=gpd.points_from_xy(*zip(*points.values(), strict=True)),
        crs=_crs_of(graph, source),
    )
    return conform(to_work_crs(nodes, source, crs), "road_nodes", source), edges


def _crs_of(graph: nx.MultiDiGraph, source: str) -> Any:
    """Read the coordinate system of a graph: an EPSG code, WKT, or the dictionary that OSMnx wrote before 2020."""
    from pyproj import CRS  # noqa: PLC0415
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    given = str(graph.graph.get("crs", "") or "").strip()
    if not given or given == "None":
        return None
    code = re.search(r"epsg:\d+", given, re.IGNORECASE) if len(given) < 40 else None  # noqa: PLR2004  (longer is WKT)
    try:
        return CRS.from_user_input(code[0] if code else given)
    except CRSError:
        what = f"its crs is no coordinate system: {given[:60]!r}."
        raise LayerError([Fault(source, "crs", what, "Project the graph with osmnx and save it again.")]) from None


def _edge_frame(graph: nx.MultiDiGraph, source: str, crs: str | None) -> gpd.GeoDataFrame:
    """Return every directed edge with its line in EPSG:2326."""
    rows, lines = [], []
    for u, v, data in graph.edges(data=True):
        ends = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (u, v)]
        lines.append(_line(data) or shapely.LineString(ends))
        rows.append({**{key: data[key] for key in _READ if key in data}, "u": str(u), "v": str(v)})
    frame = pd.DataFrame(rows, columns=[*_READ, "u", "v"]).astype(object)
    frame = frame.where(frame.notna(), None)
    return to_work_crs(gpd.GeoDataFrame(frame, geometry=lines, crs=_crs_of(graph, source)), source, crs)


_READ = tuple(dict.fromkeys((*STREET_TAGS, "length", "speed_kph")))


def _open_edges(edges: gpd.GeoDataFrame, source: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Give edges their class and speed; leave out, and count, those closed to motor vehicles."""
    records = edges.drop(columns="geometry").to_dict("records")
    classes = pd.Series([road_class(tags) for tags in records], index=edges.index, dtype=object)
    told: dict[str, list[str]] = defaultdict(list)
    for tags in records:
        if closed := not_driven(tags):
            told[f"edges left out, {closed}"].append(f"{tags['u']}–{tags['v']}")
    kept = edges[classes.ne("")]
    if kept.empty:
        what = f"no street for motor vehicles is in it, of {len(edges)} edges."
        raise LayerError([Fault(source, "column highway", what, "Its edges need highway, as OpenStreetMap has it.")])
    own = pd.to_numeric(kept["speed_kph"], errors="coerce").where(lambda speed: speed >= 1)
    speeds = own.where(own.notna(), kept["maxspeed"].map(speed_kph)).astype(float)
    return kept.assign(highway=classes, speed_kph=speeds), [_note(what, ids) for what, ids in sorted(told.items())]


def _lengths(edges: gpd.GeoDataFrame, source: str) -> pd.Series[float]:
    """Return the lengths a graph was saved with, along the line where it has none."""
    drawn = edges.geometry.length
    own = pd.to_numeric(edges["length"], errors="coerce")
    own = own.where(np.isfinite(own) & (own > 0))
    ratio = (own / drawn.where(drawn > 0)).median()
    low, high = LENGTH_RATIO
    if ratio < low or ratio > high:
        what = f"its lengths are no metres: most are {ratio:.3g} times as long as the lines on the map."
        raise LayerError(
            [Fault(source, "length", what, "Convert them, or remove the attribute: they are measured then.")]
        )
    return own.where(own.notna(), drawn)


def merge_directions(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Return each two-way street once, with oneway false; what has no counterpart is one-way.

    Parameters
    ----------
    edges
        Directed edges: u, v, highway, length, speed_kph and line; parallel ones are kept apart.

    Returns
    -------
    geopandas.GeoDataFrame
        The streets in the order of their first appearance. Both directions of one street are equally long to
        a micrometre, equally fast, and have the same line; any two edges else are two one-way streets.
    """
    forward = (edges["u"] < edges["v"]) | ((edges["u"] == edges["v"]) & _turns_left(edges.geometry))
    lines = edges.geometry.where(forward, edges.geometry.reverse())
    ends = edges[["u", "v"]].apply(sorted, axis=1).map(tuple)
    keys = pd.Series(
        list(
            zip(
                ends,
                edges["highway"],
                edges["speed_kph"].fillna(-1).round(6),
                # a rounded length would part two that straddle the rounding; lines in millimetres do not
                lines.map(lambda line: tuple(np.round(shapely.get_coordinates(line), 3).ravel())),
                strict=True,
            )
        ),
        index=edges.index,
    )
    turn = pd.DataFrame({"key": pd.factorize(keys)[0], "forward": forward}, index=edges.index)
    table = turn.assign(nth=turn.groupby(["key", "forward"]).cumcount(), length=edges["length"].astype(float))
    paired = table.groupby(["key", "nth"])["length"].agg(["size", "min", "max"])
    joined = table.join(paired, on=["key", "nth"])
    two_way = joined["size"].eq(2) & (joined["max"] - joined["min"]).le(1e-6)
    first = ~joined.duplicated(["key", "nth"])
    return edges.assign(oneway=~two_way)[first | ~two_way]


def _turns_left(lines: gpd.GeoSeries) -> pd.Series[bool]:
    """Tell the two directions round a loop apart."""
    return pd.Series([bool(shapely.is_ccw(line)) for line in lines], index=lines.index)


def _within_sides(streets: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Part the networks of Hong Kong and the mainland."""
    across = streets.intersects(hong_kong().exterior)
    names = [f"{u}–{v}" for u, v in streets.loc[across, ["u", "v"]].itertuples(index=False)]
    return streets[~across], names


def _described(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Name the streets and number those that share both ends."""
    names = [names_of(tags) for tags in streets[list(NAMES)].to_dict("records")]
    return streets.assign(
        name_en=[english for english, _ in names],
        name_zh=[chinese for _, chinese in names],
        key=streets.groupby(["u", "v"]).cumcount(),
        source=SOURCE,
        accuracy_m=ACCURACY_M,
    )


def _one_sided_notes(edges: gpd.GeoDataFrame) -> list[Note]:
    """Count the edges that call themselves two-way where nothing leads back."""
    back = set(zip(edges["v"], edges["u"], strict=True))
    said = edges["oneway"].map(lambda word: str(word).strip().casefold() in BOTH_WAYS)
    alone = [f"{u}–{v}" for u, v in edges.loc[said, ["u", "v"]].itertuples(index=False) if (u, v) not in back]
    return [_note("edges with oneway=no and no way back in the graph, taken as one-way", alone)] if alone else []


def _speed_notes(streets: gpd.GeoDataFrame) -> list[Note]:
    unread = streets["speed_kph"].isna() & streets["maxspeed"].notna()
    words = ", ".join(sorted({str(word) for word in streets.loc[unread, "maxspeed"]})[:5])
    what = f"streets whose speed limit is no number, left open: {words}"
    return [Note("road_edges", what, int(unread.sum()))] if unread.any() else []


def _island_notes(streets: gpd.GeoDataFrame) -> list[Note]:
    """Count the streets that do not hang together with the most of their side of the boundary."""
    import networkx as nx  # noqa: PLC0415

    pieces = sorted(nx.connected_components(nx.Graph(zip(streets["u"], streets["v"], strict=True))), key=len)
    side = dict(zip(streets["u"], streets.geometry.intersects(hong_kong()), strict=True))
    largest: dict[bool, set[str]] = {}
    for piece in reversed(pieces):
        largest.setdefault(next(side[node] for node in piece if node in side), piece)
    alone = streets[~streets["u"].isin(set().union(*largest.values()))]
    names = [f"{u}–{v}" for u, v in alone[["u", "v"]].itertuples(index=False)]
    return [_note("streets that no other way leads to, in pieces of their own", names)] if names else []
