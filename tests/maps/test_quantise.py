from __future__ import annotations

import base64
import json
import math
import zlib
from itertools import accumulate

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import pack_bytes
from nmplan.maps.quantise import pack_column
from nmplan.maps.quantise import pack_geometries
from nmplan.maps.quantise import pack_integers
from nmplan.maps.quantise import pack_words
from nmplan.maps.quantise import unpack_bytes
from nmplan.maps.quantise import unpack_column
from nmplan.maps.quantise import unpack_geometries
from nmplan.maps.quantise import unpack_integers
from nmplan.maps.quantise import unpack_words

TOLERANCE_M = 0.12
PROPERTY = settings(deadline=None, derandomize=True, database=None)
WHOLE = st.integers(-(2**40), 2**40)


def read_by_hand(text: str) -> list[int]:
    """Decode without the module: bytes of a kind together, lowest first, sign in the lowest bit."""
    content = zlib.decompressobj(-15).decompress(base64.b64decode(text)[4:])
    planes, rest = content[0], content[1:]
    count = len(rest) // planes
    folded = [sum(rest[plane * count + row] << (8 * plane) for plane in range(planes)) for row in range(count)]
    return [-(one + 1) // 2 if one & 1 else one // 2 for one in folded]


@PROPERTY
@given(st.binary(max_size=400))
def test_bytes_come_back_and_say_how_many_they_are(content: bytes) -> None:
    packed = pack_bytes(content)
    assert unpack_bytes(packed) == content
    assert int.from_bytes(base64.b64decode(packed)[:4], "little") == len(content)


def test_bytes_of_a_kind_stand_together() -> None:
    assert unpack_bytes(pack_integers([0, -1, 1, 300])) == bytes([2, 0, 1, 2, 88, 0, 0, 0, 2])


@PROPERTY
@given(st.lists(WHOLE))
def test_numbers_come_back(numbers: list[int]) -> None:
    packed = pack_integers(numbers)
    assert unpack_integers(packed).tolist() == numbers
    if numbers:
        assert read_by_hand(packed) == numbers


def test_no_numbers_are_no_text() -> None:
    assert pack_integers([]) == ""
    assert unpack_column([pack_column([])], 0).tolist() == []


@PROPERTY
@given(st.data())
def test_columns_come_back_whatever_they_lean_on(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 30))
    values = st.lists(st.one_of(st.integers(-50, 50), st.just(MISSING)), min_size=count, max_size=count)
    columns = [data.draw(values) for _ in range(4)]
    packed: list[str] = []
    for place, column in enumerate(columns):
        packed.append(pack_column(column, {other: np.array(columns[other]) for other in range(place)}))
    assert [unpack_column(packed, place).tolist() for place in range(4)] == columns


@pytest.mark.parametrize(
    ("way", "column"),
    [
        ("n", [3, 900, 14, 77, 512, 6, 301, 44] * 40),
        ("s", [7 * row + row % 2 for row in range(320)]),
    ],
)
def test_a_column_alone_is_packed_in_the_shortest_way(way: str, column: list[int]) -> None:
    packed = pack_column(column)
    assert packed.startswith(f"{way}:")
    rest = read_by_hand(packed.partition(":")[2])
    assert (rest if way == "n" else list(accumulate(rest))) == column


def test_a_column_leans_on_the_one_it_goes_with() -> None:
    chance = np.random.default_rng(4)
    other = chance.integers(0, 10_000, 500)
    steps = {3: other}
    rising = pack_column(np.round(np.sqrt(other) * 7).astype(int), steps)
    alike = pack_column(other + chance.integers(0, 2, 500), steps)
    assert (rising[:3], alike[:3]) == ("o3:", "d3:")
    by_hand = read_by_hand(rising[3:])
    order = sorted(range(500), key=lambda row: (other[row], row))
    assert list(accumulate(by_hand)) == [round(math.sqrt(other[row]) * 7) for row in order]
    assert len(rising) < len(pack_column(np.round(np.sqrt(other) * 7).astype(int))) / 1.5


@PROPERTY
@given(st.lists(st.one_of(st.text(max_size=12), st.from_regex(r"lot-[0-9]{1,3}(/[0-9]{1,11})?", fullmatch=True))))
def test_words_come_back(words: list[str]) -> None:
    words = [word.encode("utf-8", "ignore").decode() for word in words]
    assert unpack_words(json.loads(json.dumps(pack_words(words)))) == words


def test_words_that_count_cost_next_to_nothing() -> None:
    words = [f"DD{90 + row // 500} LOT {row:06d}" for row in range(5_000)]
    assert unpack_words(pack_words(words)) == words
    assert len(json.dumps(pack_words(words))) < 500
    assert unpack_words(pack_words(["a-007", "a-7", "a-٣", "७"])) == ["a-007", "a-7", "a-٣", "७"]


def test_geometries_come_back_within_a_hand_width() -> None:
    ring = shapely.Polygon(
        [(820000.31, 840000.77), (820310.9, 840020.2), (820150.05, 840290.66)],
        [[(820120.0, 840060.0), (820180.0, 840070.0), (820150.0, 840120.0)]],
    )
    line = shapely.LineString([(821000.123, 841000.456), (822000.789, 842000.012)])
    point = shapely.Point(823456.78, 843210.98)
    given_m = gpd.GeoSeries([shapely.MultiPolygon([ring]), line, point], crs="EPSG:2326")
    counts, xs, ys = (iter(read_by_hand(one)) for one in pack_geometries(given_m).split("."))
    first_x = first_y = 0
    for geometry in given_m:
        degrees = []
        for _ in range(next(counts)):
            for _ in range(next(counts)):
                x, y = first_x, first_y
                for place in range(next(counts)):
                    x, y = x + next(xs), y + next(ys)
                    first_x, first_y = (x, y) if place == 0 else (first_x, first_y)
                    degrees.append((x / 1e6, y / 1e6))
        back = gpd.GeoSeries.from_xy(*zip(*degrees, strict=True), crs="EPSG:4326").to_crs("EPSG:2326")
        corners = list(dict.fromkeys(map(tuple, shapely.get_coordinates(geometry))))
        off = [math.dist(corner, (here.x, here.y)) for corner, here in zip(corners, back, strict=True)]
        assert max(off) <= TOLERANCE_M
    assert [next(one, None) for one in (counts, xs, ys)] == [None, None, None]


def test_parts_and_holes_keep_their_order() -> None:
    outer = [(114.0, 22.5), (114.01, 22.5), (114.01, 22.51), (114.0, 22.5)]
    hole = [(114.006, 22.502), (114.008, 22.502), (114.008, 22.504), (114.006, 22.502)]
    shapes = gpd.GeoSeries([shapely.Polygon(outer, [hole]), shapely.Point()], crs="EPSG:4326")
    assert unpack_geometries(pack_geometries(shapes)) == [[[outer[:-1], hole[:-1]]], []]


def test_points_that_fall_together_are_dropped() -> None:
    line = shapely.LineString([(114.0, 22.5), (114.0000001, 22.5), (114.1, 22.5)])
    assert unpack_geometries(pack_geometries(gpd.GeoSeries([line], crs="EPSG:4326"))) == [
        [[[(114.0, 22.5), (114.1, 22.5)]]]
    ]


@PROPERTY
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999)), min_size=3, max_size=7, unique=True).map(
            lambda points: shapely.MultiPoint(points).convex_hull
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whole_steps_come_back_exactly(hulls: list[shapely.Geometry]) -> None:
    moved = shapely.transform(np.array(hulls), lambda points: (points + np.array([114e6, 22e6])) / 1e6)
    shapes = unpack_geometries(pack_geometries(gpd.GeoSeries(moved, crs="EPSG:4326")))
    for hull, shape in zip(moved, shapes, strict=True):
        corners = shapely.get_coordinates(hull).round(6)
        expected = corners[:-1] if hull.geom_type == "Polygon" else corners
        assert shape == [[[tuple(point) for point in expected.tolist()]]]


def test_slivers_vanish() -> None:
    square = shapely.box(114.0, 22.5, 114.01, 22.51)
    sliver = shapely.Polygon([(114.0, 22.6), (114.0000002, 22.6), (114.0, 22.6000002)])
    pinhole = [(114.005, 22.505), (114.0050002, 22.505), (114.005, 22.5050002)]
    shapes = gpd.GeoSeries([shapely.MultiPolygon([(square.exterior.coords, [pinhole]), sliver])], crs="EPSG:4326")
    assert [len(part) for part in unpack_geometries(pack_geometries(shapes))[0]] == [1]
