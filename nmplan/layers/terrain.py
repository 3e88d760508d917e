"""Ground levels as a raster: a real terrain model, or a surface through spot heights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from nmplan.crs import WORK_CRS
from nmplan.crs import to_work_crs
from nmplan.errors import Fault
from nmplan.errors import LayerError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from rasterio import Affine

SPOT_CELL_M = 100.0
"""Cell of the surface through spot heights: finer would pretend to know more."""


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


def read_terrain(path: Path, source: str, declared: str | None = None) -> Terrain:
    """
    Read a terrain model of any coordinate system.

    Parameters
    ----------
    path
        A raster that rasterio reads; the first band holds metres above the Hong Kong Principal Datum.
    source
        File named in messages and on the maps.
    declared
        Coordinate system declared by the study, where the file has none.

    Returns
    -------
    Terrain
        Warped to EPSG:2326 (bilinear) where the file is in another system.

    Raises
    ------
    LayerError
        Not a raster, or no coordinate system.
    """
    import rasterio  # noqa: PLC0415
    from rasterio.enums import Resampling  # noqa: PLC0415
    from rasterio.errors import CRSError  # noqa: PLC0415
    from rasterio.errors import RasterioIOError  # noqa: PLC0415
    from rasterio.vrt import WarpedVRT  # noqa: PLC0415

    try:
        with rasterio.open(path) as raster:
            crs = raster.crs or declared
            corners = gpd.GeoDataFrame(geometry=[shapely.box(*raster.bounds)], crs=raster.crs)
            to_work_crs(corners, source, declared)  # refuses another system than declared, and places far away
            how = {"resampling": Resampling.bilinear, "nodata": np.nan, "dtype": "float32"}
            with WarpedVRT(raster, src_crs=crs, crs=WORK_CRS, **how) as warped:
                heights = warped.read(1, masked=True, out_dtype="float32").filled(np.nan)
                return Terrain(heights, warped.transform, measured=True, source=source)
    except CRSError:
        what = f"there is no coordinate system {declared!r}."
        raise LayerError([Fault(source, "", what, 'Write an EPSG code, e.g. crs = "EPSG:2326".')]) from None
    except RasterioIOError as error:
        raise LayerError([Fault(source, "", f"this cannot be read as a raster: {error}.", "Check the path.")]) from None


def write_terrain(terrain: Terrain, path: Path) -> None:
    """Write a terrain to a GeoTIFF; whether it was measured, and its source, travel as tags."""
    import rasterio  # noqa: PLC0415

    rows, columns = terrain.heights.shape
    profile = {
        "driver": "GTiff",
        "width": columns,
        "height": rows,
        "count": 1,
        "dtype": "float32",
        "crs": WORK_CRS,
        "transform": terrain.transform,
        "nodata": np.nan,
        "compress": "deflate",
    }
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(terrain.heights, 1)
        raster.update_tags(measured="yes" if terrain.measured else "no", source=terrain.source)


def load_terrain(path: Path) -> Terrain:
    """Read back what `write_terrain` wrote."""
    import rasterio  # noqa: PLC0415

    with rasterio.open(path) as raster:
        tags = raster.tags()
        return Terrain(raster.read(1), raster.transform, tags.get("measured") == "yes", tags.get("source", path.name))
