from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.drive import Roads
from nmplan.measures.drive import road_network
from nmplan.measures.isochrones import OFF_ROAD_M
from nmplan.measures.isochrones import SIMPLIFIED_M
from nmplan.measures.isochrones import isochrone_bands
from nmplan.measures.isochrones import isochrones
from nmplan.measures.isochrones import land_within
from nmplan.measures.network import NO_LINKS
from nmplan.measures.network import Link
from nmplan.measures.network import Network
from nmplan.measures.network import both_ways
from nmplan.measures.speeds import Speeds
from nmplan.measures.transit import Transit
from nmplan.measures.travel import Travel

PROPERTY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def model(roads: Roads, crossings, services, speeds: Speeds) -> Travel:
    return Travel(roads, speeds, {"car": road_network(roads, crossings, services, speeds)})


@pytest.fixture
def travel(roads: Roads, crossings, services, speeds: Speeds) -> Travel:
    return model(roads, crossings, services, speeds)


def holds(bands: gpd.GeoDataFrame, limit: float, *xy: tuple[float, float]) -> list[bool]:
    band = bands.set_index("limit_min").geometry[limit]
    return [bool(shapely.intersects_xy(band, *one)) for one in xy]


def test_a_band_along_a_road_by_hand(travel: Travel, points) -> None:
    # 200 m to the road (2 min at 100 m a minute), then a kilometre a minute; 5 minutes reach 3 km along it
    bands = isochrone_bands(travel, points((4000, -2200)), "car", [5])
    assert holds(bands, 5, (1050, -2000), (6950, -2000)) == [True, True]
    assert holds(bands, 5, (950, -2000), (7050, -2000)) == [False, False]
    # a kilometre on, 2 minutes are left: nearly 200 m off the road, and 300 m at the start
    assert holds(bands, 5, (5000, -1820), (4000, -1720)) == [True, True]
    assert holds(bands, 5, (5000, -1750), (4000, -1600)) == [False, False]


def test_the_far_side_is_reached_through_the_crossing_after_its_clearance(travel: Travel, points) -> None:
    # on the road: 1 + 1.9 km, 20 min at the bridge, then a kilometre a minute to the north
    bands = isochrone_bands(travel, points((1000, -2000)), "car", [22, 26])
    assert holds(bands, 22, (0, 200), (0, 1000)) == [False, False]
    # 22.9 minutes at the hall: 3.1 km beyond it, and never the bank beside the river that is nearer as the crow flies
    assert holds(bands, 26, (0, 200), (0, 3000), (0, 3500)) == [True, True, False]


def test_no_way_off_the_road_crosses_the_boundary(roads: Roads, crossings, services, speeds: Speeds, points) -> None:
    # 50 m from the river with an hour to go, and no crossing open
    shut = model(roads, crossings, services.iloc[:0], speeds)
    bands = isochrone_bands(shut, points((3000, -50)), "car", [60])
    assert bands.total_bounds[3] <= 0
    assert holds(bands, 60, (3000, -10), (3000, 10)) == [True, False]


def test_a_motorway_is_left_at_its_junctions_only(roads: Roads, crossings, services, speeds: Speeds, points) -> None:
    fast = replace(roads, edges=roads.edges.assign(highway="motorway"))
    bands = isochrone_bands(model(fast, crossings, services, speeds), points((0, -2000)), "car", [12])
    # the junction at 10 km is reached with 2 minutes left; the middle of the road is not
    assert holds(bands, 12, (10_000, -2000), (10_000, -1850), (5000, -2000)) == [True, True, False]


def test_nothing_is_drawn_far_off_the_road(travel: Travel, points) -> None:
    bands = isochrone_bands(travel, points((5000, -2000)), "car", [60])
    assert holds(bands, 60, (5000, -2000 - OFF_ROAD_M + 50), (5000, -2000 - OFF_ROAD_M - 50)) == [True, False]


def test_stations_are_left_on_foot_and_nothing_is_left_between_them(roads: Roads, speeds: Speeds, points) -> None:
    names = ["here", "there", "here/platform/4", "there/platform/4"]
    xy = np.array([(0, -1000), (9000, -1000), (0, -1000), (9000, -1000)], dtype=float)
    line = both_ways(
        Network(names, xy, *NO_LINKS), np.array([0, 1]), np.array([2, 3]), np.array([2.0, 2.0]), Link("board")
    )
    line = both_ways(line, np.array([2]), np.array([3]), np.array([6.0]), Link("ride"))
    stops = np.array([0, 1])
    travel = Travel(roads, speeds, {"transit": line}, transit=Transit(line, stops, stops, stops, stops[:0]))
    # 2 to board, 6 to ride, 2 to leave; 5 minutes on foot at 100 m a minute are left
    bands = isochrone_bands(travel, points((0, -1000)), "transit", [15])
    assert holds(bands, 15, (9000, -1450), (9000, -1600), (4500, -1000)) == [True, False, False]
    assert bands.geometry.iloc[0].geom_type == "MultiPolygon"


def test_no_origin_or_no_network_gives_no_bands(travel: Travel, points) -> None:
    nowhere = points((0, 0)).iloc[:0]
    for bands in (isochrone_bands(travel, nowhere, "car"), isochrone_bands(travel, points((0, -200)), "transit")):
        assert bands.empty
        assert list(bands) == ["limit_min", "geometry"]
        assert bands.crs == nowhere.crs
    assert isochrones(travel, nowhere, ["car"]).empty


def test_bands_of_several_places_are_kept_apart(travel: Travel, points) -> None:
    places = points((1000, -2000), (9000, -2000)).set_axis(["west", "east"])
    found = isochrones(travel, places, ["car", "transit"], [2, 4])
    assert found[["place_id", "mode", "limit_min"]].to_numpy().tolist() == [
        ["west", "car", 2], ["west", "car", 4], ["east", "car", 2], ["east", "car", 4],
    ]  # fmt: skip
    assert found.crs == places.crs
    # from the nearest of both is what either reaches
    both, each = isochrone_bands(travel, places, "car", [2]), found[found["limit_min"].eq(2)].dissolve()
    assert lost(both, each) < 1
    assert lost(each, both) < 1


def test_bands_end_at_the_shore_where_it_is_known(travel: Travel, points) -> None:
    shore = gpd.GeoSeries([shapely.box(-5000, -2100, 5000, 5000).exterior])
    bands = isochrone_bands(travel, points((1000, -2000)), "car", [10], land_within(shore))
    assert bands.total_bounds[1] == pytest.approx(-2100)
    # a shore that does not close tells nothing about where the land is
    assert land_within(gpd.GeoSeries([shapely.LineString([(0, 0), (1, 0), (1, 1)])])) is None


place = st.tuples(st.floats(-2000, 12_000), st.floats(-4000, -200))


@PROPERTY
@given(place, st.lists(st.floats(1, 90), min_size=2, max_size=4, unique=True).map(sorted))
def test_each_band_holds_the_lesser_ones(
    travel: Travel, points, where: tuple[float, float], limits: list[float]
) -> None:
    bands = isochrone_bands(travel, points(where), "car", limits).geometry.to_numpy()
    for lesser, greater in pairwise(bands):
        assert lesser.difference(greater).area < 1e-3
    assert shapely.is_valid(bands).all()


def lost(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> float:
    """Square metres of the first that the second does not hold, beyond what simplified outlines may differ by."""
    return before.geometry.iloc[0].difference(after.geometry.iloc[0].buffer(2 * SIMPLIFIED_M)).area


@PROPERTY
@given(place, st.floats(2, 60), st.floats(1, 3))
def test_faster_roads_reach_no_less(
    roads: Roads, crossings, services, speeds: Speeds, points, where: tuple[float, float], limit: float, factor: float
) -> None:
    fast = replace(roads, edges=roads.edges.assign(speed_kph=roads.edges["speed_kph"] * factor))
    slow, quick = (
        isochrone_bands(model(one, crossings, services, speeds), points(where), "car", [limit]) for one in (roads, fast)
    )
    assert lost(slow, quick) < 1


@PROPERTY
@given(place, st.floats(2, 90))
def test_closing_a_crossing_enlarges_nothing(
    roads: Roads, crossings, services, speeds: Speeds, points, where: tuple[float, float], limit: float
) -> None:
    shut, through = (
        isochrone_bands(model(roads, crossings, some, speeds), points(where), "car", [limit])
        for some in (services.iloc[:0], services)
    )
    assert lost(shut, through) < 1


@PROPERTY
@given(place, st.floats(0, 1), st.floats(5, 60))
def test_what_a_band_holds_on_a_road_is_what_the_model_reaches(
    travel: Travel, points, where: tuple[float, float], share: float, limit: float
) -> None:
    spot = (10_000 * share, -2000.0)
    minutes = travel.minutes("car", points(where), points(spot))[0, 0]
    (inside,) = holds(isochrone_bands(travel, points(where), "car", [limit]), limit, spot)
    if minutes < limit - 1:
        assert inside
    # minutes between two places go by a junction, the band straight along the road they share
    along = abs(where[1] + 2000) / 100 + abs(spot[0] - where[0]) / 1000
    if min(minutes, along) > limit + 1 and np.hypot(spot[0] - where[0], spot[1] - where[1]) > limit * 100:
        assert not inside
