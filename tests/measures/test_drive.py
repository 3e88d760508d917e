from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nmplan.measures.drive import Roads
from nmplan.measures.drive import road_network
from nmplan.measures.network import Legs
from nmplan.measures.network import shortest_minutes
from nmplan.measures.speeds import Speeds


def minutes(network, start: str, end: str) -> float:
    at = [Legs(np.array([0]), network.position([name]), np.zeros(1), 1) for name in (start, end)]
    return float(shortest_minutes(network, *at)[0, 0])


def test_minutes_are_length_over_speed_and_no_faster_than_the_cap(roads: Roads) -> None:
    assert roads.minutes()[2] == pytest.approx(10.0)  # 10 km at 60 km/h
    assert roads.minutes(cap_kph=30)[2] == pytest.approx(20.0)


def test_the_way_north_and_the_way_south_cost_their_own_clearance(roads, crossings, services, speeds: Speeds) -> None:
    network = road_network(roads, crossings, services, speeds)
    # a → hall 1.9 km, clearance, sz → works 4.9 km; halls stand on the junctions
    assert minutes(network, "a", "works") == pytest.approx(1.9 + 20 + 4.9)
    assert minutes(network, "works", "a") == pytest.approx(4.9 + 30 + 1.9)


def test_without_an_open_crossing_nothing_gets_across(roads, crossings, services, speeds: Speeds) -> None:
    assert np.isnan(minutes(road_network(roads, crossings, services.iloc[:0], speeds), "a", "works"))
    for mode in ("rail", "foot"):
        walked = road_network(roads, crossings, services.assign(mode=mode), speeds)
        assert np.isnan(minutes(walked, "a", "works"))
        # the hall can be driven to, and the car stays there
        assert minutes(walked, "a", "bridge/hong-kong") == pytest.approx(1.9)


def test_at_a_shared_hall_nobody_slips_through_uncleared(roads, crossings, services, speeds: Speeds, points) -> None:
    # both sides in one hall on the far bank, as at Shenzhen Bay, and both roads end there
    joint = crossings.set_geometry(points((0, 100)))
    joint["shenzhen_side"] = points((0, 100))
    other = crossings.assign(crossing_id="other")  # tells which piece of the roads lies on which side
    moved = roads.nodes.copy()
    moved.loc[moved["node_id"].eq("hall"), "geometry"] = points((0, 100)).iloc[0]
    both = pd.concat([joint, other], ignore_index=True)
    network = road_network(Roads(moved, roads.edges, roads.boundary), both, services, speeds)
    assert minutes(network, "a", "works") == pytest.approx(1.9 + 20 + 4.9, abs=1e-6)


def test_a_hall_far_from_any_road_is_not_served(roads, crossings, services, speeds: Speeds, points) -> None:
    remote = crossings.set_geometry(points((-9000, -100)))
    others = pd.concat(
        [remote, crossings.assign(crossing_id="x"), crossings.assign(crossing_id="y")], ignore_index=True
    )
    assert np.isnan(minutes(road_network(roads, others, services, speeds), "a", "works"))
