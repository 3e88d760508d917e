"""
The reference geography held against the real extracts, in the folder named by NMPLAN_REAL_DATA.

What cannot be tested here, because no extract holds it: the Shenzhen half (its roads, its suppliers, its hills, the far
sides of the crossings), lines and stations that are planned, the outlines of the zones (no statutory plan is at hand)
and whatever the tables call judgement. Every exception stands by name with its reason.

The figures behind each verdict are printed: `pytest tests/real/test_reference_tolerances.py -s`.
"""

from __future__ import annotations

import os
import sys
from itertools import combinations
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from exactextract import exact_extract

from nmplan.layers.load import derive_sites
from nmplan.layers.reference import read_reference
from nmplan.layers.reference import read_reference_terrain
from nmplan.layers.sources import bundled_folder
from nmplan.layers.terrain import write_terrain
from nmplan.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Tell = Callable[[str], None]

DATA = os.environ.get("NMPLAN_REAL_DATA", "")
if not DATA and os.environ.get("NMPLAN_REQUIRE_REAL"):
    pytest.fail("NMPLAN_REQUIRE_REAL is set, but NMPLAN_REAL_DATA names no folder", pytrace=False)
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA, reason="NMPLAN_REAL_DATA names no folder of real extracts"),
]

THIS_YEAR = 2026
STATION_M = 80
CROSSING_M = 150
STOP_M = 120
LINE_SHARE = 0.1
BOUNDARY_P95_M = 120
BOUNDARY_STEP_M = 50
ROAD_SHARE = 0.06
PAIR_SHARE = 0.15
PAIR_FROM_M = 3_000
STREET_M = 60
"""A junction may stand on any street that near; one farther from every street is not on the bus network."""
SEA_HA = 400
"""Pieces of water above this size are sea, but for Plover Cove and High Island, far from any zone."""
SHORE_M = 40
"""Zones at a quay may reach that far over the water line: 25 m are the accuracy of a map at 1:50,000, the rest ours."""
OUTSIDE_M2 = 2_000
"""Along the river our line and the district file differ by some tens of metres: a strip of a zone may lie between."""
HEIGHT_MEAN_M = 6
HEIGHT_P95_M = 20
"""What the surface through spot heights is held to at the zones: it says "low ground" or "hill", no more."""

CONTROL_POINTS = {
    "lo-wu": "rrjw118wSG",
    "lok-ma-chau-spur-line": "f6H8osJ3km",
    "lok-ma-chau": "XzF1ijL3Na",
    "man-kam-to": "kB3NSMEjqg",
    "heung-yuen-wai": "t8Ac7vlzwq",
    "sha-tau-kok": "hnttEECgal",
    "west-kowloon": "OemjgMeuTk",
}
CROSSINGS_WITHOUT_POINT = {
    "shenzhen-bay": "the joint hall stands on the Shenzhen side, 840 m north of the Department's point",
    "huanggang-new": "planned: the Department has no point for it yet",
    "hetao-bridge": "planned: for registered staff of both parks only",
}
STATIONS_WITHOUT_POINT = {
    "Lai Chi Kok": "the table of exits lacks it",
    "Lai King": "the table of exits lacks it",
    "Racecourse": "opened on race days only: not in the table of exits",
    "Hong Kong West Kowloon": "terminus of the Express Rail Link: not in the table of MTR exits",
}
ROADS_OFF_THE_NETWORK: dict[tuple[str, str], str] = {}
JOINT_IN_SHENZHEN = {
    "shenzhen-bay": "co-located: the Hong Kong port area lies inside Shenzhen",
    "huanggang-new": "co-located: the Hong Kong port area will lie inside Shenzhen",
}
JOINT_IN_HONG_KONG = {
    "west-kowloon": "co-located: the Mainland Port Area lies inside the station at West Kowloon",
}
PORT_NODES_IN_HONG_KONG = {"lmc", "hyw", "mkt", "stk"}
PORT_NODES_IN_SHENZHEN = {
    "szbp-hk", "szbp-sz", "hgp", "ftp", "wjd", "luohu", "ltp", "stj", "huanggang-new-hk",
}  # fmt: skip


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]) -> Tell:
    """Print a figure past pytest's capture, and keep it in the report."""

    def say(figure: str) -> None:
        record_property("figure", figure)
        with capsys.disabled():
            sys.stdout.write(f"\n    {figure}")

    return say


def extract(path: str, **options: Any) -> gpd.GeoDataFrame:
    return gpd.read_file(Path(DATA) / path, **options).to_crs("EPSG:2326")


def layer(name: str) -> gpd.GeoDataFrame:
    return read_reference(name).frame


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(
        bundled_folder() / "data" / "raw" / "reference" / name, dtype=str, keep_default_na=False, encoding="utf-8-sig"
    )


def along(line: shapely.LineString, step_m: float) -> NDArray[Any]:
    return np.asarray(shapely.line_interpolate_point(line, np.arange(0, line.length, step_m)))


@pytest.fixture(scope="module")
def course() -> shapely.LineString:
    """Our boundary from the Pearl River estuary to Mirs Bay, west to east."""
    line = shapely.line_merge(shapely.union_all(layer("boundary").geometry.to_numpy()))
    assert isinstance(line, shapely.LineString), "the three parts of the boundary do not meet"
    return line if line.coords[0][0] < line.coords[-1][0] else shapely.reverse(line)


@pytest.fixture(scope="module")
def hong_kong(course: shapely.LineString) -> shapely.Polygon:
    """The ground south of our boundary."""
    far_south = 790_000
    return shapely.Polygon([*course.coords, (course.coords[-1][0], far_south), (course.coords[0][0], far_south)])


@pytest.fixture(scope="module")
def districts() -> shapely.Polygon:
    return extract("boundaries/hk_district_boundary_DCD_epsg2326.geojson").union_all()


@pytest.fixture(scope="module")
def the_loop() -> shapely.Polygon:
    areas = layer("areas").set_index("area_id")
    return areas.geometry["hetao"]


@pytest.fixture(scope="module")
def sites() -> gpd.GeoDataFrame:
    study = Study.load(bundled_folder() / "study.toml")
    assert study.sites is not None
    return derive_sites({"zoning": layer("zoning")}, study.sites).frame


# Stations -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published_stations() -> gpd.GeoSeries:
    """Stations by English name: mean of their exits, else the station table (Lo Wu, Lok Ma Chau)."""
    exits, northern = (
        pd.read_csv(Path(DATA) / "rail" / name).drop_duplicates("station_en").set_index("station_en")[["lon", "lat"]]
        for name in ("mtr_stations_from_exits.csv", "nnt_mtr_stations.csv")
    )
    both = exits.combine_first(northern)
    return gpd.GeoSeries.from_xy(both["lon"], both["lat"], index=both.index, crs="EPSG:4326").to_crs("EPSG:2326")


@pytest.fixture(scope="module")
def existing_stations(hong_kong: shapely.Polygon) -> gpd.GeoDataFrame:
    stations = layer("stations")
    opened = stations["opens"].isna() | stations["opens"].le(THIS_YEAR)
    return stations[stations["mode"].isin(["heavy-rail", "high-speed"]) & opened & stations.within(hong_kong)]


def test_existing_stations_stand_within_80_m_of_their_exits(
    existing_stations: gpd.GeoDataFrame, published_stations: gpd.GeoSeries, tell: Tell
) -> None:
    known = existing_stations["name_en"].isin(published_stations.index)
    matched = existing_stations[known]
    there = gpd.GeoSeries(published_stations.loc[matched["name_en"]].to_numpy(), index=matched.index, crs="EPSG:2326")
    off_m = matched.distance(there)
    without = sorted(set(existing_stations.loc[~known, "name_en"]))
    tell(
        f"stations: {len(matched)} matched, mean {off_m.mean():.0f} m, largest {off_m.max():.0f} m; without: {without}"
    )
    assert set(without) <= set(STATIONS_WITHOUT_POINT)
    assert len(matched) >= 40
    assert matched.loc[off_m > STATION_M, "station_id"].tolist() == []


def test_no_station_of_the_northern_new_territories_is_missing(existing_stations: gpd.GeoDataFrame) -> None:
    northern = pd.read_csv(Path(DATA) / "rail" / "nnt_mtr_stations.csv")
    assert set(northern["station_en"]) - set(existing_stations["name_en"]) == set()


# Crossings ----------------------------------------------------------------------------------------------------------


def test_bus_stops_read_off_stand_where_the_operators_have_them(tell: Tell) -> None:
    listed = gpd.read_file(Path(DATA) / "bus" / "nnt_bus_stops_wgs84.geojson").to_crs("EPSG:2326")
    calls = read_reference("bus_lines").frame
    stops = pd.read_csv(bundled_folder() / "data" / "raw" / "reference" / "bus_stops.csv", encoding="utf-8-sig")
    read_off = stops.loc[stops["source"].str.startswith("Position read off"), "stop_id"]
    places = calls[calls["stop_id"].isin(read_off)].drop_duplicates("stop_id")
    away = gpd.sjoin_nearest(places, listed[["geometry"]], distance_col="away").groupby("stop_id")["away"].min()
    tell(f"{len(away)} stops read off: median {away.median():.0f} m, worst {away.max():.0f} m ({away.idxmax()})")
    # both sides of a road are one stop
    assert away.quantile(0.95) <= STOP_M
    assert away.max() <= 2 * STOP_M, away[away > 2 * STOP_M]


def test_lines_that_are_whole_take_the_published_journey_time(tell: Tell) -> None:
    routes = pd.read_csv(Path(DATA) / "bus" / "nnt_bus_routes.csv")
    published = routes.groupby("route")["journey_time"].agg(["min", "max"])
    table = bundled_folder() / "data" / "raw" / "reference" / "bus_lines.csv"
    lines = pd.read_csv(table, encoding="utf-8-sig").merge(published, left_on="route", right_index=True)
    whole = lines[lines["basis"].str.lower().str.match("(published minutes end to end|minutes published)")]
    share = whole["minutes"].clip(whole["min"], whole["max"]) / whole["minutes"]
    tell(f"{len(whole)} lines with published minutes, {(share - 1).abs().max():.0%} off at most")
    assert len(whole) >= 40
    assert share.between(1 - LINE_SHARE, 1 + LINE_SHARE).all(), whole.loc[
        ~share.between(0.9, 1.1), ["route", "minutes"]
    ]


def test_crossings_stand_within_150_m_of_the_immigration_departments_points(tell: Tell) -> None:
    crossings = layer("crossings").set_index("crossing_id").geometry
    points = extract("control_points/immd_control_points_wgs84.geojson").set_index("GMID").geometry
    assert set(crossings.index) - set(CONTROL_POINTS) == set(CROSSINGS_WITHOUT_POINT)
    off_m = {name: crossings[name].distance(points[code]) for name, code in CONTROL_POINTS.items()}
    tell(f"crossings: {len(off_m)} held, largest {max(off_m.values()):.0f} m; without: {CROSSINGS_WITHOUT_POINT}")
    assert {name: round(metres) for name, metres in off_m.items() if metres > CROSSING_M} == {}


def test_no_port_stands_on_the_wrong_side(hong_kong: shapely.Polygon) -> None:
    crossings = layer("crossings").set_index("crossing_id")
    here = crossings.geometry.within(hong_kong)
    there = crossings["shenzhen_side"].within(hong_kong)
    assert set(here.index[~here]) == set(JOINT_IN_SHENZHEN)
    assert set(there.index[there]) == set(JOINT_IN_HONG_KONG)

    nodes = table("road_nodes.csv")
    ports = set(nodes.loc[nodes["kind"].eq("port"), "node_id"])
    inside = layer("road_nodes").set_index("node_id").within(hong_kong)
    assert ports <= PORT_NODES_IN_HONG_KONG | PORT_NODES_IN_SHENZHEN, "say on which side a new port stands"
    assert ports & set(inside.index[inside]) == ports & PORT_NODES_IN_HONG_KONG


# Boundary -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def land_boundary() -> shapely.LineString:
    """Our line from the mouth of the Shenzhen River in Deep Bay to Sha Tau Kok."""
    boundary = layer("boundary")
    (line,) = boundary.geometry[boundary["kind"].eq("land")]
    return line


def stretch(outline: shapely.LineString, ours: shapely.LineString) -> shapely.LineString:
    """Cut from a closed outline the shorter way between the points nearest to our two ends."""
    ring = np.array(shapely.get_coordinates(outline))[:-1]
    first = np.hypot(*(ring - ours.coords[0]).T).argmin()
    ring = np.vstack([np.roll(ring, -first, axis=0), ring[first]])
    last = np.hypot(*(ring - ours.coords[-1]).T).argmin()
    ways = shapely.LineString(ring[: last + 1]), shapely.LineString(ring[last:])
    return min(ways, key=lambda way: float(way.length))


def test_the_land_boundary_keeps_to_the_published_ones(
    land_boundary: shapely.LineString, districts: shapely.Polygon, the_loop: shapely.Polygon, tell: Tell
) -> None:
    """
    Hold points every 50 m and the vertices against the nearer of both files, then both files against our line.

    The Loop is the exception: neither file has it. There the line follows the new river channel. Where the files
    disagree with each other (old meanders of the river, kept by one of them) only the way from our line is held.
    """
    mainland = max(extract("shenzhen/shenzhen_land_boundary.geojson").geometry.explode(), key=lambda part: part.area)
    files = {
        "Home Affairs Department": stretch(districts.exterior, land_boundary),
        "Shenzhen polygon": stretch(mainland.exterior, land_boundary),
    }
    round_the_loop = the_loop.buffer(300)

    def away(points: NDArray[Any]) -> NDArray[Any]:
        outside = points[~shapely.within(points, round_the_loop)]
        return np.min([shapely.distance(outside, line) for line in files.values()], axis=0)

    found = {
        "points every 50 m": away(along(land_boundary, BOUNDARY_STEP_M)),
        "vertices": away(np.asarray(shapely.points(shapely.get_coordinates(land_boundary)))),
    }
    for (name, line), other in zip(files.items(), reversed(files.values()), strict=True):
        points = along(line, BOUNDARY_STEP_M)
        agreed = shapely.distance(points, other) <= BOUNDARY_STEP_M
        held = points[agreed & ~shapely.within(points, round_the_loop)]
        found[f"{name} to our line, where both files agree"] = shapely.distance(held, land_boundary)
    for name, off_m in found.items():
        tell(
            f"boundary, {name}: p95 {np.quantile(off_m, 0.95):.0f} m, largest {off_m.max():.0f} m, {len(off_m)} points"
        )
    p95_m = {name: round(float(np.quantile(off_m, 0.95))) for name, off_m in found.items()}
    assert {name: metres for name, metres in p95_m.items() if metres > BOUNDARY_P95_M} == {}


def test_the_loop_lies_in_hong_kong_on_our_line_and_in_neither_file(
    hong_kong: shapely.Polygon, districts: shapely.Polygon, the_loop: shapely.Polygon, tell: Tell
) -> None:
    inside, in_district = (the_loop.intersection(ground).area / the_loop.area for ground in (hong_kong, districts))
    tell(f"the Loop: {inside:.1%} south of our line, {in_district:.1%} in the district file")
    assert the_loop.buffer(-10).within(hong_kong)
    assert in_district < 0.5


# Roads --------------------------------------------------------------------------------------------------------------


class BusNetwork:
    """
    The clean undirected bus road network, with our junctions put on it in two ways.

    `by_node`: at the node nearest to the junction, what lies between them not counted. The file has nodes only where
    streets meet, at times a kilometre from a junction of ours. `by_point`: at the nearest point of every street within
    60 m, or of the nearest street if there is none, what lies between them counted; so each carriageway is tried.
    """

    def __init__(self) -> None:
        path = "roads/nnt_bus_road_network_clean_undirected_epsg2326.gpkg"
        self.nodes = extract(path, layer="nodes").set_index("node_id").geometry
        self.streets = extract(path, layer="edges")
        self.junctions = layer("road_nodes").set_index("node_id").geometry
        at, off_m = self.nodes.sindex.nearest(self.junctions, return_all=False, return_distance=True)
        self.node = dict(zip(self.junctions.index, self.nodes.index[at[1]], strict=True))
        self.node_off_m = pd.Series(off_m, index=self.junctions.index)
        stops = self._stops()
        self.access = {name: dict(zip(rows["at"], rows["off_m"], strict=True)) for name, rows in stops.groupby("name")}
        self.graph = self._split(dict(list(stops.groupby("street")["share"])))

    def _stops(self) -> pd.DataFrame:
        """Where each junction touches each street: the street, the share of its length, how far off."""
        near = self.streets.sindex.query(self.junctions, predicate="dwithin", distance=STREET_M)
        nearest = self.streets.sindex.nearest(self.junctions, return_all=False)
        pairs = np.unique(np.concatenate([near, nearest], axis=1), axis=1)
        lines, points = self.streets.geometry.to_numpy()[pairs[1]], self.junctions.to_numpy()[pairs[0]]
        share = shapely.line_locate_point(lines, points, normalized=True)
        return pd.DataFrame(
            {
                "name": self.junctions.index[pairs[0]],
                "street": pairs[1],
                "share": share,
                "off_m": shapely.distance(lines, points),
                "at": list(zip(pairs[1].tolist(), share.tolist(), strict=True)),
            }
        )

    def _split(self, shares: dict[int, pd.Series]) -> nx.Graph:
        """Split the streets where our junctions touch them."""
        rows: list[tuple[object, object, float]] = []
        columns = (self.streets["u"], self.streets["v"], self.streets["length_m"])
        for street, (start, end, length_m) in enumerate(zip(*columns, strict=True)):
            inner = [(share, (street, share)) for share in sorted(set(shares.get(street, [])))]
            for (before, one), (after, other) in pairwise([(0.0, start), *inner, (1.0, end)]):
                rows.append((one, other, (after - before) * length_m))
        return shortest_graph(pd.DataFrame(rows, columns=["u", "v", "length_m"]), "length_m")

    def by_node(self, start: str) -> dict[str, float]:
        """Metres from a junction to those that can be reached."""
        found = nx.single_source_dijkstra_path_length(self.graph, self.node[start])
        return {name: found[node] for name, node in self.node.items() if node in found}

    def by_point(self, start: str) -> dict[str, float]:
        """Metres from a junction to those that can be reached."""
        self.graph.add_weighted_edges_from([(start, stop, off_m) for stop, off_m in self.access[start].items()])
        found = nx.single_source_dijkstra_path_length(self.graph, start)
        self.graph.remove_node(start)
        ways = {
            name: [found[stop] + off_m for stop, off_m in stops.items() if stop in found]
            for name, stops in self.access.items()
        }
        return {name: min(metres) for name, metres in ways.items() if metres}


def shortest_graph(edges: pd.DataFrame, length: str) -> nx.Graph:
    graph = nx.Graph()
    longest_first = edges.sort_values(length, ascending=False)
    graph.add_weighted_edges_from(zip(longest_first["u"], longest_first["v"], longest_first[length], strict=True))
    return graph


@pytest.fixture(scope="module")
def network() -> BusNetwork:
    return BusNetwork()


def test_roads_with_basis_network_are_as_long_as_the_network(network: BusNetwork, tell: Tell) -> None:
    """The ends are put on the network in both ways of `BusNetwork`; the nearer of the two lengths is held against."""
    roads = table("road_edges.csv")
    roads = roads[roads["basis"].eq("network")]
    found = {name: (network.by_node(name), network.by_point(name)) for name in sorted(set(roads["from_node"]))}
    off: dict[tuple[str, str], float] = {}
    for start, end, km in zip(roads["from_node"], roads["to_node"], roads["length_km"].astype(float), strict=True):
        lengths = [metres[end] for metres in found[start] if metres.get(end)]
        off[start, end] = min((km * 1_000 / metres - 1 for metres in lengths), key=abs, default=np.inf)
    size = np.abs(list(off.values()))
    over = {pair: f"{share:+.0%}" for pair, share in off.items() if abs(share) > ROAD_SHARE}
    tell(f"roads with basis network: {len(off)}, median deviation {np.median(size):.1%}, over 6 %: {over}")
    assert len(off) >= 60
    assert set(over) - set(ROADS_OFF_THE_NETWORK) == set()
    assert set(ROADS_OFF_THE_NETWORK) - set(over) == set(), "no exception any more"


def test_other_pairs_of_junctions_are_as_far_apart_as_on_the_network(
    network: BusNetwork, hong_kong: shapely.Polygon, tell: Tell
) -> None:
    """Shortest by length, on roads of Hong Kong only; junctions farther than 60 m from every street are left out."""
    edges, points = layer("road_edges"), network.junctions
    here = points.index[points.within(hong_kong)]
    ours = shortest_graph(edges, "length").subgraph(here)
    held = [name for name in sorted(ours) if min(network.access[name].values()) <= STREET_M]
    direct = {frozenset(pair) for pair in zip(edges["u"], edges["v"], strict=True)}
    lengths = dict(nx.all_pairs_dijkstra_path_length(ours))
    real = {name: network.by_point(name) for name in held}
    off = [
        lengths[start][end] / real[start][end] - 1
        for start, end in combinations(held, 2)
        if end in lengths[start]
        and end in real[start]
        and frozenset((start, end)) not in direct
        and points[start].distance(points[end]) > PAIR_FROM_M
    ]
    size = np.abs(off)
    tell(
        f"pairs over 3 km: {len(off)} between {len(held)} of {len(here)} junctions, "
        f"median deviation {np.median(size):.1%}, bias {np.median(off):+.1%}, p90 {np.quantile(size, 0.9):.1%}"
    )
    assert len(off) >= 500
    assert np.median(size) <= PAIR_SHARE


# Zones and sites ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def land_cover() -> gpd.GeoDataFrame:
    cover = extract("landcover/hk_b50k_landcover_epsg2326.gpkg")
    return cover.set_geometry(cover.make_valid())


def test_no_zone_stands_in_the_sea(land_cover: gpd.GeoDataFrame, tell: Tell) -> None:
    """The sea is the open water of the land cover; ponds and channels are land to a plan."""
    water = land_cover[land_cover["landcover"].eq("water") & land_cover.area.gt(SEA_HA * 10_000)]
    zones = layer("zoning").set_index("zone_id")
    wet_ha = zones.intersection(water.union_all()).area / 10_000
    wet = wet_ha[wet_ha > 0.01 * zones.area / 10_000]
    tell(f"zones in the sea: {wet_ha.sum():.2f} ha; over 1 % of a zone: {wet.round(2).to_dict()}")
    assert [name for name in wet.index if zones.geometry[name].buffer(-SHORE_M).intersects(water.union_all())] == []


def test_zones_and_sites_lie_in_hong_kong(
    sites: gpd.GeoDataFrame,
    hong_kong: shapely.Polygon,
    districts: shapely.Polygon,
    the_loop: shapely.Polygon,
    tell: Tell,
) -> None:
    """South of our line, and in the district file, which ends at the old river round the Loop."""
    published = shapely.union(districts, the_loop.buffer(BOUNDARY_P95_M))
    for name, key, frame in (("zones", "zone_id", layer("zoning")), ("sites", "parcel_id", sites)):
        north_m2, outside_m2 = frame.difference(hong_kong).area, frame.difference(published).area
        tell(
            f"{name}: {len(frame)}, north of our line {north_m2.sum():.0f} m², "
            f"outside the districts and the Loop {outside_m2.sum():.0f} m²"
        )
        assert frame.loc[north_m2 > 1, key].tolist() == []
        assert frame.loc[outside_m2 > OUTSIDE_M2, key].tolist() == []


def test_no_site_stands_on_conservation_land(sites: gpd.GeoDataFrame, tell: Tell) -> None:
    constraints = layer("constraints")
    kept = constraints[constraints["kind"].isin(["conservation", "country-park"])]
    zones = layer("zoning")
    zoned = zones[zones["zone"].eq("conservation")]
    for name, ground in (("conservation and country parks", kept), ("zones for conservation", zoned)):
        taken_ha = sites.intersection(ground.union_all()).area / 10_000
        taken = sites.loc[taken_ha > 0.05 * sites.area / 10_000, "parcel_id"].tolist()
        tell(f"sites on {name}: {taken_ha.sum():.2f} ha; over a twentieth of the site: {taken}")
        assert taken == []


def mean_heights(raster: Path, zones: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return exact_extract(str(raster), zones[["geometry"]], ["mean"], output="pandas")["mean"].to_numpy(dtype=float)


def test_mean_heights_of_zones_agree_with_the_terrain_model(tmp_path: Path, tell: Tell) -> None:
    zones = layer("zoning")
    write_terrain(read_reference_terrain(), tmp_path / "ours.tif")
    ours = mean_heights(tmp_path / "ours.tif", zones)
    real = mean_heights(Path(DATA) / "dem" / "hk_landsd_dtm_resampled_70m_epsg2326.tif", zones)
    assert zones.loc[np.isnan(ours), "zone_id"].tolist() == []
    off_m = np.abs(ours - real)
    worst = [f"{zones['zone_id'].iloc[row]} {ours[row]:.0f}/{real[row]:.0f}" for row in np.argsort(-off_m)[:5]]
    tell(
        f"mean height of {len(zones)} zones: mean difference {off_m.mean():.1f} m, "
        f"p95 {np.quantile(off_m, 0.95):.1f} m, bias {(ours - real).mean():+.1f} m; "
        f"largest (ours/real): {', '.join(worst)}"
    )
    assert off_m.mean() <= HEIGHT_MEAN_M
    assert np.quantile(off_m, 0.95) <= HEIGHT_P95_M


def test_spot_heights_on_the_terrain_model_are_read_off_it() -> None:
    import rasterio

    spots = table("spot_heights.csv")
    spots = spots[spots["source"].str.startswith("Lands Department")]
    points = gpd.GeoSeries.from_xy(spots["lon"].astype(float), spots["lat"].astype(float), crs="EPSG:4326")
    with rasterio.open(Path(DATA) / "dem" / "hk_landsd_dtm_resampled_70m_epsg2326.tif") as model:
        real = np.array([value[0] for value in model.sample(points.to_crs("EPSG:2326").get_coordinates().to_numpy())])
    assert len(spots) >= 280
    off_m = np.abs(spots["height_m"].astype(float).to_numpy() - real)
    assert spots.loc[off_m > 1, "height_id"].tolist() == []
