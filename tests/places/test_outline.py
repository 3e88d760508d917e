"""Outlines: rounded and filled, yet never over what must stay out."""

from __future__ import annotations

import math

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.places.outline import smooth_outline

BOXES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=8
)


def shapes(*boxes: tuple[float, float, float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes], crs="EPSG:2326")


def test_a_road_between_is_filled_and_corners_are_rounded() -> None:
    found = smooth_outline(shapes((0, 0, 200, 200), (230, 0, 200, 200)), 40)
    assert found.geom_type == "Polygon"
    assert shapely.contains(found, shapely.Point(215, 100))
    assert not shapely.intersects(found, shapely.Point(0, 0))
    # corners lose (1 − π/4) · 10² each, and the ends of the road stay open where no circle of 20 m fits
    assert 430 * 200 * 0.99 < found.area < 430 * 200 - 4 * (1 - math.pi / 4) * 100 + 5


def test_a_gap_wider_than_stated_stays_open() -> None:
    found = smooth_outline(shapes((0, 0, 200, 200), (250, 0, 200, 200)), 40)
    assert len(shapely.get_parts(found)) == 2


def test_a_strip_too_thin_for_the_opening_stays() -> None:
    strip = shapes((0, 0, 300, 8))
    assert smooth_outline(strip, 40).symmetric_difference(strip.iloc[0]).area < 1e-6


def test_without_a_gap_the_land_is_the_outline() -> None:
    land = shapes((0, 0, 200, 200), (200, 0, 100, 100))
    assert smooth_outline(land, 0).area == pytest.approx(50_000)


def test_what_must_stay_out_is_cut_away_also_where_the_filling_covered_it() -> None:
    road = shapely.box(205, 50, 225, 150)
    found = smooth_outline(shapes((0, 0, 200, 200), (230, 0, 200, 200)), 40, road)
    assert shapely.intersection(found, road).area == pytest.approx(0, abs=1e-6)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(BOXES, BOXES, st.sampled_from([10.0, 40.0, 120.0]))
def test_no_outline_covers_what_must_stay_out_nor_leaves_its_reach(
    good: list[tuple[int, int, int, int]], bad: list[tuple[int, int, int, int]], gap_m: float
) -> None:
    land, out = (shapes(*[tuple(60.0 * n for n in box) for box in boxes]) for boxes in (good, bad))
    keep_out = out.union_all()
    found = smooth_outline(land, gap_m, keep_out)
    assert found.is_valid
    assert shapely.intersection(found, keep_out).area < 1e-3
    assert shapely.difference(found, shapely.buffer(land.union_all(), gap_m / 2 + 1e-6)).area < 1e-3
