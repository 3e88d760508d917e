from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.access import SAME_ROAD_M
from nmplan.measures.access import _nearest_roads
from nmplan.measures.access import crosses
from nmplan.measures.access import join_legs
from nmplan.measures.access import road_legs
from nmplan.measures.access import straight_legs
from nmplan.measures.drive import Roads
from nmplan.measures.network import Link
from nmplan.measures.network import Network
from nmplan.measures.network import add_links
from nmplan.measures.network import nodes_only
from nmplan.measures.network import shortest_minutes


def network_of(roads: Roads) -> Network:
    network = nodes_only(roads.nodes)
    return add_links(
        network, network.position(roads.edges["u"]), network.position(roads.edges["v"]), roads.minutes(), Link("road")
    )


def legs_of(roads: Roads, places, *, outwards: bool, barrier: object = "own"):
    line = roads.boundary if barrier == "own" else barrier
    return road_legs(
        places, network_of(roads), roads.edges, roads.minutes(), line, metres_per_min=100, outwards=outwards
    )


def test_a_place_joins_the_road_beside_it_not_its_far_end(roads: Roads, points) -> None:
    # from (4,000, −2,200): 200 m to the road at 100 m/min, then 4 km to a or 6 km to b at 1 km/min
    legs = legs_of(roads, points((4000, -2200)), outwards=True)
    best = {network_of(roads).names[node]: minutes for node, minutes in zip(legs.node, legs.minutes, strict=True)}
    assert min(
        m for n, m in zip(legs.node, legs.minutes, strict=True) if network_of(roads).names[n] == "a"
    ) == pytest.approx(6.0)
    assert best.keys() >= {"a", "b"}


def test_a_one_way_road_is_left_at_its_end_and_reached_at_its_start(roads: Roads, points) -> None:
    names = network_of(roads).names
    place = points((15_000, -2000))  # on the one-way road b → far
    out = legs_of(roads, place, outwards=True)
    into = legs_of(roads, place, outwards=False)
    along = [(names[n], round(m, 6)) for n, m in zip(out.node, out.minutes, strict=True)]
    back = [(names[n], round(m, 6)) for n, m in zip(into.node, into.minutes, strict=True)]
    assert ("far", 5.0) in along
    assert ("b", 5.0) in back
    assert ("b", 5.0) not in along  # against the traffic there is only the walk of 5,000 m, 50 min


def test_no_leg_crosses_the_boundary(roads: Roads, points) -> None:
    place = points((300, -50))  # nearest road node straight across the river is sz, 335 m away
    names = network_of(roads).names
    legs = legs_of(roads, place, outwards=True)
    assert {names[node] for node in legs.node} <= {"hall", "a", "b", "far"}
    free = legs_of(roads, place, outwards=True, barrier=None)
    assert "sz" in {names[node] for node in free.node}


def test_a_place_cut_off_from_near_roads_looks_further(roads: Roads, points) -> None:
    # a fence west of the place cuts off the hall's road, and the straight ways to all junctions
    fence = shapely.LineString([(150, 50), (150, -1500), (400, -1950), (9000, -1950)])
    legs = legs_of(roads, points((300, -1000)), outwards=True, barrier=fence)
    assert not len(legs.point)
    gap = shapely.LineString([(150, 50), (150, -1500), (290, -1950)])
    found = legs_of(roads, points((300, -1000)), outwards=True, barrier=gap)
    assert found.minutes.min() == pytest.approx(10 + 0.3)  # 1,000 m straight down to (300, −2,000), 300 m along to a


def test_a_port_across_the_river_is_no_way_in(roads: Roads, points) -> None:
    nodes = roads.nodes.copy()
    nodes.loc[nodes["node_id"].eq("hall"), "geometry"] = points((0, 100)).iloc[0]  # as at Shenzhen Bay
    edges = roads.edges.copy()
    for u, v in (("hall", "a"), ("a", "hall")):
        line = shapely.LineString([(0, 100), (0, -2000)])
        edges.loc[edges["u"].eq(u) & edges["v"].eq(v), "geometry"] = line if u == "hall" else line.reverse()
    moved = Roads(nodes, edges, roads.boundary)
    names = network_of(moved).names
    assert {names[node] for node in legs_of(moved, points((50, 120)), outwards=True).node} <= {"sz", "works"}
    assert {names[node] for node in legs_of(moved, points((50, -120)), outwards=True).node} <= {"a", "b", "far"}


def test_both_directions_of_a_slanting_street_are_joined(points) -> None:
    """The distance to a line and to its reverse may differ in the last digit: neither direction may be lost."""
    rng = np.random.default_rng(3)
    ends = rng.uniform(0, 1000, (200, 2, 2)) + 820_000
    there = shapely.linestrings(ends)
    lines = np.concatenate([there, shapely.reverse(there)])
    places = points(*(rng.uniform(0, 1000, (300, 2)) + 820_000))
    place, road = _nearest_roads(places.to_numpy(), lines)
    away = shapely.distance(places.to_numpy()[:, None], there)
    expected = {(i, j) for i, row in enumerate(away) for j in np.flatnonzero(row <= row.min() + SAME_ROAD_M)}
    assert set(zip(place.tolist(), road.tolist(), strict=True)) == expected | {(i, j + 200) for i, j in expected}


def test_the_nearest_road_is_found_though_its_ends_are_far(points) -> None:
    lines = shapely.linestrings([[(-90_000, 0), (90_000, 0)], [(0, 50), (0, 60)]])
    place, road = _nearest_roads(points((0, 10), (5, 49), (0, 0)).to_numpy(), lines)
    assert list(zip(place.tolist(), road.tolist(), strict=True)) == [(0, 0), (1, 1), (2, 0)]


def test_motorways_are_entered_at_junctions_only(roads: Roads, points) -> None:
    closed = Roads(roads.nodes, roads.edges.assign(highway="motorway"), roads.boundary)
    legs = legs_of(closed, points((4000, -2200)), outwards=True)
    nearest = float(np.hypot(4000, 200) / 100)
    assert legs.minutes.min() == pytest.approx(nearest)


def test_straight_legs_respect_limit_and_boundary(roads: Roads, points) -> None:
    network = network_of(roads)
    every = np.arange(len(network.names))
    legs = straight_legs(points((0, -300)), network, every, roads.boundary, lambda metres: metres / 100, 2000.0)
    assert {network.names[node]: minutes for node, minutes in zip(legs.node, legs.minutes, strict=True)} == {
        "hall": pytest.approx(2.0),
        "a": pytest.approx(17.0),
    }


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1000), st.floats(10, 8000))
def test_straight_legs_are_all_pairs_within_the_limit_on_one_side(roads, points, seed: int, limit: float) -> None:
    network, every = network_of(roads), np.arange(6)
    places = points(*np.random.default_rng(seed).uniform(-3000, 3000, (30, 2)))
    legs = straight_legs(places, network, every, roads.boundary, lambda metres: metres, limit)
    here = np.column_stack([places.x, places.y])
    away = np.hypot(*(here[:, None] - network.xy[None]).transpose(2, 0, 1))
    same_side = np.sign(here[:, None, 1]) == np.sign(network.xy[None, :, 1])
    pairs = np.argwhere((away <= limit) & same_side)
    assert np.column_stack([legs.point, legs.node]).tolist() == pairs.tolist()
    np.testing.assert_allclose(legs.minutes, away[tuple(pairs.T)])


def test_crosses_tells_which_ways_meet_the_barrier(boundary: shapely.LineString) -> None:
    starts, ends = np.array([[0, -1], [0, -1]]), np.array([[0, 1], [5, -2]])
    assert crosses(boundary, starts, ends).tolist() == [True, False]
    assert crosses(None, starts, ends).tolist() == [False, False]


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12), st.floats(10, 50_000))
def test_ways_that_keep_clear_of_the_barrier_are_told_apart_rightly(seed: int, corners: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    parts = [shapely.LineString(rng.uniform(0, size, (corners, 2)) + 820_000) for _ in range(2)]
    upright = shapely.LineString([(820_000 + size / 2, 820_000), (820_000 + size / 2, 820_000 + size)])
    starts = rng.uniform(-0.2 * size, 1.2 * size, (200, 2)) + 820_000
    ends = starts + rng.normal(0, size * rng.choice([0.01, 0.3], (200, 1)), (200, 2))
    for barrier in (parts[0], shapely.MultiLineString(parts), upright):
        ways = shapely.linestrings(np.stack([starts, ends], axis=1))
        np.testing.assert_array_equal(crosses(barrier, starts, ends), shapely.intersects(barrier, ways))


def test_joined_legs_offer_both_ways(roads: Roads, points) -> None:
    place = points((4000, -2200))
    one, two = legs_of(roads, place, outwards=True), legs_of(roads, place, outwards=True)
    both = join_legs(one, two)
    ends = legs_of(roads, points((0, -2000)), outwards=False)
    assert len(both.point) == 2 * len(one.point)
    assert shortest_minutes(network_of(roads), both, ends) == pytest.approx(
        shortest_minutes(network_of(roads), one, ends)
    )
