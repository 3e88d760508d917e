from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.errors import LayerError
from nmplan.layers.datum import ACCURACY_M
from nmplan.layers.datum import bd09_to_gcj02
from nmplan.layers.datum import bd09_to_wgs84
from nmplan.layers.datum import gcj02_to_bd09
from nmplan.layers.datum import gcj02_to_wgs84
from nmplan.layers.datum import to_wgs84
from nmplan.layers.datum import wgs84_to_bd09
from nmplan.layers.datum import wgs84_to_gcj02

FUTIAN = (114.0545, 22.5446)
METRES = np.array([102_900.0, 110_740.0])  # of a degree around Shenzhen

# github.com/googollee/eviltransform, go/transform_test.go: WGS84 and GCJ-02
PUBLISHED = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]


@pytest.mark.parametrize(("wgs84", "gcj02"), PUBLISHED)
def test_published_pairs_of_gcj02_both_ways(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert np.allclose(wgs84_to_gcj02(*wgs84), gcj02, rtol=0, atol=1e-12)
    assert np.allclose(gcj02_to_wgs84(*gcj02), wgs84, rtol=0, atol=1e-9)


def test_published_pairs_of_bd09() -> None:
    # github.com/wandergis/coordtransform, test/app.js; its way back is a guess of one step, good to a metre
    assert np.allclose(gcj02_to_bd09(116.404, 39.915), (116.41036949371029, 39.92133699351021), rtol=0, atol=1e-12)
    assert np.allclose(bd09_to_gcj02(116.404, 39.915), (116.39762729119315, 39.90865673957631), rtol=0, atol=1e-5)


def test_the_shift_at_futian_by_hand() -> None:
    # east with x = 9.0545, y = -12.4554 (degrees from 105 E, 35 N): 300 + x + 2y + x²/10 + xy/10 + √x/10 = 281.4 m;
    # waves of 6πx, 2πx: 15.9; of πx, πx/3: -3.8; of πx/12, πx/30: 232.2; together 525.6 m
    lon, lat = wgs84_to_gcj02(*FUTIAN)
    east_m, north_m = (np.array([lon, lat]) - FUTIAN) * METRES
    assert east_m == pytest.approx(525.6, abs=1)
    assert -310 < north_m < -295


def test_bd09_is_about_1_2_km_away_at_futian() -> None:
    away = np.hypot(*((np.array(wgs84_to_bd09(*FUTIAN)) - FUTIAN) * METRES))
    assert 1100 < away < 1300


GREATER_BAY_AREA = (st.floats(111.3, 115.6), st.floats(21.4, 24.6))


@settings(deadline=None, derandomize=True, database=None)
@given(*GREATER_BAY_AREA)
def test_ways_there_and_back_meet_within_1e_9_degrees(lon: float, lat: float) -> None:
    assert np.allclose(gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat)), (lon, lat), rtol=0, atol=1e-9)
    assert np.allclose(wgs84_to_gcj02(*gcj02_to_wgs84(lon, lat)), (lon, lat), rtol=0, atol=1e-9)
    assert np.allclose(bd09_to_wgs84(*wgs84_to_bd09(lon, lat)), (lon, lat), rtol=0, atol=1e-9)


@settings(deadline=None, derandomize=True, database=None)
@given(*GREATER_BAY_AREA)
def test_the_shift_is_half_a_kilometre_to_the_south_east_everywhere_around(lon: float, lat: float) -> None:
    east, north = (np.array(wgs84_to_gcj02(lon, lat)) - (lon, lat)) * METRES
    assert 450 < east < 700
    assert -420 < north < -200


def test_many_places_at_once_equal_them_one_by_one() -> None:
    lon, lat = np.linspace(113, 115, 50), np.linspace(22, 24, 50)
    together = np.array(bd09_to_wgs84(lon, lat))
    singly = np.array([bd09_to_wgs84(x, y) for x, y in zip(lon, lat, strict=True)]).T
    assert np.allclose(together, singly, rtol=0, atol=1e-10)


def test_what_is_no_number_stays_none_and_does_not_hold_up_the_rest() -> None:
    lon, _ = gcj02_to_wgs84([np.nan, 114.0], [22.5, 22.5])
    assert np.isnan(lon[0])
    assert lon[1] == gcj02_to_wgs84(114.0, 22.5)[0]
    assert len(gcj02_to_wgs84([], [])[0]) == 0


def frame(*shapes: shapely.Geometry | None, crs: str | None = "EPSG:4326", **columns: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def test_every_kind_of_geometry_is_converted_vertex_by_vertex() -> None:
    line = shapely.LineString([FUTIAN, (114.06, 22.55)])
    shapes = [shapely.Point(FUTIAN), line, line.buffer(0.01), shapely.MultiPoint([FUTIAN]), None, shapely.Point()]
    moved, _ = to_wgs84(frame(*shapes), "gcj02", "suppliers", "a.csv")
    expected = gcj02_to_wgs84(*FUTIAN)
    assert np.allclose(moved.geometry.iloc[0].coords[0], expected)
    assert np.allclose(moved.geometry.iloc[1].coords[0], expected)
    assert len(moved.geometry.iloc[2].exterior.coords) == len(shapes[2].exterior.coords)
    assert moved.geometry.iloc[4] is None
    assert moved.geometry.iloc[5].is_empty
    assert moved.crs == "EPSG:4326"


def test_accuracy_is_raised_by_the_root_of_the_squares_and_said() -> None:
    points = frame(*[shapely.Point(FUTIAN)] * 4, accuracy_m=[4.0, "40", None, "some"])
    moved, notes = to_wgs84(points, "gcj02", "suppliers", "a.csv")
    # 3² + 4² = 5²; 40² + 3² = 40.112²; unknown counts as exact; "some" is for the contract to refuse
    assert moved["accuracy_m"].tolist() == [5.0, pytest.approx(40.112, abs=1e-3), 3.0, "some"]
    assert points["accuracy_m"].tolist() == [4.0, "40", None, "some"]
    assert "GCJ-02" in notes[0].what
    assert "3 m" in notes[0].what
    without, notes = to_wgs84(frame(shapely.Point(FUTIAN)), "bd09", "suppliers", "a.csv")
    assert without["accuracy_m"].tolist() == [ACCURACY_M["bd09"]]
    assert "unknown before" in notes[1].what


def test_wgs84_declared_changes_nothing() -> None:
    points = frame(shapely.Point(FUTIAN))
    same, notes = to_wgs84(points, "wgs84", "suppliers", "a.csv")
    assert same is points
    assert notes == []


def test_a_frame_without_system_is_degrees_and_web_mercator_is_turned_back_to_them() -> None:
    points = frame(shapely.Point(FUTIAN))
    expected = to_wgs84(points, "gcj02", "suppliers", "a.csv")[0].geometry.iloc[0]
    for other in (points.set_crs(None, allow_override=True), points.to_crs("EPSG:3857")):
        assert to_wgs84(other, "gcj02", "suppliers", "a.csv")[0].geometry.iloc[0].distance(expected) < 1e-9


def test_an_unknown_datum_and_one_beside_another_datums_degrees_are_refused() -> None:
    with pytest.raises(LayerError, match="no datum 'mars'"):
        to_wgs84(frame(shapely.Point(FUTIAN)), "mars", "suppliers", "a.csv")  # type: ignore[arg-type]
    with pytest.raises(LayerError, match="GCJ-02, the coordinate system as EPSG:4611"):
        to_wgs84(frame(shapely.Point(FUTIAN), crs="EPSG:4611"), "gcj02", "suppliers", "a.csv")
