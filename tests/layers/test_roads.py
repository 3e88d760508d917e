from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pytest

from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.roads import complete_roads
from nmplan.layers.roads import graph_from_roads
from nmplan.layers.roads import roads_from_graph

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from nmplan.errors import Fault

    Roads = Callable[..., tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]]

SPEEDS = {"primary": 48.0, "service": 15.0}


@pytest.fixture(scope="session")
def roads(frame: Callable[..., Any], point: Callable[..., Any], line: Callable[..., Any]) -> Roads:
    """a — b — c along a line, 100 m each: a–b both ways, b→c one-way; lengths are the road's, not the line's."""

    def build(**columns: Any) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
        nodes = frame("road_nodes", 3, [point(x, 0) for x in (0, 100, 200)], node_id=list("abc"))
        values = {
            "u": ["a", "b"],
            "v": ["b", "c"],
            "length": [110, 120],
            "highway": ["primary", "service"],
            "oneway": [False, True],
            "speed_kph": [60, 30],
            "name_en": ["Long Street", "Short Street"],
            **columns,
        }
        lines = [line((0, 0), (100, 0)), line((100, 0), (200, 0))]
        edges = frame("road_edges", 2, lines, **values)
        return conform(nodes, "road_nodes", "n").frame, conform(edges, "road_edges", "e").frame

    return build


def table(edges: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(pd.DataFrame(edges)[["u", "v", *columns]].itertuples(index=False, name=None))


def faults_of(*arguments: Any) -> list[Fault]:
    with pytest.raises(LayerError) as caught:
        complete_roads(*arguments)
    assert {fault.source for fault in caught.value.faults} == {"roads.gpkg"}
    return caught.value.faults


def test_a_two_way_street_stands_in_both_directions_and_a_one_way_street_in_one(roads: Roads) -> None:
    graph = graph_from_roads(*roads())
    assert sorted(graph.edges(keys=False)) == [("a", "b"), ("b", "a"), ("b", "c")]
    assert graph.edges["a", "b", 0]["length"] == graph.edges["b", "a", 0]["length"] == 110


def test_the_way_back_is_drawn_backwards(roads: Roads) -> None:
    graph = graph_from_roads(*roads())
    there, back = graph.edges["a", "b", 0]["geometry"], graph.edges["b", "a", 0]["geometry"]
    assert list(back.coords) == list(there.coords)[::-1]


def test_parallel_streets_are_kept_apart(roads: Roads) -> None:
    nodes, edges = roads(u=["a", "a"], v=["b", "b"], oneway=[False, False])
    graph = graph_from_roads(nodes, edges)
    lengths = sorted(data["length"] for _, _, data in graph.edges(data=True))
    assert lengths == [110, 110, 120, 120]


def test_osmnx_finds_ways_and_none_against_a_one_way_street(roads: Roads) -> None:
    graph = graph_from_roads(*roads())
    # in lists, as osmnx takes a text for a list of its letters
    assert osmnx.shortest_path(graph, ["a"], ["c"], weight="length") == [["a", "b", "c"]]
    assert osmnx.shortest_path(graph, ["c"], ["a"], weight="length") == [None]
    assert nx.shortest_path_length(graph, "a", "c", weight="length") == 230


def test_osmnx_functions_take_the_graph_as_it_is(roads: Roads) -> None:
    nodes, edges = complete_roads(*roads(), SPEEDS, "roads.gpkg")
    graph = graph_from_roads(nodes.frame, edges.frame.assign(oneway=True))
    timed = osmnx.add_edge_travel_times(graph)
    # by hand: 110 m at 60 km/h are 6.6 s, 120 m at 30 km/h are 14.4 s
    assert nx.shortest_path_length(timed, "a", "c", weight="travel_time") == pytest.approx(21.0, abs=0.11)


def test_layer_to_graph_to_layer_brings_back_every_road(roads: Roads) -> None:
    nodes, edges = roads(oneway=[True, True])
    back_nodes, back_edges = roads_from_graph(graph_from_roads(nodes, edges), "roads.gpkg")
    columns = ["key", "highway", "oneway", "length", "speed_kph", "name_en", "source"]
    assert table(back_edges.frame, *columns) == table(edges, *columns)
    assert back_edges.frame.crs == back_nodes.frame.crs == "EPSG:2326"
    pd.testing.assert_frame_equal(
        pd.DataFrame(back_nodes.frame).sort_values("node_id", ignore_index=True), pd.DataFrame(nodes)
    )
    assert back_edges.frame.sort_values("u").length.tolist() == [100, 100]


def test_complete_roads_keeps_own_speeds_without_a_note(roads: Roads) -> None:
    _, edges = complete_roads(*roads(), SPEEDS, "roads.gpkg")
    assert table(edges.frame, "speed_kph") == [("a", "b", 60), ("b", "a", 60), ("b", "c", 30)]
    assert edges.notes == []


def test_streets_without_speed_take_that_of_their_class_and_are_counted(roads: Roads) -> None:
    _, edges = complete_roads(*roads(speed_kph=[np.nan, 30]), SPEEDS, "roads.gpkg")
    assert table(edges.frame, "speed_kph") == [("a", "b", 48), ("b", "a", 48), ("b", "c", 30)]
    (note,) = edges.notes
    assert (note.layer, note.count) == ("road_edges", 1)


def test_streets_take_the_studys_speed_not_the_mean_of_their_class(roads: Roads) -> None:
    # osmnx would impute 90 from the other primary road
    columns = {"speed_kph": [90, np.nan], "highway": ["primary", "primary"]}
    _, edges = complete_roads(*roads(**columns), SPEEDS, "roads.gpkg")
    assert table(edges.frame, "speed_kph") == [("a", "b", 90), ("b", "a", 90), ("b", "c", 48)]


def test_all_streets_may_take_the_speed_of_their_class(roads: Roads) -> None:
    _, edges = complete_roads(*roads(speed_kph=[np.nan, np.nan]), SPEEDS, "roads.gpkg")
    assert table(edges.frame, "speed_kph") == [("a", "b", 48), ("b", "a", 48), ("b", "c", 15)]
    assert edges.notes[0].count == 2


@pytest.mark.parametrize("speed", [0, -5])
def test_a_speed_no_one_can_drive_is_refused(frame: Callable[..., Any], speed: float) -> None:
    with pytest.raises(LayerError, match="speed_kph"):
        conform(frame("road_edges", speed_kph=[speed]), "road_edges", "roads.gpkg")


def test_names_and_lengths_travel_along(roads: Roads) -> None:
    nodes, edges = complete_roads(*roads(), SPEEDS, "roads.gpkg")
    assert table(edges.frame, "name_en", "length") == [
        ("a", "b", "Long Street", 110),
        ("b", "a", "Long Street", 110),
        ("b", "c", "Short Street", 120),
    ]
    assert sorted(nodes.frame["node_id"]) == ["a", "b", "c"]


def test_a_node_without_streets_is_kept(roads: Roads) -> None:
    nodes, edges = roads()
    done, _ = complete_roads(nodes, edges.iloc[:1], SPEEDS, "roads.gpkg")
    assert sorted(done.frame["node_id"]) == ["a", "b", "c"]


def test_unknown_nodes_are_named(roads: Roads) -> None:
    nodes, edges = roads(u=["nowhere", "b"], v=["b", "elsewhere"])
    (fault,) = faults_of(nodes, edges, SPEEDS, "roads.gpkg")
    assert fault.where == "elsewhere, nowhere"
    assert "2 nodes" in fault.what
    assert fault.mend


def test_a_class_without_speed_is_named(roads: Roads) -> None:
    nodes, edges = roads(speed_kph=[np.nan, np.nan], highway=["primary", "tramway"])
    (fault,) = faults_of(nodes, edges, SPEEDS, "roads.gpkg")
    assert "tramway" in fault.what
    assert "primary" not in fault.what
    assert "[travel.speeds_kph]" in fault.mend


def test_a_class_without_speed_is_no_fault_where_all_its_streets_have_their_own(roads: Roads) -> None:
    _, edges = complete_roads(*roads(highway=["tramway", "tramway"]), {"primary": 48.0}, "roads.gpkg")
    assert table(edges.frame, "speed_kph") == [("a", "b", 60), ("b", "a", 60), ("b", "c", 30)]


def test_unknown_nodes_and_classes_are_told_at_once(roads: Roads) -> None:
    nodes, edges = roads(u=["nowhere", "b"], speed_kph=[np.nan, 30], highway=["tramway", "service"])
    assert len(faults_of(nodes, edges, SPEEDS, "roads.gpkg")) == 2


def test_the_roads_given_are_left_as_they_were(roads: Roads) -> None:
    nodes, edges = roads(speed_kph=[np.nan, 30])
    before = nodes.copy(deep=True), edges.copy(deep=True)
    complete_roads(nodes, edges, SPEEDS, "roads.gpkg")
    assert nodes.equals(before[0])
    assert edges.equals(before[1])
