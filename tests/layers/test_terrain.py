from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from nmplan.errors import LayerError
from nmplan.layers.terrain import SPOT_CELL_M
from nmplan.layers.terrain import Terrain
from nmplan.layers.terrain import load_terrain
from nmplan.layers.terrain import read_terrain
from nmplan.layers.terrain import surface_through
from nmplan.layers.terrain import write_terrain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

# rasterio multiplies transforms with `*`, which affine deprecates
pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul instead of:PendingDeprecationWarning")

EAST, NORTH = 820_000.0, 838_000.0


def plane(east: Any, north: Any) -> Any:
    """A hillside: 10 m, rising 2 % to the east and falling 1 % to the north."""
    return 10 + 0.02 * (east - EAST) - 0.01 * (north - NORTH)


def spots(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    points = [shapely.Point(EAST + x, NORTH + y) for x, y in places]
    heights = [plane(point.x, point.y) for point in points]
    return gpd.GeoDataFrame({"height_m": heights}, geometry=points, crs="EPSG:2326")


def centres(terrain: Terrain) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = terrain.heights.shape
    x = terrain.transform.c + terrain.transform.a * (np.arange(columns) + 0.5)
    y = terrain.transform.f + terrain.transform.e * (np.arange(rows) + 0.5)
    return np.meshgrid(x, y)


def raster(
    path: Path, values: NDArray[Any], crs: str | None, west: float, north: float, cell: float, **more: Any
) -> Path:
    rows, columns = values.shape
    transform = Affine(cell, 0, west, 0, -cell, north)
    profile = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": values.dtype, "crs": crs}
    with rasterio.open(path, "w", transform=transform, **profile, **more) as file:
        file.write(values, 1)
    return path


def test_a_surface_through_a_plane_is_the_plane_inside_the_hull_and_nothing_outside() -> None:
    triangle = [(0, 0), (2_000, 0), (0, 3_000), (400, 500), (900, 800), (300, 1_700)]
    terrain = surface_through(spots(*triangle), "spots")
    x, y = centres(terrain)
    hull = shapely.Polygon([(EAST, NORTH), (EAST + 2_000, NORTH), (EAST, NORTH + 3_000)])
    well_inside = shapely.contains_xy(hull.buffer(-1), x, y)
    well_outside = ~shapely.contains_xy(hull.buffer(1), x, y)
    assert well_inside.sum() > 200
    assert well_outside.sum() > 200
    # single precision holds 70 m to 10⁻⁵ m
    assert np.abs(terrain.heights - plane(x, y))[well_inside].max() < 1e-3
    assert np.isnan(terrain.heights[well_outside]).all()


def test_a_surface_is_north_up_with_cells_of_the_stated_size_from_its_corner() -> None:
    terrain = surface_through(spots((0, 0), (1_000, 0), (1_000, 800), (0, 800)), "spots")
    assert terrain.transform == Affine(SPOT_CELL_M, 0, EAST, 0, -SPOT_CELL_M, NORTH + 800)
    assert terrain.heights.shape == (8, 10)
    assert terrain.heights[0, 0] == pytest.approx(plane(EAST + 50, NORTH + 750), abs=1e-3)


def test_a_surface_through_spots_is_not_a_measured_terrain() -> None:
    terrain = surface_through(spots((0, 0), (1_000, 0), (0, 1_000)), "spot heights")
    assert not terrain.measured
    assert terrain.source == "spot heights"


@pytest.mark.parametrize("places", [[(0, 0)], [(0, 0), (500, 500)], [(0, 0), (500, 500), (900, 900)]])
def test_spots_that_span_no_surface_are_a_fault(places: list[tuple[float, float]]) -> None:
    with pytest.raises(LayerError):
        surface_through(spots(*places), "spots.csv")


@pytest.mark.parametrize("measured", [True, False])
def test_a_terrain_comes_back_as_it_was_written(tmp_path: Path, measured: bool) -> None:  # noqa: FBT001
    heights = np.array([[1.5, np.nan, -2.25], [0, 957.1, 3]], dtype=np.float32)
    terrain = Terrain(heights, Affine(5, 0, EAST, 0, -5, NORTH), measured, "地政總署 “5 m” model")
    write_terrain(terrain, tmp_path / "terrain.tif")
    back = load_terrain(tmp_path / "terrain.tif")
    assert np.array_equal(back.heights, heights, equal_nan=True)
    assert back.transform == terrain.transform
    assert back.measured is measured
    assert back.source == terrain.source


def test_what_is_written_is_a_geotiff_that_others_can_place(tmp_path: Path) -> None:
    terrain = Terrain(np.ones((2, 3), np.float32), Affine(5, 0, EAST, 0, -5, NORTH), measured=True, source="a")
    write_terrain(terrain, tmp_path / "terrain.tif")
    with rasterio.open(tmp_path / "terrain.tif") as file:
        assert file.crs.to_epsg() == 2326
        assert np.isnan(file.nodata)
        assert file.tags()["measured"] == "yes"


def test_a_raster_in_the_working_grid_is_taken_cell_by_cell(tmp_path: Path) -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    terrain = read_terrain(raster(tmp_path / "t.tif", values, "EPSG:2326", EAST, NORTH, 5), "t.tif")
    assert np.array_equal(terrain.heights, values)
    assert terrain.transform == Affine(5, 0, EAST, 0, -5, NORTH)
    assert terrain.measured
    assert terrain.source == "t.tif"


def test_whole_numbers_and_nodata_become_heights_and_blanks(tmp_path: Path) -> None:
    values = np.array([[1, -9999], [3, 4]], dtype=np.int16)
    path = raster(tmp_path / "t.tif", values, "EPSG:2326", EAST, NORTH, 5, nodata=-9999)
    assert np.array_equal(read_terrain(path, "t").heights, [[1, np.nan], [3, 4]], equal_nan=True)


def test_a_raster_in_degrees_is_warped_to_metres(tmp_path: Path) -> None:
    west, north, cell = 114.0, 22.5, 0.0005
    columns, rows = np.meshgrid(np.arange(200), np.arange(120))
    lon, lat = west + (columns + 0.5) * cell, north - (rows + 0.5) * cell
    # heights that are a plane in degrees: 1 m for each thousandth of a degree east, 2 m for each north
    path = raster(
        tmp_path / "t.tif", ((lon - 114) * 1e3 + (lat - 22.4) * 2e3).astype(np.float32), "EPSG:4326", west, north, cell
    )
    terrain = read_terrain(path, "t.tif")
    x, y = centres(terrain)
    place = gpd.GeoSeries(gpd.points_from_xy(x.ravel(), y.ravel()), crs="EPSG:2326").to_crs("EPSG:4326")
    expected = ((place.x - 114) * 1e3 + (place.y - 22.4) * 2e3).to_numpy().reshape(x.shape)
    inner = (slice(5, -5), slice(5, -5))
    assert np.abs(terrain.heights - expected)[inner].max() < 0.5
    # half a degree-thousandth is about 51 m east by 55 m north
    assert 45 < terrain.transform.a < 60
    assert terrain.transform.e == -terrain.transform.a


def test_cells_that_warping_leaves_uncovered_are_blank_not_sea_level(tmp_path: Path) -> None:
    # 0.4° west of the central meridian the grid is turned by 0.15°: over 60 km the edges miss by 160 m
    values = np.full((400, 600), 50, dtype=np.float32)
    terrain = read_terrain(raster(tmp_path / "t.tif", values, "EPSG:4326", 113.5, 22.6, 0.001), "t.tif")
    known = terrain.heights[~np.isnan(terrain.heights)]
    assert known.min() == pytest.approx(50)
    assert np.isnan(terrain.heights).any()


def test_a_raster_without_crs_is_refused_by_its_name(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.ones((2, 2), np.float32), None, EAST, NORTH, 5)
    with pytest.raises(LayerError) as caught:
        read_terrain(path, "t.tif")
    (fault,) = caught.value.faults
    assert fault.source == "t.tif"
    assert "no coordinate system" in fault.what
    assert "crs =" in fault.mend


def test_a_declared_crs_serves_a_raster_that_has_none(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.ones((2, 2), np.float32), None, EAST, NORTH, 5)
    assert read_terrain(path, "t.tif", "EPSG:2326").transform == Affine(5, 0, EAST, 0, -5, NORTH)


@pytest.mark.parametrize("declared", ["EPSG:99999", "the grid"])
def test_a_declared_crs_that_does_not_exist_is_a_fault(tmp_path: Path, declared: str) -> None:
    path = raster(tmp_path / "t.tif", np.ones((2, 2), np.float32), None, EAST, NORTH, 5)
    with pytest.raises(LayerError) as caught:
        read_terrain(path, "t.tif", declared)
    assert declared in str(caught.value)


def test_a_declared_crs_that_disagrees_is_a_fault(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.ones((2, 2), np.float32), "EPSG:2326", EAST, NORTH, 5)
    with pytest.raises(LayerError) as caught:
        read_terrain(path, "t.tif", "EPSG:4326")
    assert "EPSG:2326" in str(caught.value)


def test_a_raster_in_london_is_refused(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.ones((20, 20), np.float32), "EPSG:4326", -0.13, 51.51, 0.001)
    with pytest.raises(LayerError, match="outside the Greater Bay Area"):
        read_terrain(path, "t.tif")


@pytest.mark.parametrize("content", [b"", b"not a raster", b"II*\x00garbage"])
def test_what_is_not_a_raster_is_a_fault(write: Callable[..., Path], content: bytes) -> None:
    with pytest.raises(LayerError) as caught:
        read_terrain(write("t.tif", content), "t.tif")
    (fault,) = caught.value.faults
    assert fault.source == "t.tif"
    assert "raster" in fault.what
    assert fault.mend


def test_a_missing_raster_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"t\.tif"):
        read_terrain(tmp_path / "t.tif", "t.tif")


def test_a_truncated_raster_is_a_fault(tmp_path: Path, write: Callable[..., Path]) -> None:
    values = np.random.default_rng(1).random((100, 100)).astype(np.float32)
    whole = raster(tmp_path / "whole.tif", values, "EPSG:2326", EAST, NORTH, 5).read_bytes()
    with pytest.raises(LayerError, match=r"cut\.tif"):
        read_terrain(write("cut.tif", whole[: len(whole) // 2]), "cut.tif")
