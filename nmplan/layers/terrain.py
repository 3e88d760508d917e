"""Ground levels as a raster: a real terrain model, or a surface through spot heights."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING
from typing import Any

import numpy as np

from nmplan.crs import WORK_CRS
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.contracts import Note
from nmplan.layers.rasters import crs_of
from nmplan.layers.rasters import grid_part
from nmplan.layers.rasters import is_coarser
from nmplan.layers.rasters import lies_upright
from nmplan.layers.rasters import opened
from nmplan.layers.rasters import overlaps
from nmplan.layers.rasters import part_of
from nmplan.layers.rasters import read_cells
from nmplan.layers.rasters import told_crs
from nmplan.layers.rasters import work_grid
from nmplan.layers.rasters import write_cells

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray
    from rasterio import Affine
    from rasterio.io import DatasetReader
    from rasterio.windows import Window

    from nmplan.layers.rasters import Grid

SPOT_CELL_M = 100.0
"""Cell of the surface through spot heights: finer would pretend to know more."""

UNDECLARED = (-9999.0, -99999.0, -32768.0, -32767.0, 9999.0, 32767.0, 65535.0, -3.4028234663852886e38, -1e30)
"""Numbers that stand for "unknown" in terrain models that do not say so; no ground in Hong Kong is so low or high."""

HIGHEST_M, LOWEST_M = 1_000.0, -100.0
"""Tai Mo Shan is 957 m; nothing that is dredged or dug reaches the other end."""

SEA_SHARE = 0.05
"""More cells of exactly 0 than this share are sea, not ground."""

WINDOW = 2_048
"""Cells read at a time, squared, where a raster is averaged to coarser cells."""

LEAST_COVER = 1e-3
"""Cells of the file below which a mean is no mean, only rounding."""


@dataclass(frozen=True)
class Terrain:
    """
    Ground levels in metres above the Hong Kong Principal Datum (NaN where unknown), EPSG:2326, north up.

    `measured` tells a terrain model from a surface through spot heights: only the former can give slope.
    """

    heights: NDArray[np.float32]
    transform: Affine
    measured: bool
    source: str
    notes: tuple[Note, ...] = ()

    @property
    def known(self) -> NDArray[np.bool_]:
        """Cells whose level is known."""
        return np.isfinite(self.heights)

    def write(self, path: Path) -> None:
        """Write it to a GeoTIFF."""
        write_terrain(self, path)


def surface_through(points: gpd.GeoDataFrame, source: str) -> Terrain:
    """
    Return a surface through spot heights: linear between them, nothing outside their hull.

    Parameters
    ----------
    points
        Points with `height_m`, EPSG:2326.
    source
        File named on the maps.

    Returns
    -------
    Terrain
        With `measured` false: such a surface gives mean levels, never slope.
    """
    from rasterio.transform import from_origin  # noqa: PLC0415
    from scipy.interpolate import griddata  # noqa: PLC0415

    if points.geometry.union_all().convex_hull.area == 0:
        what = "fewer than three spot heights, or all on one line: they span no surface."
        raise LayerError([Fault(source, "", what, "Add heights, or leave the terrain layer out.")])
    x, y = points.geometry.x.to_numpy(), points.geometry.y.to_numpy()
    columns = np.arange(x.min() + SPOT_CELL_M / 2, x.max(), SPOT_CELL_M)
    rows = np.arange(y.max() - SPOT_CELL_M / 2, y.min(), -SPOT_CELL_M)
    heights = griddata((x, y), points["height_m"].to_numpy(dtype=float), tuple(np.meshgrid(columns, rows)), "linear")
    transform = from_origin(x.min(), y.max(), SPOT_CELL_M, SPOT_CELL_M)
    return Terrain(heights.astype(np.float32), transform, measured=False, source=source)


def read_heights(
    paths: Sequence[Path],
    source: str,
    *,
    crs: str | None = None,
    nodata: float | None = None,
    cell_m: float | None = None,
) -> Terrain:
    """
    Read a terrain model: GeoTIFF, ESRI ASCII grid or any other raster, in one file or in tiles.

    Parameters
    ----------
    paths
        Files, folders or zip files; the first band holds metres above the Hong Kong Principal Datum. Where tiles
        overlap the first named counts (in a folder or zip file, by name); gaps between them are blank.
    source
        Named in messages and on the maps.
    crs
        Coordinate system, needed where the files name none.
    nodata
        Number that stands for "unknown", beside what the files declare, e.g. 0 where the sea is filled with it.
    cell_m
        Side of a cell, metres: finer cells are averaged; the finest of the files where it is not stated.

    Returns
    -------
    Terrain
        In EPSG:2326, blank where nothing is known; bilinear where cells are not coarser than the files'. Its notes tell
        what was blanked or looks odd.

    Raises
    ------
    LayerError
        No rasters, no coordinate system, places far away, pictures or classes instead of heights, too many cells.
    """
    with opened(paths, source, crs) as rasters:
        faults = [fault for raster in rasters for fault in _no_heights(raster, source)]
        if faults:
            raise LayerError(faults)
        grid = work_grid(rasters, source, crs, cell_m)
        heights = np.full((grid.rows, grid.columns), np.nan, np.float32)
        seen = _Seen()
        told = told_crs(rasters, "terrain")
        averaged = [is_coarser(grid, raster, crs_of(raster, crs)) for raster in rasters]
        for raster, finer in zip(rasters, averaged, strict=True):
            lay = _lay_averages if finer else _lay_between
            lay(raster, crs_of(raster, crs), grid, heights, partial(_blanked, raster, nodata, seen))
    if np.isnan(heights).all():
        what = "every cell is blank."
        raise LayerError([Fault(source, "", what, "Check nodata in the study, and the file.")])
    seen.whole = seen.whole and not any(averaged)
    notes = (*told, *_odd(heights, seen, grid.cell_m))
    return Terrain(heights, grid.transform, measured=True, source=source, notes=notes)


@dataclass
class _Seen:
    """What was met in the cells of all files."""

    cells: int = 0
    zeros: int = 0
    undeclared: Counter[float] = field(default_factory=Counter)
    whole: bool = True  # metres, as far as they are not averaged
    bands: int = 1


def _no_heights(raster: DatasetReader, source: str) -> list[Fault]:
    """Tell when a raster holds colours, classes or feet instead of metres."""
    where = raster.name.rsplit("/", 1)[-1]
    colours = {colour.name for colour in raster.colorinterp} & {"red", "green", "blue", "palette"}
    if colours or raster.dtypes[0].startswith("complex"):
        what = "this raster holds colours or classes, no heights."
        return [Fault(source, where, what, "Give the terrain model itself, not a picture of it.")]
    if raster.dtypes[0] in {"uint8", "int8"} and raster.scales[0] == 1:
        what = "cells of eight bits hold classes or shades, no heights: they end at 255."
        return [Fault(source, where, what, "Give the terrain model itself; a raster of classes is land_use.")]
    unit = (raster.units[0] or "metre").strip().lower()
    if unit.startswith(("f", "us")):
        what = f"heights are in {raster.units[0]}, not metres."
        return [Fault(source, where, what, "Convert them to metres above the Hong Kong Principal Datum.")]
    return []


def _blanked(raster: DatasetReader, nodata: float | None, seen: _Seen, window: Window | None) -> NDArray[np.float32]:
    """Read cells as metres, NaN where declared, stated or evidently unknown; keep account of what was met."""
    raw = raster.read(1, window=window, masked=True)
    known = ~np.ma.getmaskarray(raw) & np.isfinite(raw.data)
    if nodata is not None:
        known &= raw.data != nodata
    for number in UNDECLARED:
        odd = known & np.isclose(raw.data, number, rtol=1e-6, atol=0)
        if odd.any():
            seen.undeclared[number] += int(odd.sum())
            known &= ~odd
    cells = np.where(known, raw.data, np.nan).astype(np.float32) * raster.scales[0] + raster.offsets[0]
    there = cells[known]
    seen.cells += there.size
    seen.zeros += int((there == 0).sum())
    seen.whole = seen.whole and bool((there == np.round(there)).all())
    seen.bands = max(seen.bands, raster.count)
    return cells.astype(np.float32)


def _lay_between(
    raster: DatasetReader, crs: Any, grid: Grid, heights: NDArray[np.float32], read: Callable[..., NDArray[np.float32]]
) -> None:
    """Fill blank cells with heights between those of a raster whose cells are not finer."""
    from rasterio.enums import Resampling  # noqa: PLC0415
    from rasterio.warp import reproject  # noqa: PLC0415

    part = part_of(grid, raster, crs)
    place = grid_part(grid, part)
    found = np.full((place.rows, place.columns), np.nan, np.float32)
    where = {"src_transform": raster.transform, "src_crs": crs, "dst_transform": place.transform, "dst_crs": WORK_CRS}
    blank = {"src_nodata": np.nan, "dst_nodata": np.nan}
    reproject(read(None), found, **where, **blank, resampling=Resampling.bilinear)
    heights[part] = np.where(np.isnan(heights[part]), found, heights[part])


def _lay_averages(
    raster: DatasetReader, crs: Any, grid: Grid, heights: NDArray[np.float32], read: Callable[..., NDArray[np.float32]]
) -> None:
    """
    Fill blank cells with the means of the finer cells of a raster, window by window, however large it is.

    Sums and counts are laid down apart, so that a cell across two windows gets the mean of both.
    """
    whole = part_of(grid, raster, crs)
    size = grid_part(grid, whole)
    sums, counts = np.zeros((2, size.rows, size.columns), np.float32)
    add = _sum_upright if lies_upright(raster, crs) else _sum_warped
    for window in _windows(raster):
        part = part_of(size, raster, crs, window)
        place = grid_part(size, part)
        if place.rows * place.columns:
            cells, corner = read(window), raster.window_transform(window)
            sums[part] += add(np.nan_to_num(cells), corner, crs, place)
            counts[part] += add((~np.isnan(cells)).astype(np.float32), corner, crs, place)
    found = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > LEAST_COVER)
    heights[whole] = np.where(np.isnan(heights[whole]), found, heights[whole])


def _sum_upright(cells: NDArray[np.float32], corner: Affine, _crs: Any, place: Grid) -> NDArray[np.float32]:
    """Add up the cells of a raster under each cell of a grid whose rows and columns run the same way."""
    rows, columns = cells.shape
    down = overlaps((place.north - corner.f - corner.e * np.arange(rows + 1.0)) / place.cell_m, place.rows)
    along = overlaps((corner.c + corner.a * np.arange(columns + 1.0) - place.west) / place.cell_m, place.columns)
    return (along @ (down @ cells).T).T


def _sum_warped(cells: NDArray[np.float32], corner: Affine, crs: Any, place: Grid) -> NDArray[np.float32]:
    """Add up the cells of a raster under each cell of a grid, whatever its coordinate system and direction."""
    from rasterio.enums import Resampling  # noqa: PLC0415
    from rasterio.warp import reproject  # noqa: PLC0415

    found = np.zeros((place.rows, place.columns), np.float32)
    where = {"src_transform": corner, "src_crs": crs, "dst_transform": place.transform, "dst_crs": WORK_CRS}
    reproject(cells, found, **where, dst_nodata=0, resampling=Resampling.sum)
    return found


def _windows(raster: DatasetReader) -> Iterator[Window]:
    from rasterio.windows import Window  # noqa: PLC0415

    for row in range(0, raster.height, WINDOW):
        for column in range(0, raster.width, WINDOW):
            yield Window(column, row, min(WINDOW, raster.width - column), min(WINDOW, raster.height - row))


def _odd(heights: NDArray[np.float32], seen: _Seen, cell_m: float) -> Iterator[Note]:
    """Tell what was blanked or looks odd."""
    for number, count in sorted(seen.undeclared.items()):
        yield Note("terrain", f"cells of {number:g}, an undeclared no-data value, left blank", count)
    if seen.bands > 1:
        yield Note("terrain", "bands in the raster; the first is taken as heights", seen.bands)
    if seen.zeros > SEA_SHARE * seen.cells:
        share = seen.zeros / seen.cells
        yield Note(
            "terrain", f"cells of exactly 0 ({share:.0%}), taken as ground; if sea, state nodata = 0", seen.zeros
        )
    for odd, what in ((heights > HIGHEST_M, f"above {HIGHEST_M:,.0f}"), (heights < LOWEST_M, f"below {LOWEST_M:g}")):
        if odd.any():
            most = float(heights[odd][np.abs(heights[odd]).argmax()])
            text = f"cells {what} mHKPD (as far as {most:,.0f}), which Hong Kong has nowhere: feet, or no-data?"
            yield Note("terrain", text, int(odd.sum()))
    if seen.whole:
        step = np.degrees(np.arctan(1 / (2 * cell_m)))
        yield Note(
            "terrain", f"heights in whole metres: over cells of {cell_m:.3g} m slope comes in steps of {step:.2f}°", 1
        )


def write_terrain(terrain: Terrain, path: Path) -> None:
    """Write a terrain to a GeoTIFF; whether it was measured, and its source, travel as tags."""
    tags = {"measured": "yes" if terrain.measured else "no", "source": terrain.source}
    write_cells(path, terrain.heights, terrain.transform, np.nan, tags)


def load_terrain(path: Path) -> Terrain:
    """Read back what `write_terrain` wrote."""
    cells, transform, tags = read_cells(path)
    return Terrain(cells, transform, tags.get("measured") == "yes", tags.get("source", path.name))
