from __future__ import annotations

import base64
import math

import geopandas as gpd
import shapely
from hypothesis import given
from hypothesis import strategies as st

from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import pack_column
from nmplan.maps.quantise import pack_geometries
from nmplan.maps.quantise import pack_integers
from nmplan.maps.quantise import unpack_column
from nmplan.maps.quantise import unpack_geometries
from nmplan.maps.quantise import unpack_integers

TOLERANCE_M = 0.12


def read_by_hand(text: str) -> list[int]:
    """Decode without the module: seven bits to a byte, lowest first, sign in the lowest bit."""
    numbers, bits = [], ""
    for byte in base64.b64decode(text):
        bits = f"{byte & 127:07b}{bits}"
        if byte < 128:
            whole = int(bits, 2)
            numbers.append(-(whole + 1) // 2 if whole & 1 else whole // 2)
            bits = ""
    return numbers


def test_small_numbers_take_one_byte() -> None:
    assert base64.b64decode(pack_integers([0, -1, 1, -64, 63])) == bytes([0, 1, 2, 127, 126])
    assert base64.b64decode(pack_integers([64])) == bytes([0x80, 0x01])


@given(st.lists(st.integers(-(2**40), 2**40)))
def test_numbers_come_back(numbers: list[int]) -> None:
    packed = pack_integers(numbers)
    assert read_by_hand(packed) == numbers
    assert unpack_integers(packed) == numbers


def test_columns_keep_steps_and_missing_values() -> None:
    assert read_by_hand(pack_column([5, 7, 4])) == [5, 2, -3]
    assert unpack_column(pack_column([5, MISSING, 4])) == [5, MISSING, 4]


def test_geometries_come_back_within_a_hand_width() -> None:
    ring = shapely.Polygon(
        [(820000.31, 840000.77), (820310.9, 840020.2), (820150.05, 840290.66)],
        [[(820120.0, 840060.0), (820180.0, 840070.0), (820150.0, 840120.0)]],
    )
    line = shapely.LineString([(821000.123, 841000.456), (822000.789, 842000.012)])
    point = shapely.Point(823456.78, 843210.98)
    given_m = gpd.GeoSeries([shapely.MultiPolygon([ring]), line, point], crs="EPSG:2326")
    numbers = iter(read_by_hand(pack_geometries(given_m)))
    x = y = 0
    for geometry in given_m:
        degrees = []
        for _ in range(next(numbers)):
            for _ in range(next(numbers)):
                for _ in range(next(numbers)):
                    x, y = x + next(numbers), y + next(numbers)
                    degrees.append((x / 1e6, y / 1e6))
        back = gpd.GeoSeries.from_xy(*zip(*degrees, strict=True), crs="EPSG:4326").to_crs("EPSG:2326")
        corners = list(dict.fromkeys(map(tuple, shapely.get_coordinates(geometry))))
        off = [math.dist(corner, (here.x, here.y)) for corner, here in zip(corners, back, strict=True)]
        assert max(off) <= TOLERANCE_M
    assert next(numbers, None) is None


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


def test_slivers_vanish() -> None:
    square = shapely.box(114.0, 22.5, 114.01, 22.51)
    sliver = shapely.Polygon([(114.0, 22.6), (114.0000002, 22.6), (114.0, 22.6000002)])
    pinhole = [(114.005, 22.505), (114.0050002, 22.505), (114.005, 22.5050002)]
    shapes = gpd.GeoSeries([shapely.MultiPolygon([(square.exterior.coords, [pinhole]), sliver])], crs="EPSG:4326")
    assert [len(part) for part in unpack_geometries(pack_geometries(shapes))[0]] == [1]
