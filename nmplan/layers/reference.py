"""The bundled reference geography: small tables a planner can open in a spreadsheet, turned into layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from nmplan.crs import to_work_crs
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import Layer
from nmplan.layers.sources import reference_files
from nmplan.layers.tables import numbers_in
from nmplan.layers.tables import read_csv
from nmplan.layers.terrain import Terrain
from nmplan.layers.terrain import surface_through
from nmplan.layers.zones import classify_zone
from nmplan.layers.zones import drop_strips
from nmplan.layers.zones import settle_overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

POSITION_CRS = "EPSG:4326"
"""Reference tables hold longitude and latitude in WGS84 degrees."""


def read_reference(layer: str, folder: Path | None = None) -> Layer:
    """
    Read a layer of the reference geography.

    Parameters
    ----------
    layer
        Name of the layer; `terrain` has a reader of its own.
    folder
        Folder of the tables, the bundled one unless said otherwise.

    Returns
    -------
    Layer
        In EPSG:2326, keeping its contract.

    Raises
    ------
    LayerError
        A missing table, coordinates that are none, or rows that break the contract.
    """
    tables = [read_csv(path) for path in reference_files(layer, folder)]
    source = f"{reference_files(layer, folder)[0].name}"
    if layer == "zoning":
        return _zoning(tables[0], source)
    return conform(_placed(layer, tables, source), layer, source)


def read_reference_terrain(folder: Path | None = None) -> Terrain:
    """Return the surface through the spot heights of the reference geography."""
    (path,) = reference_files("terrain", folder)
    table = read_csv(path, ("lon", "lat", "height_m"))
    heights = _with_points(table, path.name).assign(height_m=numbers_in(table, ("height_m",), path.name)["height_m"])
    return surface_through(heights, "spot heights of the reference geography")


def _placed(layer: str, tables: Sequence[pd.DataFrame], source: str) -> pd.DataFrame:
    """Give the rows of a table their geometry, if the layer has any."""
    table = tables[0]
    if layer == "road_edges":
        return _road_edges(table, tables[1])
    if layer == "transit_lines":
        return _transit_lines(table, tables[1], tables[2])
    if layer == "bus_lines":
        return _bus_lines(table, tables[1], tables[2])
    if layer == "crossings":
        return _crossings(table, source)
    if "vertices_lon_lat" in table:
        return _with_vertices(table, source, ring=layer not in {"boundary", "coast"}, close=layer == "coast")
    return _with_points(table, source) if "lon" in table else table


def _zoning(table: pd.DataFrame, source: str) -> Layer:
    zones = _with_vertices(table, source, ring=True)
    zones["zone"] = [
        classify_zone(label, special, described)
        for label, special, described in zip(
            table["zone_label"], table["special_use_en"], table["desc_en"], strict=True
        )
    ]
    settled, notes = settle_overlaps(zones.assign(**numbers_in(table, ("precedence",), source)), "precedence")
    wide, strips = drop_strips(settled)
    layer = conform(wide, "zoning", source)
    return Layer(layer.frame, [*notes, *strips, *layer.notes])


def _crossings(table: pd.DataFrame, source: str) -> gpd.GeoDataFrame:
    here = _with_points(table, source, "hk_lon", "hk_lat")
    there = _with_points(table, source, "shenzhen_lon", "shenzhen_lat")
    return here.assign(shenzhen_side=there.geometry)


def _road_edges(edges: pd.DataFrame, nodes: pd.DataFrame) -> gpd.GeoDataFrame:
    """Draw each link straight between its two junctions; its length is the road's, not the line's."""
    points = _with_points(nodes, "road_nodes.csv").set_index("node_id").geometry
    faults = _lost_names(edges, ("from_node", "to_node"), points.index, "road_edges.csv", "road_nodes.csv")
    if faults:
        raise LayerError(faults)
    lines = _straight_lines(points, edges["from_node"], edges["to_node"])
    metres = (numbers_in(edges, ("length_km",), "road_edges.csv")["length_km"] * 1000).round(1)
    named = edges.rename(columns={"from_node": "u", "to_node": "v"}).assign(length=metres)
    return gpd.GeoDataFrame(named, geometry=lines, crs=points.crs)


def _transit_lines(lines: pd.DataFrame, links: pd.DataFrame, stations: pd.DataFrame) -> gpd.GeoDataFrame:
    """
    Draw each line straight from station to station: generalised, and said to be.

    A link that will be split by a new station (`closes`) is drawn by its later parts, not twice.
    """
    points = _with_points(stations, "stations.csv").set_index("station_id").geometry
    faults = _lost_names(links, ("from_station", "to_station"), points.index, "rail_links.csv", "stations.csv")
    faults += _lost_names(lines, ("line_id",), links["line_id"], "transit_lines.csv", "rail_links.csv")
    if faults:
        raise LayerError(faults)
    lasting = links[links["closes"].eq("")]
    drawn = pd.Series(_straight_lines(points, lasting["from_station"], lasting["to_station"]), index=lasting["line_id"])
    shapes = [shapely.MultiLineString(list(drawn.loc[[line_id]])) for line_id in lines["line_id"]]
    return gpd.GeoDataFrame(lines, geometry=shapes, crs=points.crs)


def _bus_lines(lines: pd.DataFrame, calls: pd.DataFrame, stops: pd.DataFrame) -> gpd.GeoDataFrame:
    """Give each call of a line its stop's place and name, and what is said of the line as a whole."""
    faults = _lost_names(calls, ("stop_id",), stops["stop_id"], "bus_calls.csv", "bus_stops.csv")
    faults += _lost_names(calls, ("line_id",), lines["line_id"], "bus_calls.csv", "bus_lines.csv")
    if faults:
        raise LayerError(faults)
    named = {"name_en": "stop_en", "name_zh": "stop_zh"}
    places = stops.rename(columns=named).drop(columns="source")
    whole = lines.drop(columns=["minutes", "accuracy_min"])
    calls = calls[["line_id", "order", "stop_id", "minutes"]]
    return _with_points(calls.merge(whole, on="line_id").merge(places, on="stop_id"), "bus_stops.csv")


def _straight_lines(points: gpd.GeoSeries, starts: pd.Series[str], ends: pd.Series[str]) -> list[shapely.LineString]:
    pairs = zip(points.loc[starts], points.loc[ends], strict=True)
    return [shapely.LineString([start, end]) for start, end in pairs]


def _lost_names(
    table: pd.DataFrame, columns: Sequence[str], known: pd.Index[str] | pd.Series[str], source: str, other: str
) -> list[Fault]:
    faults = []
    for column in columns:
        lost = sorted(set(table[column]) - set(known))
        if lost:
            what = f"{len(lost)} names in {column} are not in {other}."
            faults.append(Fault(source, ", ".join(lost[:5]), what, "Correct the name, or add the row."))
    return faults


def _with_points(table: pd.DataFrame, source: str, x: str = "lon", y: str = "lat") -> gpd.GeoDataFrame:
    lost = [name for name in (x, y) if name not in table]
    if lost:
        raise LayerError([Fault(source, "", f"the columns {', '.join(lost)} are missing.", "Add them.")])
    degrees = numbers_in(table, (x, y), source)
    points = gpd.points_from_xy(degrees[x], degrees[y])
    return to_work_crs(gpd.GeoDataFrame(table, geometry=points, crs=POSITION_CRS), source)


def _with_vertices(table: pd.DataFrame, source: str, *, ring: bool, close: bool = False) -> gpd.GeoDataFrame:
    """Read "lon,lat lon,lat …" as polygons (ring), closed lines (close) or open lines."""
    shapes, faults = [], []
    for number, text in enumerate(table["vertices_lon_lat"], start=2):
        try:
            vertices = [(float(lon), float(lat)) for lon, lat in (pair.split(",") for pair in text.split())]
            shapes.append(shapely.Polygon(vertices) if ring else shapely.LineString(vertices + vertices[:1] * close))
        except (ValueError, shapely.errors.GEOSException):
            what = "vertices_lon_lat is not a list of at least three (two for a line) lon,lat pairs."
            faults.append(Fault(source, f"line {number}", what, "Write 114.07,22.51 114.08,22.52 …"))
            continue
        if not shapes[-1].is_valid:
            where = shapely.is_valid_reason(shapes[-1])
            what = f"the outline crosses or touches itself: {where}."
            faults.append(Fault(source, f"line {number}", what, "Put its corners in order round the polygon."))
    if faults:
        raise LayerError(faults)
    return to_work_crs(gpd.GeoDataFrame(table, geometry=shapes, crs=POSITION_CRS), source)
