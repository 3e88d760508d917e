"""Journeys over the boundary, worked out by hand and held to what must always be so."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.journeys import COLUMNS
from nmplan.measures.journeys import crossing_car_minutes
from nmplan.measures.journeys import crossing_minutes
from nmplan.measures.journeys import forbidden_walks
from nmplan.measures.journeys import journeys_table
from nmplan.measures.last_journey import last_journey
from nmplan.measures.model import build_travel
from nmplan.measures.speeds import Speeds
from nmplan.measures.stations import station_minutes
from nmplan.measures.travel import Travel
from nmplan.study import Scenario

CRS = "EPSG:2326"
SPEEDS = Speeds(goods_cap_kph=30, access_kph=6, detour=1.0, walk_kph=6, bus_kph=30, bus_wait_min=5)
"""On foot 100 m a minute; a feeder 5 minutes and 500 m a minute."""

NEVER = np.nan


def points(**xy: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries(gpd.points_from_xy(*np.array(list(xy.values()), dtype=float).T), index=list(xy), crs=CRS)


def calls(line: str, *stops: tuple[str, float], **told: object) -> pd.DataFrame:
    """A bus line: its stops with the minutes since the one before."""
    plain = {
        "route": line.upper(), "mode": "bus", "headway_peak_min": 6.0, "headway_quiet_min": 10.0,
        "headway_late_min": 20.0, "first_at": "06:00", "last_at": "23:00", "first_back_at": "06:00",
        "last_back_at": "23:00", "days": "daily", "oneway": False, "opens": NEVER, "closes": NEVER, "fare_hkd": 5.0,
    }  # fmt: skip
    rows = [{"line_id": line, "order": i, "stop_id": stop, "minutes": run} for i, (stop, run) in enumerate(stops)]
    table = pd.DataFrame(rows).assign(**{**plain, **told}, stop_en="", name_en="", name_zh="")
    return gpd.GeoDataFrame(table, geometry=STOPS.loc[table["stop_id"]].to_numpy(), crs=CRS)


STOPS = points(
    town=(0, -9000),
    village=(8000, -9000),
    gate=(0, -300),
    joint=(9000, 400),
    station=(300, -9000),
    closed=(-3000, -300),
)
"""The river runs along y = 0; at "joint" both halls stand in one house on the far bank."""


def world(**changes: object) -> dict[str, pd.DataFrame]:
    """A town with a bus to the gate, a train to a closed station, and a bus over the river to a joint hall."""
    boundary = gpd.GeoDataFrame(geometry=[shapely.LineString([(-50_000, 0), (50_000, 0)])], crs=CRS)
    nodes = gpd.GeoDataFrame({"node_id": ["n1", "n2"]}, geometry=gpd.points_from_xy([0, 0], [-9000, -400]), crs=CRS)
    nodes = nodes.assign(name_en="")
    line = shapely.LineString([(0, -9000), (0, -400)])
    edges = gpd.GeoDataFrame(
        {"u": ["n1", "n2"], "v": ["n2", "n1"], "highway": "secondary", "speed_kph": 60.0, "length": 8600.0},
        geometry=[line, line.reverse()],
        crs=CRS,
    ).assign(name_en="", opens=NEVER, closes=NEVER)
    crossings = gpd.GeoDataFrame(
        {"crossing_id": ["gate", "rail", "joint", "later"], "status": ["open", "open", "open", "closed"]},
        geometry=gpd.points_from_xy([0, -3000, 9000, 20_000], [-200, -200, 400, -200]),
        crs=CRS,
    ).assign(name_en="", shenzhen_side=gpd.points_from_xy([0, -3000, 9000, 20_000], [200, 200, 450, 200]))
    crossings["shenzhen_side"] = gpd.GeoSeries(crossings["shenzhen_side"], crs=CRS)
    services = pd.DataFrame(
        [
            (name, user, way, mode, permit, parking, minutes)
            for way in ("northbound", "southbound")
            for name, user, mode, permit, parking, minutes in (
                ("gate", "people", "road", "none", 0.0, 10.0),
                ("rail", "people", "rail", "none", 0.0, 12.0),
                ("joint", "people", "road", "none", 0.0, 8.0),
                ("gate", "car", "road", "quota", 0.0, 30.0),
                ("gate", "car", "foot", "none", 7.0, 10.0),
                ("gate", "goods", "road", "none", 0.0, 40.0),
            )
        ],
        columns=["crossing_id", "user", "direction", "mode", "permit", "parking_min", "clearance_quiet_min"],
    ).assign(clearance_peak_min=50.0, opens_at="06:30", closes_at="22:00", valid_from=NEVER, valid_to=NEVER)
    access = pd.DataFrame(
        [
            ("gate", "bus", "gate", 1.0, False),
            ("rail", "rail", "closed", 2.0, True),
            ("joint", "bus", "joint", 3.0, True),
        ],
        columns=["crossing_id", "way", "stop_id", "walk_min", "closed_area"],
    ).assign(opens=NEVER, closes=NEVER)
    stations = gpd.GeoDataFrame(
        {"station_id": ["station", "closed"], "opens": NEVER},
        geometry=STOPS.loc[["station", "closed"]].to_numpy(),
        crs=CRS,
    ).assign(name_en="", line_id="train")
    links = pd.DataFrame(
        [("train", "station", "closed", 9.0, 4.0, False)],
        columns=["line_id", "from_station", "to_station", "minutes", "headway_min", "oneway"],
    )
    buses = pd.concat(
        [
            calls("b1", ("town", 0), ("gate", 15)),
            calls("b2", ("town", 0), ("village", 12), ("joint", 14), last_at="20:30"),
        ],
        ignore_index=True,
    )
    layers = {
        "boundary": boundary, "road_nodes": nodes, "road_edges": edges, "crossings": crossings,
        "crossing_services": services, "crossing_access": access, "stations": stations,
        "rail_links": links.assign(opens=NEVER, closes=NEVER), "bus_lines": buses,
    }  # fmt: skip
    return {**layers, **changes}


def hour(at: str = "10:00", **told: object) -> Scenario:
    return Scenario(name_en="", name_zh="", year=2026, **told).at(at)


def travel_at(at: str = "10:00", layers: dict | None = None, **told: object) -> Travel:
    travel = build_travel(layers or world(), hour(at, **told), SPEEDS)
    assert travel is not None
    return travel


TOWN = points(town=(0, -9100))
"""A hundred metres from the bus stop, a minute on foot."""


def by_crossing(travel: Travel, place: gpd.GeoSeries = TOWN, mode: str = "transit") -> pd.DataFrame:
    return journeys_table(place, travel, mode).set_index("crossing_id")


def test_minutes_to_each_hall_by_hand() -> None:
    found = by_crossing(travel_at())
    assert list(journeys_table(TOWN, travel_at(), "transit")) == COLUMNS
    # walk 1, wait half of 10, ride 15, into the hall 1
    assert found.loc["gate", "hall_min"] == pytest.approx(1 + 5 + 15 + 1)
    assert found.loc["gate", "total_min"] == pytest.approx(22 + 10)
    # to the station 316 m, wait 2, ride 9, walk 2
    assert found.loc["rail", "hall_min"] == pytest.approx(np.hypot(300, 100) / 100 + 2 + 9 + 2)
    # over the river to the joint hall, uncleared: walk 1, wait 5, ride 12 + 14, walk 3
    assert found.loc["joint", "hall_min"] == pytest.approx(1 + 5 + 26 + 3)
    assert found["lines"].to_dict() == {"gate": "b1", "rail": "train", "joint": "b2", "later": ""}
    assert found["status"].to_dict() == {"gate": "open", "rail": "open", "joint": "open", "later": "closed"}


def test_the_best_crossing_is_the_least_in_all() -> None:
    best = crossing_minutes(TOWN, travel_at()).loc["town"]
    # rail: 16.2 to the hall and 12 to clear
    assert best["crossing_id"] == "rail"
    assert best["crossing_min"] == pytest.approx(np.hypot(300, 100) / 100 + 13 + 12)
    assert best["crossing_lines"] == "train"


def test_peak_headways_hold_in_the_peak_and_late_ones_at_night() -> None:
    walked_ridden = 1 + 15 + 1
    for at, wait in (("08:15", 3), ("10:00", 5), ("20:30", 10)):
        assert by_crossing(travel_at(at)).loc["gate", "hall_min"] == pytest.approx(walked_ridden + wait)


def test_a_stop_in_a_closed_area_serves_its_crossing_alone() -> None:
    travel = travel_at()
    near = points(here=(-3000, -900))  # 600 m from the closed station, 700 m from its hall
    found = by_crossing(travel, near)
    assert found["hall_min"].isna().all()
    assert found.loc["rail", "status"] == "no way"
    # nobody gets off there to walk to the gate 3 km on, nor counts it as a station
    assert station_minutes(near, travel).isna().all()
    (forbidden,) = [walk for walk in forbidden_walks(travel, near) if walk.crossing_id == "rail"]
    assert forbidden.minutes == pytest.approx(7)
    assert forbidden.lines == ("train",)


def test_a_bus_that_runs_on_over_the_boundary_leaves_its_hall_to_the_others() -> None:
    onwards = pd.concat([world()["bus_lines"], calls("b3", ("town", 0), ("gate", 15), ("joint", 20))])
    onwards.loc[onwards["stop_id"].eq("joint") & onwards["line_id"].eq("b3"), "stop_id"] = "beyond"
    rules = world()["crossing_access"].assign(closed_area=True)
    before = by_crossing(travel_at(layers=world(crossing_access=rules)))
    after = by_crossing(travel_at(layers=world(crossing_access=rules, bus_lines=onwards)))
    assert before.loc["gate", "hall_min"] == after.loc["gate", "hall_min"] == pytest.approx(1 + 5 + 15 + 1)
    pd.testing.assert_series_equal(before["hall_min"], after["hall_min"])


def test_where_nothing_runs_open_halls_are_told_all_the_same() -> None:
    night = world()["crossing_services"].assign(opens_at="00:00", closes_at="24:00")
    lines = pd.DataFrame({"line_id": ["train"], "name_en": "", "first_at": "06:00", "last_at": "23:00"})
    table = by_crossing(travel_at("03:30", world(crossing_services=night, transit_lines=lines)))
    assert table["status"].to_dict() == {"gate": "no way", "joint": "no way", "later": "closed", "rail": "no way"}


def test_without_rules_every_hall_can_be_walked_to() -> None:
    layers = world()
    del layers["crossing_access"]
    near = points(here=(-3000, -900))
    assert by_crossing(travel_at(layers=layers), near).loc["rail", "hall_min"] == pytest.approx(7)


def test_a_car_is_parked_or_has_a_quota() -> None:
    found = by_crossing(travel_at(), mode="car").set_index("permit", append=True)
    driven = 1 + 8.6 + 2  # 100 m to the road, 8.6 km at a kilometre a minute, 200 m to the hall at 100 m a minute
    assert found.loc[("gate", "quota"), "hall_min"] == pytest.approx(driven)
    assert found.loc[("gate", "none"), "hall_min"] == pytest.approx(driven + 7)
    best = crossing_car_minutes(TOWN, travel_at()).loc["town"]
    assert best["crossing_car_min"] == pytest.approx(driven + 7 + 10)
    assert (best["crossing_car_id"], best["crossing_permit"]) == ("gate", "none")


def test_a_line_is_not_used_outside_its_hours() -> None:
    # the last bus to the joint hall left at 20:30; 12 minutes later it leaves the village
    assert by_crossing(travel_at("20:28")).loc["joint", "status"] == "open"
    assert by_crossing(travel_at("20:31")).loc["joint", "status"] == "no way"
    village = points(village=(8000, -9100))
    assert by_crossing(travel_at("20:40"), village).loc["joint", "status"] == "open"
    assert by_crossing(travel_at("20:43"), village).loc["joint", "status"] == "no way"


def test_who_gets_there_too_late_is_told_so() -> None:
    # a walk of 20 minutes to the stop: the last bus at 20:30 is gone, the gate closes at 22:00
    far = points(far=(0, -11_000))
    assert by_crossing(travel_at("20:05"), far).loc["joint", "status"] == "open"
    assert by_crossing(travel_at("20:15"), far).loc["joint", "status"] == "no way"
    assert by_crossing(travel_at("21:15"), far).loc["gate", "status"] == "no way"  # 20 + 10 + 15 + 1 minutes
    assert by_crossing(travel_at("21:13"), far).loc["gate", "status"] == "open"
    closed = by_crossing(travel_at("22:00"))
    assert closed["status"].eq("closed").all()
    assert closed["hall_min"].isna().all()


def test_a_slower_line_that_still_runs_is_taken_when_the_fast_one_is_gone() -> None:
    slow = calls("slow", ("town", 0), ("joint", 40), last_at="23:30")
    both = pd.concat([world()["bus_lines"], slow], ignore_index=True)
    far = points(far=(0, -11_000))
    found = {
        at: by_crossing(travel_at(at, world(bus_lines=both)), far).loc["joint", "lines"] for at in ("20:05", "20:15")
    }
    assert found == {"20:05": "b2", "20:15": "slow"}


def test_feeders_are_assumed_only_where_the_scenario_says_so() -> None:
    far = points(far=(300, -13_000))  # 4 km from the station: nobody walks so far
    assert station_minutes(far, travel_at()).isna().all()
    # 5 minutes, and 4,000 m at 500 m a minute
    assert station_minutes(far, travel_at(planned_feeders=True)).iloc[0] == pytest.approx(5 + 8)


def test_stations_are_reached_on_foot_and_by_bus() -> None:
    village = points(village=(8000, -9100))
    # walk 1, wait 5, ride 12 to the town, 300 m on foot
    assert station_minutes(village, travel_at()).iloc[0] == pytest.approx(1 + 5 + 12 + 3)


def test_the_last_journey_back_is_limited_by_hall_and_bus() -> None:
    away = points(away=(0, 300))
    found = last_journey(travel_at("20:00"), away, TOWN)
    assert found is not None
    # the gate closes at 22:00 and is 100 m from there; the last bus back leaves at 23:00
    assert found.leaves_min == pytest.approx(22 * 60 - 1)
    assert found.journey.lines == ("B1",)
    early = calls("b1", ("town", 0), ("gate", 15), last_back_at="21:00")
    services = world()["crossing_services"]
    alone = world(bus_lines=early, crossing_services=services[services["crossing_id"].eq("gate")])
    sooner = last_journey(travel_at("20:00", alone), away, TOWN)
    assert sooner is not None
    # 1 to the hall, 10 to clear, 1 to the stop
    assert sooner.leaves_min == pytest.approx(21 * 60 - 12)


def test_places_without_any_stop_and_worlds_without_crossings_give_nan() -> None:
    nowhere = points(nowhere=(0, -40_000))
    assert crossing_minutes(nowhere, travel_at())["crossing_min"].isna().all()
    assert crossing_minutes(nowhere, travel_at())["crossing_id"].tolist() == [""]
    layers = {name: table for name, table in world().items() if not name.startswith("crossing")}
    alone = travel_at(layers=layers)
    assert crossing_minutes(TOWN, alone)["crossing_min"].isna().all()
    assert crossing_car_minutes(TOWN, alone)["crossing_permit"].tolist() == [""]
    assert journeys_table(TOWN, alone, "transit").empty


PLACES = gpd.GeoSeries(
    gpd.points_from_xy(*np.random.default_rng(3).uniform(-9500, 9500, (2, 25)) * [[1], [0.45]] + [[0], [-5000]]),
    crs=CRS,
)


def minutes(layers: dict, at: str = "10:00") -> np.ndarray:
    """Minutes to all halls from all places, infinite where there is no way."""
    table = journeys_table(PLACES, travel_at(at, layers), "transit")
    wide = table.reset_index(names="place").pivot(index="place", columns="crossing_id", values="total_min")
    return wide.reindex(columns=["gate", "rail", "joint"]).fillna(np.inf).to_numpy()


lines = st.lists(
    st.tuples(st.sampled_from(["town", "village", "gate", "station"]), st.floats(1, 30)),
    min_size=2,
    max_size=4,
    unique_by=lambda call: call[0],
)
hours = st.sampled_from(["06:35", "08:15", "10:00", "20:10", "20:25", "21:20", "21:50"])


@settings(max_examples=25, deadline=None)
@given(lines, hours, st.floats(2, 40))
def test_a_further_line_never_makes_anything_farther(stops: list, at: str, headway: float) -> None:
    more = calls("more", *stops, headway_quiet_min=headway, headway_peak_min=headway, headway_late_min=headway)
    layers = world(bus_lines=pd.concat([world()["bus_lines"], more], ignore_index=True))
    assert (minutes(layers, at) <= minutes(world(), at) + 1e-6).all()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["b1", "b2"]), st.floats(0.1, 1), hours)
def test_a_faster_line_never_makes_anything_farther(line: str, share: float, at: str) -> None:
    buses = world()["bus_lines"]
    mine = buses["line_id"].eq(line)
    # the bus leaves each stop as late as before
    faster = buses.assign(
        minutes=buses["minutes"].where(~mine, buses["minutes"] * share), last_at="23:59", last_back_at="23:59"
    )
    before = buses.assign(last_at="23:59", last_back_at="23:59")
    assert (minutes(world(bus_lines=faster), at) <= minutes(world(bus_lines=before), at) + 1e-6).all()


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["gate", "rail", "joint"]), st.floats(0, 1), hours)
def test_a_shorter_clearance_never_makes_anything_farther(crossing: str, share: float, at: str) -> None:
    services = world()["crossing_services"]
    mine = services["crossing_id"].eq(crossing)
    names = ["clearance_quiet_min", "clearance_peak_min"]
    quicker = services.assign(**{name: services[name].where(~mine, services[name] * share) for name in names})
    assert (minutes(world(crossing_services=quicker), at) <= minutes(world(), at) + 1e-6).all()


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["gate", "rail", "joint"]), hours)
def test_a_closed_crossing_brings_nothing_nearer(crossing: str, at: str) -> None:
    services = world()["crossing_services"]
    fewer = world(crossing_services=services[services["crossing_id"].ne(crossing)])
    before, after = (
        np.where(np.isnan(found), np.inf, found)
        for found in (
            crossing_minutes(PLACES, travel_at(at, layers))["crossing_min"].to_numpy() for layers in (world(), fewer)
        )
    )
    assert (after >= before - 1e-6).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), hours)
def test_a_place_gets_what_it_gets_alone(seed: int, at: str) -> None:
    travel = travel_at(at)
    some = PLACES.sample(frac=1, random_state=seed)
    together = crossing_minutes(some, travel)
    alone = crossing_minutes(some.iloc[:1], travel)
    pd.testing.assert_frame_equal(together.iloc[:1], alone)
