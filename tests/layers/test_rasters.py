from __future__ import annotations

import math
import warnings
import zipfile
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from published.rasters import geotiff
from published.rasters import terrain_in_degrees
from published.rasters import terrain_tiles
from published.rasters import terrain_zip
from rasterio.transform import from_origin
from rasterio.windows import Window

from nmplan.errors import LayerError
from nmplan.layers import rasters
from nmplan.layers.rasters import Grid
from nmplan.layers.rasters import crs_of
from nmplan.layers.rasters import grid_part
from nmplan.layers.rasters import is_coarser
from nmplan.layers.rasters import lies_upright
from nmplan.layers.rasters import opened
from nmplan.layers.rasters import overlaps
from nmplan.layers.rasters import part_of
from nmplan.layers.rasters import raster_files
from nmplan.layers.rasters import read_cells
from nmplan.layers.rasters import work_grid
from nmplan.layers.rasters import write_cells

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.errors import Fault

WEST, NORTH = 825_000.0, 839_000.0
GRID = "EPSG:2326"


def square(path: Path, west: float = WEST, north: float = NORTH, *, cells: int = 10, cell: float = 5.0) -> Path:
    """Write a raster of square cells in EPSG:2326."""
    return geotiff(path, np.zeros((cells, cells), np.float32), GRID, from_origin(west, north, cell, cell))


def unplaced(path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path, "w", driver="GTiff", width=2, height=2, count=1, dtype="float32", crs=GRID) as file:
            file.write(np.ones((1, 2, 2), np.float32))
    return path


def grid_of(*paths: Path, cell_m: float | None = None, crs: str | None = None) -> Grid:
    with opened(paths, "dtm", crs) as found:
        return work_grid(found, "dtm", crs, cell_m)


def faults_of(*paths: Path, crs: str | None = None) -> list[Fault]:
    with pytest.raises(LayerError) as caught:
        grid_of(*paths, crs=crs)
    assert all(fault.source == "dtm" and fault.what and fault.mend for fault in caught.value.faults)
    return caught.value.faults


# --- which files


def test_folders_are_searched_at_any_depth_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b/2.TIF", "b/1.asc", "a/3.img", "readme.txt", "._2.tif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.tif").mkdir()
    expected = [str(tmp_path / name) for name in ("a/3.img", "b/1.asc", "b/2.TIF")]
    assert raster_files([tmp_path], "dtm") == expected


def test_an_archive_is_read_in_place_without_what_a_mac_leaves_in_it(tmp_path: Path) -> None:
    path = terrain_zip(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/DTM/._11-NW-1A.asc", b"\x00\x05\x16\x07")
    tiles = [f"/vsizip/{path}/DTM/11-NW-1{letter}.asc" for letter in "ABC"]
    assert raster_files([path], "dtm") == tiles
    assert grid_of(path, crs=GRID) == Grid(825_500, 838_700, 5, 200, 200)


def test_a_file_that_is_named_may_end_in_anything_and_keeps_its_place(tmp_path: Path) -> None:
    named = [tmp_path / "z.dem", tmp_path / "a.tif"]
    assert raster_files(named, "dtm") == [str(path) for path in named]


def test_no_raster_at_all_is_told() -> None:
    with pytest.raises(LayerError, match="dtm: no raster is named"):
        raster_files([], "dtm")


def test_folders_and_archives_without_a_raster_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "page.zip").write_bytes(b"<html>")
    with zipfile.ZipFile(tmp_path / "words.zip", "w") as archive:
        archive.writestr("readme.txt", "no raster")
    paths = [tmp_path / name for name in ("empty", "page.zip", "words.zip", "gone.zip")]
    with pytest.raises(LayerError) as caught:
        raster_files([*paths, square(tmp_path / "good.tif")], "dtm")
    assert [fault.where for fault in caught.value.faults] == ["empty", "page.zip", "words.zip", "gone.zip"]
    assert [fault.what.split(":")[0] for fault in caught.value.faults] == [
        "there is no raster in it (.tif, .tiff, .asc, .img, .bil, .flt).",
        "this is no zip file",
        "there is no raster in it (.tif, .tiff, .asc, .img, .bil, .flt).",
        "this is no zip file",
    ]


# --- opening


def test_everything_wrong_with_any_file_is_told_with_its_name(tmp_path: Path) -> None:
    square(tmp_path / "1_good.tif")
    (tmp_path / "2_text.tif").write_text("no raster")
    unplaced(tmp_path / "3_nowhere.tif")
    square(tmp_path / "4_far.tif", 100, 100)
    terrain_in_degrees(tmp_path).rename(tmp_path / "5_degrees.tif")
    found = {fault.where: fault.what for fault in faults_of(tmp_path, crs=GRID)}
    assert list(found) == ["2_text.tif", "3_nowhere.tif", "4_far.tif", "5_degrees.tif"]
    assert "cannot be read as a raster" in found["2_text.tif"]
    assert "where it lies" in found["3_nowhere.tif"]
    assert "outside the Greater Bay Area" in found["4_far.tif"]
    assert "the study declares EPSG:2326" in found["5_degrees.tif"]


def test_a_single_file_is_not_named_twice(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path / "gone.tif")
    assert fault.where == ""
    assert "cannot be read as a raster" in fault.what


def test_a_coordinate_system_is_the_file_s_or_else_the_declared_one(tmp_path: Path) -> None:
    terrain_tiles(tmp_path)
    with opened([tmp_path / "dtm" / "11-NW-1A.asc"], "dtm", GRID) as (tile,):
        assert crs_of(tile, GRID) == GRID
    with opened([square(tmp_path / "a.tif")], "dtm", None) as (raster,):
        assert crs_of(raster, None).to_epsg() == 2326
    (fault,) = faults_of(tmp_path / "dtm" / "11-NW-1A.asc")
    assert "names no coordinate system" in fault.what


def test_rasters_are_closed_afterwards_and_cells_that_break_while_reading_are_told(tmp_path: Path) -> None:
    values = np.random.default_rng(1).random((300, 300)).astype(np.float32)
    whole = geotiff(tmp_path / "a.tif", values, GRID, from_origin(WEST, NORTH, 5, 5))
    with opened([whole], "dtm", None) as (raster,):
        assert raster.read(1)[0, 0] == values[0, 0]
    assert raster.closed
    whole.write_bytes(whole.read_bytes()[:-200_000])
    with (
        pytest.raises(LayerError, match="dtm: the cells of this raster cannot be read"),
        opened([whole], "dtm", None) as (cut,),
    ):
        cut.read(1)


def test_what_else_fails_inside_is_not_called_a_fault_of_the_raster(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), opened([square(tmp_path / "a.tif")], "dtm", None):
        _ = 1 / 0


# --- the grid


def test_the_transform_leads_from_the_north_west_corner() -> None:
    grid = Grid(WEST, NORTH, 5.0, 20, 10)
    assert grid.transform == Affine(5, 0, WEST, 0, -5, NORTH)
    assert grid.transform @ (10, 20) == (WEST + 50, NORTH - 100)


def test_one_raster_in_the_work_system_is_its_own_grid(tmp_path: Path) -> None:
    assert grid_of(square(tmp_path / "a.tif", cells=20)) == Grid(WEST, NORTH, 5, 20, 20)


def test_a_raster_upside_down_is_the_same_grid(tmp_path: Path) -> None:
    south_up = Affine(5, 0, WEST, 0, 5, NORTH - 50)
    assert grid_of(geotiff(tmp_path / "a.tif", np.zeros((10, 10), np.float32), GRID, south_up)) == Grid(
        WEST, NORTH, 5, 10, 10
    )


def test_the_grid_covers_all_rasters_in_the_finest_cell(tmp_path: Path) -> None:
    near = square(tmp_path / "a.tif")  # 50 m by 50 m
    far = square(tmp_path / "b.tif", WEST + 200, NORTH - 100, cell=10.0)  # 100 m by 100 m
    # from WEST to WEST + 300, from NORTH to NORTH - 200
    assert grid_of(near, far) == grid_of(far, near) == Grid(WEST, NORTH, 5, 40, 60)


def test_cells_that_do_not_line_up_follow_the_first_raster(tmp_path: Path) -> None:
    first, second = square(tmp_path / "a.tif"), square(tmp_path / "b.tif", WEST + 52, NORTH + 3)
    # the second ends at 102 m, in the 21st column, and begins in the row above the first
    assert grid_of(first, second) == Grid(WEST, NORTH + 5, 5, 11, 21)


@pytest.mark.parametrize(
    ("cell_m", "expected"),
    [
        (10.0, Grid(825_000, 839_000, 10, 5, 5)),
        (25.0, Grid(825_000, 839_000, 25, 2, 2)),
        (30.0, Grid(825_000, 839_010, 30, 2, 2)),  # 838_950 and 839_010 are multiples of 30, 839_000 is none
        (100.0, Grid(825_000, 839_000, 100, 1, 1)),
        (2.5, Grid(825_000, 839_000, 2.5, 20, 20)),
    ],
)
def test_a_stated_cell_lies_on_round_coordinates(cell_m: float, expected: Grid, tmp_path: Path) -> None:
    assert grid_of(square(tmp_path / "a.tif"), cell_m=cell_m) == expected


@pytest.mark.parametrize("cell", [0.0, -5.0, float("nan"), float("inf")])
def test_a_cell_that_is_no_length_is_a_fault(tmp_path: Path, cell: float) -> None:
    with pytest.raises(LayerError, match=f"dtm: cell_m = {cell} is no length"):
        grid_of(square(tmp_path / "a.tif"), cell_m=cell)


def test_too_many_cells_are_refused_with_a_cell_that_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = square(tmp_path / "a.tif", cells=100)  # 10,000 cells of 5 m
    monkeypatch.setattr(rasters, "MOST_CELLS", 10_000)
    assert grid_of(path).rows == 100
    monkeypatch.setattr(rasters, "MOST_CELLS", 9_999)
    with pytest.raises(LayerError, match=r"cells of 5 m are more than .* cell_m = 6\.0"):
        grid_of(path)
    assert grid_of(path, cell_m=6.0).rows <= 85


def test_degrees_come_out_in_cells_of_their_size_on_the_ground(tmp_path: Path) -> None:
    grid = grid_of(terrain_in_degrees(tmp_path))
    # one second of arc is 30.7 m from south to north and 30.9 cos 22.5° = 28.6 m from west to east
    assert 28.6 < grid.cell_m < 30.8
    # 180 by 150 cells
    assert grid.columns * grid.cell_m == pytest.approx(180 * 28.6, rel=0.03)
    assert grid.rows * grid.cell_m == pytest.approx(150 * 30.7, rel=0.03)


def test_a_part_of_a_grid_begins_where_its_first_cell_does() -> None:
    grid = Grid(WEST, NORTH, 5.0, 20, 10)
    assert grid_part(grid, (slice(2, 6), slice(3, 10))) == Grid(WEST + 15, NORTH - 10, 5, 4, 7)
    assert grid_part(grid, (slice(0, 20), slice(0, 10))) == grid
    nothing = grid_part(grid, (slice(20, 3), slice(4, 4)))
    assert (nothing.rows, nothing.columns) == (0, 0)


def test_the_part_a_raster_may_touch_is_its_own_and_a_cell_around(tmp_path: Path) -> None:
    grid = Grid(WEST, NORTH, 5.0, 100, 100)
    with opened([square(tmp_path / "a.tif", WEST + 100, NORTH - 50)], "dtm", None) as (raster,):
        # rows 10 to 20, columns 20 to 30
        assert part_of(grid, raster, GRID) == (slice(9, 21), slice(19, 31))
        # of it the window from row 4 and column 2 on, 3 rows by 5 columns
        assert part_of(grid, raster, GRID, Window(2, 4, 5, 3)) == (slice(13, 18), slice(21, 28))
        # at the edge of the grid, and off it
        assert part_of(Grid(WEST + 100, NORTH - 50, 5.0, 100, 100), raster, GRID) == (slice(0, 11), slice(0, 11))
        rows, columns = part_of(Grid(WEST + 5_000, NORTH, 5.0, 100, 100), raster, GRID)
        assert grid_part(grid, (rows, columns)).columns == 0


def test_what_is_coarser_and_what_lies_upright(tmp_path: Path) -> None:
    turned = Affine(5, 0, WEST, 0, -5, NORTH) @ Affine.rotation(10)
    askew = geotiff(tmp_path / "b.tif", np.zeros((10, 10), np.float32), GRID, turned)
    with opened([square(tmp_path / "a.tif"), askew], "dtm", None) as (straight, leaning):
        # a warped cell differs in the last digits
        coarser = [is_coarser(Grid(WEST, NORTH, cell, 1, 1), straight, GRID) for cell in (4.0, 5.0, 5.004, 5.1)]
        assert coarser == [False, False, False, True]
        assert lies_upright(straight, GRID)
        assert not lies_upright(leaning, GRID)
    with opened([terrain_in_degrees(tmp_path)], "dtm", None) as (degrees,):
        assert not lies_upright(degrees, "EPSG:4326")


# --- overlaps


def test_fine_cells_lie_in_coarse_ones_by_their_parts() -> None:
    # cells of 0.4 from -0.2 on: the first a half outside, the third across the edge at 1
    share = overlaps(np.array([-0.2, 0.2, 0.6, 1.0, 1.4]), 1).toarray()
    np.testing.assert_allclose(share, [[0.5, 1, 1, 0]], atol=1e-6)
    share = overlaps(np.array([0.0, 0.75, 1.5, 2.25]), 2).toarray()
    np.testing.assert_allclose(share, [[1, 1 / 3, 0], [0, 2 / 3, 2 / 3]], atol=1e-6)


def test_cells_may_run_the_other_way() -> None:
    edges = np.array([2.25, 1.5, 0.75, 0.0])
    np.testing.assert_allclose(overlaps(edges, 2).toarray(), overlaps(edges[::-1], 2).toarray()[:, ::-1])


@settings(deadline=None, derandomize=True, database=None)
@given(st.floats(-3, 3), st.floats(0.01, 1), st.integers(1, 12), st.integers(1, 6))
def test_nothing_of_a_cell_inside_is_lost(start: float, size: float, fine: int, coarse: int) -> None:
    edges = start + size * np.arange(fine + 1)
    share = overlaps(edges, coarse).toarray()
    inside = np.clip(edges, 0, coarse)
    np.testing.assert_allclose(share.sum(axis=0), np.diff(inside) / np.diff(edges), atol=1e-4)
    assert share.min() >= 0


# --- writing


@pytest.mark.parametrize(("kind", "nodata"), [(np.float32, math.nan), (np.uint8, 0)])
def test_cells_come_back_as_they_were_written(kind: Any, nodata: float, tmp_path: Path) -> None:
    cells = np.array([[1, 2, 3], [4, 5, 0]], kind)
    place = from_origin(WEST, NORTH, 10, 10)
    colours = {1: (255, 0, 0, 255)} if kind is np.uint8 else None
    write_cells(tmp_path / "a.tif", cells, place, nodata, {"source": "新田 <b>"}, colours)
    found, transform, tags = read_cells(tmp_path / "a.tif")
    np.testing.assert_array_equal(found, cells)
    assert (found.dtype, transform, tags["source"]) == (kind, place, "新田 <b>")
    with rasterio.open(tmp_path / "a.tif") as file:
        assert file.crs.to_epsg() == 2326
        assert file.nodata == nodata or math.isnan(file.nodata)
        if colours:
            assert file.colormap(1)[1] == (255, 0, 0, 255)


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_cells(
            tmp_path / name, np.eye(50, dtype=np.float32), from_origin(WEST, NORTH, 10, 10), math.nan, {"x": "y"}
        )
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
