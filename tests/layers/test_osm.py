from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pytest
import shapely
from published.osm import EAST
from published.osm import NORTH
from published.osm import Extract
from published.osm import add_features
from published.osm import junction
from published.osm import write_features
from published.osm import write_graphml
from published.osm import write_streets
from published.osm import write_town

from nmplan.errors import LayerError
from nmplan.layers.osm import FEATURES
from nmplan.layers.osm import STREETS
from nmplan.layers.osm import read_osm
from nmplan.layers.roads import complete_roads
from nmplan.layers.roads import graph_from_roads
from nmplan.layers.sources import bundled_folder
from nmplan.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.errors import Fault
    from nmplan.layers.contracts import Layer

EVERYTHING = (*STREETS, *FEATURES)
STRENGTH = {"semiconductors": 1, "ai-computing": 2}
CENTIMETRES = 0.03
"""Files hold degrees with seven decimals."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Layer]:
    return read_osm(EVERYTHING, [write_town(tmp_path_factory.mktemp("town"))], strength=STRENGTH)


@pytest.fixture(scope="module")
def edges(town: dict[str, Layer]) -> gpd.GeoDataFrame:
    return town["road_edges"].frame


def told(layer: Layer) -> dict[str, int]:
    return {note.what: note.count for note in layer.notes}


def faults_of(layers: Any, *paths: Path, **options: Any) -> list[Fault]:
    with pytest.raises(LayerError) as caught:
        read_osm(layers, list(paths), **{"strength": STRENGTH, **options})
    assert all(fault.source and fault.mend for fault in caught.value.faults)
    return caught.value.faults


def ends(edges: gpd.GeoDataFrame) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where streets start and end, in metres of the fixture."""

    def place(line: shapely.LineString, at: int) -> tuple[int, int]:
        x, y = line.coords[at]
        return round(x - EAST), round(y - NORTH)

    return [(place(line, 0), place(line, -1)) for line in edges.geometry]


def write(folder: Path, text: str, name: str = "file.osm") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def streets_only(folder: Path, *ways: tuple[list[tuple[float, float]], dict[str, str]]) -> Path:
    extract = Extract()
    for places, tags in ways:
        extract.way(places, tags)
    return extract.write(folder / "ways.osm")


# --- streets ---------------------------------------------------------------------------------------------------------


def test_lengths_are_those_of_the_ground(edges: gpd.GeoDataFrame) -> None:
    road = edges[edges["name_en"].eq("Castle Peak Road - San Tin")]
    bent = 2 * (100**2 + 50**2) ** 0.5
    assert sorted(road["length"]) == pytest.approx([200, 200, 200, bent], abs=CENTIMETRES)


def test_trap_osmnx_measures_on_a_sphere(tmp_path: Path) -> None:
    path = write_streets(tmp_path)
    own = osmnx.graph_to_gdfs(osmnx.graph_from_xml(path, simplify=False, retain_all=True), nodes=False)
    north = own[own["highway"].eq("primary")]["length"]
    assert (north / 200 - 1).abs().min() > 0.003  # 0.4 % too long from south to north
    ours = read_osm(STREETS, [path])["road_edges"].frame
    assert ours.loc[ours["highway"].eq("primary"), "length"].tolist() == pytest.approx([200] * 4, abs=CENTIMETRES)


def test_one_way_streets_run_as_signed(edges: gpd.GeoDataFrame) -> None:
    east, west = (edges[edges["name_en"].eq(name)] for name in ("East Road", "West Lane"))
    assert east["oneway"].all()
    assert west["oneway"].all()
    assert sorted(ends(east)) == [(junction(i, 1), junction(i + 1, 1)) for i in range(4)]
    assert sorted(ends(west)) == [(junction(i + 1, 3), junction(i, 3)) for i in range(4)]


def test_trap_a_motorway_is_one_way_without_saying_so(town: dict[str, Layer], edges: gpd.GeoDataFrame) -> None:
    motorway = edges[edges["highway"].eq("motorway")]
    assert motorway["oneway"].all()
    assert sorted(ends(motorway)) == [((-200, 500), (1000, 500)), ((1000, 520), (-200, 520))]
    assert told(town["road_edges"])["motorways without oneway, taken as one-way as OpenStreetMap implies"] == 1


def test_a_street_that_changes_direction_is_open_both_ways_and_told(
    town: dict[str, Layer], edges: gpd.GeoDataFrame
) -> None:
    column = [x == 600 and start[0] == end[0] for (start, end) in ends(edges) for x in [start[0]]]
    assert not edges[column]["oneway"].any()
    assert told(town["road_edges"])["streets whose direction changes with the hour, taken as open both ways"] == 1


def test_a_bridge_is_no_junction(edges: gpd.GeoDataFrame) -> None:
    assert edges.loc[edges["highway"].eq("motorway"), "length"].tolist() == pytest.approx([1200] * 2, abs=CENTIMETRES)


def test_a_roundabout_is_driven_clockwise(edges: gpd.GeoDataFrame) -> None:
    ring = edges[edges.geometry.map(lambda line: len(line.coords) == 5)]
    assert ring["oneway"].all()
    assert sorted(ends(ring)) == [((400, -230), (400, -170)), ((400, -170), (400, -230))]
    whole = shapely.LinearRing([*ring.geometry.iloc[0].coords, *ring.geometry.iloc[1].coords[1:]])
    assert not whole.is_ccw
    assert ring["length"].sum() == pytest.approx(8 * 2 * 30 * np.sin(np.pi / 8), abs=CENTIMETRES)  # an octagon


def test_a_roundabout_may_say_that_it_is_two_way(tmp_path: Path) -> None:
    ring = [(0.0, 0.0), (50.0, 50.0), (0.0, 100.0), (-50.0, 50.0), (0.0, 0.0)]
    path = streets_only(
        tmp_path,
        (ring, {"highway": "tertiary", "junction": "roundabout", "oneway": "no"}),
        ([(0.0, 0.0), (0.0, -100.0)], {"highway": "tertiary"}),
        ([(0.0, 100.0), (0.0, 200.0)], {"highway": "tertiary"}),
    )
    frame = read_osm(STREETS, [path])["road_edges"].frame
    assert len(frame) == 4
    assert not frame["oneway"].any()


def test_an_unknown_direction_is_told(tmp_path: Path) -> None:
    path = streets_only(tmp_path, ([(0.0, 0.0), (99.0, 0.0)], {"highway": "service", "oneway": "perhaps"}))
    layer = read_osm(STREETS, [path])["road_edges"]
    assert told(layer) == {"streets with oneway=perhaps, taken as open both ways": 1}
    assert not layer.frame["oneway"].any()


def test_speed_limits_names_and_classes(edges: gpd.GeoDataFrame) -> None:
    by_name = edges.drop_duplicates("name_en").set_index("name_en")
    assert by_name.loc["Castle Peak Road - San Tin", ["name_zh", "speed_kph"]].tolist() == ["青山公路 - 新田段", 50]
    assert by_name.loc["San Tin Highway", ["name_zh", "speed_kph"]].tolist() == ["新田公路", 50]
    assert by_name.loc["Kwu Tung Road", ["name_zh", "speed_kph"]].tolist() == ["古洞路", 60]
    assert by_name.loc["Mai Po Road", "speed_kph"] == pytest.approx(30 * 1.609344)
    assert by_name.loc["West Lane", "speed_kph"] != by_name.loc["West Lane", "speed_kph"]  # none is signed


def test_trap_osmnx_lists_the_values_of_joined_streets_in_any_order(tmp_path: Path) -> None:
    tags = {"highway": "residential", "name": "一街 First Street"}
    path = streets_only(
        tmp_path,
        ([(0.0, 0.0), (100.0, 0.0)], tags),
        ([(100.0, 0.0), (250.0, 0.0)], {**tags, "highway": "service", "maxspeed": "30"}),
    )
    joined = osmnx.graph_from_xml(path)
    assert {type(data["highway"]) for _, _, data in joined.edges(data=True)} == {list}
    frame = read_osm(STREETS, [path])["road_edges"].frame.sort_values("length")
    assert frame["highway"].tolist() == ["residential", "service"]
    assert frame["length"].tolist() == pytest.approx([100, 150], abs=CENTIMETRES)


def test_ways_closed_to_cars_are_left_out_and_counted(town: dict[str, Layer], edges: gpd.GeoDataFrame) -> None:
    counts = {what: count for what, count in told(town["road_edges"]).items() if what.startswith("ways left out")}
    assert counts == {
        "ways left out, highway=footway": 2,
        "ways left out, highway=construction": 1,
        "ways left out, highway=proposed": 1,
        "ways left out, service=parking_aisle": 1,
        "ways left out, access=private": 1,
        "ways left out, motor_vehicle=no": 1,
    }
    assert not edges["name_en"].eq("Riverside Path").any()


def test_trap_osmnx_makes_streets_of_buildings(tmp_path: Path) -> None:
    extract = Extract()
    extract.ring(0, 0, 40, 30, {"building": "yes"})
    extract.way([(100.0, 0.0), (200.0, 0.0)], {"highway": "service"})
    path = extract.write(tmp_path / "yard.osm")
    assert len(osmnx.graph_from_xml(path, simplify=False, retain_all=True).edges) > 2
    assert len(read_osm(STREETS, [path])["road_edges"].frame) == 1


def test_trap_osmnx_stops_at_a_way_whose_nodes_the_extract_lacks(tmp_path: Path) -> None:
    path = write_town(tmp_path)
    with pytest.raises(ValueError, match="missing nodes"):
        osmnx.graph_from_xml(path)
    layer = read_osm(STREETS, [path])["road_edges"]
    assert told(layer)["streets cut where the extract lacks their nodes"] == 1
    # of its nodes at 900, 1000, 1100 and 1200 m the third is missing: 100 m are left
    (left,) = layer.frame.loc[layer.frame["highway"].eq("service") & layer.frame["length"].lt(150), "length"]
    assert left == pytest.approx(100, abs=CENTIMETRES)


def test_a_gap_in_the_middle_leaves_both_ends(tmp_path: Path) -> None:
    extract = Extract()
    places = [(100.0 * at, 0.0) for at in range(6)]
    extract.way(places, {"highway": "service"}, missing=(2,))
    frame = read_osm(STREETS, [extract.write(tmp_path / "gap.osm")])["road_edges"].frame
    assert sorted(frame["length"]) == pytest.approx([100, 200], abs=CENTIMETRES)


def test_streets_across_the_boundary_are_left_out(town: dict[str, Layer], edges: gpd.GeoDataFrame) -> None:
    assert told(town["road_edges"])["streets across the boundary, left out: people and goods take the crossings"] == 1
    assert {"San Sham Road"} <= set(edges["name_en"])
    assert {"福田路"} <= set(edges["name_zh"])
    graph = nx.Graph(zip(edges["u"], edges["v"], strict=True))
    here, there = (edges.loc[edges["name_zh"].eq(name), "u"].iloc[0] for name in ("新深路", "福田路"))
    assert not nx.has_path(graph, here, there)


def test_pieces_that_nothing_leads_to_are_told(town: dict[str, Layer]) -> None:
    # the rest of the service road that was cut; the street in Shenzhen is that side's largest piece
    assert told(town["road_edges"])["streets that no other way leads to, in pieces of their own"] == 1


def test_what_was_deleted_is_gone(edges: gpd.GeoDataFrame) -> None:
    assert not edges["name_en"].eq("Demolished Street").any()


def test_the_bundled_study_has_a_speed_for_every_street(town: dict[str, Layer]) -> None:
    speeds = Study.load(bundled_folder() / "study.toml").travel.speeds_kph
    nodes, edges = complete_roads(town["road_nodes"].frame, town["road_edges"].frame, speeds, "san-tin.osm")
    assert edges.frame["speed_kph"].ge(15).all()
    assert len(nodes.frame) == len(town["road_nodes"].frame)


def test_osmnx_functions_work_on_the_layers(town: dict[str, Layer]) -> None:
    graph = graph_from_roads(town["road_nodes"].frame, town["road_edges"].frame)
    nx.set_node_attributes(graph, osmnx.stats.count_streets_per_node(graph), "street_count")
    stats = osmnx.basic_stats(graph)
    assert stats["n"] == len(town["road_nodes"].frame)
    assert stats["street_length_total"] == pytest.approx(town["road_edges"].frame["length"].sum())
    numbered = nx.relabel_nodes(graph, int)  # nearest_nodes wants whole numbers
    places = [junction(0, 0), junction(2, 2)]
    start, end = osmnx.nearest_nodes(numbered, [EAST + x for x, _ in places], [NORTH + y for _, y in places])
    path = osmnx.shortest_path(numbered, int(start), int(end), weight="length")
    assert nx.path_weight(numbered, path, "length") == pytest.approx(800, abs=4 * CENTIMETRES)


# --- features --------------------------------------------------------------------------------------------------------


def by_name(layer: Layer, *columns: str) -> dict[str, Any]:
    frame = pd.DataFrame(layer.frame)
    names = frame["name_en"].where(frame["name_en"].ne(""), frame["name_zh"])
    return dict(zip(names, frame[list(columns)].itertuples(index=False, name=None), strict=True))


def test_stations(town: dict[str, Layer]) -> None:
    assert by_name(town["stations"], "name_zh", "mode") == {
        "San Tin": ("新田", "heavy-rail"),
        "Hung Shui Kiu": ("洪水橋", "light-rail"),
        "Kwu Tung": ("古洞", "heavy-rail"),
    }
    assert told(town["stations"]) == {"areas and lines taken as a point on them": 1}
    place = town["stations"].frame.set_index("name_en").geometry["San Tin"]
    assert (place.x, place.y) == pytest.approx((EAST + 500, NORTH + 900), abs=CENTIMETRES)


def test_institutions_count_once_and_lie_in_their_jurisdiction(town: dict[str, Layer]) -> None:
    assert by_name(town["talent"], "jurisdiction", "strength_semiconductors", "strength_ai_computing") == {
        "San Tin University": ("hong-kong", 1, 2),
        "Pond College": ("hong-kong", 1, 2),
        "福田大学": ("shenzhen", 1, 2),
        "Songshan Institute": ("greater-bay-area", 1, 2),
    }
    assert told(town["talent"])["institutions without a name left out: most are buildings of another"] == 1
    assert told(town["talent"])["institutions left out that are mapped twice under one name"] == 1
    assert told(town["talent"])["names in Simplified Chinese, as mapped"] == 1


def test_talent_without_strength_is_refused(tmp_path: Path) -> None:
    (fault,) = faults_of(["talent"], write_town(tmp_path), strength={})
    assert "strength = {" in fault.mend


def mainland_institute(folder: Path, place: tuple[float, float]) -> Path:
    extract = Extract()
    extract.node(place, amenity="university", name="Institute")
    return extract.write(folder / "institute.osm")


def test_where_nothing_tells_the_city_it_is_asked_for(tmp_path: Path) -> None:
    path = mainland_institute(tmp_path, (0.0, 9000.0))
    (fault,) = faults_of(["talent"], path)
    assert fault.where == "node/1000000002"
    assert "do not say in which city" in fault.what
    for options in ({"mainland": "shenzhen"}, {"jurisdictions": {"node/1000000002": "shenzhen"}}):
        frame = read_osm(["talent"], [path], strength=STRENGTH, **options)["talent"].frame
        assert frame["jurisdiction"].tolist() == ["shenzhen"]


def test_a_place_near_the_boundary_is_told(tmp_path: Path) -> None:
    layer = read_osm(["talent"], [mainland_institute(tmp_path, (287.0, 3640.0))], strength=STRENGTH)["talent"]
    assert layer.frame["jurisdiction"].tolist() == ["hong-kong"]
    assert told(layer) == {"institutions near the boundary, whose side is judged by its generalised course": 1}


def test_a_jurisdiction_that_is_none_is_refused(tmp_path: Path) -> None:
    options = {"mainland": "Shenzhen", "jurisdictions": {"way/1": "border"}}
    faults = faults_of(["talent"], write_town(tmp_path), **options)
    assert [fault.where for fault in faults] == ["mainland", "way/1"]


def test_land_uses_become_zones(town: dict[str, Layer]) -> None:
    zones = town["zoning"].frame
    areas = dict(zip(zones["zone_label"] + " " + zones["zone"], zones.area, strict=True))
    # by hand: 400 × 300 m less the hole of 100 × 100; the town 800 × 800 less the shops 100 × 100
    assert areas["landuse=industrial industrial"] == pytest.approx(110_000, rel=1e-3)
    assert areas["landuse=retail commercial"] == pytest.approx(10_000, rel=1e-3)
    assert areas["landuse=port logistics"] == pytest.approx(90_000, rel=1e-3)
    residential = zones[zones["zone"].eq("residential")].area
    assert sorted(residential) == pytest.approx([90_000, 630_000], rel=1e-3)
    assert zones["desc_en"].str.contains("not a statutory zone").all()
    assert told(town["zoning"])["features left out, landuse of other kinds: forest 1, grass 1"] == 2
    assert told(town["zoning"])["features left out that are mapped as a point or line"] == 1
    assert told(town["zoning"])["outlines cut back where they overlap"] == 1


def test_zones_do_not_overlap(town: dict[str, Layer]) -> None:
    zones = town["zoning"].frame
    assert zones.area.sum() == pytest.approx(zones.union_all().area, abs=1)


def test_sensitive_uses(town: dict[str, Layer]) -> None:
    assert by_name(town["sensitive_uses"], "kind", "accuracy_m") == {
        "<b>'Sunny' & \"Co\"</b>": ("school", 100),
        "San Tin Public School": ("school", 20),
        "North Hospital": ("hospital", 20),
        "新田新市鎮": ("housing", 20),
        "Yan Shau Wai": ("village", 20),
    }


def test_constraints(town: dict[str, Layer]) -> None:
    assert by_name(town["constraints"], "kind") == {
        "": ("water",),
        "Mai Po Nature Reserve": ("conservation",),
        "Lam Tsuen Country Park": ("country-park",),
    }
    what = "features left out whose geometry cannot be built from the extract"
    (note,) = [note for note in town["constraints"].notes if note.what == what]
    assert note.count == 1
    assert re.fullmatch(r"relation/\d+", note.features[0])


def test_place_names(town: dict[str, Layer]) -> None:
    assert by_name(town["place_names"], "name_zh", "kind", "min_zoom") == {
        "San Tin": ("新田", "village", 13),
        "落馬洲": ("落馬洲", "village", 13),
        "Sheung Shui": ("上水", "town", 10),
    }
    assert told(town["place_names"])["features left out, place of other kinds: locality 1"] == 1


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_layer_names_its_source_and_accuracy(town: dict[str, Layer], name: str) -> None:
    frame = town[name].frame
    assert frame["source"].eq("OpenStreetMap contributors").all()
    assert frame["accuracy_m"].gt(0).all()
    assert frame.crs == "EPSG:2326"


def test_trap_a_tag_named_id_displaces_the_id_in_osmnx(tmp_path: Path) -> None:
    extract = Extract()
    extract.node((0.0, 0.0), railway="station", name="A", id="5")
    path = extract.write(tmp_path / "id.osm")
    assert osmnx.features_from_xml(path).index[0] == ("node", "5")
    assert read_osm(["stations"], [path])["stations"].frame["station_id"].tolist() == ["node/1000000002"]


@pytest.mark.parametrize("name", ["features.gpkg", "features.geojson"])
def test_saved_features_give_the_same_layers(tmp_path: Path, name: str) -> None:
    found = read_osm(FEATURES, [write_features(tmp_path, name)], strength=STRENGTH)
    source = read_osm(FEATURES, [tmp_path / "features.osm"], strength=STRENGTH)
    for layer in FEATURES:
        ours, theirs = (layers[layer].frame for layers in (found, source))
        columns = [column for column in ours.columns if column != "geometry"]
        pd.testing.assert_frame_equal(
            pd.DataFrame(ours[columns]).sort_values(columns, ignore_index=True),
            pd.DataFrame(theirs[columns]).sort_values(columns, ignore_index=True),
        )
        assert ours.area.sum() == pytest.approx(theirs.area.sum(), rel=1e-6)


GEOJSON = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": %s,
 "geometry": {"type": "Point", "coordinates": [114.07, 22.49]}}]}"""


@pytest.mark.parametrize(
    ("properties", "station"),
    [
        ('{"@id": "node/7", "railway": "station", "name": "新田 San Tin"}', "node/7"),
        ('{"osm_id": "7", "name": "新田 San Tin", "other_tags": "\\"railway\\"=>\\"station\\",\\"x\\"=>\\"y\\""}', "7"),
        ('{"id": 7, "element": "node", "tags": {"railway": "station", "name": "新田 San Tin"}}', "node/7"),
        ('{"railway": "station", "name": "新田 San Tin", "tags": "broken {"}', "export-0/1"),
    ],
)
def test_features_may_be_written_by_other_programs(tmp_path: Path, properties: str, station: str) -> None:
    path = write(tmp_path, GEOJSON % properties, "export.geojson")
    frame = read_osm(["stations"], [path])["stations"].frame
    assert frame[["station_id", "name_en", "name_zh"]].to_numpy().tolist() == [[station, "San Tin", "新田"]]


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["town.osm.gz", "town.osm.bz2", "town.xml"])
def test_packed_files_are_read(edges: gpd.GeoDataFrame, tmp_path: Path, name: str) -> None:
    packed = read_osm(STREETS, [write_town(tmp_path, name)])["road_edges"].frame
    pd.testing.assert_frame_equal(pd.DataFrame(packed), pd.DataFrame(edges))


def test_a_folder_and_overlapping_files_count_each_element_once(edges: gpd.GeoDataFrame, tmp_path: Path) -> None:
    write_town(tmp_path, "a.osm")
    write_town(tmp_path, "b.osm.gz")
    write(tmp_path, "not for us", "README.txt")
    found = read_osm([*STREETS, "stations"], [tmp_path])
    assert len(found["road_edges"].frame) == len(edges)
    assert len(found["stations"].frame) == 3


def test_layers_come_in_the_order_asked_for(tmp_path: Path) -> None:
    assert list(read_osm(["zoning", "road_edges"], [write_town(tmp_path)])) == ["zoning", "road_edges"]


def test_all_broken_files_are_told_at_once(tmp_path: Path) -> None:
    faults = faults_of(STREETS, write(tmp_path, "", "a.osm"), write(tmp_path, "<gpx/>", "b.osm"))
    assert [fault.source for fault in faults] == ["a.osm", "b.osm"]


def test_pbf_and_unknown_layers_are_told_at_once(tmp_path: Path) -> None:
    faults = faults_of(["parcels"], write(tmp_path, "", "hong-kong.osm.pbf"))
    assert [fault.where for fault in faults] == ["layers.parcels", ""]
    assert "osmium" in faults[1].mend


def test_an_empty_extract_lacks_every_layer(tmp_path: Path) -> None:
    faults = faults_of(EVERYTHING, write(tmp_path, "<osm version='0.6'/>"))
    assert len(faults) == 1 + len(FEATURES)  # the streets, and each layer of features
    assert all(fault.source == "file.osm" for fault in faults)


def test_streets_need_one_source(tmp_path: Path) -> None:
    graph, features = write_graphml(tmp_path), write_features(tmp_path)
    for paths in ([features], [graph, write_town(tmp_path)]):
        (fault,) = faults_of(STREETS, *paths)
        assert fault.where == "layers.road_edges"


def test_a_file_of_features_that_is_none_is_told(tmp_path: Path) -> None:
    (fault,) = faults_of(["stations"], write(tmp_path, "{", "broken.geojson"))
    assert fault.source == "broken.geojson"


def test_places_far_away_are_refused(tmp_path: Path) -> None:
    text = (
        "<osm><node id='1' lat='51.5' lon='-0.1'/><node id='2' lat='51.6' lon='-0.1'/>"
        "<way id='3'><nd ref='1'/><nd ref='2'/><tag k='highway' v='service'/></way></osm>"
    )
    assert "outside the Greater Bay Area" in faults_of(STREETS, write(tmp_path, text))[0].what


def test_ways_of_one_node_or_none_do_no_harm(tmp_path: Path) -> None:
    extract = Extract()
    add_features(extract)
    extract.way([], {"landuse": "industrial"})
    extract.way([(0.0, 0.0)], {"landuse": "industrial", "highway": "service"})
    layer = read_osm(["zoning"], [extract.write(tmp_path / "odd.osm")])["zoning"]
    assert told(layer)["features left out whose geometry cannot be built from the extract"] == 2


def test_osmnx_settings_are_left_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osmnx.settings, "all_oneway", True)
    before = list(osmnx.settings.useful_tags_way)
    frame = read_osm(STREETS, [write_town(tmp_path)])["road_edges"].frame
    assert not frame["oneway"].all()
    assert osmnx.settings.all_oneway
    assert osmnx.settings.useful_tags_way == before


def test_the_arguments_of_the_study_are_plain() -> None:
    assert list(inspect.signature(read_osm).parameters) == [
        "layers",
        "paths",
        "crs",
        "strength",
        "mainland",
        "jurisdictions",
    ]
