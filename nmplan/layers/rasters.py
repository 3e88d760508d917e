"""Rasters of any coordinate system brought onto one grid in EPSG:2326, north up; written and read back."""

from __future__ import annotations

import math
import warnings
import zipfile
from collections import Counter
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from nmplan.crs import WORK_CRS
from nmplan.crs import off_by_own_crs
from nmplan.crs import to_work_crs
from nmplan.crs import warping_crs
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.errors import without_folder
from nmplan.layers.contracts import Note
from nmplan.layers.packages import is_rubbish

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from rasterio import Affine
    from rasterio.io import DatasetReader
    from rasterio.windows import Window
    from scipy.sparse import csr_array

SUFFIXES = (".tif", ".tiff", ".asc", ".img", ".bil", ".flt")
"""Endings of rasters looked for in folders and zip files; any raster GDAL reads may be named itself."""

MOST_CELLS = 40_000_000
"""Cells a raster may have in memory: all of Hong Kong in cells of 10 m are 31 million."""


@dataclass(frozen=True)
class Grid:
    """Where the cells of a raster in EPSG:2326 lie: square cells, north up."""

    west: float
    north: float
    cell_m: float
    rows: int
    columns: int

    @property
    def transform(self) -> Affine:
        """Return the transform from columns and rows to Easting and Northing."""
        from rasterio.transform import from_origin  # noqa: PLC0415

        return from_origin(self.west, self.north, self.cell_m, self.cell_m)


def raster_files(paths: Sequence[Path], source: str) -> list[str]:
    """
    Return what rasterio opens for each raster in files, folders and zip files, in the order of their names.

    Raises
    ------
    LayerError
        A folder or zip file without any raster, a broken zip file. Whether a file that is named is there shows when it
        is opened.
    """
    found: list[str] = []
    faults: list[Fault] = []
    for path in paths:
        names: list[str] = []
        if path.is_dir():
            parts = {str(part.relative_to(path)): part for part in path.rglob("*") if part.is_file()}
            names = [str(parts[name]) for name in _rasters_among(parts)]
        elif path.suffix.lower() == ".zip":
            try:
                with zipfile.ZipFile(path) as archive:
                    names = [f"/vsizip/{path}/{name}" for name in _rasters_among(archive.namelist())]
            except (zipfile.BadZipFile, OSError) as error:
                faults.append(Fault(source, path.name, f"this is no zip file: {error}.", "Download it again."))
                continue
        else:
            names = [str(path)]
        if not names:
            what = f"there is no raster in it ({', '.join(SUFFIXES)})."
            faults.append(Fault(source, path.name, what, "Check the path."))
        found += sorted(names)
    if faults or not found:
        raise LayerError(faults or [Fault(source, "", "no raster is named.", "Give its path.")])
    return found


def _rasters_among(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.lower().endswith(SUFFIXES) and not is_rubbish(name)]


@contextmanager
def opened(paths: Sequence[Path], source: str, crs: str | None) -> Iterator[list[DatasetReader]]:
    """
    Open rasters, each with a place on the ground in or near the Greater Bay Area.

    Parameters
    ----------
    paths
        Files, folders or zip files of tiles.
    source
        Named in messages.
    crs
        Coordinate system the study declares: supplies a missing one, must agree with one that is there.

    Raises
    ------
    LayerError
        Everything that is wrong with any file, also while cells are read inside the `with` block.
    """
    import rasterio  # noqa: PLC0415

    faults: list[Fault] = []
    rasters: list[DatasetReader] = []
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)  # becomes a fault of ours
        names = raster_files(paths, source)
        for name in names:
            where = "" if len(paths) == 1 and name == str(paths[0]) else name.rsplit("/", 1)[-1]
            try:
                raster = stack.enter_context(rasterio.open(name))
                rasters.append(raster)
                faults += _misplaced(raster, source, where, crs)
            except rasterio.errors.RasterioIOError as error:
                what = f"this cannot be read as a raster: {without_folder(error, name)}."
                faults.append(Fault(source, where, what, "Check the path and the file."))
        if faults:
            raise LayerError(faults)
        try:
            yield rasters
        except rasterio.errors.RasterioError as error:
            what = f"the cells of this raster cannot be read: {without_folder(error.__cause__ or error, *names)}."
            raise LayerError([Fault(source, "", what, "Download it again.")]) from None


def _misplaced(raster: DatasetReader, source: str, where: str, crs: str | None) -> list[Fault]:
    """Tell what is wrong with the place of a raster."""
    if raster.transform.is_identity:
        what = "the raster says nothing about where it lies (no world file, no position inside)."
        return [Fault(source, where, what, "Export it with its georeference.")]
    corners = gpd.GeoDataFrame(geometry=[shapely.box(*raster.bounds)], crs=raster.crs)
    try:
        to_work_crs(corners, source, crs)
        crs_of(raster, crs)
    except LayerError as error:
        return [Fault(fault.source, where or fault.where, fault.what, fault.mend) for fault in error.faults]
    return []


def crs_of(raster: DatasetReader, declared: str | None) -> Any:
    """
    Return the coordinate system of a raster, its own or else the declared one, as GDAL warps it without losing metres.

    Raises
    ------
    LayerError
        A datum without a straight way to Hong Kong 1980.
    """
    return _to_warp(raster.crs.to_wkt() if raster.crs else str(declared), raster.name.rsplit("/", 1)[-1])


@cache
def _to_warp(crs: str, where: str) -> Any:
    import rasterio  # noqa: PLC0415
    from pyproj import CRS  # noqa: PLC0415

    return rasterio.crs.CRS.from_wkt(warping_crs(CRS.from_user_input(crs), where).to_wkt())


def told_crs(rasters: Sequence[DatasetReader], layer: str) -> list[Note]:
    """Tell of rasters that spell Hong Kong's coordinate system so that they would stand elsewhere."""
    from pyproj import CRS  # noqa: PLC0415

    spelt = Counter(raster.crs.to_wkt() for raster in rasters if raster.crs)
    return [Note(layer, f"{off}; files", count) for wkt, count in spelt.items() if (off := off_by_own_crs(CRS(wkt)))]


def work_grid(rasters: Sequence[DatasetReader], source: str, crs: str | None, cell_m: float | None) -> Grid:
    """
    Return the grid that covers all rasters in EPSG:2326.

    Parameters
    ----------
    rasters
        At least one.
    source
        Named in messages.
    crs
        As declared, for rasters that name none.
    cell_m
        Side of a cell, metres; the finest of the rasters unless stated. A stated cell lies on round coordinates.

    Raises
    ------
    LayerError
        More cells than `MOST_CELLS`, or a cell that is no length.
    """
    if cell_m is not None and not (math.isfinite(cell_m) and cell_m > 0):
        raise LayerError([Fault(source, "", f"cell_m = {cell_m} is no length.", "Write metres, e.g. cell_m = 10.0.")])
    placed = [_in_work_crs(raster, crs_of(raster, crs)) for raster in rasters]
    cell = cell_m or min(each.cell_m for each in placed)
    # a stated cell is laid on round coordinates, any other on the cells of the first raster
    west, north = (0.0, 0.0) if cell_m else (placed[0].west, placed[0].north)
    first = math.floor(min(each.west - west for each in placed) / cell + 1e-6)
    top = math.ceil(max(each.north - north for each in placed) / cell - 1e-6)
    last = math.ceil(max(each.west + each.columns * each.cell_m - west for each in placed) / cell - 1e-6)
    foot = math.floor(min(each.north - each.rows * each.cell_m - north for each in placed) / cell + 1e-6)
    grid = Grid(west + first * cell, north + top * cell, cell, top - foot, last - first)
    if grid.rows * grid.columns > MOST_CELLS:
        enough = math.ceil(cell * math.sqrt(grid.rows * grid.columns / MOST_CELLS))
        what = f"{grid.rows * grid.columns / 1e6:,.0f} million cells of {cell:g} m are more than {MOST_CELLS / 1e6:g}."
        raise LayerError([Fault(source, "", what, f"State a coarser cell in the study, e.g. cell_m = {enough}.0.")])
    return grid


def _in_work_crs(raster: DatasetReader, crs: Any) -> Grid:
    """Return the grid GDAL suggests for a raster in EPSG:2326: its own where it is one, whichever way up it lies."""
    from rasterio.vrt import WarpedVRT  # noqa: PLC0415

    with WarpedVRT(raster, src_crs=crs, crs=WORK_CRS) as warped:
        place, (rows, columns) = warped.transform, warped.shape
    return Grid(place.c, place.f, place.a, rows, columns)


def part_of(grid: Grid, raster: DatasetReader, crs: Any, window: Window | None = None) -> tuple[slice, slice]:
    """Return the rows and columns of a grid that a raster, or a window of it, may touch; perhaps none."""
    from rasterio.warp import transform_bounds  # noqa: PLC0415

    place = raster.transform if window is None else raster.window_transform(window)
    height, width = raster.shape if window is None else (window.height, window.width)
    x, y = zip(*(place @ corner for corner in ((0, 0), (width, 0), (0, height), (width, height))), strict=True)
    west, south, east, north = transform_bounds(crs, WORK_CRS, min(x), min(y), max(x), max(y))
    top, foot = (grid.north - north) / grid.cell_m, (grid.north - south) / grid.cell_m
    left, right = (west - grid.west) / grid.cell_m, (east - grid.west) / grid.cell_m
    rows = slice(max(0, math.floor(top) - 1), max(0, min(grid.rows, math.ceil(foot) + 1)))
    return rows, slice(max(0, math.floor(left) - 1), max(0, min(grid.columns, math.ceil(right) + 1)))


def grid_part(grid: Grid, part: tuple[slice, slice]) -> Grid:
    """Return the part of a grid as a grid of its own."""
    rows, columns = part
    west, north = grid.west + columns.start * grid.cell_m, grid.north - rows.start * grid.cell_m
    return Grid(west, north, grid.cell_m, max(0, rows.stop - rows.start), max(0, columns.stop - columns.start))


def is_coarser(grid: Grid, raster: DatasetReader, crs: Any) -> bool:
    """Tell whether a cell of the grid holds more than one of the raster."""
    return grid.cell_m > 1.001 * _in_work_crs(raster, crs).cell_m


def lies_upright(raster: DatasetReader, crs: Any) -> bool:
    """Tell whether the rows and columns of a raster run along those of any grid in EPSG:2326."""
    from rasterio.crs import CRS  # noqa: PLC0415

    same = CRS.from_user_input(crs).to_epsg() == CRS.from_user_input(WORK_CRS).to_epsg()
    return bool(same and raster.transform.b == 0 and raster.transform.d == 0)


def overlaps(edges: NDArray[np.float64], cells: int) -> csr_array:
    """
    Return how much of each fine cell along an axis lies in each coarse one.

    Parameters
    ----------
    edges
        Where the fine cells begin and end, in coarse cells from the first one's edge; either direction.
    cells
        How many coarse cells there are; what lies before and after them is left out.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (coarse, fine), shares from 0 to 1.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415

    low, high = np.minimum(edges[:-1], edges[1:]), np.maximum(edges[:-1], edges[1:])
    first = np.floor(low).astype(int)
    inside = (np.minimum(high, first + 1) - low) / (high - low)
    coarse, share = np.concatenate([first, first + 1]), np.concatenate([inside, 1 - inside])
    fine = np.tile(np.arange(len(low)), 2)
    kept = (coarse >= 0) & (coarse < cells) & (share > 1e-9)  # noqa: PLR2004  (rounding)
    return csr_array((share[kept].astype(np.float32), (coarse[kept], fine[kept])), shape=(cells, len(low)))


def write_cells(
    path: Path,
    cells: NDArray[Any],
    transform: Affine,
    nodata: float,
    tags: Mapping[str, str],
    colours: Mapping[int, tuple[int, int, int, int]] | None = None,
) -> None:
    """Write a raster in EPSG:2326 as GeoTIFF, with words for its reader as tags and a colour table for classes."""
    import rasterio  # noqa: PLC0415

    profile = {
        "driver": "GTiff",
        "height": cells.shape[0],
        "width": cells.shape[1],
        "count": 1,
        "dtype": cells.dtype,
        "crs": WORK_CRS,
        "transform": transform,
        "nodata": nodata,
        "compress": "deflate",
    }
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(cells, 1)
        raster.update_tags(**tags)
        if colours:
            raster.write_colormap(1, dict(colours))


def read_cells(path: Path) -> tuple[NDArray[Any], Affine, dict[str, str]]:
    """Read back what `write_cells` wrote."""
    import rasterio  # noqa: PLC0415

    with rasterio.open(path) as raster:
        return raster.read(1), raster.transform, raster.tags()
