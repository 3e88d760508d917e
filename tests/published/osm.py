"""
A small town at San Tin as OpenStreetMap would have it, with the quirks of real extracts; everything in it is invented.

Places are metres east and north of `EAST`, `NORTH`, so that lengths can be computed by hand; files hold degrees with
seven decimals, about a centimetre, as OpenStreetMap does.
"""

from __future__ import annotations

import bz2
import gzip
import math
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from pyproj import Transformer

if TYPE_CHECKING:
    from pathlib import Path

    import networkx as nx

EAST, NORTH = 825_500.0, 838_400.0
"""Corner of the town's street grid in EPSG:2326, near 114.070, 22.487."""

BLOCK_M = 200.0
SIDE = 5
"""Streets in each direction."""

_TO_DEGREES = Transformer.from_crs("EPSG:2326", "EPSG:4326", always_xy=True).transform

ROWS = (
    {"highway": "secondary", "maxspeed": "50", "name": "青山公路 - 新田段 Castle Peak Road - San Tin"},
    {"highway": "residential", "oneway": "yes", "name": "東路 East Road"},
    {
        "highway": "tertiary",
        "maxspeed": "HK:urban",
        "name": "新田公路",
        "name:en": "San Tin Highway",
        "name:zh-Hant": "新田公路",
    },
    {"highway": "residential", "oneway": "-1", "name": "West Lane"},
    {"highway": "unclassified", "maxspeed": "30 mph", "name": "米埔路 (Mai Po Road)"},
)
"""Streets from west to east, the southern first."""

COLUMNS = (
    {"highway": "residential", "name": "一街 First Street"},
    {"highway": "residential"},
    {"highway": "primary", "maxspeed": "70|50", "name": "古洞路 Kwu Tung Road"},
    {"highway": "tertiary_link", "oneway": "reversible"},
    {"highway": "living_street", "maxspeed": "signals"},
)
"""Streets from south to north, the western first."""

CLOSED_WAYS = (
    {"highway": "footway", "name": "河畔徑 Riverside Path"},
    {"highway": "footway"},
    {"highway": "construction", "construction": "trunk"},
    {"highway": "proposed", "proposed": "motorway"},
    {"highway": "service", "service": "parking_aisle"},
    {"highway": "service", "access": "private"},
    {"highway": "residential", "motor_vehicle": "no"},
)
"""Ways without lorries and cars."""


class Extract:
    """An OpenStreetMap file as it grows."""

    def __init__(self) -> None:
        self.root = ET.Element("osm", version="0.6", generator="Overpass API", copyright="OpenStreetMap")
        self.nodes: dict[tuple[float, float], int] = {}
        self.next_id = 1_000_000_001  # real ids do not fit into 32 bits

    def _id(self) -> int:
        self.next_id += 1
        return self.next_id

    def _add(self, kind: str, number: int, tags: dict[str, str], **attributes: str) -> ET.Element:
        stamp = {"version": "3", "timestamp": "2026-01-02T03:04:05Z", "user": "mapper", "uid": "7", "changeset": "9"}
        element = ET.SubElement(self.root, kind, id=str(number), **stamp, **attributes)
        for key, value in tags.items():
            ET.SubElement(element, "tag", k=key, v=value)
        return element

    def node(self, place: tuple[float, float], /, **tags: str) -> int:
        """Return the node at a place; equal places share one, unless it has tags of its own."""
        if place in self.nodes and not tags:
            return self.nodes[place]
        lon, lat = _TO_DEGREES(EAST + place[0], NORTH + place[1])
        number = self._id()
        self._add("node", number, tags, lon=f"{lon:.7f}", lat=f"{lat:.7f}")
        if not tags:
            self.nodes[place] = number
        return number

    def way(self, places: list[tuple[float, float]], tags: dict[str, str], missing: tuple[int, ...] = ()) -> int:
        """Add a way; positions in `missing` name nodes that the extract lacks."""
        refs = [self._id() if at in missing else self.node(place) for at, place in enumerate(places)]
        number = self._id()
        element = self._add("way", number, tags)
        for at, ref in enumerate(refs):
            element.insert(at, ET.Element("nd", ref=str(ref)))
        return number

    def ring(self, x: float, y: float, width: float, height: float, tags: dict[str, str]) -> int:
        """Add a closed way round a rectangle."""
        return self.way(_corners(x, y, width, height), tags)

    def relation(self, members: list[tuple[int, str]], tags: dict[str, str]) -> int:
        """Add a relation of ways with their roles."""
        number = self._id()
        element = self._add("relation", number, tags)
        for at, (ref, role) in enumerate(members):
            element.insert(at, ET.Element("member", type="way", ref=str(ref), role=role))
        return number

    def write(self, path: Path) -> Path:
        """Write the file, packed as its name says; nodes first, as every tool does."""
        order = {"node": 0, "way": 1, "relation": 2}
        self.root[:] = sorted(self.root, key=lambda element: order[element.tag])
        content = ET.tostring(self.root, encoding="utf-8", xml_declaration=True)
        pack = {".gz": gzip.compress, ".bz2": bz2.compress}.get(path.suffix, bytes)
        path.write_bytes(pack(content))
        return path


def _corners(x: float, y: float, width: float, height: float) -> list[tuple[float, float]]:
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]


def junction(column: int, row: int) -> tuple[float, float]:
    """Return the place of a junction of the grid."""
    return BLOCK_M * column, BLOCK_M * row


def add_streets(extract: Extract, *, closed: bool = True) -> None:
    """
    Add the grid, a motorway that crosses it on a bridge, a roundabout, and ways closed to cars unless told otherwise.

    The southern street has a node halfway along each block, and its last block is bent by 50 m: 2 √(100² + 50²) m long.
    """
    for row, tags in enumerate(ROWS):
        places = [junction(0, row)]
        for column in range(1, SIDE):
            middle = BLOCK_M * (column - 0.5), BLOCK_M * row
            if row == 0:
                places.append((middle[0], 50.0) if column == SIDE - 1 else middle)
            places.append(junction(column, row))
        extract.way(places, tags)
    for column, tags in enumerate(COLUMNS):
        extract.way([junction(column, row) for row in range(SIDE)], tags)
    _add_motorway(extract)
    _add_roundabout(extract)
    for number, tags in enumerate(CLOSED_WAYS if closed else ()):
        extract.way([junction(0, number % SIDE), (-100.0, BLOCK_M * (number % SIDE) + 30)], tags)


def _add_motorway(extract: Extract) -> None:
    """Two carriageways over the columns, without a node in common; only one says that it is one-way."""
    name = {"name": "粉嶺公路 Fanling Highway", "maxspeed": "100", "highway": "motorway", "bridge": "yes", "layer": "1"}
    extract.way([(-200.0, 500.0), (1000.0, 500.0)], {**name, "oneway": "yes"})
    extract.way([(1000.0, 520.0), (-200.0, 520.0)], name)
    link = {"highway": "motorway_link", "oneway": "yes"}
    for start, end in (
        (junction(0, 2), (-200.0, 500.0)),
        ((1000.0, 500.0), junction(4, 2)),
        (junction(4, 2), (1000.0, 520.0)),
        ((-200.0, 520.0), junction(0, 2)),
    ):
        extract.way([start, end], link)


def _add_roundabout(extract: Extract) -> None:
    """A roundabout south of the grid, clockwise and without oneway, as roundabouts are mapped."""
    turns = [math.radians(angle) for angle in (90, 45, 0, -45, -90, -135, 180, 135, 90)]
    ring = [(round(400 + 30 * math.cos(turn), 3), round(-200 + 30 * math.sin(turn), 3)) for turn in turns]
    extract.way(ring, {"highway": "tertiary", "junction": "roundabout"})
    extract.way([junction(2, 0), ring[0]], {"highway": "tertiary", "name": "環迴路 Ring Road"})
    extract.way([ring[4], (400.0, -430.0)], {"highway": "tertiary"})


def add_crossing(extract: Extract) -> None:
    """A street from the town to Lok Ma Chau, across the boundary on a bridge, and a street in Shenzhen."""
    extract.way([junction(2, 4), (300.0, 2300.0)], {"highway": "trunk", "name": "新深路 San Sham Road"})
    extract.way([(300.0, 2300.0), (100.0, 5200.0)], {"highway": "trunk", "bridge": "yes"})
    extract.way([(100.0, 5200.0), (1100.0, 5200.0)], {"highway": "secondary", "name": "福田路"})


def add_features(extract: Extract) -> None:
    """Add stations, institutions, land uses, schools, water, reserves and places."""
    extract.node((500.0, 900.0), railway="station", station="subway", name="新田 San Tin", note="from a leaflet")
    extract.node((-8500.0, -6300.0), railway="tram_stop", **{"name:en": "Hung Shui Kiu", "name:zh": "洪水橋"})
    extract.ring(2000, 900, 60, 200, {"railway": "station", "name": "古洞 Kwu Tung"})
    _add_institutions(extract)
    _add_land(extract)
    _add_sensitive(extract)
    _add_protected(extract)
    extract.node((200.0, 300.0), place="village", name="新田 San Tin")
    extract.node((-600.0, 1500.0), place="hamlet", name="落馬洲")
    extract.node((6500.0, 1500.0), place="town", name="上水 Sheung Shui", population="150000")
    extract.node((900.0, 100.0), place="locality", name="Bend")
    extract.node((850.0, 100.0), place="village")


def _add_institutions(extract: Extract) -> None:
    campus = {"amenity": "university", "name": "新田大學 San Tin University"}
    extract.ring(-1500, -600, 500, 400, campus)
    extract.ring(-1400, -500, 50, 40, campus)
    extract.ring(-1300, -500, 50, 40, {"amenity": "university"})
    extract.node((-1000.0, 800.0), amenity="college", name="Pond College", id="hostile", type="tag", element="none")
    city = {"addr:city": "深圳市"}
    extract.node((-2000.0, 7000.0), amenity="university", name="福田大学", **city)
    extract.node(
        (-60000.0, 60000.0), amenity="research_institute", name="Songshan Institute", **{"addr:city": "Dongguan"}
    )


def _add_land(extract: Extract) -> None:
    """A multipolygon of two outer halves with a hole, and smaller uses inside a larger one."""
    west = extract.way([(1200.0, 0.0), (1600.0, 0.0), (1600.0, 300.0)], {})
    east = extract.way([(1600.0, 300.0), (1200.0, 300.0), (1200.0, 0.0)], {})
    hole = extract.ring(1300, 100, 100, 100, {})
    extract.relation(
        [(west, "outer"), (east, "outer"), (hole, "inner")],
        {"type": "multipolygon", "landuse": "industrial", "name": "新田工業邨 San Tin Industrial Estate"},
    )
    extract.ring(1300, 100, 100, 100, {"landuse": "retail"})
    extract.ring(0, 0, 800, 800, {"landuse": "residential", "name": "新田新市鎮"})
    extract.ring(100, 100, 100, 100, {"landuse": "commercial"})
    extract.ring(-400, 900, 300, 300, {"landuse": "residential", "residential": "rural", "name": "仁壽圍 Yan Shau Wai"})
    extract.ring(1700, 0, 300, 300, {"landuse": "port"})
    extract.ring(1700, 400, 300, 300, {"landuse": "farmland"})
    extract.ring(2100, 0, 300, 300, {"landuse": "forest"})
    extract.ring(2100, 400, 50, 50, {"landuse": "grass"})
    extract.node((2200.0, 500.0), landuse="industrial", name="a point is no land")


def _add_sensitive(extract: Extract) -> None:
    extract.ring(
        600, 600, 60, 60, {"amenity": "school", "name": "新田公立學校 San Tin Public School", "building": "yes"}
    )
    extract.node((700.0, 650.0), amenity="kindergarten", name="<b>'Sunny' & \"Co\"</b>")
    extract.ring(900, 900, 120, 90, {"amenity": "hospital", "name": "北區醫院 North Hospital"})
    extract.node((650.0, 650.0), amenity="restaurant", name="茶餐廳")


def _add_protected(extract: Extract) -> None:
    extract.ring(-800, 400, 200, 200, {"natural": "water", "water": "pond"})
    extract.ring(-3500, 0, 1500, 1500, {"leisure": "nature_reserve", "name": "米埔自然保護區 Mai Po Nature Reserve"})
    edge = extract.ring(0, -5000, 2000, 2000, {})
    tags = {"type": "boundary", "boundary": "protected_area", "protect_class": "5"}
    extract.relation([(edge, "outer")], {**tags, "name": "林村郊野公園 Lam Tsuen Country Park"})
    extract.relation(
        [(42, "outer")], {"type": "multipolygon", "natural": "water", "name": "at the edge of the extract"}
    )
    extract.way([(-900.0, 400.0), (-900.0, 700.0)], {"waterway": "riverbank"})


def write_town(folder: Path, name: str = "san-tin.osm") -> Path:
    """Write streets and features; a name ending in .gz or .bz2 packs them."""
    extract = Extract()
    add_streets(extract)
    add_crossing(extract)
    add_features(extract)
    extract.way([(900.0, 0.0), (1000.0, 0.0), (1100.0, 0.0), (1200.0, 0.0)], {"highway": "service"}, missing=(2,))
    extract.ring(300, 300, 40, 30, {"building": "yes", "addr:street": "東路"})
    gone = extract.ring(310, 340, 40, 30, {"highway": "residential", "name": "Demolished Street"})
    next(way for way in extract.root if way.get("id") == str(gone)).set("visible", "false")
    return extract.write(folder / name)


def write_streets(folder: Path, name: str = "streets.osm") -> Path:
    """Write the open streets of the grid, the motorway and the roundabout only."""
    extract = Extract()
    add_streets(extract, closed=False)
    return extract.write(folder / name)


def write_graphml(folder: Path, name: str = "streets.graphml", *, project: str | None = None) -> Path:
    """Write the streets as OSMnx saves them: simplified without regard to tags, so that some are lists."""
    import osmnx

    graph: nx.MultiDiGraph = osmnx.graph_from_xml(write_streets(folder), simplify=True, retain_all=True)
    if project:
        graph = osmnx.project_graph(graph, to_crs=project)
    osmnx.save_graphml(graph, folder / name)
    return folder / name


def write_features(folder: Path, name: str = "features.gpkg") -> Path:
    """Write the features as a GeoPackage or GeoJSON with a column per tag, as OSMnx's users save them."""
    import osmnx

    extract = Extract()
    add_features(extract)
    for node in extract.root.iter("node"):  # a tag named id displaces the id in OSMnx, and a file has one column id
        for tag in [tag for tag in node if tag.get("k") in {"id", "type", "element"}]:
            node.remove(tag)
    features = osmnx.features_from_xml(extract.write(folder / "features.osm"))
    features.reset_index().to_file(folder / name, engine="pyogrio")
    return folder / name
