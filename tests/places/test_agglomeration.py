"""Firms close by: on foot by hand and by brute force."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.places.agglomeration import firms_on_foot
from nmplan.places.agglomeration import near_on_this_side

GRID = "EPSG:2326"
PLACE = gpd.GeoSeries([shapely.box(0, 0, 100, 100)], index=["a"], crs=GRID)


def firms_at(*points: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy([x for x, _ in points], [y for _, y in points]), crs=GRID)


@pytest.mark.parametrize(("x", "firms"), [(50, 1), (600, 1), (600.01, 0)])
def test_a_firm_counts_where_its_detour_is_within_the_walk(x: float, firms: int) -> None:
    # from the edge at x = 100: 500 m · 1.6 = 800 m; a firm inside counts
    counted = firms_on_foot(PLACE, firms_at((x, 50)), walk_m=800, detour=1.6)
    assert counted.to_dict() == {"a": firms}
    assert counted.name == "firms_walk"


def test_nobody_walks_across_the_boundary() -> None:
    river = shapely.LineString([(300, -1000), (300, 1000)])
    firms = firms_at((200, 50), (400, 50))
    assert firms_on_foot(PLACE, firms, barrier=river).tolist() == [1]
    assert firms_on_foot(PLACE, firms).tolist() == [2]


def test_a_place_without_firms_has_none_and_no_place_no_row() -> None:
    assert firms_on_foot(PLACE, firms_at()).tolist() == [0]
    assert firms_on_foot(PLACE.iloc[:0], firms_at((0, 0))).empty
    assert firms_on_foot(PLACE, firms_at((9000, 0))).tolist() == [0]


points = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


@given(points, points, st.integers(0, 40))
@settings(deadline=None, derandomize=True)
def test_near_pairs_are_those_of_brute_force(
    corners: list[tuple[int, int]], firms: list[tuple[int, int]], within: int
) -> None:
    shapes = gpd.GeoSeries([shapely.box(x, y, x + 5, y + 5) for x, y in corners], crs=GRID)
    wall = shapely.LineString([(30.5, -10), (30.5, 30)])
    near = near_on_this_side(shapes, firms_at(*firms).geometry, within, wall)
    expected = set()
    for number, (x, y) in enumerate(corners):
        for other, (east, north) in enumerate(firms):
            edge = min(max(east, x), x + 5), min(max(north, y), y + 5)
            square = (east - edge[0]) ** 2 + (north - edge[1]) ** 2
            way = shapely.LineString([edge, (east, north)])
            if square <= within**2 and not way.intersects(wall):
                expected.add((number, other))
    assert set(zip(near["shape"], near["point"], strict=True)) == expected
