from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from published.osm import write_graphml
from published.osm import write_town

from nmplan.errors import LayerError
from nmplan.layers.osm_document import Document
from nmplan.layers.osm_document import read_documents
from nmplan.layers.osm_streets import merge_directions
from nmplan.layers.osm_streets import read_graphml
from nmplan.layers.osm_streets import road_layers
from nmplan.layers.osm_streets import simplified
from nmplan.layers.osm_streets import streets_of_document
from nmplan.layers.roads import graph_from_roads

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.errors import Fault
    from nmplan.layers.contracts import Layer


def roads(path: Path, crs: str | None = None) -> tuple[Layer, Layer]:
    return road_layers(read_graphml(path), path.name, crs=crs, own_lengths=True)


def faults_of(path: Path, crs: str | None = None) -> list[Fault]:
    with pytest.raises(LayerError) as caught:
        roads(path, crs)
    assert all(fault.source and fault.mend for fault in caught.value.faults)
    return caught.value.faults


def told(layer: Layer) -> dict[str, int]:
    return {note.what: note.count for note in layer.notes}


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


# --- streets of a document -------------------------------------------------------------------------------------------

PLACES = {1: (114.070, 22.487), 2: (114.071, 22.487), 3: (114.072, 22.487), 4: (114.073, 22.487), 5: (114.072, 22.488)}


def document(*ways: tuple[list[int], dict[str, str]]) -> Document:
    """Return ways numbered from 10 over five nodes: four in a row, the fifth north of the third."""
    numbered = dict(enumerate(ways, start=10))
    return Document(
        nodes=dict(PLACES),
        ways={number: refs for number, (refs, _) in numbered.items()},
        tags={("way", number): tags for number, (_, tags) in numbered.items() if tags},
    )


def links(graph: nx.MultiDiGraph) -> list[tuple[int, int]]:
    return sorted((u, v) for u, v, _ in graph.edges(keys=True))


def test_a_street_is_one_edge_each_way_from_junction_to_junction() -> None:
    # of the four nodes in a row, the third is a junction and the second is none
    graph, notes = streets_of_document(
        document(([1, 2, 3, 4], {"highway": "tertiary"}), ([3, 5], {"highway": "service"})), "a.osm"
    )
    assert links(graph) == [(1, 3), (3, 1), (3, 4), (3, 5), (4, 3), (5, 3)]
    assert notes == []
    (line,) = (data["geometry"] for u, v, data in graph.edges(data=True) if (u, v) == (1, 3))
    assert list(line.coords) == [PLACES[1], PLACES[2], PLACES[3]]


@pytest.mark.parametrize(
    ("word", "expected", "note"),
    [
        ("yes", [(1, 2)], None),
        ("true", [(1, 2)], None),
        ("1", [(1, 2)], None),
        ("YES ", [(1, 2)], None),
        ("-1", [(2, 1)], None),
        ("reverse", [(2, 1)], None),
        ("no", [(1, 2), (2, 1)], None),
        ("0", [(1, 2), (2, 1)], None),
        ("", [(1, 2), (2, 1)], None),
        ("alternating", [(1, 2), (2, 1)], "streets whose direction changes with the hour, taken as open both ways"),
        ("maybe", [(1, 2), (2, 1)], "streets with oneway=maybe, taken as open both ways"),
    ],
)
def test_directions_are_as_signed(word: str, expected: list[tuple[int, int]], note: str | None) -> None:
    graph, notes = streets_of_document(document(([1, 2], {"highway": "service", "oneway": word})), "a.osm")
    assert links(graph) == expected
    assert [found.what for found in notes] == ([note] if note else [])


def test_notes_name_the_ways_they_are_about() -> None:
    _, notes = streets_of_document(
        document(
            ([1, 2], {"highway": "motorway"}),
            ([2, 3], {"highway": "footway"}),
            ([3, 4], {"highway": "footway"}),
            ([1, 5], {"building": "yes"}),  # no street at all, so nothing to tell
        ),
        "a.osm",
    )
    assert {note.what: (note.layer, note.count, note.features) for note in notes} == {
        "motorways without oneway, taken as one-way as OpenStreetMap implies": ("road_edges", 1, ("way/10",)),
        "ways left out, highway=footway": ("road_edges", 2, ("way/11", "way/12")),
    }


def test_a_way_with_a_gap_is_cut_and_named() -> None:
    graph, (note,) = streets_of_document(document(([1, 2, 99, 3, 4], {"highway": "service"})), "a.osm")
    assert links(graph) == [(1, 2), (2, 1), (3, 4), (4, 3)]
    assert (note.what, note.features) == ("streets cut where the extract lacks their nodes", ("way/10",))


def test_a_document_without_a_street_is_refused_with_the_number_of_its_ways() -> None:
    for given_ways in ((), (([1, 2], {"highway": "footway"}), ([2, 3], {}))):
        with pytest.raises(LayerError) as caught:
            streets_of_document(document(*given_ways), "a.osm")
        (fault,) = caught.value.faults
        assert fault.source == "a.osm"
        assert fault.what == f"no street for motor vehicles is in it, of {len(given_ways)} ways."


def test_the_document_is_left_as_it_was() -> None:
    given_ways = ([1, 2, 99, 3], {"highway": "motorway", "oneway": "yes", "junction": "roundabout"})
    made = document(given_ways)
    streets_of_document(made, "a.osm")
    assert made == document(given_ways)


def test_streets_are_joined_only_where_they_stay_the_same() -> None:
    def pieces(**second: str) -> int:
        tags = {"highway": "service", "name": "一街", "lanes": "1"}
        graph = streets_of_document(document(([1, 2], tags), ([2, 3], {**tags, **second})), "a.osm")[0]
        return len(graph.edges) // 2

    assert pieces() == 1
    assert pieces(lanes="2") == 1  # nothing here depends on it
    assert [pieces(**{key: "x"}) for key in ("name", "maxspeed")] == [2, 2]
    assert pieces(highway="tertiary") == 2


def test_a_ring_without_a_junction_is_kept() -> None:
    graph = nx.MultiDiGraph(crs="EPSG:4326", simplified=False)
    for number, (x, y) in PLACES.items():
        graph.add_node(number, x=x, y=y)
    for u, v in ((1, 2), (2, 5), (5, 1)):
        graph.add_edge(u, v, osmid=10, highway="service", length=1.0)
    before = sorted(graph.edges)
    ring = simplified(graph)
    assert sum(data["length"] for _, _, data in ring.edges(data=True)) == 3
    assert sorted(graph.edges) == before


def test_the_town_has_the_streets_that_were_drawn(tmp_path: Path) -> None:
    path = write_town(tmp_path)
    nodes, edges = road_layers(streets_of_document(read_documents([path]), path.name)[0], path.name)
    assert set(edges.frame["u"]) | set(edges.frame["v"]) == set(nodes.frame["node_id"])
    # four blocks of each of the five columns; the middle one goes on to Lok Ma Chau
    primary = edges.frame[edges.frame["highway"].eq("primary")]
    assert primary["length"].tolist() == pytest.approx([200] * 4, abs=0.03)
    assert not primary["oneway"].any()


# --- road layers of a graph ------------------------------------------------------------------------------------------


def grid_graph(*edges: tuple[str, str, dict[str, Any]], crs: Any = "EPSG:2326") -> nx.MultiDiGraph:
    """Return a graph over the corners of a square of 300 m at San Tin."""
    graph = nx.MultiDiGraph(**({} if crs is None else {"crs": crs}))
    for name, (x, y) in {"a": (0, 0), "b": (300, 0), "c": (300, 300), "d": (0, 300)}.items():
        graph.add_node(name, x=825_500.0 + x, y=838_400.0 + y)
    for u, v, tags in edges:
        graph.add_edge(u, v, **{"highway": "tertiary", **tags})
    return graph


def test_lengths_are_measured_along_the_line_unless_ones_own_are_wanted() -> None:
    bent = shapely.LineString([(825_500, 838_400), (825_800, 838_800), (825_800, 838_400)])
    graph = grid_graph(("a", "b", {"geometry": bent, "length": 1000.0}), ("b", "c", {"length": 310.0}))
    _, measured = road_layers(graph, "g")
    _, own = road_layers(graph, "g", own_lengths=True)
    assert measured.frame.set_index("u")["length"].to_dict() == pytest.approx({"a": 500 + 400, "b": 300})
    assert own.frame.set_index("u")["length"].to_dict() == {"a": 1000, "b": 310}


def test_no_street_is_free() -> None:
    _, edges = road_layers(grid_graph(("a", "a", {}), ("a", "b", {})), "g")
    assert edges.frame["length"].min() == 0.01


def test_nodes_without_a_street_are_left_out() -> None:
    nodes, _ = road_layers(grid_graph(("a", "b", {}), ("c", "d", {"highway": "footway"})), "g")
    assert nodes.frame["node_id"].tolist() == ["a", "b"]
    assert nodes.frame["source"].tolist() == ["OpenStreetMap contributors"] * 2
    assert nodes.frame["accuracy_m"].tolist() == [10, 10]


def test_streets_that_share_both_ends_are_numbered() -> None:
    _, edges = road_layers(grid_graph(("a", "b", {"name": "一街"}), ("a", "b", {"name": "二街"}), ("b", "c", {})), "g")
    assert edges.frame[["u", "key", "name_zh"]].to_numpy().tolist() == [
        ["a", 0, "一街"],
        ["a", 1, "二街"],
        ["b", 0, ""],
    ]


def test_a_speed_of_the_graph_goes_before_the_sign_and_words_are_told() -> None:
    graph = grid_graph(
        ("a", "b", {"maxspeed": "50", "speed_kph": 42.0}),
        ("b", "c", {"maxspeed": "50"}),
        ("c", "d", {"maxspeed": "walk <b>"}),
        ("d", "a", {"speed_kph": 0.0}),
    )
    _, edges = road_layers(graph, "g")
    assert edges.frame["speed_kph"].fillna(-1).tolist() == [42, 50, -1, -1]
    assert told(edges) == {"streets whose speed limit is no number, left open: walk <b>": 1}


def test_closed_edges_are_counted_and_named_and_an_island_is_told() -> None:
    graph = grid_graph(("a", "b", {}), ("b", "c", {}), ("d", "d", {}), ("c", "d", {"access": "private"}))
    _, edges = road_layers(graph, "g")
    assert {note.what: note.features for note in edges.notes} == {
        "edges left out, access=private": ("c–d",),
        "streets that no other way leads to, in pieces of their own": ("d–d",),
    }


def test_degrees_and_metres_give_the_same_roads() -> None:
    metres = grid_graph(("a", "b", {}), ("b", "c", {}))
    degrees = osmnx.project_graph(metres, to_crs="EPSG:4326")
    for ours, theirs in zip(road_layers(metres, "g"), road_layers(degrees, "g"), strict=True):
        assert ours.frame.crs == theirs.frame.crs == "EPSG:2326"
        assert ours.frame.geometry.geom_equals_exact(theirs.frame.geometry, 1e-3).all()


def test_a_graph_without_edges_for_cars_or_far_away_is_refused() -> None:
    with pytest.raises(LayerError, match="no street for motor vehicles is in it, of 1 edges"):
        road_layers(grid_graph(("a", "b", {"highway": "steps"})), "g")
    with pytest.raises(LayerError, match="outside the Greater Bay Area"):
        road_layers(grid_graph(("a", "b", {}), crs="EPSG:32630"), "g")


# --- graphs of OSMnx and of others -----------------------------------------------------------------------------------


def all_lengths(graph: nx.MultiDiGraph) -> dict[tuple[str, str], float]:
    return {
        (str(start), str(end)): length
        for start, lengths in nx.all_pairs_dijkstra_path_length(graph, weight="length")
        for end, length in lengths.items()
    }


@pytest.mark.parametrize("project", [None, "EPSG:2326", "EPSG:32650"])
def test_ways_are_as_long_as_in_the_graph_they_come_from(tmp_path: Path, project: str | None) -> None:
    path = write_graphml(tmp_path, project=project)
    nodes, edges = roads(path)
    ours = graph_from_roads(nodes.frame, edges.frame)
    original, found = all_lengths(osmnx.load_graphml(path)), all_lengths(ours)
    assert original.keys() == found.keys()
    assert len(original) > 500
    assert max(abs(original[pair] - found[pair]) for pair in original) < 1e-6


def test_a_two_way_street_is_one_row(tmp_path: Path) -> None:
    path = write_graphml(tmp_path)
    graph = osmnx.load_graphml(path)
    frame = roads(path)[1].frame
    assert frame["oneway"].sum() == sum(data["oneway"] for _, _, data in graph.edges(data=True))
    assert 2 * (~frame["oneway"]).sum() + frame["oneway"].sum() == len(graph.edges)


def test_lists_in_a_saved_graph_are_settled_the_same_way_each_time(tmp_path: Path) -> None:
    path = write_graphml(tmp_path)
    path.write_text(path.read_text().replace(">primary<", ">['secondary', 'primary']<"))
    frame = roads(path)[1].frame
    assert not frame["highway"].str.contains("[", regex=False).any()
    assert frame.loc[frame["name_en"].eq("Kwu Tung Road"), "highway"].unique().tolist() == ["secondary"]


GRAPHML = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="x" for="node" attr.name="x" attr.type="double" />
  <key id="y" for="node" attr.name="y" attr.type="double" />
  <key id="h" for="edge" attr.name="highway" attr.type="string" />
  <key id="o" for="edge" attr.name="oneway" attr.type="{oneway_type}" />
  <key id="l" for="edge" attr.name="length" attr.type="double" />
  {crs_key}
  <graph edgedefault="{direction}">{crs}
    <node id="a"><data key="x">825500</data><data key="y">838400</data></node>
    <node id="b"><data key="x">825500</data><data key="y">838500</data></node>
    <node id="c"><data key="x">825600</data><data key="y">838500</data></node>
    {edges}
  </graph>
</graphml>"""


def other_graph(folder: Path, *edges: tuple[str, str, str, float | None], **parts: str) -> Path:
    """Write a graph of other people: numbers as numbers, ids as text, oneway as yes or no."""
    lines = [
        f'<edge source="{u}" target="{v}"><data key="h">tertiary</data><data key="o">{oneway}</data>'
        + ("" if length is None else f'<data key="l">{length}</data>')
        + "</edge>"
        for u, v, oneway, length in edges
    ]
    crs = '<data key="crs">epsg:2326</data>'
    key = '<key id="crs" for="graph" attr.name="crs" attr.type="string" />'
    usual = {"oneway_type": "string", "direction": "directed", "crs": crs, "crs_key": key}
    return write(folder / "other.graphml", GRAPHML.format(**{**usual, "edges": "".join(lines), **parts}))


BOTH = (("a", "b", "no", 110.0), ("b", "a", "no", 110.0), ("b", "c", "yes", 100.0))


def rows(layer: Layer) -> list[tuple[Any, ...]]:
    return sorted(pd.DataFrame(layer.frame)[["u", "v", "oneway", "length"]].itertuples(index=False, name=None))


def test_trap_osmnx_refuses_graphs_of_others(tmp_path: Path) -> None:
    path = other_graph(tmp_path, *BOTH)
    with pytest.raises((ValueError, AttributeError)):
        osmnx.load_graphml(path)
    assert rows(roads(path)[1]) == [("a", "b", False, 110), ("b", "c", True, 100)]


def test_an_undirected_graph_gets_its_directions(tmp_path: Path) -> None:
    path = other_graph(tmp_path, BOTH[0], BOTH[2], direction="undirected")
    assert rows(roads(path)[1]) == [("a", "b", False, 110), ("b", "c", True, 100)]


def test_a_graph_without_crs_needs_one_declared(tmp_path: Path) -> None:
    path = other_graph(tmp_path, *BOTH, crs="")
    (fault,) = faults_of(path)
    assert "no coordinate system" in fault.what
    assert len(roads(path, crs="EPSG:2326")[1].frame) == 2


def test_a_declared_crs_must_agree(tmp_path: Path) -> None:
    (fault,) = faults_of(other_graph(tmp_path, *BOTH), crs="EPSG:4326")
    assert "EPSG:2326" in fault.what


@pytest.mark.parametrize("crs", ["{'init': 'epsg:2326'}", "EPSG:2326"])
def test_the_crs_may_be_written_as_osmnx_once_did(tmp_path: Path, crs: str) -> None:
    path = other_graph(tmp_path, *BOTH, crs=f'<data key="crs">{crs}</data>')
    assert roads(path)[0].frame.geometry.x.min() == pytest.approx(825500)


def test_a_crs_that_is_none_is_told(tmp_path: Path) -> None:
    (fault,) = faults_of(other_graph(tmp_path, *BOTH, crs='<data key="crs">Kowloon</data>'))
    assert "'Kowloon'" in fault.what


@pytest.mark.parametrize("length", [None, float("nan"), 0.0])
def test_a_missing_length_is_measured(tmp_path: Path, length: float | None) -> None:
    path = other_graph(tmp_path, ("a", "b", "yes", length), ("b", "c", "yes", 130.0))
    assert rows(roads(path)[1]) == [("a", "b", True, 100), ("b", "c", True, 130)]


@pytest.mark.parametrize("factor", [0.001, 3.28])
def test_lengths_in_kilometres_or_feet_are_refused(tmp_path: Path, factor: float) -> None:
    (fault,) = faults_of(other_graph(tmp_path, *[(u, v, way, m * factor) for u, v, way, m in BOTH]))
    assert "no metres" in fault.what


def test_what_calls_itself_two_way_without_a_way_back_is_told(tmp_path: Path) -> None:
    layer = roads(other_graph(tmp_path, BOTH[0], BOTH[2]))[1]
    assert told(layer) == {"edges with oneway=no and no way back in the graph, taken as one-way": 1}
    assert layer.frame["oneway"].all()


def test_a_node_without_a_position_is_named(tmp_path: Path) -> None:
    path = other_graph(tmp_path, *BOTH)
    path.write_text(path.read_text().replace('<data key="x">825600</data>', ""))
    (fault,) = faults_of(path)
    assert fault.where == "c"
    assert "no x and y" in fault.what


def test_a_graph_of_footways_or_of_nothing_is_refused(tmp_path: Path) -> None:
    path = other_graph(tmp_path, *BOTH)
    path.write_text(path.read_text().replace("tertiary", "footway"))
    assert "no street for motor vehicles" in faults_of(path)[0].what
    assert "no edges" in faults_of(other_graph(tmp_path))[0].what


@pytest.mark.parametrize("text", ["", "<graphml>", "not xml", "<osm/>"])
def test_what_is_no_graphml_is_told(tmp_path: Path, text: str) -> None:
    (fault,) = faults_of(write(tmp_path / "broken.graphml", text))
    assert fault.source == "broken.graphml"
    assert "cannot be read as GraphML" in fault.what


edge = st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from([100.0, 100.00001, 140.0]))


@settings(max_examples=60, deadline=None)
@given(st.lists(edge, min_size=1, max_size=12))
def test_merging_directions_loses_no_way(table: list[tuple[str, str, float]]) -> None:
    places = {"a": (0, 0), "b": (100, 0), "c": (0, 100)}
    lines = [
        shapely.LineString([places[u], places[v]] if u != v else [places[u], (9, 9), (9, 0), places[u]])
        for u, v, _ in table
    ]
    frame = gpd.GeoDataFrame(table, columns=["u", "v", "length"], geometry=lines).assign(highway="x", speed_kph=np.nan)
    merged = merge_directions(frame)
    back = merged[~merged["oneway"]]
    both = sorted([*zip(merged["u"], merged["v"], strict=True), *zip(back["v"], back["u"], strict=True)])
    assert both == sorted((u, v) for u, v, _ in table)
    assert merged["length"].sum() + back["length"].sum() == pytest.approx(sum(length for *_, length in table))


def test_merged_streets_come_in_their_first_order_and_keep_the_line_of_the_first() -> None:
    forth, back = shapely.LineString([(0, 0), (5, 5), (100, 0)]), shapely.LineString([(100, 0), (5, 5), (0, 0)])
    other = shapely.LineString([(0, 0), (100, 0)])
    frame = gpd.GeoDataFrame(
        {"u": ["b", "a", "a"], "v": ["a", "b", "b"], "length": [100.0, 102.0, 102.0]},
        geometry=[other.reverse(), forth, forth],
    ).assign(highway="x", speed_kph=50.0)
    frame.loc[3] = ["b", "a", 102.0, back, "x", 50.0]
    merged = merge_directions(frame)
    # b–a has no counterpart of its course; of the three others two are one street
    assert merged["length"].tolist() == [100, 102, 102]
    assert merged["oneway"].tolist() == [True, False, True]
    assert merged.geometry.iloc[1].equals_exact(forth)
    assert "oneway" not in frame


@pytest.mark.parametrize(("change", "value"), [("highway", "y"), ("speed_kph", 60.0), ("length", 101.0)])
def test_directions_that_differ_are_two_streets(change: str, value: Any) -> None:
    line = shapely.LineString([(0, 0), (100, 0)])
    frame = gpd.GeoDataFrame(
        {"u": ["a", "b"], "v": ["b", "a"], "length": 100.0, "highway": "x", "speed_kph": 50.0},
        geometry=[line, line.reverse()],
    )
    assert merge_directions(frame)["oneway"].tolist() == [False]
    frame.loc[1, change] = value
    assert merge_directions(frame)["oneway"].tolist() == [True, True]
