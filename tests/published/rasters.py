"""Writers of rasters as published: Lands Department terrain tiles, a terrain in degrees, land-utilisation rasters."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import from_origin

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

WEST, NORTH = 825_500.0, 838_700.0
"""North-west corner of the invented terrain, beside San Tin, EPSG:2326."""

TILE, CELL_M = 100, 5.0


def hillside(east: Any, north: Any) -> Any:
    """Levels of the invented terrain, mHKPD: 20 m in the north-west, rising 2 % to the east and 4 % to the south."""
    return 20 + 0.02 * (east - WEST) - 0.04 * (north - NORTH)


def _levels(west: float, north: float, rows: int, columns: int, cell: float) -> NDArray[np.float64]:
    x, y = np.meshgrid(west + (np.arange(columns) + 0.5) * cell, north - (np.arange(rows) + 0.5) * cell)
    return hillside(x, y)


def write_asc(path: Path, values: NDArray[Any], west: float, south: float, cell: float, nodata: str | None) -> Path:
    """Write an ESRI ASCII grid; like the published ones it says nothing about its coordinate system."""
    rows, columns = values.shape
    head = [f"ncols {columns}", f"nrows {rows}", f"xllcorner {west}", f"yllcorner {south}", f"cellsize {cell}"]
    if nodata is not None:
        head.append(f"NODATA_value {nodata}")
    body = [" ".join(f"{value:.2f}" for value in row) for row in values]
    path.write_text("\n".join([*head, *body]) + "\n", encoding="ascii")
    return path


def terrain_tiles(folder: Path) -> Path:
    """Write three of four tiles of 500 m by 500 m in cells of 5 m; the fourth is missing, a pond is blank."""
    place = folder / "dtm"
    place.mkdir()
    side = TILE * CELL_M
    for name, column, row in (("11-NW-1A", 0, 0), ("11-NW-1B", 1, 0), ("11-NW-1C", 0, 1)):
        west, north = WEST + column * side, NORTH - row * side
        levels = _levels(west, north, TILE, TILE, CELL_M)
        if name == "11-NW-1A":
            levels[10:20, 10:20] = -9999
        write_asc(place / f"{name}.asc", levels, west, north - side, CELL_M, "-9999")
    (place / "readme.txt").write_text("Digital Terrain Model 5 m, heights in mHKPD\n", encoding="utf-8")
    return place


def terrain_zip(folder: Path) -> Path:
    """Write the tiles as one zip file."""
    path = folder / "dtm.zip"
    tiles = terrain_tiles(folder)
    with zipfile.ZipFile(path, "w") as archive:
        for tile in sorted(tiles.iterdir()):
            archive.write(tile, f"DTM/{tile.name}")
    return path


def geotiff(path: Path, values: NDArray[Any], crs: str | None, transform: Any, **more: Any) -> Path:
    """Write a GeoTIFF of one band."""
    rows, columns = values.shape
    profile = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": values.dtype, "crs": crs}
    with rasterio.open(path, "w", transform=transform, compress="deflate", **profile, **more) as file:
        file.write(values, 1)
    return path


def terrain_in_metres(folder: Path) -> Path:
    """Write the whole hillside, 1 km by 1 km in cells of 5 m, EPSG:2326."""
    levels = _levels(WEST, NORTH, 200, 200, CELL_M).astype(np.float32)
    return geotiff(folder / "dtm.tif", levels, "EPSG:2326", from_origin(WEST, NORTH, CELL_M, CELL_M))


def terrain_in_degrees(folder: Path) -> Path:
    """Write a hillside in WGS84 in cells of about 30 m, as global models come: whole metres, undeclared -32768."""
    west, north, cell = 114.05, 22.51, 1 / 3600
    column, row = np.meshgrid(np.arange(180), np.arange(150))
    levels = np.round(5 + column / 3 + row / 2).astype(np.int16)
    levels[:10] = -32768
    return geotiff(folder / "global.tif", levels, "EPSG:4326", from_origin(west, north, cell, cell))


LAND_USE_CODES = (
    1,
    2,
    3,
    11,
    21,
    22,
    23,
    31,
    32,
    41,
    42,
    43,
    44,
    51,
    52,
    53,
    54,
    61,
    62,
    71,
    72,
    73,
    74,
    81,
    83,
    91,
    92,
)
"""Codes of the classes in the published raster."""

LAND_USE_WEST, LAND_USE_NORTH = 808_000.0, 847_000.0


def land_use_cells() -> NDArray[np.int8]:
    """Return invented land use: squares of 500 m, each of one class, over the whole Northern Metropolis; sea blank."""
    row, column = np.meshgrid(np.arange(2_400) // 50, np.arange(3_000) // 50, indexing="ij")
    cells = np.array(LAND_USE_CODES, np.int8)[(column * 4 + row * 7) % len(LAND_USE_CODES)]
    cells[:, :150] = -128
    return cells


def land_use_raster(folder: Path) -> Path:
    """Write the raster as published: one signed byte per cell of 10 m, -128 where nothing is known, EPSG:2326."""
    place = from_origin(LAND_USE_WEST, LAND_USE_NORTH, 10, 10)
    return geotiff(folder / "LUM_end2024.tif", land_use_cells(), "EPSG:2326", place, nodata=-128)


def land_use_zip(folder: Path) -> Path:
    """Write the raster in a folder of a zip file, as it is downloaded."""
    path = folder / "LUMHK_RasterGrid_2024.zip"
    raster = land_use_raster(folder)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(raster, f"LUMHK_RasterGrid_2024/{raster.name}")
        archive.writestr(f"LUMHK_RasterGrid_2024/{raster.stem}.tfw", "10\n0\n0\n-10\n808005\n846995\n")
    return path


def coloured_land_use(folder: Path) -> Path:
    """Write land use with a colour table, in degrees: unsigned bytes, 0 where nothing is known."""
    cells = np.full((120, 160), 71, np.uint8)
    cells[:, 80:] = 23
    cells[:20] = 0
    path = folder / "land_use_wgs84.tif"
    geotiff(path, cells, "EPSG:4326", from_origin(114.06, 22.50, 0.0001, 0.0001), nodata=0, photometric="palette")
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, {23: (77, 77, 255, 255), 71: (128, 255, 77, 255)})
    return path
