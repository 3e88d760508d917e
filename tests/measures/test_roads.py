"""Roads around a place: lengths, loops and junctions by hand, by brute force, and when nothing can be said."""

from __future__ import annotations

import math

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.roads import PLACES_AT_ONCE
from nmplan.measures.roads import ROAD_ACCURACY_M
from nmplan.measures.roads import junctions_of
from nmplan.measures.roads import roads_around
from nmplan.measures.roads import streets_of
from nmplan.measures.roads import with_open_roads

CRS = "EPSG:2326"
Link = tuple[str, str]

# A square of 400 m, its middle at the origin, and a street that leaves it to the east for 5 km
NODES = {"sw": (-200, -200), "se": (200, -200), "ne": (200, 200), "nw": (-200, 200), "far": (5200, 200)}
SQUARE = [("sw", "se"), ("se", "ne"), ("ne", "nw"), ("nw", "sw")]


def roads(
    links: list[Link], nodes: dict[str, tuple[float, float]] = NODES, *, both: bool = False, **columns: object
) -> gpd.GeoDataFrame:
    ways = [*links, *((v, u) for u, v in links)] if both else links
    table = {"u": [u for u, _ in ways], "v": [v for _, v in ways], "highway": "secondary", "accuracy_m": 5.0}
    lines = [shapely.LineString([nodes[u], nodes[v]]) for u, v in ways]
    return gpd.GeoDataFrame(table | columns, geometry=lines, crs=CRS)


def places(*xy: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.Point(each) for each in xy], index=[f"p{i}" for i in range(len(xy))], crs=CRS)


def test_a_square_is_one_loop_and_a_street_that_leaves_it_makes_a_junction() -> None:
    found = roads_around(places((0, 0)), roads([*SQUARE, ("ne", "far")])).loc["p0"]
    # the street leaves the circle of 1,000 m at x = √(1000² − 200²)
    assert found["road_km"] == pytest.approx(1.6 + (math.sqrt(1000**2 - 200**2) - 200) / 1000)
    assert (found["loop_routes"], found["junctions"]) == (1, 1)
    assert found[["road_km_accuracy", "loop_routes_accuracy", "junctions_accuracy"]].tolist() == [0, 0, 0]


def test_a_street_of_two_rows_counts_once() -> None:
    one, two = (roads_around(places((0, 0)), roads(SQUARE, both=both)) for both in (False, True))
    pd.testing.assert_frame_equal(one, two)
    assert len(streets_of(roads(SQUARE, both=True))) == 4


def test_loops_that_leave_the_circle_are_none() -> None:
    far = roads_around(places((1100, 0)), roads(SQUARE)).loc["p0"]
    # 900 m to the near side, but 1,315 m to the far corners
    assert far["loop_routes"] == 0
    assert 0.4 < far["road_km"] < 1.6


def test_two_squares_apart_are_two_loops_as_are_two_that_share_a_side() -> None:
    more = NODES | {"a": (200, 600), "b": (-200, 600)}
    shared = roads([*SQUARE, ("ne", "a"), ("a", "b"), ("b", "nw")], more)
    apart = roads(
        [*SQUARE, ("A", "B"), ("B", "C"), ("C", "A")], NODES | {"A": (0, 400), "B": (100, 400), "C": (0, 500)}
    )
    for layer, junctions in ((shared, 2), (apart, 0)):
        found = roads_around(places((0, 0)), layer).loc["p0"]
        assert (found["loop_routes"], found["junctions"]) == (2, junctions)


def test_two_courses_between_the_same_ends_are_a_loop() -> None:
    layer = roads([("sw", "se"), ("sw", "se")])
    layer.geometry = [layer.geometry.iloc[0], shapely.LineString([NODES["sw"], (0, 0), NODES["se"]])]
    assert roads_around(places((0, 0)), layer)["loop_routes"].tolist() == [1]


def test_motorways_are_no_streets() -> None:
    found = roads_around(places((0, 0)), roads(SQUARE, highway=["motorway", "trunk", "trunk_link", "tertiary"]))
    assert found["road_km"].tolist() == pytest.approx([0.4])


def test_generalised_roads_are_counted_but_not_sure() -> None:
    coarse = roads(SQUARE, accuracy_m=[5.0, 5.0, 5.0, ROAD_ACCURACY_M + 1])
    # in the circle; nothing in the circle, the nearest road generalised; the same, the nearest one well placed
    found = roads_around(places((0, 0), (-5000, 0), (5000, 0)), coarse)
    assert found["road_km"].tolist() == pytest.approx([1.6, 0, 0])
    assert found["road_km_accuracy"].tolist() == [math.inf, math.inf, 0]
    assert found["loop_routes_accuracy"].tolist() == [math.inf, math.inf, 0]
    exact = roads(SQUARE, accuracy_m=ROAD_ACCURACY_M)
    assert roads_around(places((0, 0)), exact)["junctions_accuracy"].tolist() == [0]
    assert roads_around(places((0, 0)), roads(SQUARE, accuracy_m=math.nan))["road_km_accuracy"].tolist() == [0]


def test_a_layer_without_streets_has_none_around() -> None:
    found = roads_around(places((0, 0)), roads(SQUARE, highway="motorway"))
    assert found[["road_km", "loop_routes", "junctions"]].to_numpy().tolist() == [[0, 0, 0]]


def test_many_places_are_measured_as_each_alone() -> None:
    spots = [(10.0 * i, 3.0 * i) for i in range(PLACES_AT_ONCE + 3)]
    layer = roads([*SQUARE, ("ne", "far")])
    together = roads_around(places(*spots), layer)
    for i in (0, PLACES_AT_ONCE - 1, PLACES_AT_ONCE, PLACES_AT_ONCE + 2):
        alone = roads_around(places(spots[i]), layer)
        assert together.iloc[i].tolist() == pytest.approx(alone.iloc[0].tolist())


def test_junctions_are_where_three_ends_meet() -> None:
    found = junctions_of(streets_of(roads([*SQUARE, ("ne", "far")], both=True)))
    assert [(point.x, point.y) for point in found] == [(200, 200)]


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda pair: pair[0] < pair[1]), min_size=1))
def test_loops_and_lengths_equal_brute_force(pairs: set[tuple[int, int]]) -> None:
    spots = {str(i): (300.0 * (i % 3) + 7 * i, 300.0 * (i // 3) - 5 * i) for i in range(9)}
    links = [(str(u), str(v)) for u, v in sorted(pairs)]
    layer, reach = roads(links, spots), 520.0
    found = roads_around(places((250, 250)), layer, reach).loc["p0"]
    centre = shapely.Point(250, 250)
    inside = [link for link in links if all(centre.distance(shapely.Point(spots[end])) <= reach for end in link)]
    graph = nx.Graph(inside)
    assert found["loop_routes"] == len(nx.cycle_basis(graph))
    circle = centre.buffer(reach, quad_segs=2000)
    assert found["road_km"] == pytest.approx(layer.intersection(circle).length.sum() / 1000, abs=1e-4)
    degree = nx.Graph(links).degree
    near = [n for n, ends in degree if ends >= 3 and centre.distance(shapely.Point(spots[n])) <= reach]
    assert found["junctions"] == len(near)


def test_a_road_counts_in_the_years_it_is_open() -> None:
    lines = [shapely.LineString([(0, y), (100, y)]) for y in (0, 10, 20)]
    edges = gpd.GeoDataFrame({"opens": [np.nan, 2031, np.nan], "closes": [np.nan, np.nan, 2031]}, geometry=lines)
    layers = {"road_edges": edges, "areas": "kept"}
    assert list(with_open_roads(layers, 2030)["road_edges"].index) == [0, 2]
    assert list(with_open_roads(layers, 2031)["road_edges"].index) == [0, 1]
    assert with_open_roads(layers, 2031)["areas"] == "kept"
    assert with_open_roads({}, 2031) == {}
