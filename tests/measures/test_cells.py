from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from rasterio.transform import from_origin

from nmplan.measures.cells import under_polygons

PLACE = from_origin(820_000, 838_000, 10, 10)
CELLS = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, np.nan]])


def site(west: float, south: float, width: float, height: float) -> shapely.Polygon:
    return shapely.box(820_000 + west, 838_000 + south, 820_000 + west + width, 838_000 + south + height)


def sites(*shapes: shapely.Geometry) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), index=[f"s{n}" for n in range(len(shapes))], crs="EPSG:2326")


def test_each_cell_counts_by_the_part_that_is_covered() -> None:
    # all of cell 1, half of cell 2; a quarter each of cells 1, 2, 4 and 5
    found = under_polygons(sites(site(0, -10, 15, 10), site(5, -15, 10, 10)), CELLS, PLACE, ["mean", "count"], np.nan)
    assert found["mean"].tolist() == pytest.approx([(1 + 2 * 0.5) / 1.5, 12 / 4])
    assert found["count"].tolist() == pytest.approx([1.5, 1.0])


def test_a_column_for_each_operation_on_the_index_that_was_given() -> None:
    shapes = sites(site(0, -20, 10, 20), site(10, -20, 10, 20))
    found = under_polygons(shapes, CELLS, PLACE, ["min", "max", "mean"], np.nan)
    assert found.index.tolist() == ["s0", "s1"]
    assert found.to_dict("index") == {
        "s0": {"min": 1, "max": 4, "mean": 2.5},
        "s1": {"min": 2, "max": 5, "mean": 3.5},
    }
    turned = under_polygons(shapes[::-1], CELLS, PLACE, ["mean"], np.nan)
    assert turned["mean"].to_dict() == {"s1": 3.5, "s0": 2.5}


def test_nodata_does_not_count_whichever_number_it_is() -> None:
    right = sites(site(20, -20, 10, 20))  # cell 3 over a blank one
    assert under_polygons(right, CELLS, PLACE, ["mean", "count"], np.nan).iloc[0].tolist() == pytest.approx([3, 1])
    codes = np.array([[1, 2, 3], [4, 5, 0]], np.uint8)
    assert under_polygons(right, codes, PLACE, ["mean", "count"], 0).iloc[0].tolist() == pytest.approx([3, 1])
    assert under_polygons(right, codes, PLACE, ["mean"], 255).iloc[0].tolist() == pytest.approx([1.5])


def test_off_the_raster_and_over_blank_cells_there_is_no_mean() -> None:
    found = under_polygons(
        sites(site(500, 500, 10, 10), site(20, -20, 10, 10)), CELLS, PLACE, ["mean", "count"], np.nan
    )
    assert found["mean"].isna().all()
    assert found["count"].tolist() == [0, 0]


def test_a_hole_and_parts_are_taken_as_drawn() -> None:
    ring = site(0, -20, 30, 20) - site(10, -10, 10, 10)  # all but cell 2, and a blank one
    both = shapely.union_all([site(0, -10, 10, 10), site(20, -10, 10, 10)])
    found = under_polygons(sites(ring, both), CELLS, PLACE, ["mean", "count"], np.nan)
    assert found["mean"].tolist() == pytest.approx([(1 + 3 + 4 + 5) / 4, 2])
    assert found["count"].tolist() == pytest.approx([4, 2])


def test_oblong_cells_lie_where_the_transform_says() -> None:
    oblong = from_origin(820_000, 838_000, 20, 5)
    found = under_polygons(sites(site(20, -10, 20, 5)), CELLS, oblong, ["mean"], np.nan)
    assert found["mean"].tolist() == [5]


def test_neither_polygons_nor_cells_are_changed() -> None:
    shapes, cells = sites(site(0, -10, 15, 10)), CELLS.copy()
    under_polygons(shapes, cells, PLACE, ["mean"], np.nan)
    assert shapes.equals(sites(site(0, -10, 15, 10)))
    np.testing.assert_array_equal(cells, CELLS)


@settings(deadline=None, derandomize=True, database=None, max_examples=40)
@given(st.floats(0, 15), st.floats(-18, -5), st.floats(0.5, 15), st.floats(0.5, 5))
def test_the_covered_cells_are_as_large_as_the_polygon(west: float, south: float, width: float, height: float) -> None:
    found = under_polygons(sites(site(west, south, width, height)), np.nan_to_num(CELLS), PLACE, ["count", "sum"], -1)
    assert found["count"].iloc[0] * 100 == pytest.approx(width * height, rel=1e-4, abs=1e-3)
    assert found["sum"].iloc[0] <= 5 * found["count"].iloc[0] + 1e-9
