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
