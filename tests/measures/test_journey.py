from __future__ import annotations

import numpy as np
import pytest

from nmplan.measures.drive import road_network
from nmplan.measures.journey import Journey
from nmplan.measures.journey import Leg
from nmplan.measures.journey import explain_way
from nmplan.measures.network import NO_LINKS
from nmplan.measures.network import Legs
from nmplan.measures.network import Link
from nmplan.measures.network import Network
from nmplan.measures.network import add_links
from nmplan.measures.network import fastest_way
from nmplan.measures.travel import Travel

NAMES = {"lo": "Lo Wu", "eal": "East Rail Line", "bridge": "The Bridge"}


def way_over(links: list[tuple[int, int, float, Link]], names: list[str]) -> Journey:
    """The fastest way from the first node to the last, 1 and 2 minutes off the network; nodes are 100 m apart."""
    xy = np.column_stack([np.arange(len(names)) * 100.0, np.zeros(len(names))])
    start, end, minutes, kinds = zip(*links, strict=True)
    network = add_links(Network(names, xy, *NO_LINKS), np.array(start), np.array(end), np.array(minutes), list(kinds))
    first = Legs(np.zeros(1, int), np.array([0]), np.array([1.0]), 1)
    last = Legs(np.zeros(1, int), np.array([len(names) - 1]), np.array([2.0]), 1)
    way = fastest_way(network, first, last)
    assert way is not None
    return explain_way(network, way, first, last, "car", NAMES)


def test_links_of_one_street_are_one_leg_and_lengths_add_up() -> None:
    street = [Link("road", "Long Road", 300.0), Link("road", "Long Road", 200.0), Link("road", "Short Road", 100.0)]
    journey = way_over([(i, i + 1, 3.0, link) for i, link in enumerate(street)], ["a", "b", "c", "d"])
    assert [(leg.kind, leg.name, leg.minutes, leg.metres) for leg in journey.legs[1:-1]] == [
        ("road", "Long Road", 6.0, 500.0),
        ("road", "Short Road", 3.0, 100.0),
    ]
    assert [(leg.start, leg.end) for leg in journey.legs] == [("", "a"), ("a", "c"), ("c", "d"), ("d", "")]
    assert journey.minutes == pytest.approx(1 + 9 + 2)
    assert journey.in_vehicle_min == pytest.approx(9)


def test_a_train_over_the_boundary_is_a_ride_and_a_clearance() -> None:
    links = [
        (0, 1, 3.0, Link("board")),
        (1, 2, 15.0, Link("ride", "eal", crossing_id="bridge", clearance_min=12.0)),
        (2, 3, 0.0, Link("alight")),
    ]
    journey = way_over(links, ["x", "x/platform/eal/6", "lo/platform/eal/6", "lo"])
    assert [leg.kind for leg in journey.legs] == ["access", "board", "ride", "clearance", "egress"]
    ride, clearance = journey.legs[2:4]
    assert (ride.name, ride.minutes, ride.metres, ride.end) == ("East Rail Line", pytest.approx(3), 100.0, "Lo Wu")
    assert (clearance.name, clearance.minutes) == ("The Bridge", pytest.approx(12))
    assert journey.clearance_min == pytest.approx(12)
    assert journey.minutes == pytest.approx(1 + 3 + 15 + 2)


def test_sides_of_a_crossing_are_told_apart_and_unknown_ids_stand_for_themselves() -> None:
    journey = way_over([(0, 1, 20.0, Link("clearance", "bridge"))], ["bridge/hong-kong", "bridge/shenzhen"])
    assert (journey.legs[1].start, journey.legs[1].end) == ("The Bridge, Hong Kong side", "The Bridge, Shenzhen side")
    assert way_over([(0, 1, 1.0, Link("walk"))], ["p7", "q8"]).legs[1].start == "p7"


def test_minutes_of_some_kinds() -> None:
    journey = Journey("transit", (Leg("walk", "", "", "", 4.0, 0.0), Leg("board", "", "", "", 3.0, 0.0)))
    assert journey.minutes_of("walk", "change") == 4.0
    assert journey.minutes == 7.0


def test_a_journey_takes_as_long_as_the_table_of_minutes_says(roads, crossings, services, speeds, points) -> None:
    travel = Travel(roads, speeds, {"car": road_network(roads, crossings, services, speeds)})
    here, there = points((4000, -2200)), points((100, 4000))
    journey = travel.journey("car", here, there)
    assert journey is not None
    assert journey.minutes == pytest.approx(travel.minutes("car", here, there)[0, 0])
    # between the junctions: 4 km + 1.9 km, 20 minutes at the bridge, 3.9 km, as tests/measures/test_travel.py has it
    assert journey.clearance_min == pytest.approx(20)
    assert journey.in_vehicle_min == pytest.approx(5.9 + 3.9)
    assert journey.minutes_of("access", "egress") == pytest.approx(2 + 1)
    assert travel.journey("transit", here, there) is None
