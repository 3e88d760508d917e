from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from published.rasters import CELL_M
from published.rasters import NORTH as TILES_NORTH
from published.rasters import WEST
from published.rasters import geotiff
from published.rasters import hillside
from published.rasters import terrain_in_degrees
from published.rasters import terrain_in_metres
from published.rasters import terrain_tiles
from published.rasters import terrain_zip
from published.rasters import write_asc
from pyproj import CRS
from rasterio import warp

from nmplan.errors import LayerError
from nmplan.layers.terrain import SPOT_CELL_M
from nmplan.layers.terrain import Terrain
from nmplan.layers.terrain import load_terrain
from nmplan.layers.terrain import read_heights
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
    terrain = read_heights([raster(tmp_path / "t.tif", values, "EPSG:2326", EAST, NORTH, 5)], "t.tif")
    assert np.array_equal(terrain.heights, values)
    assert terrain.transform == Affine(5, 0, EAST, 0, -5, NORTH)
    assert terrain.measured
    assert terrain.source == "t.tif"


def test_whole_numbers_and_nodata_become_heights_and_blanks(tmp_path: Path) -> None:
    values = np.array([[1, -9999], [3, 4]], dtype=np.int16)
    path = raster(tmp_path / "t.tif", values, "EPSG:2326", EAST, NORTH, 5, nodata=-9999)
    assert np.array_equal(read_heights([path], "t").heights, [[1, np.nan], [3, 4]], equal_nan=True)


def test_a_raster_in_degrees_is_warped_to_metres(tmp_path: Path) -> None:
    west, north, cell = 114.0, 22.5, 0.0005
    columns, rows = np.meshgrid(np.arange(200), np.arange(120))
    lon, lat = west + (columns + 0.5) * cell, north - (rows + 0.5) * cell
    # heights that are a plane in degrees: 1 m for each thousandth of a degree east, 2 m for each north
    path = raster(
        tmp_path / "t.tif", ((lon - 114) * 1e3 + (lat - 22.4) * 2e3).astype(np.float32), "EPSG:4326", west, north, cell
    )
    terrain = read_heights([path], "t.tif")
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
    terrain = read_heights([raster(tmp_path / "t.tif", values, "EPSG:4326", 113.5, 22.6, 0.001)], "t.tif")
    known = terrain.heights[~np.isnan(terrain.heights)]
    assert known.min() == pytest.approx(50)
    assert np.isnan(terrain.heights).any()


def test_a_raster_without_crs_is_refused_by_its_name(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.ones((2, 2), np.float32), None, EAST, NORTH, 5)
    with pytest.raises(LayerError) as caught:
        read_heights([path], "t.tif")
    (fault,) = caught.value.faults
    assert fault.source == "t.tif"
    assert "no coordinate system" in fault.what
    assert "crs =" in fault.mend


def test_a_declared_crs_serves_a_raster_that_has_none(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.ones((2, 2), np.float32), None, EAST, NORTH, 5)
    assert read_heights([path], "t.tif", crs="EPSG:2326").transform == Affine(5, 0, EAST, 0, -5, NORTH)


@pytest.mark.parametrize("declared", ["EPSG:99999", "the grid"])
def test_a_declared_crs_that_does_not_exist_is_a_fault(tmp_path: Path, declared: str) -> None:
    path = raster(tmp_path / "t.tif", np.ones((2, 2), np.float32), None, EAST, NORTH, 5)
    with pytest.raises(LayerError) as caught:
        read_heights([path], "t.tif", crs=declared)
    assert declared in str(caught.value)


def test_a_declared_crs_that_disagrees_is_a_fault(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.ones((2, 2), np.float32), "EPSG:2326", EAST, NORTH, 5)
    with pytest.raises(LayerError) as caught:
        read_heights([path], "t.tif", crs="EPSG:4326")
    assert "EPSG:2326" in str(caught.value)


def test_a_raster_in_london_is_refused(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.ones((20, 20), np.float32), "EPSG:4326", -0.13, 51.51, 0.001)
    with pytest.raises(LayerError, match="outside the Greater Bay Area"):
        read_heights([path], "t.tif")


@pytest.mark.parametrize("content", [b"", b"not a raster", b"II*\x00garbage"])
def test_what_is_not_a_raster_is_a_fault(write: Callable[..., Path], content: bytes) -> None:
    with pytest.raises(LayerError) as caught:
        read_heights([write("t.tif", content)], "t.tif")
    (fault,) = caught.value.faults
    assert fault.source == "t.tif"
    assert "raster" in fault.what
    assert fault.mend


def test_a_missing_raster_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"t\.tif"):
        read_heights([tmp_path / "t.tif"], "t.tif")


def test_a_truncated_raster_is_a_fault(tmp_path: Path, write: Callable[..., Path]) -> None:
    values = np.random.default_rng(1).random((100, 100)).astype(np.float32)
    whole = raster(tmp_path / "whole.tif", values, "EPSG:2326", EAST, NORTH, 5).read_bytes()
    with pytest.raises(LayerError, match=r"cut\.tif"):
        read_heights([write("cut.tif", whole[: len(whole) // 2])], "cut.tif")


def test_tiles_without_crs_are_merged_and_gaps_are_blank(tmp_path: Path) -> None:
    terrain = read_heights([terrain_tiles(tmp_path)], "dtm", crs="EPSG:2326")
    assert terrain.transform == Affine(CELL_M, 0, WEST, 0, -CELL_M, TILES_NORTH)
    assert terrain.heights.shape == (200, 200)
    # one tile of four is missing, ten by ten cells are a pond
    blank = np.isnan(terrain.heights)
    assert blank[100:, 100:].all()
    assert blank[10:20, 10:20].all()
    assert blank.sum() == 100 * 100 + 10 * 10
    x, y = centres(terrain)
    assert np.abs(terrain.heights - hillside(x, y))[~blank].max() < 0.006  # written to the centimetre
    assert terrain.notes == ()


def test_a_zip_of_tiles_gives_the_same_as_the_folder(tmp_path: Path) -> None:
    zipped = read_heights([terrain_zip(tmp_path)], "a", crs="EPSG:2326")
    folder = read_heights([tmp_path / "dtm"], "a", crs="EPSG:2326")
    one_by_one = read_heights(sorted((tmp_path / "dtm").glob("*.asc"), reverse=True), "a", crs="EPSG:2326")
    assert np.array_equal(zipped.heights, folder.heights, equal_nan=True)
    assert np.array_equal(one_by_one.heights, folder.heights, equal_nan=True)


def test_tiles_without_crs_are_each_told(tmp_path: Path) -> None:
    with pytest.raises(LayerError) as caught:
        read_heights([terrain_tiles(tmp_path)], "dtm")
    assert [fault.where for fault in caught.value.faults] == ["11-NW-1A.asc", "11-NW-1B.asc", "11-NW-1C.asc"]


def test_a_prj_beside_an_ascii_grid_serves(tmp_path: Path) -> None:
    path = write_asc(tmp_path / "a.asc", np.ones((4, 4)), EAST, NORTH, 5, "-9999")
    path.with_suffix(".prj").write_text(CRS.from_epsg(2326).to_wkt("WKT1_ESRI"), encoding="ascii")
    assert read_heights([path], "a").transform == Affine(5, 0, EAST, 0, -5, NORTH + 20)


@pytest.mark.parametrize("cell", [10.0, 25.0, 40.0, 100.0])
def test_finer_cells_are_averaged_across_the_seams_of_tiles(tmp_path: Path, cell: float) -> None:
    terrain = read_heights([terrain_tiles(tmp_path)], "dtm", crs="EPSG:2326", cell_m=cell)
    assert terrain.transform.a == -terrain.transform.e == cell
    assert terrain.transform.c % cell == 0
    x, y = centres(terrain)
    whole = box_of(x, y, cell, (WEST, TILES_NORTH - 500, WEST + 1_000, TILES_NORTH)) & ~box_of(
        x, y, -cell, (WEST + 50, TILES_NORTH - 100, WEST + 100, TILES_NORTH - 50)
    )
    assert whole.sum() > 20
    # the mean of a plane over a cell is its level at the centre
    assert np.abs(terrain.heights - hillside(x, y))[whole].max() < 0.006


def box_of(x: Any, y: Any, cell: float, bounds: tuple[float, float, float, float]) -> Any:
    """Cells that lie wholly inside a box (with a negative cell: that touch it)."""
    west, south, east, north = bounds
    half = cell / 2
    return (x >= west + half) & (x <= east - half) & (y >= south + half) & (y <= north - half)


def test_a_mean_leaves_blank_cells_out_and_counts_parts_of_cells(tmp_path: Path) -> None:
    # cells of 5 m from x = 2 on: the 10 m cell from 0 holds three fifths of the first and nothing before it
    values = np.array([[10, 20, -9999, 40]] * 4, np.int16)
    path = raster(tmp_path / "t.tif", values, "EPSG:2326", EAST + 2, NORTH, 5, nodata=-9999)
    terrain = read_heights([path], "t", cell_m=10.0)
    assert terrain.transform.c == EAST
    # 0–10: 5 m of 10, 3 m of 20; 10–20: 2 m of 20, 5 m blank, 3 m of 40; 20–30: 2 m of 40
    assert terrain.heights[0].tolist() == pytest.approx([(50 + 60) / 8, (40 + 120) / 5, 40], abs=1e-3)


def test_a_raster_larger_than_a_window_is_averaged_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = terrain_in_metres(tmp_path)
    whole = read_heights([path], "a", cell_m=35.0)
    monkeypatch.setattr("nmplan.layers.terrain.WINDOW", 64)
    parts = read_heights([path], "a", cell_m=35.0)
    assert np.array_equal(np.isnan(whole.heights), np.isnan(parts.heights))
    assert np.nanmax(np.abs(whole.heights - parts.heights)) < 1e-3


def test_a_raster_too_fine_for_memory_is_told_a_cell_that_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = terrain_in_metres(tmp_path)  # 200 by 200 cells of 5 m
    monkeypatch.setattr("nmplan.layers.rasters.MOST_CELLS", 10_000)
    with pytest.raises(LayerError, match=r"cell_m = 10\.0"):
        read_heights([path], "a")
    monkeypatch.setattr("nmplan.layers.rasters.MOST_CELLS", 11_000)
    assert read_heights([path], "a", cell_m=10.0).heights.shape == (100, 100)


def test_degrees_in_whole_metres_with_undeclared_nodata(tmp_path: Path) -> None:
    terrain = read_heights([terrain_in_degrees(tmp_path)], "global")
    assert np.nanmin(terrain.heights) >= 5  # no cell is drawn down by -32768 beside it
    assert np.isnan(terrain.heights[:8]).all()
    words = [note.what for note in terrain.notes]
    assert "-32768" in words[0]
    assert terrain.notes[0].count == 10 * 180
    # atan(1 / (2 · 29.5)) = 0.97°
    assert "whole metres" in words[1]
    assert "0.97°" in words[1]


@pytest.mark.parametrize("number", [-9999.0, -32768.0, -3.4028234663852886e38, np.inf, np.nan])
def test_nodata_that_nobody_declares_is_blank(tmp_path: Path, number: float) -> None:
    values = np.array([[1.5, number], [3.25, 4]], np.float32)
    path = raster(tmp_path / "t.tif", values, "EPSG:2326", EAST, NORTH, 5)
    assert np.array_equal(read_heights([path], "t").heights, [[1.5, np.nan], [3.25, 4]], equal_nan=True)


def test_a_sea_of_zeros_is_told_and_blank_when_stated(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.array([[0, 0], [3.5, 4]], np.float32), "EPSG:2326", EAST, NORTH, 5)
    (note,) = read_heights([path], "t").notes
    assert note.count == 2
    assert "50%" in note.what
    assert "nodata = 0" in note.what
    told = read_heights([path], "t", nodata=0)
    assert np.array_equal(told.heights, [[np.nan, np.nan], [3.5, 4]], equal_nan=True)
    assert told.notes == ()


def test_heights_that_hong_kong_has_nowhere_are_told(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.array([[3_123.5, 12], [-250.5, 4]], np.float32), "EPSG:2326", EAST, NORTH, 5)
    above, below = read_heights([path], "t").notes
    assert (above.count, below.count) == (1, 1)
    assert "3,12" in above.what
    assert "-250" in below.what or "-251" in below.what


def test_scaled_whole_numbers_become_metres(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.array([[125, 130]], np.int16), "EPSG:2326", EAST, NORTH, 5)
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.1,), (2.0,)
    assert read_heights([path], "t").heights.tolist() == [pytest.approx([14.5, 15.0])]


def test_feet_are_refused(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.ones((2, 2), np.float32), "EPSG:2326", EAST, NORTH, 5)
    with rasterio.open(path, "r+") as file:
        file.units = ("ft",)
    with pytest.raises(LayerError, match="ft"):
        read_heights([path], "t")


def test_a_picture_of_the_relief_is_no_terrain(tmp_path: Path) -> None:
    profile = {"driver": "GTiff", "width": 2, "height": 2, "count": 3, "dtype": "uint8", "crs": "EPSG:2326"}
    with rasterio.open(
        tmp_path / "t.tif", "w", transform=Affine(5, 0, EAST, 0, -5, NORTH), photometric="rgb", **profile
    ) as file:
        file.write(np.ones((3, 2, 2), np.uint8))
    with pytest.raises(LayerError, match="colours"):
        read_heights([tmp_path / "t.tif"], "t")


def test_of_several_bands_the_first_is_taken_and_told(tmp_path: Path) -> None:
    profile = {"driver": "GTiff", "width": 1, "height": 2, "count": 2, "dtype": "float32", "crs": "EPSG:2326"}
    with rasterio.open(tmp_path / "t.tif", "w", transform=Affine(5, 0, EAST, 0, -5, NORTH), **profile) as file:
        file.write(np.array([[[1.5], [2]], [[8], [9]]], np.float32))
    terrain = read_heights([tmp_path / "t.tif"], "t")
    assert terrain.heights.tolist() == [[1.5], [2]]
    assert "bands" in terrain.notes[0].what


def test_a_raster_that_lies_upside_down_is_turned(tmp_path: Path) -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4) + 0.5
    profile = {"driver": "GTiff", "width": 4, "height": 3, "count": 1, "dtype": "float32", "crs": "EPSG:2326"}
    with rasterio.open(tmp_path / "t.tif", "w", transform=Affine(5, 0, EAST, 0, 5, NORTH), **profile) as file:
        file.write(values, 1)
    terrain = read_heights([tmp_path / "t.tif"], "t")
    assert terrain.transform == Affine(5, 0, EAST, 0, -5, NORTH + 15)
    assert np.array_equal(terrain.heights, values[::-1])


def test_a_raster_that_lies_askew_is_laid_straight(tmp_path: Path) -> None:
    askew = Affine.translation(EAST, NORTH) @ Affine.rotation(30) @ Affine.scale(5, -5)
    column, row = np.meshgrid(np.arange(60) + 0.5, np.arange(40) + 0.5)
    levels = plane(*(askew @ (column, row))).astype(np.float32)
    profile = {"driver": "GTiff", "width": 60, "height": 40, "count": 1, "dtype": "float32", "crs": "EPSG:2326"}
    with rasterio.open(tmp_path / "t.tif", "w", transform=askew, **profile) as file:
        file.write(levels, 1)
    for cell in (None, 12.0):
        terrain = read_heights([tmp_path / "t.tif"], "t", cell_m=cell)
        x, y = centres(terrain)
        back = ~askew @ (x, y)
        inside = (back[0] > 4) & (back[0] < 56) & (back[1] > 4) & (back[1] < 36)
        assert inside.sum() > 200
        assert np.abs(terrain.heights - plane(x, y))[inside].max() < 0.01


def test_a_raster_of_nothing_but_nodata_is_refused(tmp_path: Path) -> None:
    path = raster(tmp_path / "t.tif", np.full((2, 2), -9999, np.int16), "EPSG:2326", EAST, NORTH, 5)
    with pytest.raises(LayerError, match="blank"):
        read_heights([path], "t.tif")


def test_means_of_a_raster_in_degrees_are_those_of_its_cells(tmp_path: Path) -> None:
    fine = read_heights([terrain_in_degrees(tmp_path)], "a")
    coarse = read_heights([tmp_path / "global.tif"], "a", cell_m=150.0)
    x, y = centres(coarse)
    column = np.floor((x - fine.transform.c) / fine.transform.a).astype(int)
    row = np.floor((fine.transform.f - y) / fine.transform.a).astype(int)
    inside = (column > 5) & (column < 165) & (row > 20) & (row < 145)
    assert inside.sum() > 500
    # 150 m are five cells, over which the hillside is a plane: its level at the centre, to the half metre of rounding
    assert np.nanmax(np.abs(coarse.heights[inside] - fine.heights[row[inside], column[inside]])) < 1.5


@pytest.mark.parametrize("code", ["EPSG:4490", "EPSG:4547"])
def test_trap_4_a_terrain_on_cgcs2000_stands_where_the_same_on_wgs84_stands(tmp_path: Path, code: str) -> None:
    (west,), (north,) = warp.transform("EPSG:4490", code, [114.07], [22.5])
    cell = 1e-4 if code == "EPSG:4490" else 10.0
    path = geotiff(tmp_path / "a.tif", np.full((4, 4), 7.5), code, Affine(cell, 0, west, 0, -cell, north))
    terrain = read_heights([path], "a.tif")
    # PROJ: 114.07, 22.5 on WGS84 is 825,271 E 840,047 N; a ballpark way gives 825,524 E 839,878 N
    assert (terrain.transform.c, terrain.transform.f) == pytest.approx((825_271, 840_047), abs=5)


def test_trap_5_a_terrain_with_a_towgs84_of_its_own_is_read_by_projs_definition_and_told(tmp_path: Path) -> None:
    own = "+proj=tmerc +lat_0=22.3121333333333 +lon_0=114.178555555556 +k=1 +x_0=836694.05 +y_0=819069.8"
    own += " +ellps=intl +towgs84=0,0,0 +units=m +no_defs"  # none at all: 304 m off
    path = geotiff(tmp_path / "a.tif", np.full((4, 4), 7.5), own, Affine(5, 0, EAST, 0, -5, NORTH))
    terrain = read_heights([path], "a.tif")
    assert (terrain.transform.c, terrain.transform.f) == (EAST, NORTH)
    assert any("from Hong Kong's own" in note.what and note.count == 1 for note in terrain.notes)


def test_a_raster_of_classes_is_no_terrain(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", np.ones((4, 4), np.uint8), "EPSG:2326", Affine(5, 0, EAST, 0, -5, NORTH))
    with pytest.raises(LayerError, match="cells of eight bits hold classes or shades, no heights"):
        read_heights([path], "a.tif")


def test_messages_name_files_and_no_folders(tmp_path: Path, write: Callable[..., Path]) -> None:
    with pytest.raises(LayerError) as caught:
        read_heights([write("a.tif", b"no raster")], "a.tif")
    assert str(tmp_path) not in str(caught.value)
