from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from published.rasters import LAND_USE_CODES
from published.rasters import LAND_USE_NORTH
from published.rasters import LAND_USE_WEST
from published.rasters import coloured_land_use
from published.rasters import geotiff
from published.rasters import land_use_cells
from published.rasters import land_use_raster
from published.rasters import land_use_zip
from rasterio.transform import from_origin

from nmplan.errors import LayerError
from nmplan.layers.land_use import CLASSES
from nmplan.layers.land_use import load_land_use
from nmplan.layers.land_use import read_land_use
from nmplan.layers.land_use import write_land_use
from nmplan.words import LAND_USES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

PLACE = from_origin(820_000, 838_000, 10, 10)


def small(path: Path, cells: list[list[int]], crs: str | None = "EPSG:2326", cell: float = 10.0) -> Path:
    return geotiff(path / "use.tif", np.array(cells, np.uint8), crs, from_origin(820_000, 838_000, cell, cell))


def faults_of(*paths: Path, **how: object) -> str:
    with pytest.raises(LayerError) as caught:
        read_land_use(paths, "use.tif", **how)
    return str(caught.value)


def test_the_published_classes_have_a_word_each() -> None:
    assert tuple(CLASSES) == LAND_USE_CODES
    assert len(set(CLASSES.values())) == len(CLASSES)
    assert {*CLASSES.values(), "unknown"} == set(LAND_USES)


def test_the_published_raster_is_taken_cell_by_cell_and_its_nodata_is_unknown(tmp_path: Path) -> None:
    found = read_land_use([land_use_raster(tmp_path)], "LUHK 2024")
    cells = land_use_cells()
    assert found.codes.dtype == np.uint8
    assert np.array_equal(found.codes, np.where(cells == -128, 0, cells))
    assert found.transform == from_origin(LAND_USE_WEST, LAND_USE_NORTH, 10, 10)
    assert found.classes == CLASSES
    assert found.source == "LUHK 2024"
    assert found.notes == ()


def test_a_zip_as_downloaded_gives_the_same(tmp_path: Path) -> None:
    zipped = read_land_use([land_use_zip(tmp_path)], "a")
    assert np.array_equal(zipped.codes, read_land_use([tmp_path / "LUM_end2024.tif"], "a").codes)


def test_classes_are_never_averaged_when_warped(tmp_path: Path) -> None:
    found = read_land_use([coloured_land_use(tmp_path)], "a")
    # between 71 and 23 lie other codes, none of which may appear
    assert set(np.unique(found.codes)) == {0, 23, 71}
    assert found.transform.a == -found.transform.e


def test_a_coarser_cell_takes_the_most_frequent_class(tmp_path: Path) -> None:
    path = small(tmp_path, [[1, 1, 71, 71], [1, 73, 71, 23], [23, 23, 11, 53], [23, 11, 53, 53]])
    found = read_land_use([path], "a", cell_m=20.0)
    assert found.codes.tolist() == [[1, 71], [23, 53]]
    assert found.transform == from_origin(820_000, 838_000, 20, 20)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16, np.uint16, np.int32])
def test_whole_numbers_of_any_kind_are_read(tmp_path: Path, kind: type) -> None:
    path = geotiff(tmp_path / "a.tif", np.array([[11, 23], [53, 0]], kind), "EPSG:2326", PLACE)
    found = read_land_use([path], "a")
    assert found.codes.tolist() == [[11, 23], [53, 0]]
    assert found.notes == ()


def test_codes_without_a_class_are_counted_and_unknown(tmp_path: Path) -> None:
    found = read_land_use([small(tmp_path, [[11, 82, 82], [200, 53, 0]])], "a")
    assert found.codes.tolist() == [[11, 0, 0], [0, 53, 0]]
    assert [(note.layer, note.count) for note in found.notes] == [("land_use", 2), ("land_use", 1)]
    assert "82" in found.notes[0].what


def test_a_study_names_the_codes_of_another_raster(tmp_path: Path) -> None:
    path = small(tmp_path, [[7, 7], [9, 11]])
    found = read_land_use([path], "a", classes={"7": "storage", "9": "vacant"})
    assert found.codes.tolist() == [[7, 7], [9, 0]]
    assert found.classes == {7: "storage", 9: "vacant"}
    assert [note.count for note in found.notes] == [1]


@pytest.mark.parametrize(
    "classes", [{"7": "castle"}, {"seven": "storage"}, {"0": "storage"}, {"256": "storage"}, {"-1": "storage"}, {}]
)
def test_classes_that_make_no_sense_are_told_with_their_key(tmp_path: Path, classes: dict[str, str]) -> None:
    text = faults_of(small(tmp_path, [[7]]), classes=classes)
    assert f"layers.land_use.classes{''.join('.' + code for code in classes)}" in text


def test_all_wrong_classes_are_told_at_once(tmp_path: Path) -> None:
    text = faults_of(small(tmp_path, [[7]]), classes={"7": "castle", "x": "storage"})
    assert "castle" in text
    assert "'x'" in text


def test_a_stated_nodata_is_unknown_without_a_note(tmp_path: Path) -> None:
    found = read_land_use([small(tmp_path, [[11, 99]])], "a", nodata=99)
    assert found.codes.tolist() == [[11, 0]]
    assert found.notes == ()


def test_tiles_are_merged_and_gaps_are_unknown(tmp_path: Path) -> None:
    tiles = tmp_path / "tiles"
    tiles.mkdir()
    for name, west in (("a", 820_000), ("b", 820_040)):
        geotiff(tiles / f"{name}.tif", np.full((2, 2), 23, np.uint8), "EPSG:2326", from_origin(west, 838_000, 10, 10))
    assert read_land_use([tiles], "a").codes.tolist() == [[23, 23, 0, 0, 23, 23]] * 2


def test_a_declared_crs_serves_a_raster_that_has_none(tmp_path: Path) -> None:
    path = small(tmp_path, [[11, 23], [53, 1]], crs=None)
    assert read_land_use([path], "a", crs="EPSG:2326").codes.tolist() == [[11, 23], [53, 1]]
    assert "no coordinate system" in faults_of(path)


def test_a_picture_is_no_land_use(tmp_path: Path) -> None:
    import rasterio

    path = tmp_path / "picture.tif"
    profile = {"driver": "GTiff", "width": 2, "height": 2, "count": 3, "dtype": "uint8", "crs": "EPSG:2326"}
    with rasterio.open(path, "w", transform=PLACE, **profile) as file:
        file.write(np.ones((3, 2, 2), np.uint8))
    assert "3 bands" in faults_of(path)


def test_a_terrain_is_no_land_use(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "dtm.tif", np.ones((2, 2), np.float32), "EPSG:2326", PLACE)
    assert "no classes" in faults_of(path)


def test_a_raster_without_any_known_code_is_told_what_to_do(tmp_path: Path) -> None:
    assert "classes = {" in faults_of(small(tmp_path, [[255, 254]]))


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04"])
def test_what_is_no_raster_is_a_fault(write: Callable[..., Path], content: bytes) -> None:
    assert "use.tif" in faults_of(write("a.tif", content))
    assert "a.zip" in faults_of(write("a.zip", content))


def test_land_use_comes_back_as_it_was_written(tmp_path: Path) -> None:
    cells: NDArray[np.uint8] = np.array([[7, 0], [9, 7]], np.uint8)
    found = read_land_use([small(tmp_path, cells.tolist())], "地政 “10 m”", classes={"7": "storage", "9": "vacant"})
    write_land_use(found, tmp_path / "land_use.tif")
    back = load_land_use(tmp_path / "land_use.tif")
    assert np.array_equal(back.codes, cells)
    assert (back.transform, back.classes, back.source) == (found.transform, {7: "storage", 9: "vacant"}, found.source)
