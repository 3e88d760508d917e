from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.arrivals import arrive
from nmplan.measures.arrivals import grow_trees
from nmplan.measures.arrivals import still_running
from nmplan.measures.network import NO_LINKS
from nmplan.measures.network import Legs
from nmplan.measures.network import Link
from nmplan.measures.network import Network
from nmplan.measures.network import add_links
from nmplan.measures.network import shortest_minutes

NOW = 600.0


def network_of(nodes: int, *links: tuple[int, int, float, float]) -> Network:
    """Links as start, end, minutes, and the minute until which they can be taken."""
    start, end, minutes, last = (np.array(part) for part in zip(*links, strict=True))
    kinds = [Link("board", f"line {i}", last_min=each) for i, each in enumerate(last)]
    bare = Network([str(i) for i in range(nodes)], np.zeros((nodes, 2)), *NO_LINKS)
    return add_links(bare, start, end, minutes.astype(float), kinds)


def leg(node: int, minutes: float) -> Legs:
    return Legs(np.array([0]), np.array([node]), np.array([minutes]), 1)


def test_a_tree_knows_until_when_each_node_can_be_left() -> None:
    # 0 → 1 → 2, five minutes each; the second link is gone after 620, the end closes at 630
    network = network_of(3, (0, 1, 5.0, np.inf), (1, 2, 5.0, 620.0))
    trees = grow_trees(network, np.array([2]), np.array([630.0]))
    assert trees.minutes.tolist() == [[10.0, 5.0, 0.0]]
    assert trees.link.tolist() == [[0, 1, -1]]
    assert trees.latest_min.tolist() == [[615.0, 620.0, 630.0]]


def test_who_would_miss_the_last_one_takes_what_still_runs() -> None:
    network = network_of(2, (0, 1, 5.0, 610.0), (0, 1, 30.0, np.inf))
    trees = [grow_trees(each, np.array([1]), np.array([np.inf])) for each in still_running(network, NOW)]
    assert arrive(trees, leg(0, 9.0), NOW).minutes.tolist() == [[14.0]]
    assert arrive(trees, leg(0, 11.0), NOW).minutes.tolist() == [[41.0]]


def test_an_end_that_closes_is_not_reached_after_it() -> None:
    network = network_of(2, (0, 1, 5.0, np.inf))
    trees = [grow_trees(network, np.array([1]), np.array([610.0]))]
    assert arrive(trees, leg(0, 5.0), NOW).minutes.tolist() == [[10.0]]
    assert np.isnan(arrive(trees, leg(0, 5.1), NOW).minutes).all()


def test_where_nothing_stops_one_network_is_enough() -> None:
    network = network_of(2, (0, 1, 5.0, np.inf), (0, 1, 4.0, NOW - 1))
    (only,) = still_running(network, NOW)
    assert len(only.links) == 1
    assert list(still_running(network_of(2, (0, 1, 5.0, np.inf)), NOW)) != []


links = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.floats(0, 20)), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(links, st.integers(0, 1000))
def test_without_hours_arrivals_are_the_shortest_minutes(drawn: list, seed: int) -> None:
    network = network_of(8, *[(*link, np.inf) for link in drawn])
    rng = np.random.default_rng(seed)
    legs = Legs(rng.integers(0, 5, 12), rng.integers(0, 8, 12), rng.uniform(0, 9, 12), 6)
    ends = np.array([0, 3])
    found = arrive([grow_trees(network, ends, np.full(2, np.inf))], legs, NOW)
    there = Legs(np.arange(2), ends, np.zeros(2), 2)
    np.testing.assert_allclose(found.minutes, shortest_minutes(network, legs, there), atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(links, st.lists(st.floats(NOW - 20, NOW + 80), min_size=40, max_size=40), st.integers(0, 7), st.floats(0, 30))
def test_no_way_that_is_found_misses_anything(drawn: list, last: list, node: int, walk: float) -> None:
    network = network_of(8, *[(*link, until) for link, until in zip(drawn, last, strict=False)])
    grown = [(each, grow_trees(each, np.array([0]), np.array([np.inf]))) for each in still_running(network, NOW)]
    found = arrive([trees for _, trees in grown], leg(node, walk), NOW)
    if np.isnan(found.minutes[0, 0]):
        return
    running, trees = grown[found.tree[0, 0]]
    minute, at = NOW + walk, node
    while (link := int(trees.link[0, at])) >= 0:
        assert minute <= running.last_min[link] + 1e-6
        minute += running.minutes[link]
        at = int(running.end[link])
    assert at == 0
    assert minute - NOW == pytest.approx(found.minutes[0, 0], abs=1e-6)
