from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nmplan.measures.hall_access import access_ways
from nmplan.measures.network import Legs
from nmplan.measures.network import shortest_minutes
from nmplan.measures.timetable import rides_of
from nmplan.measures.timetable import stops_of
from nmplan.measures.transit import Transit
from nmplan.measures.transit import transit_network
from nmplan.study import Scenario

CRS = "EPSG:2326"


@pytest.fixture
def stations() -> gpd.GeoDataFrame:
    """Line one from s1 to s2, line two from t2 (300 m from s2) to t3, and p on the far bank 300 m from t3."""
    places = {"s1": (0, -9000), "s2": (0, -5000), "t2": (300, -5000), "t3": (0, -150), "p": (0, 150), "q": (0, 4000)}
    xy = np.array(list(places.values()), dtype=float)
    return gpd.GeoDataFrame({"station_id": list(places)}, geometry=gpd.points_from_xy(*xy.T), crs=CRS)


@pytest.fixture
def links() -> pd.DataFrame:
    rows = [
        ("one", "s1", "s2", 6.0, 4.0, np.nan),
        ("two", "t2", "t3", 7.0, 10.0, 2034.0),
        ("sz", "p", "q", 5.0, 6.0, np.nan),
    ]
    frame = pd.DataFrame(rows, columns=["line_id", "from_station", "to_station", "minutes", "headway_min", "opens"])
    return frame.assign(closes=np.nan, oneway=False)


NO_TRANSFERS = pd.DataFrame({"from_station": [], "to_station": [], "minutes": []}, dtype=object)


def transit_of(
    stations, links, transfers, crossings, services, boundary, speeds, *, year=2035, bus_lines=None, access=None
) -> Transit:
    """Public transport as `build_travel` puts it together, at ten in the morning."""
    layers = {"stations": stations, "rail_links": links}
    layers |= {} if bus_lines is None else {"bus_lines": bus_lines}
    hour = Scenario(name_en="", name_zh="", year=year, time_of_day="10:00")
    rides, stops = rides_of(layers, hour), stops_of(layers)
    used = stops[stops["stop_id"].isin({*rides["from_stop"], *rides["to_stop"]})]
    ways = access_ways(access, used, crossings, boundary, speeds, year=year)
    return transit_network(rides, used, transfers, crossings, services, ways, boundary, speeds)


def network_of(*layers, **more):
    return transit_of(*layers, **more).network


def minutes(network, start: str, end: str) -> float:
    at = [Legs(np.array([0]), network.position([name]), np.zeros(1), 1) for name in (start, end)]
    return float(shortest_minutes(network, *at)[0, 0])


def test_a_ride_costs_half_the_headway_and_the_run(stations, links, crossings, services, boundary, speeds) -> None:
    network = network_of(stations, links, NO_TRANSFERS, crossings, services, boundary, speeds, year=2035)
    assert minutes(network, "s1", "s2") == pytest.approx(2 + 6)
    assert minutes(network, "s2", "s1") == pytest.approx(2 + 6)


def test_a_change_costs_the_walk_or_the_known_transfer(stations, links, crossings, services, boundary, speeds) -> None:
    walked = network_of(stations, links, NO_TRANSFERS, crossings, services, boundary, speeds, year=2035)
    # 2 + 6, 300 m on foot at 100 m/min, half of ten minutes, 7
    assert minutes(walked, "s1", "t3") == pytest.approx(8 + 3 + 5 + 7)
    known = pd.DataFrame({"from_station": ["s2"], "to_station": ["t2"], "minutes": [1.0]})
    told = network_of(stations, links, known, crossings, services, boundary, speeds, year=2035)
    assert minutes(told, "s1", "t3") == pytest.approx(8 + 1 + 5 + 7)


def test_a_line_is_there_from_the_year_it_opens(stations, links, crossings, services, boundary, speeds) -> None:
    before = network_of(stations, links, NO_TRANSFERS, crossings, services, boundary, speeds, year=2033)
    assert "t3" not in before.names
    after = network_of(stations, links, NO_TRANSFERS, crossings, services, boundary, speeds, year=2034)
    assert "t3" in after.names


def test_a_link_is_gone_from_the_year_it_closes(stations, links, crossings, services, boundary, speeds) -> None:
    ending = links.assign(closes=[2030.0, np.nan, np.nan])
    for year, there in ((2029, True), (2030, False)):
        network = network_of(stations, ending, NO_TRANSFERS, crossings, services, boundary, speeds, year=year)
        assert ("s1" in network.names) is there


def test_the_river_is_crossed_through_the_halls_only(stations, links, crossings, services, boundary, speeds) -> None:
    network = network_of(stations, links, NO_TRANSFERS, crossings, services, boundary, speeds, year=2035)
    # t3 and p lie 300 m apart, but across the river: 50 m walks to the halls and the clearance between
    assert minutes(network, "t3", "p") == pytest.approx(0.5 + 20 + 0.5)
    assert minutes(network, "p", "t3") == pytest.approx(0.5 + 30 + 0.5)
    shut = network_of(stations, links, NO_TRANSFERS, crossings, services.iloc[:0], boundary, speeds, year=2035)
    assert np.isnan(minutes(shut, "t3", "p"))


def test_a_train_over_the_boundary_costs_the_clearance_of_its_crossing(
    stations, links, crossings, services, boundary, speeds
) -> None:
    through = pd.DataFrame([("through", "t3", "q", 4.0, 6.0, np.nan, np.nan, False)], columns=links.columns)
    by_rail = services.assign(mode="rail")
    network = network_of(stations, through, NO_TRANSFERS, crossings, by_rail, boundary, speeds, year=2035)
    assert minutes(network, "t3", "q") == pytest.approx(3 + 4 + 20)
    assert minutes(network, "q", "t3") == pytest.approx(3 + 4 + 30)


def test_a_crossing_inside_a_station_clears_its_train_and_lets_nobody_walk_through(
    stations, links, crossings, services, boundary, speeds
) -> None:
    # as at West Kowloon: both halls in s1, far from the river; the train runs on to q
    inside = crossings.assign(crossing_id="terminus").set_geometry([shapely.Point(0, -9000)])
    inside["shenzhen_side"] = gpd.GeoSeries([shapely.Point(0, -9000)], index=inside.index, crs=CRS)
    both = pd.concat([crossings, inside], ignore_index=True)
    aboard = services.assign(crossing_id="terminus", mode="train")
    fast = pd.DataFrame([("fast", "s1", "q", 14.0, 6.0, np.nan, np.nan, False)], columns=links.columns)
    network = network_of(stations, fast, NO_TRANSFERS, both, aboard, boundary, speeds, year=2035)
    assert minutes(network, "s1", "q") == pytest.approx(3 + 14 + 20)
    assert minutes(network, "q", "s1") == pytest.approx(3 + 14 + 30)
    assert not [name for name in network.names if name.startswith("terminus")]


def test_without_an_open_rail_crossing_no_train_carries_anybody_across(
    stations, links, crossings, services, boundary, speeds
) -> None:
    more = pd.concat(
        [links, pd.DataFrame([("through", "t3", "q", 4.0, 6.0, np.nan, np.nan, False)], columns=links.columns)]
    )
    network = network_of(stations, more, NO_TRANSFERS, crossings, services, boundary, speeds, year=2035)
    # only on foot through the halls, which the road service opens: 0.5 + 20 + 0.5, then 3 + 5 to q
    assert minutes(network, "t3", "q") == pytest.approx(21 + 8)
    shut = network_of(stations, more, NO_TRANSFERS, crossings, services.iloc[:0], boundary, speeds, year=2035)
    assert np.isnan(minutes(shut, "t3", "q"))


def test_a_known_transfer_is_not_undercut_by_a_walk(stations, links, crossings, services, boundary, speeds) -> None:
    slow = pd.DataFrame({"from_station": ["s2"], "to_station": ["t2"], "minutes": [8.0]})
    network = network_of(stations, links, slow, crossings, services, boundary, speeds, year=2035)
    assert minutes(network, "s1", "t3") == pytest.approx(8 + 8 + 5 + 7)


def test_a_branch_with_fewer_trains_costs_its_own_wait(stations, links, crossings, services, speeds) -> None:
    branch = pd.DataFrame([("one", "s2", "q", 5.0, 10.0, np.nan, np.nan, False)], columns=links.columns)
    both = pd.concat([links, branch])
    network = network_of(stations, both, NO_TRANSFERS, crossings, services, None, speeds, year=2035)
    # trunk every 4 min, branch every 10: 5 min in all, whether one boards before or at the fork
    assert minutes(network, "s1", "q") == pytest.approx(2 + 6 + 3 + 5)
    assert minutes(network, "s2", "q") == pytest.approx(5 + 5)
    assert minutes(network, "q", "s1") == pytest.approx(5 + 5 + 6)


def test_a_one_way_link_is_never_ridden_backwards(stations, links, crossings, services, speeds) -> None:
    # a loop s1 → s2 → t3 → s1, as light rail and circular buses run
    rows = [("loop", *pair, 5.0, 4.0, np.nan, np.nan, True) for pair in (("s1", "s2"), ("s2", "t3"), ("t3", "s1"))]
    loop = pd.DataFrame(rows, columns=links.columns)
    network = network_of(stations, loop, NO_TRANSFERS, crossings, services, None, speeds, year=2035)
    assert minutes(network, "s1", "s2") == pytest.approx(2 + 5)
    assert minutes(network, "s2", "s1") == pytest.approx(2 + 5 + 5)  # on round the loop


def test_the_last_stop_of_a_one_way_line_is_left_on_foot_only(stations, links, crossings, services, speeds) -> None:
    away = pd.DataFrame([("out", "s1", "s2", 5.0, 4.0, np.nan, np.nan, True)], columns=links.columns)
    network = network_of(stations, away, NO_TRANSFERS, crossings, services, None, speeds, year=2035)
    assert minutes(network, "s1", "s2") == pytest.approx(2 + 5)
    assert np.isnan(minutes(network, "s2", "s1"))


def test_another_line_is_boarded_anew_however_often_it_runs(stations, links, crossings, services, speeds) -> None:
    # lines one and other both call at s2, every 4 min
    other = pd.DataFrame([("other", "s2", "q", 5.0, 4.0, np.nan, np.nan, False)], columns=links.columns)
    both = pd.concat([links, other])
    network = network_of(stations, both, NO_TRANSFERS, crossings, services, None, speeds, year=2035)
    assert minutes(network, "s1", "q") == pytest.approx(2 + 6 + 2 + 5)
    same = pd.concat([links, other.assign(line_id="one")])
    through = network_of(stations, same, NO_TRANSFERS, crossings, services, None, speeds, year=2035)
    assert minutes(through, "s1", "q") == pytest.approx(2 + 6 + 5)


def test_near_stations_are_joined_by_one_walk_each_way(stations, links, crossings, services, boundary, speeds) -> None:
    network = network_of(stations, links, NO_TRANSFERS, crossings, services, boundary, speeds, year=2035)
    walks = [
        (network.names[start], network.names[end])
        for start, end, link in zip(network.start, network.end, network.links, strict=True)
        if link.kind == "walk" and "/" not in network.names[start] + network.names[end]
    ]
    assert sorted(walks) == [("s2", "t2"), ("t2", "s2")]  # t3 and p are as near, but the river is between
