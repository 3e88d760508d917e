"""Contiguity against brute force, and the joined shape by hand."""

from __future__ import annotations

from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.places.contiguity import contiguous_groups
from nmplan.places.contiguity import join_across
from nmplan.places.contiguity import split_contiguous

PROPERTY = settings(deadline=None, derandomize=True)

Box = tuple[int, int, int, int]
drawn_box = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 12), st.integers(1, 12))
drawn_boxes = st.lists(drawn_box, min_size=1, max_size=14)


def shapes_of(boxes: list[Box]) -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.box(x, y, x + width, y + height) for x, y, width, height in boxes], crs="EPSG:2326")


def joined_by_hand(one: Box, other: Box, gap: int) -> bool:
    """Return whether two boxes lie within the gap, in whole numbers: no rounding, no geometry library."""
    apart = [
        max(one[axis] - other[axis] - other[axis + 2], other[axis] - one[axis] - one[axis + 2], 0) for axis in (0, 1)
    ]
    return apart[0] ** 2 + apart[1] ** 2 <= gap**2


def groups_by_brute_force(boxes: list[Box], gap: int) -> set[frozenset[int]]:
    """Return the groups by union-find over all pairs."""
    parent = list(range(len(boxes)))

    def root(box: int) -> int:
        while parent[box] != box:
            box = parent[box]
        return box

    for one, other in combinations(range(len(boxes)), 2):
        if joined_by_hand(boxes[one], boxes[other], gap):
            parent[root(one)] = root(other)
    roots = [root(box) for box in range(len(boxes))]
    return {frozenset(box for box, own in enumerate(roots) if own == each) for each in roots}


@given(drawn_boxes, st.integers(0, 20))
@PROPERTY
def test_groups_are_those_of_brute_force(boxes: list[Box], gap: int) -> None:
    groups = contiguous_groups(shapes_of(boxes), gap)
    assert {frozenset(members.index) for _, members in groups.groupby(groups)} == groups_by_brute_force(boxes, gap)


@given(drawn_boxes, st.integers(0, 20), st.randoms(use_true_random=False))
@PROPERTY
def test_the_order_of_polygons_changes_no_group(boxes: list[Box], gap: int, random: object) -> None:
    shapes = shapes_of(boxes)
    order = list(shapes.index)
    random.shuffle(order)  # type: ignore[attr-defined]
    one, other = contiguous_groups(shapes, gap), contiguous_groups(shapes.loc[order], gap)
    partitions = [{frozenset(members.index) for _, members in groups.groupby(groups)} for groups in (one, other)]
    assert partitions[0] == partitions[1]


@pytest.mark.parametrize(("gap", "groups"), [(19.9, 2), (20.0, 1), (40.0, 1)])
def test_a_road_joins_up_to_the_gap_and_no_wider(gap: float, groups: int) -> None:
    # a road of 20 m between x = 100 and x = 120
    assert contiguous_groups(shapes_of([(0, 0, 100, 100), (120, 0, 100, 100)]), gap).nunique() == groups


def test_a_gap_of_zero_joins_what_touches_if_only_at_a_corner() -> None:
    groups = contiguous_groups(shapes_of([(0, 0, 10, 10), (10, 0, 10, 10), (20, 10, 10, 10), (31, 10, 10, 10)]), 0)
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_polygons_join_link_by_link() -> None:
    # the ends lie 220 m apart, each link 10 m
    groups = contiguous_groups(shapes_of([(0, 0, 100, 100), (110, 0, 100, 100), (220, 0, 100, 100)]), 10)
    assert groups.tolist() == [0, 0, 0]


def test_groups_come_on_the_index_given() -> None:
    shapes = shapes_of([(0, 0, 10, 10), (50, 0, 10, 10)]).set_axis(["x", "y"])
    assert contiguous_groups(shapes, 5).to_dict() == {"x": 0, "y": 1}


def test_one_polygon_is_one_group_and_none_is_none() -> None:
    assert contiguous_groups(shapes_of([(0, 0, 10, 10)]), 40).tolist() == [0]
    assert contiguous_groups(shapes_of([]), 40).empty


@pytest.mark.parametrize("gap", [20.0, 25.0, 60.0])
def test_joining_fills_the_road_between_two_parcels(gap: float) -> None:
    joined = join_across(shapes_of([(0, 0, 100, 100), (120, 0, 100, 100)]), gap)
    # two parcels of 100 m × 100 m and the road of 20 m × 100 m between them, nothing outside
    assert joined.symmetric_difference(shapely.box(0, 0, 220, 100)).area == pytest.approx(0, abs=1e-6)
    assert joined.geom_type == "Polygon"


def test_joining_fills_only_where_the_parcels_face_each_other() -> None:
    # they face each other along 50 m: 2 · 100 · 100 + 20 · 50
    joined = join_across(shapes_of([(0, 0, 100, 100), (120, 50, 100, 100)]), 20)
    assert joined.area == pytest.approx(21_000)


def test_joining_leaves_a_wider_road_open() -> None:
    joined = join_across(shapes_of([(0, 0, 100, 100), (120, 0, 100, 100)]), 19)
    assert joined.geom_type == "MultiPolygon"
    assert joined.area == pytest.approx(20_000)


def test_joining_leaves_a_single_rectangle_as_it_is() -> None:
    joined = join_across(shapes_of([(0, 0, 100, 50)]), 40)
    assert joined.symmetric_difference(shapely.box(0, 0, 100, 50)).area == pytest.approx(0, abs=1e-6)


@given(drawn_boxes, st.integers(0, 20))
@PROPERTY
def test_the_joined_shape_covers_every_member_and_stays_within_their_hull(boxes: list[Box], gap: int) -> None:
    shapes = shapes_of(boxes)
    joined = join_across(shapes, gap)
    assert joined.is_valid
    np.testing.assert_allclose(shapes.difference(joined).area, 0.0, atol=1e-6)
    assert joined.difference(shapes.union_all().convex_hull).area == pytest.approx(0, abs=1e-6)


def test_a_row_of_equal_polygons_is_halved_until_no_part_is_too_large() -> None:
    # eight of 100 m²: 800 > 300, so 400 + 400, so four of 200
    row = shapes_of([(10 * number, 0, 10, 10) for number in range(8)])
    parts = split_contiguous(row, 0, 0, 300)
    assert {tuple(members.index) for _, members in parts.groupby(parts)} == {(0, 1), (2, 3), (4, 5), (6, 7)}
    assert split_contiguous(row, 0, 0, 800).tolist() == [0] * 8


def test_a_group_that_no_cut_leaves_two_parts_of_the_minimum_stays_whole() -> None:
    # 500, 100 and 100 m² in a row: the most even cut leaves 200
    row = shapes_of([(0, 0, 50, 10), (50, 0, 10, 10), (60, 0, 10, 10)])
    assert split_contiguous(row, 0, 200, 600).nunique() == 2
    assert split_contiguous(row, 0, 201, 600).nunique() == 1


def test_one_polygon_is_never_cut_and_none_has_no_part() -> None:
    assert split_contiguous(shapes_of([(0, 0, 100, 100)]), 0, 0, 1).tolist() == [0]
    assert split_contiguous(shapes_of([]), 0, 0, 1).empty


def test_polygons_on_top_of_each_other_can_be_parted() -> None:
    assert split_contiguous(shapes_of([(0, 0, 10, 10), (0, 0, 10, 10)]), 0, 0, 150).nunique() == 2


@given(drawn_boxes, st.integers(0, 20), st.integers(1, 60), st.integers(1, 200))
@PROPERTY
def test_parts_are_contiguous_and_within_their_limits(boxes: list[Box], gap: int, minimum: int, maximum: int) -> None:
    shapes = shapes_of(boxes)
    groups = contiguous_groups(shapes, gap)
    for _, group in shapes.groupby(groups):
        parts = split_contiguous(group, gap, minimum, maximum)
        assert parts.index.equals(group.index)
        for _, part in group.groupby(parts):
            assert len(groups_by_brute_force([boxes[at] for at in part.index], gap)) == 1
            if parts.nunique() > 1:
                assert part.area.sum() >= minimum
        if minimum == 1:
            assert all(own.area.sum() <= maximum or len(own) == 1 for _, own in group.groupby(parts))


@given(drawn_boxes, st.integers(0, 20), st.data())
@PROPERTY
def test_groups_are_those_of_distances_between_all_pairs(boxes: list[Box], gap: int, data: st.DataObject) -> None:
    shapes = shapes_of(boxes).rotate(data.draw(st.integers(0, 90)), origin=(0, 0))
    apart = shapely.distance(shapes.to_numpy()[:, None], shapes.to_numpy()[None, :])
    if (abs(apart - gap) < 1e-9).any():
        return  # too close to call in floating point
    links = apart <= gap
    while ((more := links @ links) != links).any():
        links = more
    groups = contiguous_groups(shapes, gap).to_numpy()
    np.testing.assert_array_equal(groups[:, None] == groups[None, :], links)
