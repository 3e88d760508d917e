from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from rasterio.transform import from_origin

from nmplan.measures.terrain import mean_height
from nmplan.measures.terrain import mean_slope
from nmplan.measures.terrain import steep_share

PLACE = from_origin(820_000, 840_000, 100, 100)


def parcels(*corners: tuple[float, float, float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries(
        [shapely.box(*corner) for corner in corners], index=["a", "b"][: len(corners)], crs="EPSG:2326"
    )


def test_mean_height_weighs_cells_by_their_covered_part() -> None:
    heights = np.array([[10.0, 20.0], [30.0, np.nan]], dtype=np.float32)
    # the first covers all of cell 10 and a quarter of cell 20; the second lies off the raster
    found = mean_height(parcels((820_000, 839_900, 820_125, 840_000), (0, 0, 10, 10)), heights, PLACE)
    assert found["a"] == pytest.approx((10 + 20 * 0.25) / 1.25)
    assert np.isnan(found["b"])


def test_the_slope_of_a_tilted_plane() -> None:
    columns, rows = np.meshgrid(np.arange(20), np.arange(20))
    plane = (columns * 100 * 0.1 + rows * 100 * 0.2).astype(np.float32)  # 10 % to the east, 20 % to the south
    found = mean_slope(parcels((820_500, 838_500, 821_500, 839_500)), plane, PLACE)
    assert found["a"] == pytest.approx(np.degrees(np.arctan(np.hypot(0.1, 0.2))), abs=1e-3)


def horn(z: np.ndarray, cell: float) -> float:
    """
    Slope of the middle of nine cells by Horn's formula, degrees.

    References
    ----------
    Horn 1981, Hill shading and the reflectance map, Proceedings of the IEEE 69:14.
    """
    east = (z[0, 2] + 2 * z[1, 2] + z[2, 2] - z[0, 0] - 2 * z[1, 0] - z[2, 0]) / (8 * cell)
    south = (z[2, 0] + 2 * z[2, 1] + z[2, 2] - z[0, 0] - 2 * z[0, 1] - z[0, 2]) / (8 * cell)
    return float(np.degrees(np.arctan(np.hypot(east, south))))


@pytest.mark.parametrize(("rise", "aspect"), [(0.0, 0), (0.05, 0), (0.1, 30), (0.36, 90), (0.5, 135), (1.0, 225)])
def test_on_any_plane_the_slope_is_horns_and_the_arc_tangent_of_the_rise(rise: float, aspect: float) -> None:
    columns, rows = np.meshgrid(np.arange(9) * 100.0, np.arange(9) * -100.0)
    turn = np.radians(aspect)
    plane = rise * (columns * np.cos(turn) + rows * np.sin(turn))
    found = mean_slope(parcels((820_400, 839_500, 820_500, 839_600)), plane.astype(np.float32), PLACE)
    assert found["a"] == pytest.approx(np.degrees(np.arctan(rise)), abs=2e-3)
    assert found["a"] == pytest.approx(horn(plane[3:6, 3:6], 100), abs=2e-3)


def test_beside_a_step_horn_and_central_differences_differ_by_as_much_as_the_corners_count() -> None:
    # one corner of nine is 80 m high: central differences do not see it, Horn gives 80 / 800 each way
    bump = np.zeros((3, 3))
    bump[0, 2] = 80
    found = mean_slope(parcels((820_100, 839_800, 820_200, 839_900)), bump.astype(np.float32), PLACE)
    assert found["a"] == 0
    assert horn(bump, 100) == pytest.approx(np.degrees(np.arctan(np.hypot(0.1, 0.1))))


def test_cells_need_not_be_square() -> None:
    oblong = from_origin(820_000, 840_000, 50, 100)
    columns, rows = np.meshgrid(np.arange(10) * 50.0, np.arange(10) * -100.0)
    found = mean_slope(
        parcels((820_100, 839_400, 820_200, 839_600)), (0.1 * columns + 0.2 * rows).astype(np.float32), oblong
    )
    assert found["a"] == pytest.approx(np.degrees(np.arctan(np.hypot(0.1, 0.2))), abs=1e-3)


def test_a_parcel_smaller_than_a_cell_has_the_level_of_the_cell() -> None:
    heights = np.array([[10.0, 20.0], [30.0, np.nan]], dtype=np.float32)
    found = mean_height(
        parcels((820_120, 839_950, 820_121, 839_952), (820_150, 839_820, 820_151, 839_821)), heights, PLACE
    )
    assert found["a"] == 20
    assert np.isnan(found["b"])


def test_a_parcel_in_two_parts_is_weighed_by_area() -> None:
    heights = np.array([[10.0, 20.0], [30.0, np.nan]], dtype=np.float32)
    both = shapely.MultiPolygon(
        [shapely.box(820_000, 839_900, 820_100, 840_000), shapely.box(820_000, 839_850, 820_100, 839_900)]
    )
    found = mean_height(gpd.GeoSeries([both], index=["a"], crs="EPSG:2326"), heights, PLACE)
    # 1 ha at 10 m, half a hectare at 30 m
    assert found["a"] == pytest.approx((10 + 15) / 1.5, rel=1e-6)


def test_slope_beside_blank_cells_is_blank_and_left_out_of_the_mean() -> None:
    columns, rows = np.meshgrid(np.arange(6) * 100.0, np.arange(6) * 100.0)
    heights = (0.1 * columns + 0 * rows).astype(np.float32)
    heights[:, 5] = np.nan
    found = mean_slope(parcels((820_300, 839_700, 820_500, 839_800)), heights, PLACE)
    assert found["a"] == pytest.approx(np.degrees(np.arctan(0.1)), abs=1e-3)


def test_the_steep_share_of_a_terrace_below_a_slope() -> None:
    # flat up to column 10, then 30 % up (16.7°); central differences halve the first step to 15 % (8.5°)
    columns = np.meshgrid(np.arange(20), np.arange(20))[0]
    hill = (np.maximum(columns - 10, 0) * 100 * 0.3).astype(np.float32)
    # eight columns of cells, 7 to 14: 11 to 14 are steep
    found = steep_share(parcels((820_700, 838_500, 821_500, 839_500), (0, 0, 10, 10)), hill, PLACE)
    assert found["a"] == pytest.approx(4 / 8)
    assert np.isnan(found["b"])


def test_what_is_unknown_is_no_part_of_the_steep_share() -> None:
    plane = (np.meshgrid(np.arange(20), np.arange(20))[0] * 100 * 0.4).astype(np.float32)
    plane[:, 12:] = np.nan
    found = steep_share(parcels((820_500, 838_500, 821_500, 839_500)), plane, PLACE)
    assert found["a"] == pytest.approx(1)
