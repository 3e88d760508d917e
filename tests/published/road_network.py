"""Road networks in the shape of the Transport Department's RdNet_IRNP: invented roads between real places."""

from __future__ import annotations

import itertools
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyogrio.raw import write

Places = tuple[tuple[float, float], ...]

NO_NAME = "-99"
NO_NAME_ZH = ("–９９", "－９９", "-９９", "-99")
"""How the publisher writes "no name": three of the four spellings have full-width digits."""

LOOP = (826_300.0, 841_900.0)
SAN_TIN = (825_500.0, 838_700.0)
YUEN_LONG = (820_600.0, 834_300.0)
HUNG_SHUI_KIU = (816_700.0, 832_000.0)
"""Corners of grids of streets; the interchanges stand 200 m west and south of them."""

STEP_M = 250.0
ROWS = 4


@dataclass(frozen=True)
class Road:
    """A centreline: parts of its line, the coded direction and level, names, and its posted limit as free text."""

    route: int
    parts: tuple[Places, ...]
    way: int = 1
    level: int = 0
    name: str = NO_NAME
    name_zh: str = NO_NAME_ZH[0]
    limit: str | None = None


def straight(route: int, *places: tuple[float, float], **more: Any) -> Road:
    return Road(route, (places,), **more)


def invented_roads() -> list[Road]:
    """A dual carriageway from the Loop by San Tin to Hung Shui Kiu, with a grid of streets at each of four places."""
    corners = (LOOP, SAN_TIN, YUEN_LONG, HUNG_SHUI_KIU)
    names = (("LOK MA CHAU ROAD", "落馬洲路"), ("SAN TIN HIGHWAY", "新田公路"), ("LONG TIN ROAD", "朗天路"))
    limits = ("70 km/h", "100 km/h", "80km/h")
    roads: list[Road] = []
    for number, (corner, after) in enumerate(itertools.pairwise(corners)):
        start, end = _interchange(corner), _interchange(after)
        name, name_zh = names[number]
        common = {"way": 3, "level": 1, "name": name, "name_zh": name_zh, "limit": limits[number]}
        route = 100_000 + 10 * number
        roads.append(straight(route, start, _beside(start, end), end, **common))
        roads.append(straight(route + 1, end, _beside(end, start), start, **common))
    for number, corner in enumerate(corners):
        roads += _grid(200_000 + 100 * number, corner)
        # the foot of a ramp: the carriageway ends on level 1 where the ramp begins on level 0
        roads.append(straight(300_000 + number, _interchange(corner), corner, name="SLIP ROAD", name_zh=NO_NAME_ZH[1]))
    x, y = SAN_TIN
    # a second way between the same corners, and a lane of two parts that follow each other
    roads.append(straight(400_000, (x, y), (x + 125, y - 60), (x + STEP_M, y), name_zh=NO_NAME_ZH[2]))
    lane = (((x + 750, y + 750), (x + 800, y + 800)), ((x + 800, y + 800), (x + 900, y + 800)))
    roads.append(Road(400_001, lane, name="SHEK WU LANE", name_zh="石湖里"))
    return roads


def _interchange(corner: tuple[float, float]) -> tuple[float, float]:
    return corner[0] - 200.0, corner[1] - 200.0


def _beside(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Half-way point 12 m to the left: the two carriageways share their ends, and are drawn against each other."""
    (x, y), (to_x, to_y) = start, end
    length = float(np.hypot(to_x - x, to_y - y))
    return (x + to_x) / 2 - 12 * (to_y - y) / length, (y + to_y) / 2 + 12 * (to_x - x) / length


def _grid(route: int, corner: tuple[float, float]) -> list[Road]:
    """Streets both ways, but the southernmost, which runs east only."""
    x, y = corner
    places = {(i, j): (x + STEP_M * i, y + STEP_M * j) for i in range(ROWS) for j in range(ROWS)}
    streets = [((i, j), (i + 1, j)) for j in range(ROWS) for i in range(ROWS - 1)]
    streets += [((i, j), (i, j + 1)) for i in range(ROWS) for j in range(ROWS - 1)]
    return [
        straight(
            route + number,
            places[start],
            places[end],
            way=3 if start[1] == end[1] == 0 else 1,
            name=f"STREET {start[1] + 1}" if start[1] == end[1] else NO_NAME,
            name_zh=f"第{start[1] + 1}街" if start[1] == end[1] else NO_NAME_ZH[number % 4],
        )
        for number, (start, end) in enumerate(streets)
    ]


def write_road_network(folder: Path, form: str = "gdb.zip", roads: list[Road] | None = None, **limits: str) -> Path:
    """
    Write roads as the publisher does, or as an analyst exports them.

    Forms: "gdb" a folder, "gdb.zip" as published, "gpkg", "gml" one file per table in a folder. Further limits by
    route (`r12="70 km/h"`) stand beside those of the roads.
    """
    tables = _tables(invented_roads() if roads is None else roads, limits)
    if form == "gpkg":
        path = folder / "RdNet_IRNP.gpkg"
        for table in tables:
            _write(path, *table, driver="GPKG")
        return path
    if form == "gml":
        path = folder / "RdNet_IRNP_GML"
        path.mkdir()
        for name, *table in tables:
            _write(path / f"{name}.gml", name, *table, driver="GML")
        return path
    path = folder / "RdNet_IRNP.gdb"
    for table in tables:
        _write(path, *table, driver="OpenFileGDB")
    return _zipped(path) if form == "gdb.zip" else path


def _tables(roads: list[Road], limits: dict[str, str]) -> list[tuple[str, str, list[Any], dict[str, Any]]]:
    """Return name, kind of geometry, shapes and columns of each table."""
    lines = [_measured(road.parts) for road in roads]
    posted = [road for road in roads if road.limit is not None]
    centrelines = {
        "ROUTE_ID": np.array([road.route for road in roads], dtype="int32"),
        "ST_CODE": np.arange(len(roads), dtype="int32") + 1,
        "STREET_ENAME": [road.name for road in roads],
        "STREET_CNAME": [road.name_zh for road in roads],
        "ALIAS_ENAME": [NO_NAME] * len(roads),
        "ELEVATION": np.array([road.level for road in roads], dtype="int32"),
        "TRAVEL_DIRECTION": np.array([road.way for road in roads], dtype="int32"),
    }
    speed = {
        "ROAD_ROUTE_ID": np.array([*(r.route for r in posted), *(int(name[1:]) for name in limits)], dtype="int32"),
        "SPEED_LIMIT": [*(str(road.limit) for road in posted), *limits.values()],
        "REMARKS": ["NA"] * (len(posted) + len(limits)),
    }
    along = [_measured(road.parts) for road in posted] + [lines[0]] * len(limits)
    turn = {"EDGE1END": ["Y"], "EDGE1FID": np.array([1], dtype="int32"), "EDGE2FID": np.array([2], dtype="int32")}
    zone = {"ROAD_ROUTE_ID": np.array([roads[0].route] * 2, dtype="int32"), "TIME_ZONE": ["0000-2400", "1000-2200"]}
    junction = shapely.points([roads[0].parts[0][0]])
    kind = "Measured MultiLineString"
    return [
        ("CENTERLINE", kind, lines, centrelines),
        *([("SPEED_LIMIT", kind, along, speed)] if along else []),
        ("TURN", kind, lines[:1], turn),
        ("PEDESTRIAN_ZONE", kind, [lines[0]] * 2, zone),
        ("INTERSECTION", "Point", list(junction), {"INT_ID": np.array([1], dtype="int32")}),
    ]


def _measured(parts: tuple[Places, ...]) -> Any:
    """Return parts as one shape with measures: metres from the start of each."""
    return shapely.from_wkt(f"MULTILINESTRING M ({', '.join(_part(part) for part in parts)})")


def _part(places: Places) -> str:
    measures = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(np.array(places), axis=0).T))])
    return "(" + ", ".join(f"{x!r} {y!r} {float(m)!r}" for (x, y), m in zip(places, measures, strict=True)) + ")"


def _write(path: Path, name: str, kind: str, shapes: list[Any], columns: dict[str, Any], *, driver: str) -> None:
    flat = driver == "GML"  # the publisher's GML has two dimensions
    raw = np.array([_wkb(shape, flat=flat) for shape in shapes], dtype=object)
    data = [np.asarray(column, dtype=object) if isinstance(column, list) else column for column in columns.values()]
    more = {} if flat else {"append": path.exists()}
    kind = kind.removeprefix("Measured ") if flat else kind
    write(path, raw, data, list(columns), layer=name, driver=driver, geometry_type=kind, crs="EPSG:2326", **more)


def _wkb(shape: Any, *, flat: bool) -> bytes:
    return shapely.to_wkb(shapely.force_2d(shape) if flat else shape, flavor="iso")


def _zipped(folder: Path) -> Path:
    path = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{folder.name}/{file.name}")
    return path
