"""The Transport Department's Road Network, second generation: directed edges between the ends of centrelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from nmplan.crs import WORK_CRS
from nmplan.crs import to_work_crs
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import LINE
from nmplan.layers.contracts import Layer
from nmplan.layers.contracts import Note
from nmplan.layers.published_tables import read_table
from nmplan.layers.published_tables import tables_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nmplan.layers.published_tables import Table

CENTRELINES = "CENTERLINE"
LIMITS = "SPEED_LIMIT"

NOT_APPLIED = ("TURN", "PROHIBITION", "VEHICLE_RESTRICTION", "PEDESTRIAN_ZONE", "PERMIT")
"""
Tables of rules that are counted, not applied: they hold for some vehicles, hours or days, written as free text, and a
graph of nodes cannot hold back a turn. Travel over these roads is therefore never slower than on the ground.
"""

BOTH, BACKWARD, FORWARD, CLOSED = 1, 2, 3, 4
"""
TRAVEL_DIRECTION. Files as published hold 1 (both ways) and 3 (as the line is drawn); the two carriageways of a street,
which are drawn against each other, and streets looked up on the ground bear that out. 2 and 4 are read as the remaining
two of the four; no file with them has been seen, so each is noted when it comes.
"""

TOUCH_M = 0.1
"""
Ends of lines that near are one node. The publisher's ends coincide but for the last digits; the next nearest are metres
apart. Lines that cross between their ends do not meet: that is how a flyover passes over a street.
"""

SIMPLIFY_M = 0.2
"""
Lines are drawn this closely; lengths are taken before. Curves come as points fractions of a millimetre apart: one line
of 50 m had 54,000 of them.
"""

ACCURACY_M = 5.0
"""Judgement: drawn on the 1:1,000 map along the middle of a carriageway, half a carriageway from its kerb."""

MOTORWAY_KPH, TRUNK_KPH = 100, 70
"""The publisher gives no class of road, only limits above 50 km/h: the class follows these, else it is unclassified."""

NO_VALUE = "-99"
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))

_FIELDS = ("ROUTE_ID", "STREET_ENAME", "STREET_CNAME", "TRAVEL_DIRECTION", "ELEVATION")
_NEEDED = ("ROUTE_ID", "TRAVEL_DIRECTION")
_ROUTE_OF_LIMIT = ("ROAD_ROUTE_ID", "ROUTE_ID")
"""Geodatabases spell the key the first way, descriptions the second."""


def read_road_network(
    layers: Sequence[str], paths: Sequence[Path], *, default_speed_kph: float = 50.0, crs: str | None = None
) -> dict[str, Layer]:
    """
    Read the Road Network (2nd generation) of the Transport Department.

    Nodes are the ends of centrelines. ELEVATION, the level of a road (-1, 0, 1), is no part of a node's identity: ends
    of two levels that coincide are the foot of a ramp. Speeds are the posted limits, which are no travel speeds.

    Parameters
    ----------
    layers
        "road_nodes", "road_edges" or both.
    paths
        The geodatabase (folder or zip), a GeoPackage, or the GML files: CENTERLINE, and SPEED_LIMIT where at hand.
    default_speed_kph
        Speed of edges without a posted limit, km/h; the law's 50 unless the study says otherwise.
    crs
        Coordinate system, where the files name none.

    Returns
    -------
    dict of Layer
        The layers asked for, EPSG:2326; two-way streets as one edge, one-way edges from u to v.

    Raises
    ------
    LayerError
        No CENTERLINE, missing columns, codes of direction the publisher does not have, geometries that are no lines.
    """
    tables = {table.name.upper(): table for table in tables_in(paths)}
    source = ", ".join(path.name for path in paths)
    if CENTRELINES not in tables:
        what = f"there is no table {CENTRELINES}; the tables are {', '.join(t.name for t in tables.values())}."
        mend = 'Name the Road Network (2nd generation), or read other roads with adapter = "file".'
        raise LayerError([Fault(source, "", what, mend)])
    lines, notes = _read_centrelines(tables[CENTRELINES], crs)
    lines, more = _with_speeds(lines, tables.get(LIMITS), default_speed_kph)
    edges, pieces = _edges_of(lines)
    nodes, edges, levels = _joined(edges)
    told = {"road_edges": [*notes, *more, *pieces, *_unapplied(tables)], "road_nodes": [*levels, *_cut_off(edges)]}
    frames = {"road_nodes": nodes, "road_edges": edges}
    read = {layer: conform(frames[layer], layer, source) for layer in layers}
    return {layer: Layer(found.frame, [*told[layer], *found.notes]) for layer, found in read.items()}


def _read_centrelines(table: Table, crs: str | None) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Return the lines that are roads, with their direction, level and names."""
    lost = [name for name in _NEEDED if not table.spelling(name)]
    if lost:
        what = f"table {table.name} lacks the columns {', '.join(lost)}; it has {', '.join(table.fields)}."
        raise LayerError([Fault(table.file, "", what, "Get the file again: its schema is not the published one.")])
    raw = read_table(table, _FIELDS)
    if raw.empty:
        what = f"table {table.name} has no features."
        raise LayerError([Fault(table.file, "", what, "Get the file again.")])
    text = {name: _texts(raw[name]) if name in raw else pd.Series("", index=raw.index) for name in _FIELDS}
    frame = gpd.GeoDataFrame(text, geometry=raw.geometry, crs=raw.crs)
    frame, notes = _usable(frame, table.file)
    ways, more = _ways(frame, table.file)
    open_roads = to_work_crs(frame.assign(way=ways)[ways.ne(CLOSED)], table.file, crs)
    return open_roads.reset_index(drop=True), [*notes, *more]


def _texts(cells: pd.Series) -> pd.Series[str]:
    """
    Return cells as text, blank where the publisher has no value.

    It writes -99 for that, in names also with full-width digits and hyphens or an en dash: four spellings in all.
    """
    text = cells.astype(object).where(cells.notna(), "").astype(str).str.strip()
    folded = text.str.normalize("NFKC").str.translate(_DASHES).str.replace(r"\.0+$", "", regex=True)
    return text.str.replace(r"^(-?\d+)\.0+$", r"\1", regex=True).where(folded.ne(NO_VALUE), "")


def _usable(frame: gpd.GeoDataFrame, source: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Leave out rows without a line; refuse what is drawn as something else."""
    shapes = frame.geometry.to_numpy()
    gone = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    wrong = ~gone & ~frame.geom_type.isin(LINE).to_numpy()
    if wrong.any():
        found = ", ".join(sorted(set(frame.geom_type[wrong])))
        what = f"{int(wrong.sum())} geometries are {found}; centrelines are lines."
        raise LayerError([Fault(source, _routes(frame[wrong]), what, "Get the file again.")])
    gone |= ~np.isfinite(shapely.length(shapes))  # a coordinate is no number
    notes = [_note("centrelines without a line, left out", frame[gone])] if gone.any() else []
    return frame[~gone], notes


def _ways(frame: gpd.GeoDataFrame, source: str) -> tuple[pd.Series[int], list[Note]]:
    """Return the direction of each line; tell codes that are missing, and those no file has shown yet."""
    codes = pd.to_numeric(frame["TRAVEL_DIRECTION"], errors="coerce")
    blank = frame["TRAVEL_DIRECTION"].eq("")
    wrong = ~codes.isin((BOTH, BACKWARD, FORWARD, CLOSED)) & ~blank
    if wrong.any():
        what = f"TRAVEL_DIRECTION holds {frame.loc[wrong, 'TRAVEL_DIRECTION'].iloc[0][:20]!r}; known are 1 to 4."
        raise LayerError([Fault(source, _routes(frame[wrong]), what, "Correct the cell, or get the file again.")])
    ways = codes.where(~blank, BOTH).astype(int)
    kinds = (
        ("centrelines without a direction, taken as two-way", blank),
        ("centrelines with TRAVEL_DIRECTION 2, taken as one-way against the line", ways.eq(BACKWARD)),
        ("centrelines with TRAVEL_DIRECTION 4, taken as closed and left out", ways.eq(CLOSED)),
    )
    return ways, [_note(what, frame[which]) for what, which in kinds if which.any()]


def _with_speeds(
    lines: gpd.GeoDataFrame, table: Table | None, default_kph: float
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Join the posted limits; the class of road follows them."""
    limits, notes = _limits(table) if table else (pd.Series(dtype=float), [])
    posted = lines["ROUTE_ID"].map(limits).astype(float)
    stray = sorted(set(limits.index) - set(lines["ROUTE_ID"]))
    if stray:
        notes.append(Note("road_edges", "speed limits of routes that are not there", len(stray), tuple(stray)))
    if posted.isna().any():
        what = f"edges without a posted limit, taken as {default_kph:g} km/h"
        notes.append(Note("road_edges", what, int(posted.isna().sum())))
    classes = np.select([posted.ge(MOTORWAY_KPH), posted.ge(TRUNK_KPH)], ["motorway", "trunk"], "unclassified")
    return lines.assign(speed_kph=posted.fillna(default_kph), highway=classes), notes


def _limits(table: Table) -> tuple[pd.Series, list[Note]]:
    """Return the posted limit of each route, km/h; the lowest, where a route has several."""
    raw = read_table(table, (*_ROUTE_OF_LIMIT, LIMITS))
    key = next((name for name in _ROUTE_OF_LIMIT if name in raw), None)
    if key is None or LIMITS not in raw:
        what = f"table {table.name} lacks {LIMITS} or {_ROUTE_OF_LIMIT[0]}; it has {', '.join(table.fields)}."
        raise LayerError([Fault(table.file, "", what, "Get the file again: its schema is not the published one.")])
    routes, words = _texts(raw[key]), _texts(raw[LIMITS])
    plain = words.str.normalize("NFKC").str.lower()
    kph = plain.str.extract(r"^(\d{2,3})\s*(?:k.*|公里.*)?$")[0].astype(float)
    kph = kph.where(kph.between(10, 130))  # what no road of Hong Kong posts is a slip of the pen
    unread = kph.isna() & words.ne("")
    notes = []
    if unread.any():
        what = f"speed limits that are no speed ({words[unread].iloc[0][:20]!r}), not used"
        notes.append(Note("road_edges", what, int(unread.sum()), tuple(routes[unread])))
    found = kph.groupby(routes).agg(["min", "nunique"]).dropna()
    several = found.index[found["nunique"] > 1]
    if len(several):
        what = "routes with several posted limits, the lowest taken"
        notes.append(Note("road_edges", what, len(several), tuple(several)))
    return found["min"], notes


def _edges_of(lines: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Return one edge per line, drawn the way it is driven; parts that follow each other are one."""
    shapes = lines.geometry.force_2d().to_numpy()
    many = shapely.get_num_geometries(shapes) > 1
    shapes[many] = shapely.line_merge(shapes[many], directed=True)
    parts, row = shapely.get_parts(shapes, return_index=True)
    against = lines["way"].to_numpy()[row] == BACKWARD
    parts[against] = shapely.reverse(parts[against])
    length = shapely.length(parts)
    edges = gpd.GeoDataFrame(
        {
            "level": lines["ELEVATION"].to_numpy()[row],
            "oneway": lines["way"].to_numpy()[row] != BOTH,
            "highway": lines["highway"].to_numpy()[row],
            "speed_kph": lines["speed_kph"].to_numpy()[row],
            "length": length,
            "name_en": lines["STREET_ENAME"].to_numpy()[row],
            "name_zh": lines["STREET_CNAME"].to_numpy()[row],
            "accuracy_m": ACCURACY_M,
            "source": "Transport Department, Road Network (2nd generation), route " + lines["ROUTE_ID"].to_numpy()[row],
        },
        geometry=parts,
        crs=WORK_CRS,
    )
    notes = []
    torn = np.bincount(row, minlength=len(lines)) > 1
    if torn.any():
        notes.append(_note("centrelines whose parts do not follow each other, an edge for each part", lines[torn]))
    if (point := length < TOUCH_M).any():
        notes.append(_note("lines without length, left out", lines.iloc[row[point]]))
    return edges[~point].reset_index(drop=True), notes


def _joined(edges: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, list[Note]]:
    """Return nodes at the ends of edges, and the edges with the names of their nodes, parallel ones numbered."""
    shapes = edges.geometry.to_numpy()
    ends = np.vstack([shapely.get_coordinates(shapely.get_point(shapes, index)) for index in (0, -1)])
    node, places = _clustered(ends)
    names = np.array([f"{x:.2f},{y:.2f}" for x, y in places], dtype=object)
    u, v = names[node].reshape(2, -1)
    joined = edges.assign(u=u, v=v, geometry=shapely.simplify(shapes, SIMPLIFY_M, preserve_topology=False))
    joined["key"] = joined.groupby(["u", "v"]).cumcount()
    nodes = gpd.GeoDataFrame(
        {
            "node_id": names,
            "accuracy_m": ACCURACY_M,
            "source": "Transport Department, Road Network (2nd generation)",
        },
        geometry=gpd.points_from_xy(*places.T),
        crs=WORK_CRS,
    )
    levels = pd.Series(np.tile(edges["level"], 2)).groupby(names[node]).nunique()
    ramps = levels.index[levels > 1]
    what = "places where roads of different levels end, joined as the foot of a ramp"
    return nodes, joined, [Note("road_nodes", what, len(ramps), tuple(ramps))] if len(ramps) else []


def _clustered(ends: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for each end its node, and the nodes' coordinates; rounding alone would tear twins astride a step."""
    places, place = np.unique(ends, axis=0, return_inverse=True)
    pairs = KDTree(places).query_pairs(TOUCH_M, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places)))
    _, cluster = connected_components(graph, directed=False)
    _, first = np.unique(cluster, return_index=True)
    return cluster[place.ravel()].astype(np.int64), places[first]


def _cut_off(edges: gpd.GeoDataFrame) -> list[Note]:
    """Count the nodes without a way there and back; many of them would mean that the directions are misread."""
    names, ends = np.unique(np.concatenate([edges["u"], edges["v"]]), return_inverse=True)
    u, v = ends.reshape(2, -1)
    back = ~edges["oneway"].to_numpy()
    start, end = np.concatenate([u, v[back]]), np.concatenate([v, u[back]])
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(len(names), len(names)))
    _, part = connected_components(graph, directed=True, connection="strong")
    outside = names[part != np.bincount(part).argmax()] if len(part) else names
    what = f"of {len(names)} nodes without a way there and back over the largest part of the network"
    return [Note("road_nodes", what, len(outside), tuple(outside))] if len(outside) else []


def _unapplied(tables: dict[str, Table]) -> list[Note]:
    return [
        Note(
            "road_edges", f"rules of the table {name} not applied: roads count as open to all, at all hours", table.rows
        )
        for name in NOT_APPLIED
        if (table := tables.get(name)) and table.rows
    ]


def _note(what: str, lines: pd.DataFrame) -> Note:
    return Note("road_edges", what, len(lines), tuple(lines["ROUTE_ID"]))


def _routes(lines: pd.DataFrame) -> str:
    """Name the first few routes."""
    return ", ".join(f"ROUTE_ID {route}" for route in lines["ROUTE_ID"].head(5))
