"""The infrastructure ledger of a zone: what there is on its land and around it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import pandas as pd
import shapely

from nmplan.crs import M2_PER_HA
from nmplan.measures.roads import METRES_PER_KM
from nmplan.measures.roads import junctions_of
from nmplan.measures.roads import streets_of
from nmplan.measures.stations import open_stations
from nmplan.measures.timetable import open_links

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

    import geopandas as gpd

    from nmplan.study import Sandbox

    Row = tuple[str, float, str, str, str]
    Tables = Mapping[str, Any]

INFRASTRUCTURE_COLUMNS = ["sandbox_id", "item", "amount", "unit", "label_en", "label_zh"]

ROADS_WITHIN_M = 200.0
"""Roads this far outside a zone still serve it; judgement."""

WALK_M = 800.0
"""Stations and suppliers within ten minutes on foot; the usual practice."""

CROSSINGS_WITHIN_M = 5_000.0
"""Crossings in a straight line from the zone; judgement."""

ROAD_CLASSES = {
    "motorway": ("Motorway", "快速公路"),
    "trunk": ("Trunk road", "幹線公路"),
    "primary": ("Primary road", "主要幹路"),
    "secondary": ("Secondary road", "地區幹路"),
    "tertiary": ("Tertiary road", "區內幹路"),
    "residential": ("Residential road", "住宅區道路"),
    "unclassified": ("Minor road", "次要道路"),
    "service": ("Service road", "通道"),
}
"""Classes of road in both languages; others stand under the word the layer has."""


def infrastructure(
    zones: gpd.GeoDataFrame,
    sites: pd.DataFrame,
    land: gpd.GeoDataFrame,
    layers: Tables,
    sandbox: Sandbox,
    year: int,
) -> pd.DataFrame:
    """
    List what each zone has; refused land is left out.

    Parameters
    ----------
    zones, sites
        From `find_sandboxes`: one kind.
    land
        Pieces of land with parcel_id, plot_ratio and status.
    layers
        road_edges, boundary, stations, rail_links, crossings, crossing_services, suppliers and areas, as far as they
        are there; items of a missing layer are left out.
    sandbox
        Its chain and its neighbours.
    year
        Roads, stations and crossings that are open then.

    Returns
    -------
    pandas.DataFrame
        sandbox_id, item, amount, unit and label in both languages. Kilometres of road by class (each street once,
        parts inside the zone and `ROADS_WITHIN_M` round it) and junctions there; stations within `WALK_M` and
        crossings within `CROSSINGS_WITHIN_M`, one row each with the metres to it in a straight line; pieces of land,
        hectares known to be idle, square metres of floor where the plot ratio is known, and the hectares for which
        either is (none: NaN); suppliers of the chain within `WALK_M`; metres to each neighbour. Stations and suppliers
        on the other side of the boundary are not within a walk, and left out.
    """
    wanted = zones[zones["outcome"].ne("refused")]
    pieces = land.set_index("parcel_id")
    streets = streets_of(open_links(layers["road_edges"], year)) if "road_edges" in layers else None
    rows: list[tuple[Any, ...]] = []
    for zone in wanted.itertuples(index=False):
        own = pieces.loc[sites.loc[sites["sandbox_id"].eq(zone.sandbox_id), "parcel_id"]]
        items = list(_land(own))
        items += _roads(zone.geometry, streets) if streets is not None else []
        items += _near(zone.geometry, layers, year)
        items += _partners(zone.geometry, layers, sandbox)
        rows += [(zone.sandbox_id, *item) for item in items]
    return pd.DataFrame(rows, columns=INFRASTRUCTURE_COLUMNS)


def _land(own: gpd.GeoDataFrame) -> Iterator[Row]:
    area = own.geometry.area
    told, ratio = ~own["status"].isin(("unknown", "")), own["plot_ratio"].astype(float)
    idle = own["status"].eq("idle")
    yield "sites", float(len(own)), "", "Sites", "用地數目"
    yield (
        "idle_ha",
        area[told].where(idle, 0.0).sum(min_count=1) / M2_PER_HA,
        "ha",
        "Land known to be idle",
        "已知閒置土地",
    )
    yield "status_known_ha", area[told].sum() / M2_PER_HA, "ha", "Land whose status is known", "狀況已知的土地"
    yield (
        "gfa_m2",
        (ratio * area).sum(min_count=1),
        "m²",
        "Floor space where the plot ratio is known",
        "地積比率已知部分的樓面面積",
    )
    known_ha = area[ratio.notna()].sum() / M2_PER_HA
    yield "plot_ratio_known_ha", known_ha, "ha", "Land whose plot ratio is known", "地積比率已知的土地"


def _roads(shape: shapely.Geometry, streets: gpd.GeoDataFrame) -> Iterator[Row]:
    around = shapely.buffer(shape, ROADS_WITHIN_M)
    near = streets[streets.intersects(around)]
    lengths = near.intersection(around).length.groupby(near["highway"]).sum() / METRES_PER_KM
    for road, km in lengths.items():
        english, chinese = _road_class(str(road))
        yield (
            f"road_km:{road}",
            float(km),
            "km",
            f"{english}, in the zone and {ROADS_WITHIN_M:g} m round it",
            f"{chinese}（區內及周邊{ROADS_WITHIN_M:g}米）",
        )
    # a junction of the whole network, not of what is left of it round the zone
    inside = int(shapely.intersects(around, junctions_of(streets)).sum())
    yield (
        "junctions",
        float(inside),
        "",
        f"Junctions, in the zone and {ROADS_WITHIN_M:g} m round it",
        f"路口（區內及周邊{ROADS_WITHIN_M:g}米）",
    )


def _road_class(road: str) -> tuple[str, str]:
    base = road.removesuffix("_link")
    english, chinese = ROAD_CLASSES.get(base, (base, base))
    return (english, chinese) if base == road else (f"{english}, slip road", f"{chinese}連接路")


def _near(shape: shapely.Geometry, layers: Tables, year: int) -> Iterator[Row]:
    """List stations and crossings by name, nearest first, each with the metres to it."""
    if "stations" in layers:
        stations = open_stations(layers["stations"], layers.get("rail_links"), year)
        for found, away in _within(shape, _this_side(shape, stations, layers), WALK_M):
            yield f"station:{found.station_id}", away, "m", f"Station: {found.name_en}", f"車站：{found.name_zh}"
    if "crossings" in layers:
        crossings = _open_crossings(layers["crossings"], layers.get("crossing_services"), year)
        for found, away in _within(shape, crossings, CROSSINGS_WITHIN_M):
            yield f"crossing:{found.crossing_id}", away, "m", f"Crossing: {found.name_en}", f"口岸：{found.name_zh}"


def _open_crossings(crossings: gpd.GeoDataFrame, services: pd.DataFrame | None, year: int) -> gpd.GeoDataFrame:
    there = crossings["status"].ne("closed")
    if services is not None:
        running = services[~(services["valid_from"] > year) & ~(services["valid_to"] <= year)]
        there &= crossings["crossing_id"].isin(running["crossing_id"])
    return crossings[there]


def _partners(shape: shapely.Geometry, layers: Tables, sandbox: Sandbox) -> Iterator[Row]:
    if "suppliers" in layers:
        firms = layers["suppliers"]
        own = firms[firms["chain"].eq(sandbox.chain)]
        near = len(_within(shape, _this_side(shape, own, layers), WALK_M))
        yield (
            "suppliers",
            float(near),
            "",
            f"Suppliers of the chain within {WALK_M:g} m",
            f"{WALK_M:g}米內的產業鏈供應商",
        )
    if "areas" in layers:
        partners = layers["areas"][layers["areas"]["area_id"].isin(sandbox.neighbours)]
        for found, away in _within(shape, partners, float("inf")):
            yield f"neighbour:{found.area_id}", away, "m", f"Neighbour: {found.name_en}", f"毗鄰：{found.name_zh}"


def _this_side(shape: shapely.Geometry, things: gpd.GeoDataFrame, layers: Tables) -> gpd.GeoDataFrame:
    """Return the things that the boundary does not cut off from the zone."""
    if "boundary" not in layers:
        return things
    ways = shapely.shortest_line(things.geometry.to_numpy(), shape)
    return things[~shapely.intersects(ways, layers["boundary"].geometry.union_all())]


def _within(shape: shapely.Geometry, things: gpd.GeoDataFrame, metres: float) -> list[tuple[Any, float]]:
    """Return the rows of things within a distance, nearest first, each with its distance."""
    away = shapely.distance(things.geometry.to_numpy(), shape)
    rows = [(row, float(d)) for row, d in zip(things.itertuples(), away, strict=True) if d <= metres]
    return sorted(rows, key=lambda each: each[1])
