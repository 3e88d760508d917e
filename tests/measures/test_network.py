from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.network import NO_LINKS
from nmplan.measures.network import Legs
from nmplan.measures.network import Link
from nmplan.measures.network import Network
from nmplan.measures.network import add_links
from nmplan.measures.network import both_ways
from nmplan.measures.network import fastest_way
from nmplan.measures.network import join_networks
from nmplan.measures.network import shortest_minutes


def network_of(links: list[tuple[int, int, float]], nodes: int) -> Network:
    start, end, minutes = (
        (np.array(column) for column in zip(*links, strict=True)) if links else (np.zeros(0, int),) * 2 + (np.zeros(0),)
    )
    empty = Network([str(i) for i in range(nodes)], np.zeros((nodes, 2)), *NO_LINKS)
    return add_links(empty, start, end, minutes.astype(float), [Link("road", str(i)) for i in range(len(start))])


def at(*nodes: int) -> Legs:
    return Legs(np.arange(len(nodes)), np.array(nodes), np.zeros(len(nodes)), len(nodes))


def test_trap_10_the_faster_of_parallel_links_counts_not_their_sum() -> None:
    network = network_of([(0, 1, 9.0), (0, 1, 4.0), (0, 1, 7.0)], 2)
    assert shortest_minutes(network, at(0), at(1))[0, 0] == pytest.approx(4.0)


def test_links_are_one_way() -> None:
    network = network_of([(0, 1, 5.0)], 2)
    assert shortest_minutes(network, at(0), at(1))[0, 0] == pytest.approx(5.0)
    assert np.isnan(shortest_minutes(network, at(1), at(0))[0, 0])


def test_a_link_of_no_time_is_still_a_link() -> None:
    network = network_of([(0, 1, 0.0), (1, 2, 3.0)], 3)
    assert shortest_minutes(network, at(0), at(2))[0, 0] == pytest.approx(3.0, abs=1e-6)


def test_legs_count_and_the_best_one_is_taken() -> None:
    network = network_of([(0, 2, 10.0), (1, 2, 1.0)], 3)
    origin = Legs(np.array([0, 0]), np.array([0, 1]), np.array([0.5, 6.0]), 1)  # 0.5 + 10 against 6 + 1
    destination = Legs(np.array([0]), np.array([2]), np.array([2.0]), 1)
    assert shortest_minutes(network, origin, destination)[0, 0] == pytest.approx(9.0)


def test_a_point_without_legs_is_cut_off() -> None:
    network = network_of([(0, 1, 1.0)], 2)
    lonely = Legs(np.array([1]), np.array([0]), np.array([0.0]), 2)  # only the second of two points has a leg
    times = shortest_minutes(network, lonely, at(1))
    assert np.isnan(times[0, 0])
    assert times[1, 0] == pytest.approx(1.0)


def test_no_points_at_all_give_an_empty_table() -> None:
    nothing = Legs(np.zeros(0, int), np.zeros(0, int), np.zeros(0), 0)
    assert shortest_minutes(network_of([(0, 1, 1.0)], 2), nothing, at(1)).shape == (0, 1)
    assert shortest_minutes(network_of([(0, 1, 1.0)], 2), at(1), nothing).shape == (1, 0)


def test_joined_networks_stay_apart_until_linked() -> None:
    joined = join_networks(network_of([(0, 1, 1.0)], 2), network_of([(0, 1, 2.0)], 2))
    assert np.isnan(shortest_minutes(joined, at(0), at(3))[0, 0])
    linked = add_links(joined, np.array([1]), np.array([2]), np.array([5.0]), Link("walk"))
    assert shortest_minutes(linked, at(0), at(3))[0, 0] == pytest.approx(1 + 5 + 2)


def test_both_ways_is_symmetric() -> None:
    network = both_ways(network_of([], 2), np.array([0]), np.array([1]), np.array([3.0]), Link("walk"))
    assert shortest_minutes(network, at(0, 1), at(0, 1)) == pytest.approx(np.array([[0, 3], [3, 0]]), abs=1e-6)


links = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.floats(0.01, 100)), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(links, st.integers(1, 8), st.integers(1, 8))
def test_times_equal_networkx_from_either_side(
    pairs: list[tuple[int, int, float]], origins: int, destinations: int
) -> None:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(8))
    graph.add_weighted_edges_from(pairs)
    found = shortest_minutes(network_of(pairs, 8), at(*range(origins)), at(*range(destinations)))
    for origin in range(origins):
        known = nx.single_source_dijkstra_path_length(graph, origin)
        expected = [known.get(destination, np.nan) for destination in range(destinations)]
        np.testing.assert_allclose(found[origin], expected, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(links)
def test_triangle_no_detour_over_a_third_node_is_shorter(pairs: list[tuple[int, int, float]]) -> None:
    times = shortest_minutes(network_of(pairs, 8), at(*range(8)), at(*range(8)))
    times = np.where(np.isnan(times), np.inf, times)
    assert (times <= (times[:, :, None] + times[None, :, :]).min(axis=1) + 1e-6).all()


@settings(max_examples=60, deadline=None)
@given(links, st.tuples(st.integers(0, 7), st.integers(0, 7), st.floats(0.01, 100)))
def test_a_further_link_never_lengthens_a_journey(
    pairs: list[tuple[int, int, float]], more: tuple[int, int, float]
) -> None:
    before = shortest_minutes(network_of(pairs, 8), at(*range(8)), at(*range(8)))
    after = shortest_minutes(network_of([*pairs, more], 8), at(*range(8)), at(*range(8)))
    assert (np.nan_to_num(after, nan=np.inf) <= np.nan_to_num(before, nan=np.inf) + 1e-6).all()


@settings(max_examples=60, deadline=None)
@given(links, st.integers(0, 7), st.integers(0, 7))
def test_the_fastest_way_takes_as_long_as_the_shortest_time(
    pairs: list[tuple[int, int, float]], origin: int, destination: int
) -> None:
    network = network_of(pairs, 8)
    start, end = Legs(np.zeros(1, int), np.array([origin]), np.array([2.0]), 1), at(destination)
    way, minutes = fastest_way(network, start, end), shortest_minutes(network, start, end)[0, 0]
    if way is None:
        assert np.isnan(minutes)
        return
    assert way.first_min + network.minutes[way.links].sum() + way.last_min == pytest.approx(minutes, abs=1e-6)
    assert (way.nodes[0], way.nodes[-1]) == (origin, destination)
    assert network.start[way.links].tolist() == way.nodes[:-1].tolist()
    assert network.end[way.links].tolist() == way.nodes[1:].tolist()
