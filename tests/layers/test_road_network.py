from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from published.road_network import HUNG_SHUI_KIU
from published.road_network import LOOP
from published.road_network import NO_NAME_ZH
from published.road_network import SAN_TIN
from published.road_network import Road
from published.road_network import straight
from published.road_network import write_road_network
from pyogrio.raw import write

from nmplan.errors import LayerError
from nmplan.layers.road_network import read_road_network
from nmplan.layers.roads import complete_roads
from nmplan.layers.roads import graph_from_roads
from nmplan.measures.network import Legs
from nmplan.measures.network import Link
from nmplan.measures.network import add_links
from nmplan.measures.network import nodes_only
from nmplan.measures.network import shortest_minutes

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.layers.contracts import Layer

BOTH = ("road_nodes", "road_edges")
X, Y = SAN_TIN
SPEEDS = {"motorway": 85.0, "trunk": 68.0, "unclassified": 28.0}
"""Classes that study.toml knows."""


def at(x: float, y: float) -> tuple[float, float]:
    return X + x, Y + y


def node(x: float, y: float) -> str:
    return f"{X + x:.2f},{Y + y:.2f}"


def read(path: Path, **more: Any) -> tuple[Layer, Layer]:
    layers = read_road_network(BOTH, [path], **more)
    return layers["road_nodes"], layers["road_edges"]


def told(layer: Layer) -> dict[str, int]:
    return {note.what: note.count for note in layer.notes}


def faults_of(path: Path, **more: Any) -> str:
    with pytest.raises(LayerError) as caught:
        read_road_network(BOTH, [path], **more)
    return str(caught.value)


def ends(edges: Layer) -> set[tuple[str, str]]:
    return set(zip(edges.frame["u"], edges.frame["v"], strict=True))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Layer, Layer]:
    return read(write_road_network(tmp_path_factory.mktemp("roads")))


@pytest.mark.parametrize("form", ["gdb", "gpkg", "gml"])
def test_every_form_gives_the_same_roads(form: str, published: tuple[Layer, Layer], tmp_path: Path) -> None:
    found = read(write_road_network(tmp_path, form))
    for ours, theirs in zip(found, published, strict=True):
        assert len(ours.frame) == len(theirs.frame)
        # a geodatabase keeps tenths of millimetres
        assert ours.frame.geometry.geom_equals_exact(theirs.frame.geometry, 1e-3).all()
        tables = (pd.DataFrame(layer.frame.drop(columns="geometry")) for layer in (ours, theirs))
        pd.testing.assert_frame_equal(*tables, atol=1e-3)


def test_a_geodatabase_zipped_without_its_folder_is_read(published: tuple[Layer, Layer], tmp_path: Path) -> None:
    folder = write_road_network(tmp_path, "gdb")
    with zipfile.ZipFile(tmp_path / "Flat.gdb.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    assert len(read(tmp_path / "Flat.gdb.zip")[1].frame) == len(published[1].frame)


def test_reading_leaves_nothing_beside_the_files(tmp_path: Path) -> None:
    folder = write_road_network(tmp_path, "gml")
    for schema in folder.glob("*.xsd"):
        schema.unlink()
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    read(folder)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_trap_3_gml_of_northings_before_eastings_stands_at_san_tin(tmp_path: Path) -> None:
    folder = write_road_network(tmp_path, "gml")
    assert "838000 820" not in (folder / "CENTERLINE.gml").read_text(encoding="utf-8")
    assert f"<gml:posList>{Y - 200:.0f} {X - 200:.0f} " in (folder / "CENTERLINE.gml").read_text(encoding="utf-8")
    nodes, _ = read(folder)
    assert nodes.frame["node_id"].eq(node(0, 0)).sum() == 1
    degrees = nodes.frame.set_index("node_id").geometry.to_crs("EPSG:4326")[node(0, 0)]
    assert (degrees.x, degrees.y) == (pytest.approx(114.0724, abs=2e-3), pytest.approx(22.4876, abs=2e-3))


def test_measures_are_dropped_and_x_and_y_stay(tmp_path: Path) -> None:
    path = write_road_network(tmp_path, "gdb", [straight(1, at(0, 0), at(300, 400), at(300, 500))])
    _, edges = read(path)
    line = edges.frame.geometry.iloc[0]
    assert shapely.get_coordinates(line).tolist() == [list(at(0, 0)), list(at(300, 400)), list(at(300, 500))]
    assert not shapely.has_m(line)
    assert not line.has_z
    assert edges.frame["length"].iloc[0] == pytest.approx(600.0)


def test_names_come_in_both_languages_and_no_name_is_blank_in_all_spellings(tmp_path: Path) -> None:
    roads = [straight(1, at(0, 0), at(9, 0), name="SAN TIN ROAD", name_zh="新田路（北行）")]
    roads += [straight(i + 2, at(0, i + 1), at(9, i + 1), name_zh=spelling) for i, spelling in enumerate(NO_NAME_ZH)]
    _, edges = read(write_road_network(tmp_path, "gpkg", roads))
    assert edges.frame["name_en"].tolist() == ["SAN TIN ROAD", "", "", "", ""]
    assert edges.frame["name_zh"].tolist() == ["新田路（北行）", "", "", "", ""]


def test_directions_as_coded(tmp_path: Path) -> None:
    roads = [straight(way, at(0, 10 * way), at(100, 10 * way), way=way) for way in (1, 2, 3, 4)]
    _, edges = read(write_road_network(tmp_path, "gpkg", roads))
    assert ends(edges) == {(node(0, 10), node(100, 10)), (node(100, 20), node(0, 20)), (node(0, 30), node(100, 30))}
    assert edges.frame["oneway"].tolist() == [False, True, True]
    against = edges.frame.geometry.iloc[1]
    assert against.coords[0] == at(100, 20)
    notes = told(edges)
    assert notes["centrelines with TRAVEL_DIRECTION 2, taken as one-way against the line"] == 1
    assert notes["centrelines with TRAVEL_DIRECTION 4, taken as closed and left out"] == 1


def test_a_missing_direction_is_two_way_and_told(tmp_path: Path) -> None:
    _, edges = read(write_road_network(tmp_path, "gpkg", [straight(7, at(0, 0), at(100, 0), way=-99)]))
    assert not edges.frame["oneway"].any()
    assert told(edges)["centrelines without a direction, taken as two-way"] == 1


def test_a_direction_no_one_knows_is_refused_by_route(tmp_path: Path) -> None:
    said = faults_of(write_road_network(tmp_path, "gpkg", [straight(7, at(0, 0), at(100, 0), way=9)]))
    assert "RdNet_IRNP.gpkg: ROUTE_ID 7: TRAVEL_DIRECTION holds '9'" in said


def test_roads_that_cross_between_their_ends_do_not_meet(tmp_path: Path) -> None:
    flyover = straight(1, at(0, 50), at(100, 50), level=1)
    street = straight(2, at(50, 0), at(50, 100))
    nodes, edges = read(write_road_network(tmp_path, "gpkg", [flyover, street]))
    assert len(nodes.frame) == 4
    assert not nx.has_path(graph_from_roads(nodes.frame, edges.frame), node(0, 50), node(50, 100))


def test_levels_that_end_at_one_place_are_the_foot_of_a_ramp(tmp_path: Path) -> None:
    roads = [straight(1, at(0, 0), at(100, 0), level=1), straight(2, at(100, 0), at(200, 0), level=0)]
    nodes, edges = read(write_road_network(tmp_path, "gpkg", roads))
    assert nx.has_path(graph_from_roads(nodes.frame, edges.frame), node(0, 0), node(200, 0))
    note = next(note for note in nodes.notes if "ramp" in note.what)
    assert (note.count, note.features) == (1, (node(100, 0),))


def test_ends_that_differ_in_the_last_digits_are_one_node_even_astride_a_rounding_step(tmp_path: Path) -> None:
    near, far = 100.005 - 1e-7, 100.005 + 1e-7  # rounding to centimetres would part them
    roads = [
        straight(1, at(0, 0), at(near, 0)),
        straight(2, at(far, 0), at(200, 0)),
        straight(3, at(102, 0), at(102, 9)),
    ]
    nodes, _ = read(write_road_network(tmp_path, "gpkg", roads))
    assert len(nodes.frame) == 5  # not 6; the end 2 m off stays its own


def test_parts_that_follow_each_other_are_one_edge(tmp_path: Path) -> None:
    road = Road(1, ((at(0, 0), at(50, 0)), (at(50, 0), at(50, 80))), way=3)
    nodes, edges = read(write_road_network(tmp_path, "gdb", [road]))
    assert (len(nodes.frame), ends(edges)) == (2, {(node(0, 0), node(50, 80))})
    assert edges.frame["length"].tolist() == [pytest.approx(130.0)]


def test_parts_that_do_not_are_an_edge_each_and_counted(tmp_path: Path) -> None:
    road = Road(1, ((at(0, 0), at(50, 0)), (at(60, 0), at(90, 0))), way=3)
    _, edges = read(write_road_network(tmp_path, "gdb", [road]))
    assert ends(edges) == {(node(0, 0), node(50, 0)), (node(60, 0), node(90, 0))}
    assert told(edges)["centrelines whose parts do not follow each other, an edge for each part"] == 1


def test_lines_without_length_are_left_out_and_counted(tmp_path: Path) -> None:
    roads = [straight(1, at(0, 0), at(0, 0)), straight(2, at(0, 0), at(9, 0))]
    _, edges = read(write_road_network(tmp_path, "gpkg", roads))
    assert ends(edges) == {(node(0, 0), node(9, 0))}
    note = next(note for note in edges.notes if "without length" in note.what)
    assert note.features == ("1",)


def test_length_is_the_road_s_though_the_line_is_drawn_with_fewer_points(tmp_path: Path) -> None:
    xs = np.linspace(0, 100, 5001)
    zigzag = [at(x, 0.05 * (i % 2)) for i, x in enumerate(xs.tolist())]
    _, edges = read(write_road_network(tmp_path, "gpkg", [straight(1, *zigzag)]))
    assert edges.frame["length"].iloc[0] == pytest.approx(5000 * np.hypot(0.02, 0.05), rel=1e-6)
    assert shapely.get_num_coordinates(edges.frame.geometry.iloc[0]) < 5


@pytest.mark.parametrize(
    ("words", "kph", "road_class"),
    [
        ("50", 50, "unclassified"),
        ("50 km/h", 50, "unclassified"),
        ("70km/h", 70, "trunk"),
        ("80 KM/H", 80, "trunk"),
        ("１００ km/h", 100, "motorway"),
        ("70 公里", 70, "trunk"),
    ],
)
def test_limits_are_free_text(words: str, kph: int, road_class: str, tmp_path: Path) -> None:
    _, edges = read(write_road_network(tmp_path, "gpkg", [straight(1, at(0, 0), at(9, 0), limit=words)]))
    assert edges.frame[["speed_kph", "highway"]].iloc[0].tolist() == [kph, road_class]


@pytest.mark.parametrize("words", ["slow", "700 km/h", "5", "<b>70</b>", "-70 km/h", "70 or 80"])
def test_what_is_no_limit_is_told_and_not_used(words: str, tmp_path: Path) -> None:
    _, edges = read(write_road_network(tmp_path, "gpkg", [straight(1, at(0, 0), at(9, 0), limit=words)]))
    assert edges.frame["speed_kph"].tolist() == [50]
    assert told(edges)[f"speed limits that are no speed ({words!r}), not used"] == 1


def test_edges_without_a_limit_get_the_default_and_are_counted(tmp_path: Path) -> None:
    roads = [straight(1, at(0, 0), at(9, 0), limit="70 km/h"), straight(2, at(0, 1), at(9, 1))]
    path = write_road_network(tmp_path, "gpkg", roads)
    assert read(path)[1].frame["speed_kph"].tolist() == [70, 50]
    _, edges = read(path, default_speed_kph=30)
    assert edges.frame["speed_kph"].tolist() == [70, 30]
    assert told(edges)["edges without a posted limit, taken as 30 km/h"] == 1


def test_of_several_limits_the_lowest_counts_and_strays_are_told(tmp_path: Path) -> None:
    roads = [straight(1, at(0, 0), at(9, 0), limit="80 km/h")]
    _, edges = read(write_road_network(tmp_path, "gpkg", roads, r1="70 km/h", r99="70 km/h"))
    assert edges.frame["speed_kph"].tolist() == [70]
    assert told(edges)["routes with several posted limits, the lowest taken"] == 1
    assert told(edges)["speed limits of routes that are not there"] == 1


def test_rules_that_are_not_applied_are_counted(published: tuple[Layer, Layer]) -> None:
    rules = {what.split()[4]: count for what, count in told(published[1]).items() if "not applied" in what}
    assert rules == {"TURN": 1, "PEDESTRIAN_ZONE": 2}


def test_trap_10_parallel_roads_are_kept_and_the_faster_is_driven(tmp_path: Path) -> None:
    slow = straight(1, at(0, 0), at(50, 120), at(100, 0))  # 260 m at 50 km/h
    fast = straight(2, at(0, 0), at(100, 0))  # 100 m at 50 km/h: 0.12 min
    nodes, edges = read(write_road_network(tmp_path, "gpkg", [slow, fast]))
    assert edges.frame["key"].tolist() == [0, 1]
    nodes, edges = complete_roads(nodes.frame, edges.frame, SPEEDS, "roads")
    assert len(edges.frame) == 4
    network = nodes_only(nodes.frame)
    minutes = edges.frame["length"].to_numpy() / edges.frame["speed_kph"].to_numpy() * 0.06
    ends = (network.position(edges.frame[name]) for name in "uv")
    network = add_links(network, *ends, minutes, Link("road"))
    here, there = (Legs(np.array([0]), network.position([name]), np.zeros(1), 1) for name in (node(0, 0), node(100, 0)))
    assert shortest_minutes(network, here, there)[0, 0] == pytest.approx(0.12)


def test_the_published_network_is_an_osmnx_graph_and_one_ways_hold(published: tuple[Layer, Layer]) -> None:
    nodes, edges = (layer.frame for layer in published)
    graph = graph_from_roads(nodes, edges)
    with pytest.warns(UserWarning, match="street_count"):  # wanted, not needed
        osmnx.convert.validate_graph(graph, strict=False)
    back_nodes, back_edges = osmnx.graph_to_gdfs(graph)
    assert (len(back_nodes), len(back_edges)) == (len(nodes), len(edges) + (~edges["oneway"]).sum())
    west, east = node(0, 0), node(250, 0)  # the southern street runs east only
    assert nx.shortest_path_length(graph, west, east, weight="length") == pytest.approx(250.0)
    # back: round the block over the second street, 250 + 250 + 250, or by the second way round (2 × √(125² + 60²))
    assert nx.shortest_path_length(graph, east, west, weight="length") == pytest.approx(2 * np.hypot(125, 60))


def test_from_the_loop_to_hung_shui_kiu_and_back_over_the_carriageways(published: tuple[Layer, Layer]) -> None:
    nodes, edges = complete_roads(published[0].frame, published[1].frame, SPEEDS, "roads")
    graph = graph_from_roads(nodes.frame, edges.frame)
    start, end = (f"{x - 200:.2f},{y - 200:.2f}" for x, y in (LOOP, HUNG_SHUI_KIU))
    there = nx.shortest_path_length(graph, start, end, weight="length")
    assert there == pytest.approx(nx.shortest_path_length(graph, end, start, weight="length"))
    legs = [np.hypot(800, 3200), np.hypot(4900, 4400), np.hypot(3900, 2300)]
    assert there == pytest.approx(sum(2 * np.hypot(leg / 2, 12) for leg in legs))
    assert set(edges.frame["highway"]) <= set(SPEEDS)
    assert not [note for note in edges.notes if "taken from the road class" in note.what]
    assert not [note for note in published[0].notes if "way there and back" in note.what]


def test_nodes_no_way_leads_back_from_are_counted(tmp_path: Path) -> None:
    ring = [straight(i, at(*a), at(*b)) for i, (a, b) in enumerate((((0, 0), (9, 0)), ((9, 0), (9, 9))))]
    nodes, _ = read(write_road_network(tmp_path, "gpkg", [*ring, straight(9, at(9, 9), at(50, 50), way=3)]))
    note = next(note for note in nodes.notes if "there and back" in note.what)
    assert note.features == (node(50, 50),)


def test_a_file_of_another_schema_is_told_with_the_tables_it_has(tmp_path: Path) -> None:
    path = tmp_path / "bus.gpkg"
    line = gpd.GeoDataFrame({"u": ["a"]}, geometry=[shapely.LineString([at(0, 0), at(1, 1)])], crs="EPSG:2326")
    line.to_file(path, layer="edges")
    line.set_geometry(line.centroid).to_file(path, layer="nodes")
    said = faults_of(path)
    assert "bus.gpkg: there is no table CENTERLINE; the tables are edges, nodes." in said
    assert 'adapter = "file"' in said


def test_missing_columns_are_told_with_those_at_hand(tmp_path: Path) -> None:
    path = tmp_path / "roads.gpkg"
    line = shapely.LineString([at(0, 0), at(1, 1)])
    gpd.GeoDataFrame({"ROUTE": [1]}, geometry=[line], crs="EPSG:2326").to_file(path, layer="CENTERLINE")
    assert "table CENTERLINE lacks the columns ROUTE_ID, TRAVEL_DIRECTION; it has ROUTE." in faults_of(path)


def written(path: Path, shapes: list[Any], crs: str | None = "EPSG:2326") -> Path:
    columns = {"ROUTE_ID": range(1, len(shapes) + 1), "TRAVEL_DIRECTION": [1] * len(shapes)}
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(path, layer="CENTERLINE", driver="GPKG")
    return path


def test_points_are_no_centrelines_and_lines_without_a_course_are_left_out(tmp_path: Path) -> None:
    with np.errstate(invalid="ignore"):
        good, broken = (shapely.LineString([at(0, 0), end]) for end in (at(1, 1), (np.nan, Y)))
    _, edges = read(written(tmp_path / "holes.gpkg", [good, None, shapely.LineString(), broken]))
    assert len(edges.frame) == 1
    note = next(note for note in edges.notes if "without a line" in note.what)
    assert note.features == ("2", "3", "4")
    assert "ROUTE_ID 2: 1 geometries are Point" in faults_of(
        written(tmp_path / "p.gpkg", [good, shapely.Point(at(0, 0))])
    )


def test_no_roads_at_all_and_nothing_but_holes_are_told(tmp_path: Path) -> None:
    assert "has no features" in faults_of(written(tmp_path / "none.gpkg", []))
    assert "has no features" in faults_of(written(tmp_path / "holes.gpkg", [None]))


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
def test_the_coordinate_system_is_asked_for_and_held_to(tmp_path: Path) -> None:
    line = shapely.LineString([at(0, 0), at(30, 40)])
    path = written(tmp_path / "bare.gpkg", [line], None)
    assert "names no coordinate system" in faults_of(path)
    assert read(path, crs="EPSG:2326")[1].frame["length"].tolist() == [pytest.approx(50.0)]
    other = written(tmp_path / "named.gpkg", [line])
    assert "the study declares EPSG:4326" in faults_of(other, crs="EPSG:4326")


def test_degrees_are_measured_in_metres(tmp_path: Path) -> None:
    line = gpd.GeoSeries([shapely.LineString([at(0, 0), at(300, 400)])], crs="EPSG:2326").to_crs("EPSG:4326")
    _, edges = read(written(tmp_path / "degrees.gpkg", list(line), "EPSG:4326"))
    assert edges.frame["length"].tolist() == [pytest.approx(500.0, abs=1e-3)]


@pytest.mark.parametrize(("name", "content"), [("a.gdb.zip", b"PK no zip"), ("a.gpkg", b"no geopackage")])
def test_broken_files_get_a_message(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert f"{name}: this cannot be read" in faults_of(tmp_path / name)


def test_a_missing_file_and_an_empty_folder_get_a_message(tmp_path: Path) -> None:
    assert "gone.gdb: this cannot be read: there is no such file" in faults_of(tmp_path / "gone.gdb")
    (tmp_path / "empty").mkdir()
    assert "empty: there is no vector data here" in faults_of(tmp_path / "empty")


def test_hostile_names_pass_through_as_text(tmp_path: Path) -> None:
    name = '<script>alert("新田")</script>'
    _, edges = read(write_road_network(tmp_path, "gpkg", [straight(1, at(0, 0), at(9, 0), name=name)]))
    assert edges.frame["name_en"].tolist() == [name]


def test_only_the_layers_asked_for_are_made(tmp_path: Path) -> None:
    path = write_road_network(tmp_path, "gpkg")
    assert set(read_road_network(["road_nodes"], [path])) == {"road_nodes"}


corner = st.tuples(st.integers(0, 6), st.integers(0, 6))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(roads=st.lists(st.tuples(corner, corner, st.sampled_from([1, 2, 3])), min_size=1, max_size=12))
def test_ways_equal_networkx_on_the_roads_as_drawn(
    roads: list[tuple[tuple[int, int], tuple[int, int], int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    drawn = [road for road in roads if road[0] != road[1]]
    if not drawn:
        return
    expected = nx.MultiDiGraph()
    for a, b, way in drawn:
        length = float(np.hypot(b[0] - a[0], b[1] - a[1])) * 100
        if way != 2:
            expected.add_edge(a, b, length=length)
        if way != 3:
            expected.add_edge(b, a, length=length)
    lines = [
        straight(i, at(100 * a[0], 100 * a[1]), at(100 * b[0], 100 * b[1]), way=way)
        for i, (a, b, way) in enumerate(drawn)
    ]
    nodes, edges = read(write_road_network(tmp_path_factory.mktemp("r"), "gpkg", lines))
    graph = graph_from_roads(nodes.frame, edges.frame)
    assert sorted(graph) == sorted(node(100 * x, 100 * y) for x, y in expected)
    known = dict(nx.all_pairs_dijkstra_path_length(expected, weight="length"))
    for (x, y), reached in known.items():
        found = nx.single_source_dijkstra_path_length(graph, node(100 * x, 100 * y), weight="length")
        assert found == pytest.approx({node(100 * a, 100 * b): metres for (a, b), metres in reached.items()})


def test_a_table_of_another_case_and_a_bare_table_are_read(tmp_path: Path) -> None:
    path = tmp_path / "lower.gpkg"
    line = shapely.LineString([at(0, 0), at(30, 40)])
    columns = {"route_id": [1], "travel_direction": [3]}
    gpd.GeoDataFrame(columns, geometry=[line], crs="EPSG:2326").to_file(path, layer="centerline")
    limits = {"road_route_id": np.array([1]), "speed_limit": np.array(["70 km/h"], dtype=object)}
    write(
        path,
        None,
        list(limits.values()),
        list(limits),
        layer="speed_limit",
        driver="GPKG",
        geometry_type=None,
        append=True,
    )
    _, edges = read(path)
    assert edges.frame[["oneway", "speed_kph"]].iloc[0].tolist() == [True, 70]
