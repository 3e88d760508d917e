"""What must hold of every journey, whatever the roads, speeds and crossings are."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.access import road_legs
from nmplan.measures.drive import Roads
from nmplan.measures.drive import road_network
from nmplan.measures.halls import open_services
from nmplan.measures.network import Legs
from nmplan.measures.network import shortest_minutes
from nmplan.measures.speeds import Speeds
from nmplan.measures.supply import mass_in_reach
from nmplan.measures.travel import Travel

CRS = "EPSG:2326"
SPEEDS = Speeds(goods_cap_kph=30, access_kph=6, detour=1.3, walk_kph=5, bus_kph=15, bus_wait_min=6)
RIVER = shapely.LineString([(-9000, 0), (9000, 0)])
JUNCTIONS = np.array([(x, y) for y in (-3000.0, -1000.0, 1000.0, 3000.0) for x in (-2000.0, 0.0, 2000.0)])
"""Six junctions on each bank of the river along y = 0; the first six lie south of it."""

PAIRS = [(u, v) for u in range(12) for v in range(12) if u != v and (u < 6) == (v < 6)]
PLACES = gpd.GeoSeries(
    gpd.points_from_xy([-1900, 100, 1500, -700, 900, 2300], [-2800, -1200, -300, 400, 2000, 3300]), crs=CRS
)

streets = st.lists(st.tuples(st.sampled_from(PAIRS), st.floats(10, 120), st.booleans()), min_size=4, max_size=30)
"""Ends, km/h and whether one way; the same pair may come twice."""

clearances = st.dictionaries(st.sampled_from(["west", "east", "remote"]), st.floats(0, 90), min_size=1)


def roads_of(drawn: list) -> Roads:
    rows = [(u, v, kph) for (u, v), kph, _ in drawn] + [(v, u, kph) for (u, v), kph, oneway in drawn if not oneway]
    nodes = gpd.GeoDataFrame(
        {"node_id": [f"n{i}" for i in range(12)]}, geometry=gpd.points_from_xy(*JUNCTIONS.T), crs=CRS
    )
    lines = shapely.linestrings([[JUNCTIONS[u], JUNCTIONS[v]] for u, v, _ in rows])
    edges = gpd.GeoDataFrame(
        {
            "u": [f"n{u}" for u, _, _ in rows],
            "v": [f"n{v}" for _, v, _ in rows],
            "highway": "secondary",
            "speed_kph": [kph for _, _, kph in rows],
            "name_en": "",
            "length": shapely.length(lines),
        },
        geometry=lines,
        crs=CRS,
    )
    return Roads(nodes, edges, RIVER)


def crossings() -> gpd.GeoDataFrame:
    """Two crossings near the roads, and one that no road reaches."""
    here = gpd.GeoSeries(gpd.points_from_xy([-2000, 2000, 40_000], [-200, -200, -200]), crs=CRS)
    there = gpd.GeoSeries(gpd.points_from_xy([-2000, 2000, 40_000], [200, 200, 200]), crs=CRS)
    frame = gpd.GeoDataFrame({"crossing_id": ["west", "east", "remote"], "status": "open"}, geometry=here)
    return frame.assign(shenzhen_side=there)


def services_of(clearance: dict[str, float]) -> pd.DataFrame:
    rows = [(name, way, "road", minutes) for name, minutes in clearance.items() for way in ("northbound", "southbound")]
    services = pd.DataFrame(rows, columns=["crossing_id", "direction", "mode", "clearance_min"])
    return services.assign(permit="none", parking_min=0.0, closes_min=np.inf)


def drive(roads: Roads, services: pd.DataFrame) -> np.ndarray:
    """Return minutes between all places, infinite where there is no way."""
    travel = Travel(roads, SPEEDS, {"goods": road_network(roads, crossings(), services, SPEEDS)})
    minutes = travel.minutes("goods", PLACES, PLACES)
    return np.where(np.isnan(minutes), np.inf, minutes)


def never_longer(after: np.ndarray, before: np.ndarray) -> bool:
    return bool((after <= before + 1e-6).all())


@settings(max_examples=40, deadline=None)
@given(streets, clearances, st.floats(1, 3), st.integers(0, 29))
def test_a_faster_road_never_lengthens_a_journey(drawn: list, clearance: dict, factor: float, which: int) -> None:
    roads, services = roads_of(drawn), services_of(clearance)
    faster = roads.edges.assign(
        speed_kph=roads.edges["speed_kph"].where(roads.edges.index != which, lambda kph: kph * factor)
    )
    assert never_longer(drive(replace(roads, edges=faster), services), drive(roads, services))


@settings(max_examples=40, deadline=None)
@given(streets, clearances, st.floats(0, 1))
def test_a_shorter_clearance_never_lengthens_a_journey(drawn: list, clearance: dict, share: float) -> None:
    roads = roads_of(drawn)
    quicker = {**clearance, min(clearance): clearance[min(clearance)] * share}
    assert never_longer(drive(roads, services_of(quicker)), drive(roads, services_of(clearance)))


@settings(max_examples=40, deadline=None)
@given(streets, clearances)
def test_closing_a_crossing_never_makes_anything_closer(drawn: list, clearance: dict) -> None:
    roads, services = roads_of(drawn), services_of(clearance)
    fewer = services[services["crossing_id"].ne(min(clearance))]
    assert never_longer(drive(roads, services), drive(roads, fewer))


@settings(max_examples=40, deadline=None)
@given(streets, clearances)
def test_on_two_way_roads_there_and_back_take_as_long(drawn: list, clearance: dict) -> None:
    both_ways = [(ends, kph, False) for ends, kph, _ in drawn]
    minutes = drive(roads_of(both_ways), services_of(clearance))
    np.testing.assert_allclose(minutes, minutes.T, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(streets, clearances)
def test_between_junctions_no_detour_is_shorter(drawn: list, clearance: dict) -> None:
    roads = roads_of(drawn)
    network = road_network(roads, crossings(), services_of(clearance), SPEEDS)
    every = np.arange(len(network.names))
    at = Legs(every, every, np.zeros(len(every)), len(every))
    minutes = shortest_minutes(network, at, at)
    minutes = np.where(np.isnan(minutes), np.inf, minutes)
    assert never_longer(minutes, (minutes[:, :, None] + minutes[None]).min(axis=1))


@settings(max_examples=40, deadline=None)
@given(streets, clearances)
def test_without_open_crossings_each_bank_keeps_to_itself(drawn: list, clearance: dict) -> None:
    minutes = drive(roads_of(drawn), services_of(clearance).iloc[:0])
    south = (PLACES.y < 0).to_numpy()
    assert np.isinf(minutes[np.ix_(south, ~south)]).all()
    assert np.isinf(minutes[np.ix_(~south, south)]).all()


@settings(max_examples=40, deadline=None)
@given(streets, clearances, st.sampled_from(range(6)))
def test_a_further_supplier_never_lowers_a_sites_mass_in_reach(drawn: list, clearance: dict, place: int) -> None:
    roads = roads_of(drawn)
    travel = Travel(roads, SPEEDS, {"goods": road_network(roads, crossings(), services_of(clearance), SPEEDS)})

    def mass(suppliers: list[int]) -> np.ndarray:
        firms = pd.DataFrame(
            {"chain": "chips", "tier": "design", "jurisdiction": "shenzhen", "mass": [5.0] * len(suppliers)}
        )
        minutes = travel.minutes("goods", PLACES.iloc[suppliers], PLACES)
        return mass_in_reach(minutes, firms, PLACES.index, half_life_min=20)["mass_in_reach"].to_numpy()

    assert (mass([0, 3, place]) >= mass([0, 3]) - 1e-12).all()


def test_no_supplier_at_all_leaves_an_empty_table() -> None:
    roads = roads_of([((0, 1), 60.0, False)])
    travel = Travel(roads, SPEEDS, {"goods": road_network(roads, crossings(), services_of({"west": 5}), SPEEDS)})
    assert travel.minutes("goods", PLACES.iloc[:0], PLACES).shape == (0, 6)
    assert travel.minutes("goods", PLACES, PLACES.iloc[:0]).shape == (6, 0)


def test_a_crossing_without_road_is_there_but_carries_nobody() -> None:
    roads = roads_of([((3, 4), 60.0, False), ((6, 7), 60.0, False)])
    network = road_network(roads, crossings(), services_of({"remote": 5.0}), SPEEDS)
    assert {"remote/hong-kong", "remote/shenzhen"} <= set(network.names)
    travel = Travel(roads, SPEEDS, {"goods": network})
    assert np.isnan(travel.minutes("goods", PLACES.iloc[:3], PLACES.iloc[3:])).all()


@pytest.mark.parametrize(("time", "open_"), [("22:29", True), ("22:30", False), ("23:00", False), ("06:30", True)])
def test_a_crossing_shut_at_the_hour_carries_nobody(time: str, open_: bool) -> None:  # noqa: FBT001
    timetable = services_of({"west": 5.0}).rename(columns={"clearance_min": "clearance_quiet_min"})
    timetable = timetable.drop(columns="closes_min")
    hours = {"opens_at": "06:30", "closes_at": "22:30", "valid_from": np.nan, "valid_to": np.nan}
    timetable = timetable.assign(user="people", clearance_peak_min=9.0, **hours)
    when = {"user": "people", "year": 2026, "time_of_day": time, "period": "quiet"}
    services = open_services(timetable, crossings(), **when)
    roads = roads_of([((3, 4), 60.0, False), ((6, 7), 60.0, False)])
    assert np.isfinite(drive(roads, services)[0, 4]) == open_


def test_a_site_on_the_wrong_side_of_the_river_goes_round_by_the_crossing() -> None:
    """It stands 100 m from the southern road, but on the northern bank: the road there and the crossing are its way."""
    moved = JUNCTIONS.copy()
    moved[3:6, 1] = -50
    moved[6:9, 1] = 2000
    roads = roads_of([((3, 4), 60.0, False), ((6, 7), 60.0, False)])
    lines = shapely.linestrings(
        [[moved[int(u[1:])], moved[int(v[1:])]] for u, v in zip(roads.edges["u"], roads.edges["v"], strict=True)]
    )
    nodes = roads.nodes.set_geometry(gpd.points_from_xy(*moved.T), crs=CRS)
    near = Roads(nodes, roads.edges.set_geometry(lines, crs=CRS), RIVER)
    network = road_network(near, crossings(), services_of({"west": 7.0}), SPEEDS)
    site = gpd.GeoSeries(gpd.points_from_xy([-1000.0], [50.0]), crs=CRS)
    how = {"metres_per_min": SPEEDS.access_m_per_min}
    legs = road_legs(site, network, near.edges, near.minutes(), RIVER, outwards=True, **how)
    assert (network.xy[legs.node, 1] > 0).all()


def test_pieces_of_road_that_nothing_joins_stay_apart() -> None:
    roads = roads_of([((0, 1), 60.0, False), ((4, 5), 60.0, False), ((6, 7), 60.0, False)])
    network = road_network(roads, crossings(), services_of({"remote": 5.0}), SPEEDS)
    ends = [Legs(np.arange(2), network.position(pair), np.zeros(2), 2) for pair in (["n0", "n4"], ["n1", "n5"])]
    minutes = shortest_minutes(network, *ends)
    assert np.isfinite(minutes).tolist() == [[True, False], [False, True]]
    assert np.isinf(drive(roads, services_of({"remote": 5.0}))[0, 4])
